"""Trabecular texture, indexed in millimetres so that it scales with the bone, not the picture."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from fracview.phantom.frames import Values

_SIDE = 512
_PITCH = 0.25
"""Millimetres per cell of the tile, which therefore repeats after 128 mm."""


@lru_cache(maxsize=16)
def _tile(blur: int) -> Values:
    """Texture as a detector with cells of ``blur`` / 4 mm would see it; read-only."""
    rng = np.random.default_rng(20)
    tile = np.zeros((_SIDE, _SIDE), np.float32)
    # rows lie along the bone: struts follow the load, so the grain is twice as long as wide
    for along, across, weight in ((0.55, 0.28, 1.0), (1.3, 0.65, 0.7), (4.5, 2.5, 0.3)):
        noise = rng.standard_normal((_SIDE, _SIDE), dtype=np.float32)
        noise = gaussian_filter(noise, (along / _PITCH, across / _PITCH), mode="wrap")
        tile += np.float32(weight) * noise / noise.std()
    tile /= tile.std()
    if blur > 1:
        tile = gaussian_filter(tile, 0.3 * blur, mode="wrap")
    tile.setflags(write=False)
    return tile


def texture(u: Values, v: Values, phase: float, pixel_mm: float) -> Values:
    """Look the texture up.

    Parameters
    ----------
    u, v
        Along and across the bone, mm.
    phase
        Where on the tile this bone begins, mm.
    pixel_mm
        Side of a pixel; finer structure than that is averaged out, as on a detector.

    Returns
    -------
    ndarray of float32
        Mean 0, variance up to 1.
    """
    tile = _tile(min(16, max(1, round(pixel_mm / _PITCH))))
    row = ((u + np.float32(phase)) * np.float32(1 / _PITCH)).astype(np.int32) & (_SIDE - 1)
    col = ((v + np.float32(2 * phase)) * np.float32(1 / _PITCH)).astype(np.int32) & (_SIDE - 1)
    return tile.ravel()[row * _SIDE + col]
