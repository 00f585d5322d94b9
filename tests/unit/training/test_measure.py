from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from fracview.attacks.norms import ball_around
from fracview.attacks.pgd import PGD
from fracview.errors import SettingError
from fracview.metrics.statistics import proportion
from fracview.task import drain
from fracview.training.figures import Figures
from fracview.training.measure import balanced, measure, pgd, radius_text
from fracview.training.pool import Pool
from fracview.training.withstand import spread, withstanding
from tests.toy import toy_classifier

CPU = torch.device("cpu")


class Brightness(nn.Module):
    """Says "fractured" of films whose mean is above one half."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean((1, 2, 3))
        return torch.stack([mean - 0.5, 0.5 - mean], dim=1) * 50


def _pool(levels: list[int], fractured: list[bool]) -> Pool:
    count = len(levels)
    images = np.stack([np.full((8, 8), level, np.uint8) for level in levels])
    names = tuple(map(str, range(count)))
    return Pool(images, np.array(fractured), np.arange(count),
                np.full((count, 4), np.nan, np.float32), names, "i", "o")  # fmt: skip


def test_figures_are_known_in_advance() -> None:
    # A film at level v falls as soon as epsilon passes |v / 255 - 1 / 2|.
    pool = _pool([129, 131, 140, 120, 100, 200], [True, True, True, False, False, False])
    figures = drain(measure(Brightness(), pool, (4 / 255, 2 / 255), 10, torch.device("cpu")))
    assert figures["clean"]["accuracy"] == pytest.approx(5 / 6, abs=1e-4)
    assert figures["clean"]["sensitivity"] == 1
    assert figures["clean"]["n"] == 6
    assert [row["epsilon"] for row in figures["pgd"]] == ["2/255", "4/255"]
    assert [row["accuracy"] for row in figures["pgd"]] == [
        pytest.approx(4 / 6, abs=1e-4),
        pytest.approx(3 / 6, abs=1e-4),
    ]


def test_wrong_before_is_never_right_under_attack() -> None:
    """An attack that helps by accident is no robustness."""
    pool = _pool([127, 129], [True, False])
    figures = drain(measure(Brightness(), pool, (4 / 255,), 3, torch.device("cpu")))
    assert figures["pgd"][0]["accuracy"] == 0


def test_the_strong_and_the_blind_attack_on_the_same_films() -> None:
    levels = [129, 131, 140, 150, 120, 100, 126, 60]
    pool = _pool(levels, [True] * 4 + [False] * 4)
    figures = Figures(films=0, strong=6, strong_steps=5, strong_restarts=2, square=6, queries=200)
    body = drain(measure(Brightness(), pool, (2 / 255, 4 / 255), 5, CPU, figures=figures))
    few = np.array(levels)[spread(pool.fractured, 6, 0)]
    wanted = [float(np.mean(np.abs(few - 127.5) > radius)) for radius in (2, 4)]
    for table in ("strong", "gradient_free"):
        assert [row["n"] for row in body[table]] == [6, 6]
        assert [row["accuracy"] for row in body[table]] == pytest.approx(wanted, abs=1e-4)
    assert [row["beyond_strong"] for row in body["gradient_free"]] == [0, 0]
    assert (body["strong"][0]["steps"], body["strong"][0]["restarts"]) == (5, 2)
    assert body["gradient_free"][0]["queries"] == 200


class Masked(nn.Module):
    """Brightness behind a staircase: its gradient is zero, so PGD cannot climb."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = (x * 255 * 4).round().mean((1, 2, 3)) / (255 * 4) + 0 * x.mean((1, 2, 3))
        return torch.stack([mean - 0.5, 0.5 - mean], dim=1) * 50


def test_a_masked_gradient_is_found_out() -> None:
    """PGD finds nothing, the square attack does, and the table says on how many films."""
    pool = _pool([129, 131, 160, 124, 125, 90], [True] * 3 + [False] * 3)
    figures = Figures(films=0, strong=6, strong_steps=4, strong_restarts=1, square=6, queries=60)
    body = drain(measure(Masked(), pool, (8 / 255,), 4, CPU, figures=figures))
    assert body["strong"][0]["accuracy"] == 1
    assert body["gradient_free"][0]["accuracy"] == pytest.approx(2 / 6, abs=1e-4)
    assert body["gradient_free"][0]["beyond_strong"] == 4


