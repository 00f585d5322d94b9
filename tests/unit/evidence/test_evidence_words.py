"""Words on one image: what follows from the numbers, and never more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fracview.evidence.occlusion_test import BoxOcclusion
from fracview.evidence.words import NO_PROOF, against, details, line, number, verdict


def outcome(drop: float, controls: tuple[float, ...], margin: float = 2.0) -> BoxOcclusion:
    def label(value: float) -> str:
        return "fractured" if value > 0 else "not fractured"

    return BoxOcclusion(
        margin=margin, margin_hidden=margin - drop,
        control_margins=tuple(margin - fall for fall in controls),
        probability=0.9, probability_hidden=0.5, control_probabilities=(0.9,) * len(controls),
        label=label(margin), label_hidden=label(margin - drop),
        control_labels=tuple(label(margin - fall) for fall in controls),
        fill="blur", seed=0, box_share=0.01, change=0.05, control_change=0.04, contrast=0.1,
        contrast_gap=0.01, brightness_gap=0.01,
    )  # fmt: skip


NOTHING = (0.0,) * 8


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (outcome(0.5, NOTHING), "a sign that it uses the fracture"),
        (outcome(0.1, NOTHING), "at most a weak sign that it uses the fracture"),
        (outcome(0.1, NOTHING, margin=0.05), "a sign that it uses the fracture"),
        (outcome(0.5, (*NOTHING[:7], 0.6)), "no sign that it uses the fracture"),
        (outcome(-0.5, (-1.0,) * 8), "no sign that it uses the fracture"),
        (outcome(0.0, (-1.0,) * 8), "no sign that it uses the fracture"),
        (outcome(1.9, (0.0,) * 3), "too few equal places"),
        (outcome(1.9, ()), "too few equal places"),
    ],
)
def test_a_verdict_needs_the_box_to_come_first(test: BoxOcclusion, words: str) -> None:
    assert verdict(test).startswith(words)
    assert words.split(" that")[0] in test.sentence or not test.control_margins


def test_one_line_has_box_and_places_with_their_range() -> None:
    test = outcome(0.1, (0.2, -0.05, 0.41, 0.24))
    assert line(test) == (
        "no sign that it uses the fracture: hiding the box takes 0.10 of its margin, "
        "an equal place elsewhere 0.20 [−0.050, 0.41]"
    )
    rise = outcome(-0.3, (-0.5, 0.1, -0.2, -0.4))
    assert "adds 0.30 to its margin, an equal place elsewhere 0.25 [−0.10, 0.50]" in line(rise)
    assert against(rise) == "−0.25 [−0.50, 0.10]"
    assert "takes nothing of its margin" in line(outcome(1e-5, NOTHING))
    nearly = line(outcome(-1e-5, (0.2,) * 4))
    assert "takes nothing of its margin, an equal place elsewhere 0.20 [0.20, 0.20]" in nearly
    assert "and turns its answer to not fractured" in line(outcome(2.5, NOTHING))
    assert "elsewhere" not in line(outcome(1.0, ())).partition(":")[2]
    assert against(outcome(1.0, ())) == ""


def test_details_say_how_often_chance_does_it_and_that_coverage_proves_nothing() -> None:
    text = details(outcome(0.5, (*NOTHING, 0.7)))
    assert "9 equal places" in text
    assert "once in 10 times" in text
    assert "1 of them as much as the box" in text
    assert "n = 1 image" in text
    assert text.endswith(NO_PROOF)
    bare = replace(outcome(0.5, ()), notes=("No room.",))
    assert "No room." in details(bare)
    assert "equal places" not in details(bare)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.234, "1.23"), (0.0951, "0.10"), (0.0312, "0.031"), (-0.5, "−0.50"), (-1e-9, "0.000")],
)
def test_numbers_are_short_and_never_minus_zero(value: float, text: str) -> None:
    assert number(value) == text
