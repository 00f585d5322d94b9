"""From whatever a decoder returns to the few pixel types of a radiograph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from fracview.data.radiograph import Window

if TYPE_CHECKING:
    import numpy.typing as npt

_KEPT = (np.uint8, np.uint16, np.int16, np.float32)


def plain_dtype(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Bring pixels to uint8, uint16, int16 or float32 without losing a value.

    Parameters
    ----------
    pixels
        (H, W) of any real type and byte order.

    Returns
    -------
    ndarray
        Whole numbers become the narrowest of uint16 and int16 that holds them all (uint8 stays
        uint8); everything else float32, which is exact up to 24 bits.
    """
    native = pixels.dtype.newbyteorder("=")
    if native.type in _KEPT:
        return np.ascontiguousarray(pixels, dtype=native)
    if native == np.bool_:
        return pixels.astype(np.uint8)
    if native.kind in "iu":
        low, high = int(pixels.min()), int(pixels.max())
        if low >= 0 and high <= 65535:
            return pixels.astype(np.uint16)
        if low >= -32768 and high <= 32767:
            return pixels.astype(np.int16)
    return pixels.astype(np.float32)


def finite(pixels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], str]:
    """Replace what is not a finite number by the smallest that is.

    Returns
    -------
    ndarray
        Pixels, all finite.
    str
        A note, or an empty string if nothing was replaced.

    Raises
    ------
    ValueError
        If not one pixel is finite.
    """
    if pixels.dtype.kind != "f":
        return pixels, ""
    good = np.isfinite(pixels)
    bad = int(pixels.size - np.count_nonzero(good))
    if bad == pixels.size:
        raise ValueError("not one of its pixels is a finite number")
    if not bad:
        return pixels, ""
    return np.where(good, pixels, pixels[good].min()), f"{bad} pixels that are no number made black"


def full_window(
    pixels: npt.NDArray[Any], without: npt.NDArray[np.bool_] | None = None
) -> tuple[Window, tuple[str, ...]]:
    """Choose the window where a file gives none.

    8-bit pixels keep their type's range, 0..255, so that two films compare. Deeper ones rarely use
    all their bits and go from their darkest to their brightest pixel; percentiles would hide
    metal and markers.

    Parameters
    ----------
    pixels
        (H, W).
    without
        Pixels that carry no picture (padding), left out of the search.

    Returns
    -------
    Window
        What to show.
    tuple of str
        Notes that say how it was chosen.
    """
    if pixels.dtype == np.uint8:
        return Window(0.0, 255.0), ()
    seen = pixels
    if without is not None and not without.all():
        seen = pixels[~without]
    window = Window(float(seen.min()), float(seen.max()))
    if window.width <= 0:
        return window, ("no contrast: all pixels are equal",)
    return window, ("shown from its darkest to its brightest pixel",)


def luma(colour: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Grey of red, green and blue by ITU-R 601 weights, as Pillow's mode L.

    Parameters
    ----------
    colour
        (H, W, 3) of uint8 (rounded exactly as Pillow does) or any deeper type.

    Returns
    -------
    ndarray, (H, W), same type
    """
    if colour.dtype == np.uint8:
        picture = Image.fromarray(np.ascontiguousarray(colour[..., :3]))
        return np.array(picture.convert("L"))
    weighted = colour[..., :3].astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    if colour.dtype.kind in "iu":
        weighted = np.rint(weighted)
    grey: npt.NDArray[Any] = weighted.astype(colour.dtype)
    return grey
