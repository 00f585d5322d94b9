"""The test through the spine: from a film and its boxes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.boxes import Box
from fracview.errors import NoBoxesError
from fracview.evidence.occlusion_test import OcclusionTest
from fracview.pipeline import explain, hide_box
from fracview.request import Method, Protocol, Request
from fracview.task import drain

BOX = Box(60, 20, 80, 32)


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    path = tmp_path / "film.png"
    levels = np.random.default_rng(0).integers(60, 255, (50, 200), dtype=np.uint8)
    Image.fromarray(levels).save(path)
    return Request(str(path), "", "small-resnet:seed=0", seed=4)


def test_a_request_and_its_answer_give_the_same(request_: Request) -> None:
    asked = replace(request_, attribution=Method("saliency"))
    answer = drain(explain(asked))
    test = drain(hide_box(answer, [BOX]))
    assert test == drain(hide_box(asked, [BOX]))
    assert test.seed == 4
    logits = dict(zip(answer.prediction.classes, answer.prediction.logits))
    margin = logits["fractured"] - logits["not fractured"]
    assert test.margin == pytest.approx(margin, abs=1e-5)
    assert test.probability == pytest.approx(answer.prediction.probability("fractured"), abs=1e-6)


def test_an_attack_does_not_move_the_places(request_: Request) -> None:
    attack = Method.of("pgd", steps=2, epsilon=32 / 255, step_size=16 / 255)
    clean = drain(hide_box(request_, [BOX]))
    attacked = drain(hide_box(replace(request_, attack=attack), [BOX]))
    assert attacked.places == clean.places
    assert attacked.margin != clean.margin


def test_places_stay_on_the_film_of_a_padded_input(request_: Request) -> None:
    padded = replace(request_, protocol=Protocol(aspect="pad", size=(96, 96)))
    answer = drain(explain(padded))
    top, left, rows, columns = answer.frame.inner
    assert rows < 96
    test = drain(hide_box(answer, [BOX], OcclusionTest(seed=1)))
    assert test.places
    for ((x1, y1, x2, y2),) in test.places:
        assert left <= x1 < x2 <= left + columns
        assert top <= y1 < y2 <= top + rows


def test_without_a_box_there_is_nothing_to_hide(request_: Request) -> None:
    with pytest.raises(NoBoxesError, match=r"film\.png has no box"):
        drain(hide_box(request_, []))
