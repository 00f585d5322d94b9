"""Checks of a DICOM header that come before any pixel is decoded."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fracview.data.readers.source import LARGEST_PICTURE
from fracview.errors import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

_ONE_SAMPLE = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
_THREE_SAMPLES = frozenset(
    {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_PARTIAL_422", "YBR_ICT", "YBR_RCT"}
)
_MOST_FRAMES = 1_000_000
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_TRANSFER_SYNTAX = b"\x02\0\x10\0UI"


@dataclass(frozen=True)
class PixelHeader:
    """A header that does not contradict itself.

    Parameters
    ----------
    rows, columns, samples, frames
        Shape of the pixel data.
    bits, stored
        Bits allocated and stored per sample.
    signed
        Whether integers are in two's complement.
    photometric
        Such as ``"MONOCHROME1"``.
    notes
        Harmless oddities.
    """

    rows: int
    columns: int
    samples: int
    frames: int
    bits: int
    stored: int
    signed: bool
    photometric: str
    notes: tuple[str, ...] = ()

    @property
    def frame_bytes(self) -> int:
        """Bytes of one uncompressed frame."""
        width = self.columns
        if self.photometric == "YBR_FULL_422" and self.samples == 3:
            return self.rows * width * 2 * self.bits // 8
        return -(-self.rows * width * self.samples * self.bits // 8)

    @property
    def total_bytes(self) -> int:
        """Bytes of all uncompressed frames; 1-bit frames are packed without a gap."""
        if self.bits == 1:
            return -(-self.rows * self.columns * self.samples * self.frames // 8)
        return self.frame_bytes * self.frames


def check_header(ds: Any, path: Path) -> PixelHeader:
    """Read shape and bits of a data set and refuse contradictions.

    Parameters
    ----------
    ds
        A pydicom data set.
    path
        Its file, for messages.

    Raises
    ------
    UnreadableFile
        With the two values that cannot both be true.
    """

    def refuse(reason: str) -> UnreadableFile:
        return UnreadableFile(path, reason, "Export it again or ask its source")

    if not any(word in ds for word in PIXELS):
        raise UnreadableFile(path, _without_image(ds))
    whole = _Integers(ds, refuse)
    rows, columns = whole("Rows", None), whole("Columns", None)
    if not (0 < rows <= 65535 and 0 < columns <= 65535):
        raise refuse(f"its header says {rows} rows and {columns} columns")
    notes: list[str] = []
    frames = whole("NumberOfFrames", 1)
    if frames == 0:
        notes.append("its header says 0 frames; read as one")
        frames = 1
    if not 0 < frames <= _MOST_FRAMES:
        raise refuse(f"its header says {frames} frames")
    samples = whole("SamplesPerPixel", 1)
    photometric = str(ds.get("PhotometricInterpretation") or "").strip().upper()
    if not photometric:
        photometric = "RGB" if samples == 3 else "MONOCHROME2"
        notes.append(f"its header names no photometric interpretation; read as {photometric}")
    if photometric not in _ONE_SAMPLE | _THREE_SAMPLES:
        raise refuse(f"photometric interpretation '{photometric[:20]}' is not supported")
    wanted = 1 if photometric in _ONE_SAMPLE else 3
    if samples != wanted:
        raise refuse(f"its header contradicts itself: {samples} samples per pixel, {photometric}")
    if samples == 3 and whole("PlanarConfiguration", 0) not in (0, 1):
        raise refuse(f"planar configuration {whole('PlanarConfiguration', 0)} does not exist")
    bits = whole("BitsAllocated", None)
    floats = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}
    depth = next((floats[word] for word in floats if word in ds), None)
    if depth is not None and bits != depth:
        raise refuse(f"its header contradicts itself: {bits} bits allocated for {depth}-bit floats")
    if depth is None and bits not in (1, 8, 16, 32):
        raise refuse(f"{bits} bits per sample are not supported")
    stored = whole("BitsStored", bits)
    high = whole("HighBit", stored - 1)
    if depth is None and not 0 < stored <= bits:
        raise refuse(f"its header contradicts itself: {stored} bits stored in {bits} allocated")
    if depth is None and high != stored - 1:
        raise refuse(f"its header contradicts itself: highest bit {high} of {stored} bits stored")
    signed = whole("PixelRepresentation", 0)
    if signed not in (0, 1):
        raise refuse(f"pixel representation {signed} does not exist")
    header = PixelHeader(
        rows, columns, samples, frames, bits, stored, signed == 1, photometric, tuple(notes)
    )
    if header.total_bytes > LARGEST_PICTURE:
        raise refuse(
            f"{frames} x {rows} x {columns} pixels of {bits} bits are more than "
            f"{LARGEST_PICTURE >> 20} MB"
        )
    return header


def check_deflated(data: bytes, path: Path) -> None:
    """Inflate a deflated file under a cap, because pydicom does so without one.

    Raises
    ------
    UnreadableFile
        If it inflates to more than the cap, or not at all.
    """
    at = data.find(_TRANSFER_SYNTAX, 132, 132 + 4096)
    uid = data[at + 8 : at + 8 + int.from_bytes(data[at + 6 : at + 8], "little")] if at > 0 else b""
    if uid.rstrip(b"\0 ") != _DEFLATED:
        return
    length = int.from_bytes(data[140:144], "little") if data[132:136] == b"\x02\0\0\0" else 0
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    waiting, total = data[144 + length :], 0
    try:
        while waiting and not inflater.eof:
            total += len(inflater.decompress(waiting, 1 << 22))
            waiting = inflater.unconsumed_tail
            if total > LARGEST_PICTURE:
                raise UnreadableFile(path, f"it inflates to more than {LARGEST_PICTURE >> 20} MB")
    except zlib.error:
        raise UnreadableFile(path, "its deflated content is broken", "Copy it again") from None


class _Integers:
    """Whole numbers of a header, each named when it is not one."""

    def __init__(self, ds: Any, refuse: Any) -> None:
        self.ds, self.refuse = ds, refuse

    def __call__(self, word: str, default: int | None) -> int:
        try:
            value = self.ds.get(word)
            if value is None or value == "":
                if default is None:
                    raise self.refuse(f"its header has no {word}")
                return default
            return int(value)
        except (ValueError, TypeError, OverflowError, NotImplementedError):
            raise self.refuse(f"its header has a bad value in {word}") from None


def _without_image(ds: Any) -> str:
    """Say what a DICOM file without pixels is."""
    uid = ds.get("SOPClassUID") or ds.file_meta.get("MediaStorageSOPClassUID")
    name = str(getattr(uid, "name", "") or "")
    if "Media Storage Directory" in name:
        return "it is a DICOMDIR, a list of other files, and holds no image"
    if "Image" in name:
        return f"it calls itself a {name.removesuffix(' Storage')} but holds no pixel data"
    kind = name.removesuffix(" Storage") if name and not name[0].isdigit() else ""
    modality = str(ds.get("Modality") or "")[:16]
    what = kind or modality
    return f"it is DICOM but holds no image{f' ({what})' if what else ''}"
