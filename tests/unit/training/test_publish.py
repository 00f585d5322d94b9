"""What a card may claim: the ship rule."""

from __future__ import annotations

from typing import Any

import pytest

from fracview.training.publish import reach, robust_at, title_of
from fracview.training.recipe import Adversary, Arm


def measured(*lows: float) -> dict[str, Any]:
    """Figures in which PGD looks splendid and the strong attack has these lower limits."""
    weak = [{"epsilon": "1/255", "balanced_accuracy": 0.9, "balanced_accuracy_interval": [0.8, 1]}]
    strong = [
        {
            "epsilon": f"{radius}/255",
            "steps": 50,
            "restarts": 5,
            "n": 300,
            "balanced_accuracy": low + 0.05,
            "balanced_accuracy_interval": [low, low + 0.1],
        }
        for radius, low in enumerate(lows, start=1)
    ]
    return {"pgd": weak, "strong": strong} if lows else {"pgd": weak}


@pytest.mark.parametrize(
    ("lows", "radius"),
    [((), ""), ((0.5, 0.4), ""), ((0.6, 0.5), "1/255"), ((0.7, 0.51), "2/255"), ((0.4, 0.6), "")],
)
def test_a_radius_is_claimed_only_above_one_half_of_the_strong_attack(
    lows: tuple[float, ...], radius: str
) -> None:
    assert robust_at(measured(*lows)) == radius


@pytest.mark.parametrize(
    ("lows", "words"),
    [
        ((), "No claim of robustness"),
        ((0.7, 0.6), "at least up to 2/255 (balanced accuracy 0.65 [0.60, 0.70])"),
        ((0.7, 0.3), "call it robust at 1/255 and no further"),
        ((0.3,), "Not robust: at 1/255 (balanced accuracy 0.35 [0.30, 0.40])"),
    ],
)
def test_reach_in_words(lows: tuple[float, ...], words: str) -> None:
    assert words in reach(measured(*lows))


def test_what_falls_without_gradients_is_not_robust() -> None:
    """PGD finds nothing where gradients are useless; the square attack does."""
    body = measured(0.8, 0.7)
    free = [
        {"epsilon": f"{radius}/255", "queries": 500, "n": 100, "balanced_accuracy": share,
         "balanced_accuracy_interval": [share - 0.1, share + 0.1]}
        for radius, share in ((1, 0.75), (2, 0.4))
    ]  # fmt: skip
    body["gradient_free"] = free
    assert robust_at(body) == "1/255"
    assert reach(body).startswith("Useless gradients: at 2/255 (balanced accuracy 0.75")
    assert "2/255 (balanced accuracy 0.40" in reach(body)
    assert reach(body).endswith("call it robust at 1/255 and no further.")
    free[0]["balanced_accuracy"] = 0.5
    assert robust_at(body) == ""
    assert reach(body).endswith("not robust.")
    body["gradient_free"] = [{**row, "balanced_accuracy": 0.6} for row in free]
    assert robust_at(body) == "2/255"
    assert "at least up to 2/255" in reach(body)


@pytest.mark.parametrize(
    ("title", "lows", "shown"),
    [
        ("Demo, robust at 4/255", (0.6, 0.4), "Demo, robust at 1/255"),
        ("Demo, robust", (0.6, 0.6), "Demo, robust at 2/255"),
        ("Demo, robust at 2/255", (0.4,), "Demo, trained against 2/255"),
        ("Demo, robust", (), "Demo, trained against 2/255"),
        ("", (0.7,), "demo-b, robust at 1/255"),
    ],
)
def test_a_title_never_claims_more_than_was_measured(
    title: str, lows: tuple[float, ...], shown: str
) -> None:
    arm = Arm("b", 1, adversary=Adversary(2 / 255), title=title)
    assert title_of(arm, "demo-b", measured(*lows)) == shown


def test_arms_without_an_adversary_keep_their_title() -> None:
    for adversary in (None, Adversary(2 / 255, steps=0)):
        assert title_of(Arm("c", 1, adversary=adversary, title="Control"), "c", {}) == "Control"
