"""Controls: same shape, elsewhere, alike, and the same again by seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation, gaussian_filter

from fracview.errors import NoBoxesError, SettingError
from fracview.evidence.control import GAP, choose_controls

SIZE = (72, 64)
FILM = gaussian_filter(np.random.default_rng(2).random(SIZE), 3)
FILM = (FILM - FILM.min()) / np.ptp(FILM)


def boxed(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros(SIZE, dtype=bool)
    for top, left, height, width in boxes:
        mask[top : top + height, left : left + width] = True
    return mask


RECTANGLES = st.tuples(
    st.integers(0, 60), st.integers(0, 52), st.integers(1, 12), st.integers(1, 12)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(RECTANGLES, min_size=1, max_size=3), st.integers(0, 99))
def test_controls_are_as_large_and_never_near_a_box(
    boxes: list[tuple[int, int, int, int]], seed: int
) -> None:
    mask = boxed(*boxes)
    chosen = choose_controls(FILM, mask, 6, seed)
    near = binary_dilation(mask, np.ones((2 * GAP + 1, 2 * GAP + 1)))
    assert len(chosen.masks) == len(chosen.places) <= 6
    assert len(chosen.masks) == 6 or chosen.notes
    for control, places in zip(chosen.masks, chosen.places):
        assert control.sum() == mask.sum()
        assert not (control & near).any()
        around = np.zeros(SIZE, dtype=bool)
        for x1, y1, x2, y2 in places:
            assert 0 <= x1 < x2 <= SIZE[1]
            assert 0 <= y1 < y2 <= SIZE[0]
            around[y1:y2, x1:x2] = True
        assert not (control & ~around).any()
    assert len({control.tobytes() for control in chosen.masks}) == len(chosen.masks)


def test_the_same_seed_chooses_the_same_places() -> None:
    mask = boxed((20, 20, 8, 6))
    once, again = choose_controls(FILM, mask, 8, 3), choose_controls(FILM, mask, 8, 3)
    assert once.places == again.places
    assert choose_controls(FILM, mask, 8, 4).places != once.places


def test_places_are_among_the_best_by_the_slow_definition() -> None:
    mask = boxed((20, 20, 9, 7))
    under = FILM[mask]
    ranks = []
    for top in range(SIZE[0] - 8):
        for left in range(SIZE[1] - 6):
            if top + 9 + GAP > 20 and top < 29 + GAP and left + 7 + GAP > 20 and left < 27 + GAP:
                continue
            patch = FILM[top : top + 9, left : left + 7]
            ranks.append(np.hypot(patch.mean() - under.mean(), patch.std() - under.std()))
    bound = np.sort(ranks)[round(0.02 * len(ranks)) - 1]
    chosen = choose_controls(FILM, mask, 3, 0)
    gaps = []
    for x1, y1, x2, y2 in (places[0] for places in chosen.places):
        patch = FILM[y1:y2, x1:x2]
        gaps.append((patch.mean() - under.mean(), patch.std() - under.std()))
        assert np.hypot(*gaps[-1]) <= bound + 1e-6
    assert chosen.brightness == pytest.approx(under.mean())
    assert chosen.contrast == pytest.approx(under.std())
    assert chosen.brightness_gap == pytest.approx(np.abs(gaps).mean(axis=0)[0])
    assert chosen.contrast_gap == pytest.approx(np.abs(gaps).mean(axis=0)[1])


def test_a_twin_of_the_box_is_found() -> None:
    film = np.full(SIZE, 0.2)
    noise = np.random.default_rng(0).random((8, 8))
    film[10:18, 10:18] = film[50:58, 40:48] = noise
    chosen = choose_controls(film, boxed((10, 10, 8, 8)), 1, 0)
    x1, y1, _, _ = chosen.places[0][0]
    assert abs(x1 - 40) <= 3
    assert abs(y1 - 50) <= 3


def test_controls_stay_on_the_film() -> None:
    inside = np.zeros(SIZE, dtype=bool)
    inside[:, 15:50] = True
    chosen = choose_controls(FILM, boxed((20, 20, 8, 6)), 8, 0, inside=inside)
    assert len(chosen.masks)
    assert not (chosen.masks & ~inside).any()


def test_where_there_is_no_room_there_is_a_note() -> None:
    chosen = choose_controls(FILM, boxed((5, 5, 60, 55)), 8)
    assert chosen.masks.shape == (0, *SIZE)
    assert chosen.brightness_gap is None
    assert "too large" in chosen.notes[0]
    few = choose_controls(FILM, boxed((0, 0, 30, 64)), 8)
    assert 0 < len(few.masks) < 8
    assert f"Only {len(few.masks)} of 8" in few.notes[0]
    assert choose_controls(FILM, boxed((5, 5, 5, 5)), 0).notes == ()


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(NoBoxesError, match="no box"):
        choose_controls(FILM, boxed())
    with pytest.raises(SettingError, match="at least 0"):
        choose_controls(FILM, boxed((1, 1, 2, 2)), -1)
    with pytest.raises(SettingError, match="does not fit"):
        choose_controls(FILM, np.ones((3, 3), dtype=bool))
