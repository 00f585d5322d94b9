from __future__ import annotations

import numpy as np
import pytest

from fracview.errors import NoBoxesError, SettingError
from fracview.metrics.localisation import (
    average_precision,
    localise,
    pixel_auroc,
    pointing_game,
    rma,
    rra,
)


@pytest.fixture
def mask() -> np.ndarray:
    box = np.zeros((20, 25), dtype=bool)
    box[5:10, 6:10] = True
    return box


def test_constant_map_is_chance(mask: np.ndarray) -> None:
    found = localise(np.full((20, 25), 2.0), mask)
    chance = 20 / 500
    assert found.mask_share == chance
    assert found.rra == chance
    assert found.pointing == chance
    assert found.average_precision == pytest.approx(chance)
    assert found.rma == pytest.approx(chance)
    assert found.auroc == 0.5


def test_the_box_itself_is_perfect_and_its_opposite_is_the_worst(mask: np.ndarray) -> None:
    best, worst = localise(mask, mask), localise(~mask, mask)
    assert (best.rra, best.rma, best.pointing, best.auroc, best.average_precision) == (1,) * 5
    assert (worst.rra, worst.rma, worst.pointing, worst.auroc) == (0,) * 4
    assert worst.average_precision == 20 / 500


def test_mass_is_the_positive_part_or_the_absolute_size() -> None:
    values = np.array([[3.0, -5.0], [1.0, 0.0]])
    left = np.array([[True, False], [True, False]])
    top = np.array([[True, True], [False, False]])
    assert rma(values, left) == 1.0
    assert rma(values, left, "absolute") == pytest.approx(4 / 9)
    assert rma(values, top, "positive") == pytest.approx(3 / 4)
    with pytest.raises(SettingError, match="part"):
        rma(values, top, "negative")  # type: ignore[arg-type]


def test_mass_of_a_map_without_mass_is_unknown(mask: np.ndarray) -> None:
    assert rma(np.zeros(mask.shape), mask) is None
    assert rma(-np.ones(mask.shape), mask) is None
    assert rma(-np.ones(mask.shape), mask, "absolute") == pytest.approx(20 / 500)


def test_mass_survives_huge_and_tiny_values(mask: np.ndarray) -> None:
    for scale in (1e308, 1e-310):
        assert rma(np.full(mask.shape, scale), mask) == pytest.approx(20 / 500)


def test_pointing_shares_a_peak(mask: np.ndarray) -> None:
    values = np.zeros(mask.shape)
    values[5, 6] = values[0, 0] = values[19, 24] = 7
    assert pointing_game(values, mask) == 1 / 3


def test_pointing_forgives_a_distance(mask: np.ndarray) -> None:
    values = np.zeros(mask.shape)
    values[2, 2] = 1  # 3 rows and 4 columns from the corner (5, 6)
    assert pointing_game(values, mask) == 0
    assert pointing_game(values, mask, 4.9) == 0
    assert pointing_game(values, mask, 5) == 1
    for tolerance in (-1, np.nan, np.inf):
        with pytest.raises(SettingError, match="tolerance"):
            pointing_game(values, mask, tolerance)


def test_auroc_needs_an_outside() -> None:
    assert pixel_auroc(np.eye(3), np.ones((3, 3))) is None
    assert average_precision(np.eye(3), np.ones((3, 3))) == 1


def test_one_swapped_pixel_lowers_every_rank_measure(mask: np.ndarray) -> None:
    values = mask.astype(float)
    values[0, 0] = 2
    assert rra(values, mask) == 19 / 20
    assert pointing_game(values, mask) == 0
    assert pixel_auroc(values, mask) == pytest.approx(1 - 1 / 480)
    assert average_precision(values, mask) == pytest.approx(20 / 21)


@pytest.mark.parametrize("measure", [localise, rra, rma, pointing_game, pixel_auroc])
def test_refusals(measure, mask: np.ndarray) -> None:
    values = np.ones(mask.shape)
    with pytest.raises(NoBoxesError):
        measure(values, np.zeros(mask.shape))
    with pytest.raises(SettingError, match="one frame"):
        measure(values, mask.T)
    with pytest.raises(SettingError, match="two axes"):
        measure(values.ravel(), mask.ravel())
    values[3, 3] = np.nan
    with pytest.raises(SettingError, match="not finite"):
        measure(values, mask)
