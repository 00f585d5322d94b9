"""What a compressed frame says of its own size, read before a decoder believes it."""

from __future__ import annotations

from fracview.data.readers.jpeg import frame_size

_J2K = b"\xff\x4f\xff\x51"
_JP2 = b"\x00\x00\x00\x0cjP  "
_JPEG = b"\xff\xd8"
_SIZ = 8


def claimed_size(frame: bytes) -> tuple[int, int] | None:
    """Height and width in the header of a JPEG, JPEG-LS or JPEG 2000 codestream.

    Returns
    -------
    tuple of int or None
        None for anything else, such as RLE, which knows no size.
    """
    if frame.startswith(_JPEG):
        return frame_size(frame)
    if frame.startswith(_JP2):
        start = frame.find(_J2K)
        frame = frame[start:] if start >= 0 else b""
    if frame.startswith(_J2K) and len(frame) >= _SIZ + 16:
        width, height, left, top = (
            int.from_bytes(frame[at : at + 4], "big") for at in range(_SIZ, _SIZ + 16, 4)
        )
        return height - top, width - left
    return None


def kind(frame: bytes) -> str:
    """Name of the compression by its first bytes, or an empty string."""
    if frame.startswith((_J2K, _JP2)):
        return "JPEG 2000"
    return "JPEG" if frame.startswith(_JPEG) else ""
