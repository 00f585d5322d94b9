from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from fracview.data.boxes import box_mask
from fracview.phantom import draw, twins

SIZE = 224


@pytest.fixture(scope="module")
def hairlines():
    return [twins(seed, SIZE, severity="hairline") for seed in range(500, 516)]


def near(mask: np.ndarray, pixels: int) -> np.ndarray:
    return binary_dilation(mask, np.ones((3, 3), bool), iterations=pixels)


def test_the_mask_lies_in_the_boxes_and_fills_them(pairs):
    for fractured, normal in pairs:
        assert fractured.mask.dtype == np.bool_
        assert fractured.mask.shape == (SIZE, SIZE)
        assert not normal.mask.any()
        inside = box_mask(fractured.boxes, SIZE, SIZE)
        assert not (fractured.mask & ~inside).any()
        for box in fractured.boxes:
            part = fractured.mask & box_mask((box,), SIZE, SIZE)
            assert part.any(), "each box holds a fracture"
            rows, cols = np.nonzero(part)
            pad = 3.0 + 2.4 / fractured.truth.pixel_mm  # the box's own margin and a pixel or two
            assert cols.min() - box.x1 < pad + 0.1 * box.width or box.x1 == 0
            assert box.x2 - cols.max() < pad + 0.1 * box.width or box.x2 == SIZE
            assert rows.min() - box.y1 < pad + 0.1 * box.height or box.y1 == 0
            assert box.y2 - rows.max() < pad + 0.1 * box.height or box.y2 == SIZE


def test_the_mask_is_where_the_twins_differ_most(pairs):
    shares = []
    for fractured, normal in pairs:
        gap = np.abs(fractured.pixels.astype(float) - normal.pixels)
        inside = box_mask(fractured.boxes, SIZE, SIZE)
        clear = inside & (gap >= fractured.truth.visibility)
        shares.append((clear & near(fractured.mask, 3)).sum() / clear.sum())
    # what a displaced fragment has left or now covers may be clearer than its broken end
    assert np.median(shares) > 0.9
    assert np.mean(shares) > 0.75


def test_a_hairline_changes_little_but_the_mask(hairlines):
    inside, sharp = [], []
    for fractured, normal in hairlines:
        gap = np.abs(fractured.pixels.astype(float) - normal.pixels)
        inside.append(gap[near(fractured.mask, 3)].sum() / gap.sum())
        sharp.append(gap[fractured.mask].mean() / max(gap[~near(fractured.mask, 3)].mean(), 1e-3))
        assert fractured.truth.severity == "hairline"
    assert np.median(inside) > 0.85
    assert np.min(sharp) > 10


def test_a_hairline_is_dark():
    darker = []
    for seed in range(520, 532):
        fractured, normal = twins(seed, SIZE, severity="hairline")
        gap = fractured.pixels.astype(float) - normal.pixels
        darker.append(gap[fractured.mask].mean() < 0)
    assert np.mean(darker) > 0.9


def test_the_mask_is_the_same_at_another_size():
    for seed in (3, 4, 5):
        small = draw(seed, size=112, fractured=True)
        large = draw(seed, size=224, fractured=True)
        assert small.truth.kind == large.truth.kind
        assert small.truth.bone == large.truth.bone
        grown = np.kron(small.mask, np.ones((2, 2), bool))
        assert (grown & near(large.mask, 2)).sum() > 0.9 * grown.sum()
        assert (large.mask & near(grown, 2)).sum() > 0.9 * large.mask.sum()


def test_masks_are_read_only(pairs):
    with pytest.raises(ValueError, match="read-only"):
        pairs[0][0].mask[0, 0] = True
