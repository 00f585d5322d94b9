"""Coverage and the measures of localisation against definitions spelt out in loops and fractions.

The fast ones must not come near: they must be equal, to the last bit.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fracview.metrics.coverage import coverage_curve, thresholds, top_mask
from fracview.metrics.localisation import average_precision, pixel_auroc, rra

PERCENTS = (0.3, 1, 5, 15, 25, 33.3, 50, 75, 85, 95, 99.9, 100)


def slow_share(values: np.ndarray, mask: np.ndarray, count: int) -> Fraction:
    """Weights of the top ``count`` pixels, one pixel at a time, in whole fractions."""
    pixels = [float(value) for value in values.ravel()]
    inside = [bool(value) for value in mask.ravel()]
    if count == 0:
        return Fraction(0)
    edge = sorted(pixels, reverse=True)[count - 1]
    above = sum(1 for value in pixels if value > edge)
    tied = sum(1 for value in pixels if value == edge)
    total = Fraction(0)
    for value, box in zip(pixels, inside, strict=True):
        if box and value > edge:
            total += 1
        elif box and value == edge:
            total += Fraction(count - above, tied)
    return total / sum(inside)


def slow_repo(values: np.ndarray, mask: np.ndarray, percent: float) -> tuple[float, float]:
    """Lines of the published notebooks, and the area that they do not print."""
    edge = np.percentile(values, 100 - percent)
    selected = values >= edge
    return (selected & mask).sum() / mask.sum(), selected.sum() / values.size


def slow_auroc(values: np.ndarray, mask: np.ndarray) -> float:
    """All pairs of a positive and a negative."""
    wins = Fraction(0)
    positives, negatives = values[mask].tolist(), values[~mask].tolist()
    for positive in positives:
        for negative in negatives:
            wins += Fraction(positive > negative) + Fraction(positive == negative, 2)
    return float(wins / (len(positives) * len(negatives)))


def slow_average_precision(values: np.ndarray, mask: np.ndarray) -> float:
    """Threshold after threshold, equal values together."""
    total, found = Fraction(0), 0
    for edge in sorted(set(values.ravel().tolist()), reverse=True):
        selected = values >= edge
        hits = int((selected & mask).sum())
        total += Fraction(hits - found, int(mask.sum())) * Fraction(hits, int(selected.sum()))
        found = hits
    return float(total)


def maps() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(7)
    smooth = generator.standard_normal((23, 31))
    sparse = np.where(generator.random((23, 31)) < 0.05, np.abs(smooth), 0)
    return {
        "gaussian": smooth,
        "gaussian, float32": smooth.astype(np.float32),
        "sparse": sparse,
        "sparse, float32": sparse.astype(np.float32),
        "few levels": generator.integers(0, 4, (23, 31)).astype(np.float32),
        "constant": np.full((23, 31), -0.1, dtype=np.float32),
        "neighbouring floats": (1 + generator.integers(0, 9, (23, 31)) * 2.0**-23).astype(
            np.float32
        ),
        "signed zeros": np.where(generator.random((23, 31)) < 0.5, 0.0, -0.0),
        "subnormal": (generator.random((23, 31)) * 1e-42).astype(np.float32),
        "one row": generator.random((1, 40)),
    }


def masks(shape: tuple[int, int]) -> list[np.ndarray]:
    generator = np.random.default_rng(3)
    one, some = np.zeros(shape, dtype=bool), generator.random(shape) < 0.07
    one[0, 2] = True
    some[0, 0] = True
    return [one, some, np.ones(shape, dtype=bool)]


@pytest.mark.parametrize("name", maps())
def test_exact_rule_equals_the_loop(name: str) -> None:
    values = maps()[name]
    for mask in masks(values.shape):
        curve = coverage_curve(values, mask, PERCENTS)
        for percent in PERCENTS:
            count = round(percent * values.size / 100)
            assert curve.at(percent) == float(slow_share(values, mask, count))
            assert curve.area_at(percent) == count / values.size


@pytest.mark.parametrize("name", maps())
def test_repo_rule_equals_the_notebooks(name: str) -> None:
    values = maps()[name]
    for mask in masks(values.shape):
        curve = coverage_curve(values, mask, PERCENTS, "repo")
        for percent in PERCENTS:
            assert (curve.at(percent), curve.area_at(percent)) == slow_repo(values, mask, percent)


@pytest.mark.parametrize("name", maps())
def test_repo_threshold_is_numpys_to_the_last_bit(name: str) -> None:
    values = maps()[name]
    percents = np.concatenate([np.arange(1.0, 101), np.random.default_rng(0).random(300) * 100])
    edges = thresholds(np.sort(values, axis=None), percents, "repo")
    for percent, edge in zip(percents.tolist(), edges, strict=True):
        expected = np.percentile(values, 100 - percent)
        assert edge == expected
        assert edge.dtype == expected.dtype
        assert top_mask(values, percent, "repo").threshold == expected


def test_at_the_size_of_a_network_input() -> None:
    """All 100 percentages of a 224 x 224 map, by sorting the pixels once per percentage."""
    generator = np.random.default_rng(11)
    values = np.maximum(generator.standard_normal((224, 224)), 0).astype(np.float32)
    mask = np.zeros((224, 224), dtype=bool)
    mask[90:117, 100:119] = True
    exact, repo = coverage_curve(values, mask), coverage_curve(values, mask, rule="repo")
    flat, inside = values.ravel(), mask.ravel()
    for percent in range(1, 101):
        count = round(percent * flat.size / 100)
        edge = np.sort(flat)[::-1][count - 1]
        above, tied = flat > edge, flat == edge
        share = Fraction(int((above & inside).sum())) + Fraction(
            int((tied & inside).sum()) * (count - int(above.sum())), int(tied.sum())
        )
        assert exact.at(percent) == float(share / int(inside.sum()))
        assert (repo.at(percent), repo.area_at(percent)) == slow_repo(values, mask, percent)
    assert repo.area_at(50) > 0.49
    assert repo.area_at(75) == 1.0


@pytest.mark.parametrize("name", maps())
def test_ranks_equal_the_loops(name: str) -> None:
    values = maps()[name]
    for mask in masks(values.shape):
        assert rra(values, mask) == float(slow_share(values, mask, int(mask.sum())))
        slow = slow_average_precision(values, mask)
        assert average_precision(values, mask) == pytest.approx(slow, rel=1e-14)
        if mask.all():
            assert pixel_auroc(values, mask) is None
        elif mask.sum() < 100:
            assert pixel_auroc(values, mask) == slow_auroc(values, mask)
