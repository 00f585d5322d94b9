"""The little of JPEG's structure that can be seen without decoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fracview.data.readers.orientation import exif_orientation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

END = b"\xff\xd9"

_SCAN = 0xDA
_APP1 = 0xE1
_EXIF = b"Exif\0\0"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HEAD = 1 << 16


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Markers of a JPEG or JPEG-LS header up to the first scan.

    Yields
    ------
    tuple of int
        Marker byte, start and end of its content in ``data``; the end may lie behind ``data``.
    """
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, at + 4, at + 2 + length
        if marker == _SCAN or length < 2:
            return
        at += 2 + length


def has_end(data: bytes) -> bool:
    """Whether a JPEG's picture comes to its end marker.

    Bytes behind the end do not matter, and an end inside an EXIF thumbnail does not count: within
    a scan, FF is always followed by 00 or a restart, so FF D9 after it is the real end.
    """
    if data.endswith(END):
        return True
    for marker, _, stop in segments(data):
        if marker == _SCAN:
            return data.find(END, stop) >= 0
    return False


def frame_size(data: bytes) -> tuple[int, int] | None:
    """Height and width that the frame header of a JPEG or JPEG-LS claims."""
    for marker, start, _ in segments(data):
        if (marker in _FRAMES or marker == 0xF7) and len(data) >= start + 5:
            rows = int.from_bytes(data[start + 1 : start + 3], "big")
            columns = int.from_bytes(data[start + 3 : start + 5], "big")
            return rows, columns
    return None


def glance(path: Path) -> tuple[bool, int]:
    """Look at a JPEG's head and tail: whether it is whole, and its EXIF orientation.

    Costs one small read of two ends for a sound file; a file without an end marker in its last
    bytes is read whole.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        tail = head
        if len(head) == _HEAD:
            stream.seek(-2, 2)
            tail = stream.read(2)
        whole = tail.endswith(END)
        if not whole:
            stream.seek(0)
            whole = has_end(stream.read())
    return whole, _head_orientation(head)


def _head_orientation(head: bytes) -> int:
    for marker, start, stop in segments(head):
        if marker == _APP1 and head[start : start + len(_EXIF)] == _EXIF:
            return exif_orientation(head[start:stop])
    return 1
