"""A film at full, half, quarter ... size, so that no more pixels are touched than are seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Codes = npt.NDArray[np.unsignedinteger[Any]]

SMALLEST = 192
"""No level is made whose shorter side would be below this."""


@dataclass(frozen=True, eq=False)
class Pyramid:
    """Levels of one film as unsigned codes; the value of a pixel is ``low + code * step``.

    Parameters
    ----------
    levels
        uint8 or uint16 (h, w); each half as large as the one before, by area mean. None where the
        level is not there yet.
    height, width
        Of the film.
    low, step
        From codes to values.
    span
        Smallest and largest value of the film; of a sketch, of the pixels that it holds.
    """

    levels: tuple[Codes | None, ...]
    height: int
    width: int
    low: float = 0.0
    step: float = 1.0
    span: tuple[float, float] = (0.0, 255.0)

    @property
    def codes(self) -> int:
        """Number of codes there may be: 256 or 65,536."""
        return 256 if self._any.dtype == np.uint8 else 65536

    @property
    def coarse(self) -> Codes:
        """The smallest level."""
        level = self.levels[-1]
        assert level is not None
        return level

    def values(self) -> npt.NDArray[np.float32]:
        """The smallest level as values, for histograms."""
        return self.coarse.astype(np.float32) * np.float32(self.step) + np.float32(self.low)

    def level_for(self, scale: float) -> int:
        """The coarsest level that is still as fine as the screen.

        Parameters
        ----------
        scale
            Device pixels per film pixel, above 0.
        """
        wanted = max(0, math.floor(math.log2(1 / scale))) if scale < 1 else 0
        wanted = min(wanted, len(self.levels) - 1)
        while self.levels[wanted] is None:
            wanted += 1
        return wanted

    @property
    def _any(self) -> Codes:
        return self.coarse


def build_pyramid(pixels: npt.NDArray[Any]) -> Pyramid:
    """Make all levels.

    Parameters
    ----------
    pixels
        (H, W) of uint8, uint16, int16 or float32, finite.
    """
    codes, low, step = _codes(pixels)
    levels = [codes]
    while min(levels[-1].shape) >= 2 * SMALLEST:
        levels.append(_halved(levels[-1]))
    height, width = pixels.shape
    return Pyramid(tuple(levels), height, width, low, step, _span(pixels))


def sketch(pixels: npt.NDArray[Any]) -> Pyramid:
    """A pyramid whose only level is the coarsest, by leaving pixels out: at once, but rough."""
    depth, side = 0, min(pixels.shape)
    while side >= 2 * SMALLEST:
        depth, side = depth + 1, side // 2
    thin = np.ascontiguousarray(pixels[:: 2**depth, :: 2**depth])
    codes, low, step = _codes(thin)
    height, width = pixels.shape
    return Pyramid((*[None] * depth, codes), height, width, low, step, _span(thin))


def _span(pixels: npt.NDArray[Any]) -> tuple[float, float]:
    return float(pixels.min()), float(pixels.max())


def _codes(pixels: npt.NDArray[Any]) -> tuple[Codes, float, float]:
    if pixels.dtype in (np.uint8, np.uint16):
        return np.ascontiguousarray(pixels), 0.0, 1.0
    low, high = _span(pixels)
    if np.issubdtype(pixels.dtype, np.integer) and high - low <= 65535:
        shifted = pixels.astype(np.int32) - int(low)
        return shifted.astype(np.uint16), low, 1.0
    # For the eye alone: 65,536 grey levels between the film's extremes.
    step = (high - low) / 65535 or 1.0
    scaled = (pixels - np.asarray(low, pixels.dtype)) * (1 / step)
    return np.rint(scaled).astype(np.uint16), low, step


def _halved(codes: Codes) -> Codes:
    """Area mean of 2 x 2 pixels; an odd last row or column is taken twice."""
    height, width = codes.shape
    if height % 2 or width % 2:
        codes = np.pad(codes, ((0, height % 2), (0, width % 2)), mode="edge")
    wide = np.uint16 if codes.dtype == np.uint8 else np.uint32
    total: npt.NDArray[np.unsignedinteger[Any]] = codes[::2, ::2].astype(wide)
    for row, column in ((1, 0), (0, 1), (1, 1)):
        np.add(total, codes[row::2, column::2], out=total)
    total += wide(2)
    np.right_shift(total, wide(2), out=total)
    return total.astype(codes.dtype)
