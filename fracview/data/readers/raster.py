"""PNG, JPEG and TIFF by Pillow, 8 and 16 bit, upright."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from fracview.data.radiograph import Radiograph
from fracview.data.readers.grey import finite, full_window, luma, plain_dtype
from fracview.data.readers.heard import hearing
from fracview.data.readers.jpeg import END, has_end
from fracview.data.readers.orientation import BROKEN_EXIF, TAG, checked, turned, turned_back
from fracview.data.readers.reader import Orientation, Reader, Truncated
from fracview.data.readers.source import LARGEST_PICTURE, read_bytes, read_head
from fracview.errors import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff"})
FORMATS = ("PNG", "JPEG", "TIFF")

_MAGIC = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
_SUFFIX = {"PNG": {".png"}, "JPEG": {".jpg", ".jpeg", ".jpe"}, "TIFF": {".tif", ".tiff"}}
_PHOTOMETRIC = 262
_BITS = 258


def sniff(head: bytes) -> bool:
    """Whether a file that starts with ``head`` is PNG, JPEG or TIFF."""
    return _kind(head) != ""


def read(
    path: Path, orientation: Orientation = "exif", truncated: Truncated = "refuse"
) -> Radiograph:
    """Read a PNG, JPEG or TIFF; see :func:`fracview.data.readers.read_radiograph`."""
    data = read_bytes(path)
    film = _Film(path, _kind(data))
    if film.kind == "JPEG" and not has_end(data):
        if truncated == "refuse":
            raise _truncated(path)
        # libjpeg fills what is missing with grey once it sees an end; that is exactly what Pillow
        # does under its process-wide switch, which stays untouched here.
        data += END
        film.notes.append("TRUNCATED: the file stops early and the rest is filled with grey")
    with hearing() as heard:
        picture = open_checked(path, data)
    film.notes.extend(f"Pillow warns: {message}" for message in _harmless(heard))
    film.describe(picture, data)
    try:
        picture.load()
    except OSError as error:
        if "truncated" in str(error) or "broken data stream" in str(error):
            raise _truncated(path) from error
        raise
    return film.finish(picture, data, orientation)


def size(path: Path) -> tuple[int, int]:
    """Height and width of the upright picture, without decoding it."""
    head = read_head(path)
    # Only a PNG may keep its orientation at its end; of the others the header is enough.
    data = read_bytes(path) if _kind(head) == "PNG" else head
    with path.open("rb") as stream, hearing():
        picture = open_checked(path, data, stream)
        swap = picture.format != "TIFF" and _orientation(picture, data) >= 5
    # Pillow swaps the size of a lying TIFF itself; JPEG and PNG keep the size of the bytes.
    return (picture.width, picture.height) if swap else (picture.height, picture.width)


@dataclass
class _Film:
    """What is learnt of a file on the way to its pixels."""

    path: Path
    kind: str
    notes: list[str] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)

    def describe(self, picture: Image.Image, data: bytes) -> None:
        """Gather what the header says, before a decoder forgets it."""
        suffix = self.path.suffix.lower()
        if suffix and suffix not in _SUFFIX[self.kind]:
            self.notes.append(f"its name ends in {suffix}, its content is {self.kind}")
        self.tags.append(("mode", picture.mode))
        if _pages(picture):
            self.notes.append("the file holds more than one page; this is the first")
        if self.kind == "PNG" and data[24] == 16 and picture.mode not in ("I", "I;16"):
            self.notes.append("16 bits per channel were read as 8")
        if "A" in picture.getbands() or "transparency" in picture.info:
            self.notes.append("its transparency was ignored")

    def finish(self, picture: Image.Image, data: bytes, orientation: Orientation) -> Radiograph:
        """Turn, reduce to grey, window."""
        lying = _orientation(picture, data)
        white_is_zero, bits = _tiff_polarity(picture)
        pixels = _pixels(picture, self.notes)
        if white_is_zero:
            pixels = (2**bits - 1 - pixels.astype(np.int32)).astype(np.uint16)
            self.notes.append("turned round: its TIFF stores white as 0")
        if picture.format == "TIFF":
            if orientation == "raw":
                pixels = turned_back(pixels, _tiff_orientation(data))
            lying = _tiff_orientation(data)
        elif orientation == "exif":
            pixels = turned(pixels, lying)
        if lying != 1:
            done = "turned by" if orientation == "exif" else "left as it lies, against"
            self.notes.append(f"{done} its EXIF orientation {lying}")
        pixels, note = finite(plain_dtype(pixels))
        if note:
            self.notes.append(note)
        window, said = full_window(pixels)
        self.tags.append(("bits", str(pixels.dtype.itemsize * 8)))
        return Radiograph(
            np.ascontiguousarray(pixels),
            self.path,
            window,
            format=self.kind,
            notes=tuple(dict.fromkeys((*self.notes, *said))),
            tags=tuple(self.tags),
        )


def open_checked(path: Path, data: bytes, stream: BinaryIO | None = None) -> Image.Image:
    """Open PNG, JPEG or TIFF without decoding, and refuse what would decode to an absurd size."""
    try:
        picture = Image.open(stream or io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise UnreadableFile(path, "it claims to be too large for a radiograph") from None
    except UnidentifiedImageError:
        kind = _kind(data)
        raise UnreadableFile(
            path, f"it starts like a {kind} but its header is broken", "Copy it again"
        ) from None
    rows, columns = picture.height, picture.width
    depth = {"I": 4, "F": 4, "RGB": 4, "RGBA": 4, "CMYK": 4, "YCbCr": 4, "LAB": 4}
    if rows * columns * depth.get(picture.mode, 2) > LARGEST_PICTURE:
        raise UnreadableFile(
            path, f"{rows} x {columns} pixels are more than {LARGEST_PICTURE >> 20} MB"
        )
    return picture


def _kind(head: bytes) -> str:
    for kind, magics in _MAGIC.items():
        if head.startswith(magics):
            return kind
    return ""


def _truncated(path: Path) -> UnreadableFile:
    return UnreadableFile(
        path,
        "the file is truncated: its picture stops early",
        "Copy it again from where it came, or load truncated files by the protocol",
    )


def _harmless(heard: list[str]) -> list[str]:
    """Warnings without those on size, which is checked here, each cut to one line."""
    return [
        text.splitlines()[0][:160] for text in heard if text and "decompression bomb" not in text
    ]


def _pages(picture: Image.Image) -> bool:
    """Whether there is a second page; a full count would walk an endless chain."""
    try:
        picture.seek(1)
    except EOFError:
        return False
    finally:
        picture.seek(0)
    return True


def _orientation(picture: Image.Image, data: bytes) -> int:
    if picture.format == "PNG" and not any(
        mark in data for mark in (b"eXIf", b"tiff:Orientation", b"Raw profile type exif")
    ):
        return 1  # Pillow would decode the whole picture to look for a late EXIF block
    try:
        return checked(picture.getexif().get(TAG, 1))
    except BROKEN_EXIF:
        return 1


def _tiff_orientation(data: bytes) -> int:
    """Pillow forgets a TIFF's orientation once the picture is loaded."""
    with hearing():
        fresh = Image.open(io.BytesIO(data), formats=FORMATS)
    return checked(getattr(fresh, "tag_v2", {}).get(TAG, 1))


