from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fracview.data.radiograph import Radiograph, Window
from fracview.errors import SettingError
from fracview.pipeline import AttackFrame, explain
from fracview.request import Method, Request
from fracview.studies.smallest import smallest_flip
from fracview.task import drain
from tests.toy import toy_classifier


@pytest.fixture
def film():
    pixels = np.random.default_rng(0).integers(0, 255, (16, 16)).astype(np.uint8)
    return Radiograph(pixels, Path("a.png"), Window(0, 255))


@pytest.fixture
def request_(film, monkeypatch):
    toy = toy_classifier()
    monkeypatch.setattr("fracview.models.load.load_model", lambda name, device=None: toy)
    label = toy.predict(toy.prepare(film))[0].label
    return Request(
        "a.png", film.digest, "toy", attack=Method.of("pgd", random_start=False), label=label
    )


def test_the_smallest_radius_flips_and_the_one_below_does_not(request_, film):
    news = []
    found = drain(smallest_flip(request_, film), news.append)
    assert found.epsilon is not None
    assert 0 <= found.below < found.epsilon
    assert found.attacked.success
    assert found.attacked.largest_change <= found.epsilon * (1 + 1e-6)
    assert any(isinstance(item.payload, AttackFrame) for item in news)
    steps = dict(request_.attack.parameters).get("steps", 10)

    def flips(radius):
        settings = {"epsilon": radius, "step_size": 2.5 * radius / steps, "random_start": False}
        asked = replace(request_, attack=Method.of("pgd", **settings))
        return drain(explain(asked, film)).attacked.success

    assert flips(found.epsilon)
    if found.below:
        assert not flips(found.below)


def test_an_answer_that_is_wrong_already_needs_no_change(request_, film):
    other = "not fractured" if request_.label == "fractured" else "fractured"
    found = drain(smallest_flip(replace(request_, label=other), film))
    assert found.epsilon == 0
    assert found.attacked is None


def test_without_an_attack_it_says_so(request_, film):
    with pytest.raises(SettingError, match="no attack"):
        drain(smallest_flip(replace(request_, attack=None), film))
