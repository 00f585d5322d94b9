"""Occlusion: windows, mean over covering windows, borders."""

from __future__ import annotations

import pytest
import torch

from fracview.attribution.occlusion import Occlusion
from fracview.errors import SettingError
from fracview.task import drain
from tests.toy import toy_classifier


@pytest.mark.parametrize("side", [3, 15, 16, 23, 224])
def test_windows_cover_every_pixel(side):
    corners = Occlusion().corners(side, side)
    covered = {pixel for row, _ in corners for pixel in range(row, row + 15)}
    assert covered >= set(range(side))
    last = max(row for row, _ in corners)
    assert last < side


def test_slow_definition():
    classifier = toy_classifier()
    x = torch.rand((1, 3, 9, 7), generator=torch.Generator().manual_seed(0)).double()
    baseline = torch.full_like(x, 0.4)
    ours = drain(Occlusion(4, 3, batch=2)(classifier, x, torch.tensor([1]), baseline)).values
    for row, column in ((0, 0), (4, 3), (8, 6)):
        falls = []
        for top, left in Occlusion(4, 3).corners(9, 7):
            if top <= row < top + 4 and left <= column < left + 4:
                hidden = x.clone()
                hidden[:, :, top : top + 4, left : left + 4] = 0.4
                falls.append(float((classifier.logits(x) - classifier.logits(hidden))[0, 1]))
        mean = sum(falls) / len(falls)
        assert ours[0, :, row, column].tolist() == pytest.approx([mean] * 3, abs=1e-14)


def test_stride_above_window_is_refused():
    with pytest.raises(SettingError, match="uncovered"):
        Occlusion(window=4, stride=5)