@pytest.mark.parametrize(("strong", "square"), [(6, 4), (4, 6)])
def test_each_hard_attack_has_its_own_number_of_films(strong: int, square: int) -> None:
    """And films that the square attack alone fells are counted among those that both were at."""
    pool = _pool([129, 131, 128, 124, 125, 126], [True] * 3 + [False] * 3)
    figures = Figures(0, strong, 4, 1, square, 60, coverage=0, occlusion=0)
    body = drain(measure(Masked(), pool, (8 / 255,), 4, CPU, figures=figures))
    assert body["strong"][0]["n"] == strong
    assert body["strong"][0]["accuracy"] == 1
    (row,) = body["gradient_free"]
    assert (row["n"], row["accuracy"], row["beyond_strong"]) == (square, 0, 4)


def test_nested_flags_as_a_slow_definition_gives_them() -> None:
    """Against attacking every film at every radius and looking at every step."""
    classifier = toy_classifier(channels=1)
    images = np.random.default_rng(3).integers(0, 255, (14, 12, 12), np.uint8)
    pool = replace(_pool([0] * 14, [index % 2 == 0 for index in range(14)]), images=images)
    x = torch.from_numpy(images).double()[:, None] / 255
    y = torch.from_numpy((~pool.fractured).astype(np.int64))
    right = (classifier.logits(x).argmax(1) == y).numpy()
    radii = (20 / 255, 60 / 255, 160 / 255)
    held = drain(
        withstanding(classifier, pool, right, partial(pgd, steps=4, seed=1), radii, "PGD-4")
    )
    slow = right.copy()
    for epsilon, flags in zip(radii, held, strict=True):
        steps: list[torch.Tensor] = []
        attack = PGD(epsilon=epsilon, step_size=epsilon / 4, steps=4, seed=1)
        drain(attack(classifier, x, y), lambda news, to=steps: to.append(news.payload.logits))
        start = ball_around(x, attack.threat).start(1)
        for logits in [*steps, classifier.logits(start)]:
            slow &= (logits.argmax(1) == y).numpy()
        assert flags.tolist() == slow.tolist()
    assert held[0].sum() > held[-1].sum()


def test_balanced_accuracy_and_its_interval() -> None:
    """The interval is that of the halves: exact at both ends, and it covers 95 % of the time."""
    every, none = proportion(20, 20), proportion(0, 20)
    best = balanced(every, every)
    assert (best.mean, best.high) == (1.0, 1.0)
    assert best.low == pytest.approx(1 - (1 - every.low) / 2**0.5)
    assert balanced(every, none).mean == 0.5
    random = np.random.default_rng(0)
    inside = 0
    for _ in range(2000):
        found = balanced(
            proportion(int(random.binomial(150, 0.9)), 150),
            proportion(int(random.binomial(50, 0.6)), 50),
        )
        inside += found.low <= 0.75 <= found.high
    assert 0.93 < inside / 2000 < 0.97


def test_clean_figures_carry_intervals() -> None:
    pool = _pool([129, 131, 140, 120, 100, 200], [True, True, True, False, False, False])
    clean = drain(measure(Brightness(), pool, (4 / 255,), 2, CPU))["clean"]
    assert clean["balanced_accuracy"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)
    for name in ("accuracy", "balanced_accuracy", "sensitivity", "specificity", "auroc"):
        low, high = clean[f"{name}_interval"]
        assert 0 <= low <= clean[name] <= high <= 1, name


def test_films_are_drawn_alike_from_both_classes() -> None:
    truth = np.arange(100) % 4 == 0
    rows = spread(truth, 40, 0)
    assert len(set(rows.tolist())) == 40
    assert rows.tolist() == sorted(rows.tolist())
    assert truth[rows].sum() == 10
    assert set(spread(truth, 20, 0)) < set(rows.tolist()), "a smaller draw lies in a larger one"
    assert spread(truth, 0, 0).tolist() == list(range(100))
    assert spread(truth, 500, 0).tolist() == list(range(100))
    rare = np.arange(50) == 7
    assert 7 in spread(rare, 5, 0), "no class is left out"


@pytest.mark.parametrize("count", [-1, 2.5, True])
def test_figures_are_whole_numbers(count: Any) -> None:
    with pytest.raises(SettingError, match="strong must be a whole number from 0"):
        Figures(strong=count)


def test_radii_as_people_write_them() -> None:
    assert radius_text(4 / 255) == "4/255"
    assert radius_text(0.5 / 255) == "0.5/255"
