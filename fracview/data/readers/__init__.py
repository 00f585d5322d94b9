"""Readers of radiographs: what a file is, its content decides, not its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fracview.data import reading
from fracview.data.readers.identify import describe
from fracview.data.readers.source import read_head
from fracview.errors import FracviewError, SettingError, UnreadableFile
from fracview.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from fracview.data.radiograph import Radiograph
    from fracview.data.readers.reader import Orientation, Reader, Truncated

READERS = Registry(
    "fracview.readers",
    "reader",
    {
        "dicom": "fracview.data.readers.dicom:READER",
        "raster": "fracview.data.readers.raster:READER",
    },
)

__all__ = ["READERS", "find_reader", "image_size", "read_radiograph", "suffixes"]

_PYDICOM_PREAMBLE = "Unable to decode as exceptions were raised by all available plugins:"
_LEAVE = (KeyboardInterrupt, SystemExit, GeneratorExit)


def read_radiograph(
    path: Path | str,
    *,
    orientation: Orientation = "exif",
    truncated: Truncated = "refuse",
    apart: bool = True,
    stop: Callable[[], bool] | None = None,
) -> Radiograph:
    """Read a PNG, JPEG, TIFF or DICOM file; apart, if :func:`fracview.data.reading.begin` says so.

    Parameters
    ----------
    path
        The file. Its content is asked what it is; a wrong suffix becomes a note.
    orientation
        ``"exif"`` turns the film upright, which is the frame of all boxes; ``"raw"`` leaves it.
    truncated
        ``"refuse"``, or ``"load"`` what there is, with a note that starts with TRUNCATED.
    apart
        False reads in this process whatever was said: for files that we made ourselves.
    stop
        Asked now and then while a reader is at work; once true, the reader is ended.

    Returns
    -------
    Radiograph
        Its ``notes`` say all that was repaired, guessed or left out.

    Raises
    ------
    UnreadableFile
        For every reason, with the reason.
    """
    path = Path(path)
    if orientation not in ("exif", "raw"):
        raise SettingError(f"orientation must be 'exif' or 'raw', not {orientation!r}.")
    if truncated not in ("refuse", "load"):
        raise SettingError(f"truncated must be 'refuse' or 'load', not {truncated!r}.")
    room = reading.current() if apart else None
    if room is not None:
        return room.read(path, orientation, truncated, stop)
    reader = find_reader(path)
    try:
        return reader.read(path, orientation, truncated)
    except (FracviewError, *_LEAVE):
        raise
    except BaseException as error:  # decoders in Rust panic outside Exception
        raise UnreadableFile(path, _reason(error, path), "Copy it again or convert it") from error


def image_size(path: Path | str) -> tuple[int, int]:
    """Height and width of the upright picture, from the header where that is possible.

    Raises
    ------
    UnreadableFile
        As :func:`read_radiograph`.
    """
    path = Path(path)
    room = reading.current()
    if room is not None:
        return room.size(path)
    reader = find_reader(path)
    try:
        return reader.size(path)
    except (FracviewError, *_LEAVE):
        raise
    except BaseException as error:
        raise UnreadableFile(path, _reason(error, path)) from error


def find_reader(path: Path) -> Reader:
    """Choose the reader of a file by its first bytes.

    Raises
    ------
    UnreadableFile
        If the file is empty, gone, no plain file, or no reader knows it; the message says what
        it is instead.
    """
    head = read_head(path)
    for name in READERS:
        reader: Reader = READERS.load(name)
        if reader.sniff(head):
            return reader
    dicom = "not DICOM but " if path.suffix.lower() in (".dcm", ".dicom") else ""
    raise UnreadableFile(
        path,
        f"its content is {dicom}{describe(head)}",
        "fracview reads PNG, JPEG, TIFF and DICOM",
    )


def suffixes() -> frozenset[str]:
    """All usual endings of radiographs, lower case with the dot."""
    found: frozenset[str] = frozenset()
    for name in READERS:
        reader: Reader = READERS.load(name)
        found |= reader.suffixes
    return found


def _reason(error: BaseException, path: Path) -> str:
    """One line on an error nobody foresaw, without the path."""
    if isinstance(error, MemoryError):
        return "decoding it needs more memory than there is"
    if isinstance(error, RecursionError):
        return "its header is nested too deep"
    if isinstance(error, EOFError) or "No tag to read" in str(error):
        return "the file stops in the middle of its header"
    said = " ".join(str(error).split()).replace(str(path), "the file").strip(" .")
    said = said.removeprefix(_PYDICOM_PREAMBLE).strip()
    return f"it cannot be decoded ({type(error).__name__}{': ' if said else ''}{said[:160]})"
