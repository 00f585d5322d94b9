from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from fracview.task import drain
from fracview.training.measure import measure, radius_text
from fracview.training.pool import Pool
from fracview.training.publish import reach


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


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([0.9, 0.8], "at least up to 2/255"),
        ([0.9, 0.5], "at 1/255 (accuracy 0.90 [0.85, 0.95]), but not at 2/255"),
        ([0.52, 0.5], "Not robust: at 1/255"),
    ],
)
def test_reach_is_said_by_the_lower_end(shares: list[float], words: str) -> None:
    rows: list[dict[str, Any]] = [
        {"epsilon": f"{i}/255", "accuracy": s, "accuracy_interval": [s - 0.05, s + 0.05]}
        for i, s in enumerate(shares, start=1)
    ]
    assert words in reach({"pgd": rows}, _pool([1, 2], [True, False]))


def test_radii_as_people_write_them() -> None:
    assert radius_text(4 / 255) == "4/255"
    assert radius_text(0.5 / 255) == "0.5/255"
