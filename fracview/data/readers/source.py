"""The bytes of a file, taken once, after asking whether it is a file at all."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from fracview.errors import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 4096
"""Bytes that are enough to tell what a file is."""

LARGEST_FILE = 1 << 30
LARGEST_PICTURE = 512 << 20
"""Bytes of decoded pixels above which nothing is decoded: a bomb, or no radiograph."""


def check_regular(path: Path) -> int:
    """Refuse what is not a plain file before it is opened; a FIFO would block for ever.

    Returns
    -------
    int
        Size in bytes, at least 1.

    Raises
    ------
    UnreadableFile
        If the path is gone, a folder, a device, not permitted, empty or absurdly large.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise UnreadableFile(path, "there is no such file", "Was it moved or renamed?") from None
    except PermissionError:
        raise UnreadableFile(path, "you may not read it", "Change its permissions") from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(path, f"it cannot be reached ({_plain(error)})") from None
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableFile(path, "it is a folder, not a radiograph", "Open it as a folder")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFile(path, "it is a device or a pipe, not a file")
    if status.st_size == 0:
        raise UnreadableFile(path, "the file is empty", "Copy it again from where it came")
    if status.st_size > LARGEST_FILE:
        raise UnreadableFile(path, f"it is larger than {LARGEST_FILE >> 20} MB")
    return status.st_size


def read_head(path: Path) -> bytes:
    """First bytes of a plain file; raises like :func:`read_bytes`."""
    check_regular(path)
    return _read(path, HEAD)


def read_bytes(path: Path) -> bytes:
    """All bytes of a plain file.

    A decoder that works on bytes cannot be surprised by a file that changes or vanishes.

    Raises
    ------
    UnreadableFile
        As :func:`check_regular`, or if reading fails.
    """
    # Asked for no more than there is: Python sets aside at once as many bytes as are asked for.
    return _read(path, check_regular(path))


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(most)
    except PermissionError:
        raise UnreadableFile(path, "you may not read it", "Change its permissions") from None
    except OSError as error:
        raise UnreadableFile(path, f"it cannot be read ({_plain(error)})") from None


def _plain(error: OSError | ValueError) -> str:
    """Words of an error without the path that Python adds to them."""
    return (getattr(error, "strerror", None) or str(error)).lower()