def _tiff_polarity(picture: Image.Image) -> tuple[bool, int]:
    """Whether white is 0 in a 16-bit TIFF, which Pillow turns round only up to 8 bits; its bits."""
    header: Any = getattr(picture, "tag_v2", {})
    bits = header.get(_BITS, (8,))
    deep = picture.mode.startswith("I;16")
    return deep and header.get(_PHOTOMETRIC) == 0, int(bits[0] if isinstance(bits, tuple) else bits)


def _pixels(picture: Image.Image, notes: list[str]) -> npt.NDArray[Any]:
    """Grey pixels (H, W) of any mode."""
    mode = picture.mode
    if mode.startswith(("I", "F")):
        return np.asarray(picture)
    if mode == "1":
        return np.asarray(picture.convert("L"))
    if mode in ("L", "LA", "La"):
        return np.asarray(picture)[..., 0] if mode != "L" else np.asarray(picture)
    colour = np.asarray(picture.convert("RGB"))
    if mode not in ("RGB", "RGBA", "RGBX") or not _is_grey(colour):
        notes.append(f"made grey from {_WORDS.get(mode, mode)}")
    return luma(colour)


_WORDS = {"P": "palette colours", "PA": "palette colours", "RGB": "colour", "RGBA": "colour"}


def _is_grey(colour: npt.NDArray[np.uint8]) -> bool:
    red = colour[..., 0]
    return bool((red == colour[..., 1]).all() and (red == colour[..., 2]).all())


READER = Reader(SUFFIXES, sniff, read, size)
