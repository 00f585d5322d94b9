"""Tables of numbers from films: what a reader without an eye for fractures could go by."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import laplace

from fracview.phantom import VIEWS, Truth

RING = 12
"""Width of the border, pixels."""
BLOCK = 4
_EXTRAS = (
    ("L", "R"),
    ("plate", "rod", "cast", "wire", "ring"),
    ("canal", "growth plate", "scar", "island", "fold"),
)


def global_statistics(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Sixteen statistics of a whole film and their squares, (32,)."""
    x = pixels.astype(np.float32) / 255
    edges = laplace(x)
    steps = np.abs(np.diff(x, axis=0)).mean(), np.abs(np.diff(x, axis=1)).mean()
    sides = (x[:RING], x[-RING:], x[:, :RING], x[:, -RING:])
    count = np.bincount(pixels.ravel(), minlength=256)
    levels = np.searchsorted(count.cumsum(), np.array((0.01, 0.1, 0.5, 0.9, 0.99)) * x.size) / 255
    grey = np.arange(256) / 255
    mean = float(count @ grey) / x.size
    second, third = (float(count @ (grey - mean) ** power) / x.size for power in (2, 3))
    some = np.array(
        [
            mean, second**0.5, *levels, third,
            edges.std(), np.abs(edges).mean(), *steps, *(side.mean() for side in sides),
        ]
    )  # fmt: skip
    return np.concatenate([some, some**2])


def border_blocks(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Means of the blocks of 4 x 4 pixels in the outer 12 pixels."""
    x = pixels.astype(np.float64) / 255
    side = x.shape[0] // BLOCK * BLOCK
    x = x[:side, :side].reshape(side // BLOCK, BLOCK, side // BLOCK, BLOCK).mean((1, 3))
    ring = np.ones(x.shape, bool)
    deep = RING // BLOCK
    ring[deep:-deep, deep:-deep] = False
    return x[ring]


def border_strips(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The outer 12 pixels as one strip, (12, 4 S), outermost row first, side after side."""
    turns = [np.rot90(pixels, turn)[:RING] for turn in range(4)]
    return np.concatenate(turns, axis=1)


def metadata(truth: Truth) -> npt.NDArray[np.float64]:
    """What is known beside the film, with the products of all pairs."""
    marker, hardware, lookalikes = _EXTRAS
    field = truth.pixel_mm * truth.size
    some = np.array(
        [
            *(truth.view == view for view in VIEWS),
            truth.child, field / 100, (field / 100) ** 2, (field / 100) ** 3, truth.size / 256,
            *(truth.marker == letter for letter in marker),
            *(name in truth.hardware for name in hardware),
            *(name in truth.lookalikes for name in lookalikes),
            len(truth.hardware), len(truth.lookalikes),
        ],
        dtype=np.float64,
    )  # fmt: skip
    pairs = np.array([some[i] * some[j] for i, j in combinations(range(len(some)), 2)])
    return np.concatenate([some, pairs])
