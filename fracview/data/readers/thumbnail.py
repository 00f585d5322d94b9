"""Small pictures for a browser, as quickly as the format allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from fracview.data import reading
from fracview.data.readers import read_radiograph
from fracview.data.readers.heard import hearing
from fracview.data.readers.jpeg import END, has_end
from fracview.data.readers.orientation import BROKEN_EXIF, TAG, checked, turned
from fracview.data.readers.raster import open_checked
from fracview.data.readers.source import read_bytes, read_head

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt


def thumbnail(
    path: Path, side: int = 160, stop: Callable[[], bool] | None = None
) -> npt.NDArray[np.uint8]:
    """Make a small grey picture, upright, through the film's own window.

    Parameters
    ----------
    path
        Any radiograph. Truncated files give what there is.
    side
        Longest side in pixels; a smaller film keeps its size.
    stop
        As :func:`fracview.data.readers.read_radiograph`.

    Returns
    -------
    ndarray of uint8, (h, w)

    Raises
    ------
    UnreadableFile
        As :func:`fracview.data.readers.read_radiograph`.
    """
    room = reading.current()
    if room is not None:
        return room.thumbnail(path, side, stop)
    if read_head(path).startswith(b"\xff\xd8\xff"):
        small = _jpeg(path, side)
        if small is not None:
            return small
    film = read_radiograph(path, truncated="load")
    # Taking every n-th pixel first keeps 12-megapixel films quick; four are left per pixel shown.
    step = max(1, max(film.height, film.width) // (side * 4))
    return _shrunk(film.window.apply(film.pixels[::step, ::step]) * 255, side)


def _jpeg(path: Path, side: int) -> npt.NDArray[np.uint8] | None:
    """Let libjpeg scale while it decodes; None where the slow way must say what is wrong."""
    data = read_bytes(path)
    try:
        with hearing():
            picture = open_checked(path, data if has_end(data) else data + END)
            orientation = _orientation(picture)
            picture.draft("L", (side, side))
        grey = np.asarray(picture.convert("L"))
    except (OSError, SyntaxError, ValueError):
        return None
    return _shrunk(turned(grey, orientation), side)


def _orientation(picture: Image.Image) -> int:
    try:
        return checked(picture.getexif().get(TAG, 1))
    except BROKEN_EXIF:
        return 1


def _shrunk(grey: npt.NDArray[Any], side: int) -> npt.NDArray[np.uint8]:
    picture = Image.fromarray(np.ascontiguousarray(grey.astype(np.uint8)))
    picture.thumbnail((side, side), Image.Resampling.BOX)
    return np.array(picture)
