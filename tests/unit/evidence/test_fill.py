"""Fills: exact where an answer is known, and nothing outside of the mask."""

from __future__ import annotations

import numpy as np
import pytest

from fracview.errors import SettingError, UnknownName
from fracview.evidence import FILLS
from fracview.evidence.fill import BLUR_SHARE, hide, parts

GENERATOR = np.random.default_rng(5)
FILM = GENERATOR.random((3, 40, 31))


def boxed(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (40, 31)) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    for top, left, height, width in boxes:
        mask[top : top + height, left : left + width] = True
    return mask


MASKS = {
    "inside": boxed((10, 8, 9, 7)),
    "corner": boxed((0, 0, 6, 5)),
    "one pixel": boxed((20, 20, 1, 1)),
    "two boxes": boxed((3, 3, 6, 5), (25, 18, 8, 9)),
    "an L": boxed((5, 5, 12, 4), (13, 5, 4, 12)),
    "whole film": boxed((0, 0, 40, 31)),
}


@pytest.mark.parametrize("how", list(FILLS))
@pytest.mark.parametrize("name", list(MASKS))
def test_nothing_outside_changes_and_something_inside_does(how: str, name: str) -> None:
    mask = MASKS[name]
    hidden = hide(FILM, mask, how)
    assert hidden.shape == FILM.shape
    assert np.array_equal(hidden[:, ~mask], FILM[:, ~mask])
    assert np.isfinite(hidden).all()
    assert hidden.min() >= 0
    assert hidden.max() <= 1
    assert (hidden[:, mask] != FILM[:, mask]).mean() > 0.9
    assert np.array_equal(hide(FILM, mask, how), hidden)


@pytest.mark.parametrize("how", list(FILLS))
def test_channels_are_filled_each_by_itself(how: str) -> None:
    mask = MASKS["inside"]
    together = hide(FILM, mask, how)
    for channel in range(3):
        assert np.allclose(together[channel], hide(FILM[channel], mask, how), atol=1e-12)
    assert hide(FILM[0].astype(np.float32), mask, how).dtype == np.float32


@pytest.mark.parametrize("how", list(FILLS))
def test_a_flat_film_stays_flat(how: str) -> None:
    flat = np.full((40, 31), 0.37)
    assert np.allclose(hide(flat, MASKS["two boxes"], how), flat, atol=1e-12)


def test_inpaint_gives_a_linear_ramp_back() -> None:
    rows, columns = np.mgrid[:40, :31]
    ramp = 0.1 + 0.011 * rows + 0.009 * columns
    for name in ("inside", "two boxes", "an L", "one pixel"):
        spoilt = np.where(MASKS[name], 0.0, ramp)
        assert np.allclose(hide(spoilt, MASKS[name], "inpaint"), ramp, atol=1e-12), name


def test_inpaint_is_the_limit_of_averaging_neighbours() -> None:
    mask = MASKS["corner"]
    slow = np.where(mask, 0.5, FILM[0])
    for _ in range(4000):
        padded = np.pad(slow, 1)
        there = np.pad(np.ones_like(slow), 1)
        total, count = np.zeros_like(slow), np.zeros_like(slow)
        for down, across in ((0, 1), (2, 1), (1, 0), (1, 2)):
            total += padded[down : down + 40, across : across + 31]
            count += there[down : down + 40, across : across + 31]
        slow = np.where(mask, total / count, slow)
    assert np.allclose(hide(FILM[0], mask, "inpaint"), slow, atol=1e-9)


def test_inpaint_stays_between_what_surrounds_it() -> None:
    mask = MASKS["inside"]
    around = FILM[0][9:20, 7:16][~mask[9:20, 7:16]]
    patch = hide(FILM[0], mask, "inpaint")[mask]
    assert around.min() <= patch.min()
    assert patch.max() <= around.max()


def test_mean_is_the_mean_of_the_ring() -> None:
    ring = [
        FILM[0][row, column]
        for row in range(9, 20)
        for column in range(7, 16)
        if row in (9, 19) or column in (7, 15)
    ]
    assert np.allclose(hide(FILM[0], MASKS["inside"], "mean")[MASKS["inside"]], np.mean(ring))


def test_blur_in_the_middle_is_a_plain_gaussian() -> None:
    """Sum by hand at the box's centre, which the soft edge does not reach."""
    mask = boxed((12, 10, 11, 11))
    sigma = BLUR_SHARE * 11
    reach = int(4 * sigma + 0.5)
    places = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (places / sigma) ** 2)
    kernel /= kernel.sum()
    total = 0.0
    for down, first in zip(places, kernel):
        for across, second in zip(places, kernel):
            row, column = np.clip(17 + down, 0, 39), np.clip(15 + across, 0, 30)
            total += first * second * FILM[0][row, column]
    assert hide(FILM[0], mask, "blur")[17, 15] == pytest.approx(total, abs=1e-12)


def test_blur_hides_a_thin_line() -> None:
    film = np.full((64, 64), 0.6)
    film[31:33, 20:44] = 0.1
    hidden = hide(film, boxed((22, 20, 20, 24), size=(64, 64)), "blur")
    assert film[31, 30] < 0.2
    assert hidden[31, 30] > 0.5


def test_parts_are_what_touches() -> None:
    assert len(list(parts(MASKS["two boxes"]))) == 2
    assert len(list(parts(boxed((0, 0, 2, 2), (2, 2, 2, 2))))) == 1
    assert not list(parts(boxed()))


def test_what_cannot_be_hidden_is_said() -> None:
    with pytest.raises(SettingError, match="does not fit"):
        hide(FILM, np.ones((4, 4), dtype=bool))
    with pytest.raises(SettingError, match="floats"):
        hide(np.full((40, 31), 3), MASKS["inside"])
    with pytest.raises(SettingError, match="finite"):
        hide(np.full((40, 31), np.nan), MASKS["inside"])
    with pytest.raises(UnknownName, match="inpaint"):
        hide(FILM, MASKS["inside"], "cement")
