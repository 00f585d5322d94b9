from __future__ import annotations

import numpy as np
import pytest

from fracview.errors import SettingError
from fracview.metrics.statistics import mean_with_interval, proportion, wilson


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        # Newcombe (Statistics in Medicine 17, 1998), Table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # The seed table.
        (153, 222, 0.626, 0.746),
        (0, 222, 0.0, 0.017),
        (214, 222, 0.931, 0.982),
    ],
)
def test_wilson_at_known_values(successes: int, total: int, low: float, high: float) -> None:
    digits = 4 if total != 222 else 3
    found = wilson(successes, total)
    assert (round(found[0], digits), round(found[1], digits)) == (low, high)


def test_wilson_solves_its_equation() -> None:
    """Both ends p satisfy |share - p| = z sqrt(p (1 - p) / n)."""
    for successes, total in ((3, 17), (16, 17), (500, 1000)):
        for end in wilson(successes, total, 0.99):
            distance = abs(successes / total - end)
            assert distance == pytest.approx(2.5758293035489 * (end * (1 - end) / total) ** 0.5)


def test_wilson_is_symmetric_and_bounded() -> None:
    for successes in range(11):
        low, high = wilson(successes, 10)
        mirrored = wilson(10 - successes, 10)
        assert (low, high) == pytest.approx((1 - mirrored[1], 1 - mirrored[0]))
        assert 0 <= low <= successes / 10 <= high <= 1
    assert wilson(10, 10)[1] == 1.0
    assert proportion(3, 10).mean == 0.3


def test_bootstrap_repeats_with_its_seed() -> None:
    values = np.random.default_rng(0).random(50)
    first = mean_with_interval(values, seed=4)
    assert first == mean_with_interval(values, seed=4)
    assert first != mean_with_interval(values, seed=5)
    assert (first.n, first.seed, first.level) == (50, 4, 0.95)
    assert first.mean == values.mean()


def test_bootstrap_agrees_with_the_normal_interval() -> None:
    values = np.random.default_rng(1).standard_normal(400)
    found = mean_with_interval(values, seed=0, n_boot=4000)
    half = 1.959964 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - half, abs=0.01)
    assert found.high == pytest.approx(values.mean() + half, abs=0.01)
    wide = mean_with_interval(values, seed=0, n_boot=4000, level=0.99)
    assert wide.low < found.low < found.mean < found.high < wide.high


def test_bootstrap_covers_as_often_as_it_says() -> None:
    generator = np.random.default_rng(9)
    hits = 0
    for seed in range(300):
        found = mean_with_interval(generator.standard_normal(60), seed=seed, n_boot=400)
        hits += found.low <= 0 <= found.high
    assert 0.89 <= hits / 300 <= 0.99


def test_many_values_are_drawn_in_blocks() -> None:
    values = np.random.default_rng(0).random(300_000)
    found = mean_with_interval(values, seed=1, n_boot=20)
    assert found.low < found.mean < found.high
    assert found.high - found.low < 0.004


def test_values_of_one_patient_are_drawn_together() -> None:
    generator = np.random.default_rng(3)
    patients = generator.standard_normal(40)
    values = np.repeat(patients, 10)
    labels = [f"patient {number}" for number in np.repeat(np.arange(40), 10)]
    alone = mean_with_interval(values, seed=0)
    together = mean_with_interval(values, seed=0, clusters=labels)
    assert together.mean == alone.mean
    assert together.n == 400
    ratio = (together.high - together.low) / (alone.high - alone.low)
    assert ratio == pytest.approx(10**0.5, rel=0.1)
    patient = mean_with_interval(patients, seed=0)
    assert (together.low, together.high) == pytest.approx((patient.low, patient.high))


def test_labels_only_group() -> None:
    values = np.random.default_rng(3).random(12)
    first = mean_with_interval(values, seed=0, clusters=list("aabbccddeeff"))
    assert first == mean_with_interval(
        values, seed=0, clusters=[9, 9, 1, 1, 5, 5, 2, 2, 7, 7, 0, 0]
    )


def test_one_unit_has_no_interval() -> None:
    single = mean_with_interval([0.5], seed=0)
    assert (single.mean, single.low, single.high, single.n) == (0.5, None, None, 1)
    grouped = mean_with_interval([0.5, 0.7], seed=0, clusters=["a", "a"])
    assert (grouped.low, grouped.high) == (None, None)


def test_refusals() -> None:
    for values in ([], [np.nan, 1], [[1, 2]]):
        with pytest.raises(SettingError, match="at least one value"):
            mean_with_interval(values, seed=0)
    with pytest.raises(SettingError, match="1 cluster labels for 2"):
        mean_with_interval([1, 2], seed=0, clusters=["a"])
    for settings in ({"n_boot": 0}, {"level": 1.0}):
        with pytest.raises(SettingError, match="not possible"):
            mean_with_interval([1, 2], seed=0, **settings)
    for counts in ((1, 0), (-1, 5), (6, 5)):
        with pytest.raises(SettingError, match="no interval"):
            wilson(*counts)
