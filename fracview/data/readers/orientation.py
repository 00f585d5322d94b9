"""EXIF orientation: which way up a film was held, applied exactly once."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

TAG = 0x0112

BROKEN_EXIF = (
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    OSError,
    IndexError,
    struct.error,
)
"""What Pillow raises on broken EXIF blocks, which are no reason to refuse a picture."""

_INVERSE = {6: 8, 8: 6}
"""A quarter turn is undone by the other quarter turn; all other orientations undo themselves."""


def turned(pixels: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Turn pixels upright.

    Parameters
    ----------
    pixels
        (H, W) or (H, W, C) as they lie in the file.
    orientation
        EXIF value 1..8; anything else leaves the pixels alone.

    Returns
    -------
    ndarray
        A view; (W, H) for 5 to 8.
    """
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def turned_back(pixels: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Undo :func:`turned`."""
    return turned(pixels, _INVERSE.get(orientation, orientation))


def exif_orientation(exif: bytes) -> int:
    r"""Orientation in a block of EXIF bytes, 1 if there is none or the block is broken.

    Parameters
    ----------
    exif
        With or without its ``Exif\0\0`` head.
    """
    from PIL import Image

    table = Image.Exif()
    try:
        table.load(exif)
        return checked(table.get(TAG, 1))
    except BROKEN_EXIF:
        return 1


def checked(value: object) -> int:
    """Orientation as a number 1..8; anything odd is 1."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
