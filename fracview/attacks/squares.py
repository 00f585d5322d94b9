"""Shapes that the square attack paints."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor


def inside(corner: Tensor, side: int, height: int, width: int) -> Tensor:
    """Squares as masks, bool (N, height, width).

    Parameters
    ----------
    corner
        (N, 2) top and left.
    side
        In pixels.
    height, width
        Of the image.
    """
    down, across = torch.arange(height), torch.arange(width)
    top, left = corner[:, :1], corner[:, 1:]
    rows = (down >= top) & (down < top + side)
    columns = (across >= left) & (across < left + side)
    return rows[:, :, None] & columns[:, None, :]


@lru_cache(maxsize=256)
def bump(side: int, turned: bool) -> Tensor:
    """Positive hill beside a negative one, norm 1, float64 (side, side).

    The published shape of the L2 attack (section 4.2, equation 2).

    Parameters
    ----------
    side
        In pixels, at least 1.
    turned
        Side by side instead of one above the other.
    """
    half = side // 2
    hills = torch.cat([_hill(half, side), -_hill(side - half, side)])
    hills = hills / hills.square().sum().sqrt()
    return hills.T if turned else hills


def tiles(height: int, width: int, draws: Tensor) -> Tensor:
    """Bumps on a grid of five by about five, float64 (C, height, width).

    Parameters
    ----------
    height, width
        Of the image.
    draws
        (C + 1, at least the number of bumps) uniform in [0, 1): signs, and in the last row how a
        bump lies.
    """
    side = max(1, min(height, width) // 5)
    signs, turned = signs_of(draws[:-1]), draws[-1] < 0.5
    grid = torch.zeros(len(signs), height, width, dtype=torch.float64)
    number = 0
    for top in range((height % side) // 2, height - side + 1, side):
        for left in range((width % side) // 2, width - side + 1, side):
            shape = signs[:, number].view(-1, 1, 1) * bump(side, bool(turned[number]))
            grid[:, top : top + side, left : left + side] = shape
            number += 1
    return grid


def signs_of(uniform: Tensor) -> Tensor:
    """-1 or 1, from numbers in [0, 1)."""
    return 1.0 - 2.0 * (uniform < 0.5)


def _hill(height: int, width: int) -> Tensor:
    """Sum of 1 / k^2 over growing squares around the middle, scaled to norm 1."""
    if height == 0:
        return torch.zeros(0, width, dtype=torch.float64)
    down = (torch.arange(height) - height // 2).abs()
    across = (torch.arange(width) - width // 2).abs()
    distance = torch.maximum(down[:, None], across[None, :])
    rings = max(height // 2 + 1, width // 2 + 1)
    weights = 1 / torch.arange(1, rings + 1, dtype=torch.float64) ** 2
    beyond = weights.flip(0).cumsum(0).flip(0)  # sum from ring d outwards
    heights = torch.cat([beyond, torch.zeros(1, dtype=torch.float64)])[distance.clamp_max(rings)]
    hill: Tensor = heights / heights.square().sum().sqrt()
    return hill
