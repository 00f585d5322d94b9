"""From a display window to grey levels, and from a drag of the mouse to a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.data.radiograph import Window

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.data.radiograph import Radiograph
    from fracview.gui.views.pyramid import Pyramid

PRESETS = ("full range", "as in the file", "bone", "soft tissue", "last")
"""What the keys 1 to 5 choose."""

_REACH = 400.0
"""Screen pixels of a drag that move level or width by the film's whole range."""
_FINE = 0.1


def grey_table(
    window: Window, low: float, step: float, codes: int, inverted: bool
) -> npt.NDArray[np.uint32]:
    """Opaque 32-bit grey for each code of a pyramid, uint32 (codes,)."""
    values = low + step * np.arange(codes, dtype=np.float32)
    return as_rgb32(window.apply(values), inverted)


def as_rgb32(grey: npt.NDArray[np.floating[Any]], inverted: bool = False) -> npt.NDArray[np.uint32]:
    """Grey in [0, 1] as opaque 32-bit pixels of the same shape."""
    level = np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint32)
    if inverted:
        level = np.uint32(255) - level
    opaque: npt.NDArray[np.uint32] = np.uint32(0xFF000000) | (level * np.uint32(0x010101))
    return opaque


def full_range(film: Radiograph, pyramid: Pyramid) -> Window:
    """All values that the file's kind of pixel is used for on this film."""
    if film.pixels.dtype == np.uint8:
        return Window(0.0, 255.0)
    return _window(*pyramid.span)


def auto(pyramid: Pyramid) -> Window:
    """From the 1st to the 99.5th percentile of what is not background."""
    return _between(pyramid, 1, 99.5)


def bone(pyramid: Pyramid) -> Window:
    """The brighter half of the subject, where bone lies on a radiograph."""
    return _between(pyramid, 45, 99.9)


def soft_tissue(pyramid: Pyramid) -> Window:
    """The darker part of the subject, where soft tissue lies on a radiograph."""
    return _between(pyramid, 0, 70)


def dragged(window: Window, dx: float, dy: float, reach: Window, fine: bool = False) -> Window:
    """Change a window by a drag.

    Parameters
    ----------
    window
        Where the drag began.
    dx, dy
        Screen pixels to the right, which widen, and down, which raise the level (darker).
    reach
        The film's full range; it sets how much a screen pixel is worth.
    fine
        A tenth of the speed.
    """
    unit = max(reach.width, 1e-6) / _REACH * (_FINE if fine else 1.0)
    width = max(window.width + dx * unit, reach.width / 1000, 1e-6)
    centre = window.centre + dy * unit
    return Window(centre - width / 2, centre + width / 2)


def _between(pyramid: Pyramid, lower: float, upper: float) -> Window:
    values = pyramid.values()
    floor = float(values.min())
    subject = values[values > floor + 0.02 * (float(values.max()) - floor)]
    if subject.size < 16:
        subject = values.ravel()
    low, high = np.percentile(subject, [lower, upper])
    return _window(float(low), float(high))


def _window(low: float, high: float) -> Window:
    return Window(low, high) if high > low else Window(low - 0.5, low + 0.5)
