"""The box-occlusion test on nets whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from fracview.errors import ModelError, NoBoxesError, SettingError, UnknownName
from fracview.evidence.fill import hide
from fracview.evidence.occlusion_test import BoxOcclusion, OcclusionTest
from fracview.models.batches import CUT
from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.task import drain
from tests.toy import toy_classifier

FILM = np.random.default_rng(1).random((1, 48, 40)) * 0.4
BOX = (slice(14, 22), slice(10, 17))
FILM[0][BOX] += 0.5
MASK = np.zeros((48, 40), dtype=bool)
MASK[BOX] = True


class Looking(nn.Module):
    """Fracture logit: ten times the mean under a place, less 3.5; the other logit: 0."""

    def __init__(self, place: np.ndarray):
        super().__init__()
        self.register_buffer("place", torch.from_numpy(place).double())
        self.sizes: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(x))
        level = (x.mean(1) * self.place).sum((1, 2)) / self.place.sum()
        return torch.stack([10 * level - 3.5, torch.zeros_like(level)], dim=1)


def looking(place: np.ndarray, classes: tuple[str, ...] = ("fractured", "not fractured")):
    spec = InputSpec(size=(48, 40), channels=1, normalisation="none")
    card = ModelCard("looking", "toy", "looking", classes=classes, input=spec)
    return Classifier(Looking(place), card).double()


def run(test: OcclusionTest, classifier: Classifier, **more: np.ndarray) -> BoxOcclusion:
    return drain(test(classifier, FILM, MASK, **more))


@pytest.mark.parametrize("fill", ["blur", "mean", "inpaint"])
def test_a_net_that_looks_at_the_box_loses_all_by_it_and_nothing_by_controls(fill: str) -> None:
    answer = run(OcclusionTest(fill), looking(MASK))
    expected = 10 * (FILM[0][MASK].mean() - hide(FILM, MASK, fill)[0][MASK].mean())
    assert answer.drop == pytest.approx(expected, abs=1e-9)
    assert answer.drop > 1.0
    assert answer.control_drops == pytest.approx([0] * 8, abs=1e-12)
    assert answer.difference == pytest.approx(answer.drop, abs=1e-12)
    assert answer.controls_as_strong == 0
    assert answer.control_flips == 0
    assert answer.label == "fractured"
    assert answer.margin == pytest.approx(10 * FILM[0][MASK].mean() - 3.5)
    assert answer.probability == pytest.approx(1 / (1 + np.exp(-answer.margin)))
    assert answer.probability_hidden == pytest.approx(1 / (1 + np.exp(-answer.margin_hidden)))
    assert answer.box_share == pytest.approx(MASK.mean())
    if fill != "blur":
        assert answer.flips
        assert answer.label_hidden == "not fractured"
        assert "turns the answer to not fractured" in answer.sentence
    assert "none of them costs it at least as much" in answer.sentence


def test_a_net_that_ignores_the_box_loses_nothing_by_it() -> None:
    answer = run(OcclusionTest("inpaint"), looking(~MASK))
    assert answer.drop == pytest.approx(0, abs=1e-12)
    assert any(abs(drop) > 1e-4 for drop in answer.control_drops)
    assert not answer.flips


def test_the_order_of_classes_does_not_matter() -> None:
    turned = looking(MASK, ("not fractured", "fractured"))
    straight = run(OcclusionTest(), looking(MASK))
    answer = run(OcclusionTest(), turned)
    assert answer.margin == pytest.approx(-straight.margin)
    assert answer.drop == pytest.approx(-straight.drop)


@pytest.mark.parametrize("seed", range(4))
def test_every_number_by_the_slow_definition(seed: int) -> None:
    """Of three classes, so that "the largest other" is now one and now the other."""
    classifier = toy_classifier(seed, channels=1, classes=("a", "fractured", "b"))
    answer = run(OcclusionTest("blur", controls=5, seed=2), classifier)

    def look(image: np.ndarray) -> tuple[float, str]:
        logits = classifier.logits(torch.from_numpy(image[None]))[0].tolist()
        return logits[1] - max(logits[0], logits[2]), classifier.card.classes[np.argmax(logits)]

    margin, label = look(FILM)
    hidden, hidden_label = look(hide(FILM, MASK, "blur"))
    assert answer.margin == pytest.approx(margin, abs=1e-12)
    assert answer.drop == pytest.approx(margin - hidden, abs=1e-12)
    assert (answer.label, answer.label_hidden) == (label, hidden_label)
    drops, changes = [], []
    for ((x1, y1, x2, y2),) in answer.places:
        place = np.zeros_like(MASK)
        place[y1:y2, x1:x2] = True
        covered = hide(FILM, place, "blur")
        drops.append(margin - look(covered)[0])
        changes.append(np.sqrt(((covered - FILM)[0][place] ** 2).mean()))
    assert answer.control_drops == pytest.approx(drops, abs=1e-12)
    assert answer.control_drop == pytest.approx(np.mean(drops), abs=1e-12)
    assert answer.control_spread == pytest.approx(np.std(drops, ddof=1), abs=1e-12)
    assert answer.difference == pytest.approx(margin - hidden - np.mean(drops), abs=1e-12)
    assert answer.controls_as_strong == sum(drop >= margin - hidden for drop in drops)
    assert answer.control_change == pytest.approx(np.mean(changes))


def test_a_cpu_can_be_stopped_after_every_second_image() -> None:
    classifier = looking(MASK)
    steps = OcclusionTest()(classifier, FILM, MASK)
    news = [next(steps), next(steps)]
    assert news[1].step == 2
    assert classifier.net.sizes == [2], "the rest waits to be asked for"
    steps.close()


def test_one_batch_of_all_images_halved_when_memory_runs_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fracview.evidence.occlusion_test.CPU_BATCH", 10)
    classifier = looking(MASK)
    whole = run(OcclusionTest(), classifier)
    assert classifier.net.sizes == [10]
    small = looking(MASK)
    forward = small.net.forward

    def scarce(x: torch.Tensor) -> torch.Tensor:
        if len(x) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(x)

    monkeypatch.setattr(small.net, "forward", scarce)
    cut = run(OcclusionTest(), small)
    assert cut.notes == (*whole.notes, CUT), "and says so"
    assert replace(cut, notes=whole.notes) == whole
    assert max(small.net.sizes) <= 3


def test_clean_and_attacked_are_tested_at_the_same_places() -> None:
    classifier = looking(MASK)
    attacked = np.clip(FILM + np.random.default_rng(0).uniform(-0.02, 0.02, FILM.shape), 0, 1)
    clean = run(OcclusionTest(), classifier)
    answer = drain(OcclusionTest()(classifier, attacked, MASK, film=FILM[0]))
    assert answer.places == clean.places
    assert answer.margin != clean.margin


def test_without_room_for_a_control_it_says_nothing() -> None:
    mask = np.ones_like(MASK)
    mask[0] = False
    answer = drain(OcclusionTest()(looking(MASK), FILM, mask))
    assert answer.control_drop is answer.difference is answer.control_spread is None
    assert "says nothing" in answer.sentence
    assert "too large" in answer.notes[0]
    single = run(OcclusionTest(controls=1), looking(MASK))
    assert single.control_spread is None
    assert "1 equal place elsewhere" in single.sentence


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(UnknownName, match="no fill is called 'cement'"):
        OcclusionTest("cement")
    with pytest.raises(SettingError, match="Controls"):
        OcclusionTest(controls=-1)
    with pytest.raises(NoBoxesError):
        drain(OcclusionTest()(looking(MASK), FILM, np.zeros_like(MASK)))
    broken = looking(MASK)
    broken.net.place.fill_(float("nan"))
    with pytest.raises(ModelError, match="not finite"):
        run(OcclusionTest(), broken)


def test_the_sentence_counts_controls_that_are_as_strong() -> None:
    answer = run(OcclusionTest(), looking(MASK))
    weak = replace(answer, control_margins=(answer.margin_hidden,) * 2 + (answer.margin,) * 6)
    assert "and 2 of them cost it at least as much" in weak.sentence
