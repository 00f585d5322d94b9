from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fracview.data.boxes import Box, box_mask
from fracview.errors import SettingError

corner = st.floats(-5, 25, allow_nan=False)


def slow_mask(box: Box, height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            mask[y, x] = box.x1 <= x + 0.5 < box.x2 and box.y1 <= y + 0.5 < box.y2
    return mask


@given(corner, corner, corner, corner)
def test_a_pixel_belongs_to_a_box_if_its_centre_does(
    x1: float, y1: float, x2: float, y2: float
) -> None:
    if x1 == x2 or y1 == y2:
        return
    box = Box.sorted(x1, y1, x2, y2)
    quick, slow = box_mask([box], 20, 18), slow_mask(box, 20, 18)
    if slow.any():
        assert (quick == slow).all()
    elif box.clipped(20, 18) is not None:
        assert 0 < quick.sum() <= max(20, 18)
    else:
        assert not quick.any()


def test_a_tiny_box_takes_the_pixel_under_its_middle() -> None:
    mask = box_mask([Box(3.6, 4.6, 3.8, 4.8)], 10, 10)
    assert np.argwhere(mask).tolist() == [[4, 3]]


def test_the_published_raster_cuts_corners_and_may_be_empty() -> None:
    assert not box_mask([Box(3.6, 4.6, 3.8, 4.8)], 10, 10, "int").any()
    assert box_mask([Box(1.9, 2.9, 4.9, 5.9)], 10, 10, "int")[2:5, 1:4].all()


@pytest.mark.parametrize(
    "bad", [(0, 0, 0, 1), (2, 0, 1, 1), (0, 0, math.nan, 1), (0, 0, math.inf, 1)]
)
def test_boxes_without_area_or_number_are_refused(bad: tuple[float, ...]) -> None:
    with pytest.raises(SettingError):
        Box(*bad)


def test_iou_of_half_covered_squares() -> None:
    assert Box(0, 0, 2, 2).iou(Box(1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert Box(0, 0, 1, 1).iou(Box(1, 0, 2, 1)) == 0


def test_clipping_keeps_what_a_reader_said() -> None:
    box = Box(-3, 2, 5, 30, certainty="possible", note="n")
    assert box.clipped(10, 10) == Box(0, 2, 5, 10, certainty="possible", note="n")
    assert box.moved(100, 0).clipped(10, 10) is None
