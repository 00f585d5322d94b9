"""DICOM radiographs by pydicom, without ever parsing a name, a number or a date of a patient."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.data.radiograph import Radiograph, Window
from fracview.data.readers import codestream, dicom_values
from fracview.data.readers.dicom_header import PIXELS, PixelHeader, check_deflated, check_header
from fracview.data.readers.grey import finite, full_window, luma, plain_dtype
from fracview.data.readers.heard import hearing
from fracview.data.readers.reader import Orientation, Reader, Truncated
from fracview.data.readers.source import read_bytes
from fracview.errors import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

SUFFIXES = frozenset({".dcm", ".dicom", ".dic"})

_HEADER = (
    "SOPClassUID Modality BodyPartExamined ViewPosition BurnedInAnnotation Rows Columns "
    "NumberOfFrames SamplesPerPixel PhotometricInterpretation PlanarConfiguration BitsAllocated "
    "BitsStored HighBit PixelRepresentation PixelPaddingValue PixelPaddingRangeLimit "
    "ModalityLUTSequence RescaleSlope RescaleIntercept VOILUTSequence VOILUTFunction WindowCenter "
    "WindowWidth WindowCenterWidthExplanation PixelSpacing ImagerPixelSpacing "
    "NominalScannedPixelSpacing EstimatedRadiographicMagnificationFactor "
    "RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor "
    "BluePaletteColorLookupTableDescriptor RedPaletteColorLookupTableData "
    "GreenPaletteColorLookupTableData BluePaletteColorLookupTableData "
    "SegmentedRedPaletteColorLookupTableData SegmentedGreenPaletteColorLookupTableData "
    "SegmentedBluePaletteColorLookupTableData "
    "SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence "
    "ExtendedOffsetTable ExtendedOffsetTableLengths"
).split()
"""All that is read. Elements that could name a person are skipped by the parser."""

_VR = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR "
    b"US UT UV".split()
)


def sniff(head: bytes) -> bool:
    """Whether ``head`` has the mark DICM, or plausible first elements without it."""
    if head[128:132] == b"DICM":
        return True
    if len(head) < 16:
        return False
    for order in ("little", "big"):
        group = int.from_bytes(head[:2], order)
        element = int.from_bytes(head[2:4], order)
        if group not in (0x0002, 0x0008) or element > 0x0100:
            continue
        if head[4:6] in _VR:
            return True
        length = int.from_bytes(head[4:8], "little")
        if order == "little" and length < 1024 and length % 2 == 0:
            return True
    return False


def read(
    path: Path, orientation: Orientation = "exif", truncated: Truncated = "refuse"
) -> Radiograph:
    """Read a DICOM file; see :func:`fracview.data.readers.read_radiograph`.

    ``orientation`` changes nothing: DICOM knows no EXIF.
    """
    data = read_bytes(path)
    with hearing() as heard:
        ds = _parse(path, data, pixels=True)
        header = check_header(ds, path)
        notes = list(header.notes)
        if data[128:132] != b"DICM":
            notes.append("DICOM without its preamble")
        _check_data(ds, header, path, truncated, notes)
        stored = _decode(ds, header, path)
        _check_values(stored, header, path)
        if header.frames > 1:
            notes.append(f"the first of {header.frames} frames")
        film = _develop(path, ds, header, stored, notes)
    if not heard:
        return film
    said = tuple(f"pydicom warns: {_one_line(message)}" for message in heard)
    return Radiograph(
        film.pixels, path, film.window, film.presets, film.spacing, film.spacing_kind,
        film.format, (*film.notes, *said), film.tags,
    )  # fmt: skip


def size(path: Path) -> tuple[int, int]:
    """Height and width by the header."""
    with hearing():
        ds = _parse(path, read_bytes(path), pixels=False)
        try:
            rows, columns = int(ds.Rows), int(ds.Columns)
        except (AttributeError, TypeError, ValueError):
            raise UnreadableFile(path, "its header has no size of a picture") from None
    if rows < 1 or columns < 1:
        raise UnreadableFile(path, f"its header says {rows} rows and {columns} columns")
    return rows, columns


def _parse(path: Path, data: bytes, *, pixels: bool) -> Any:
    from pydicom import dcmread
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if data[128:132] == b"DICM":
        check_deflated(data, path)
    wanted: list[Any] = [*_HEADER, *(PIXELS if pixels else ())]
    ds = dcmread(io.BytesIO(data), force=True, specific_tags=wanted, stop_before_pixels=not pixels)
    if not hasattr(ds, "file_meta"):
        ds.file_meta = FileMetaDataset()
    if "TransferSyntaxUID" not in ds.file_meta:
        implicit, little = ds.original_encoding
        native = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else native
    if data[128:132] != b"DICM" and not ds.get("Rows") and not ds.get("SOPClassUID"):
        raise UnreadableFile(path, "its content is not DICOM, though it starts a little like it")
    return ds


def _check_data(
    ds: Any, header: PixelHeader, path: Path, truncated: Truncated, notes: list[str]
) -> None:
    """Compare the pixel data with the header: their length, or the size that they claim."""
    syntax = ds.file_meta.TransferSyntaxUID
    word = next(word for word in PIXELS if word in ds)
    content = ds[word].value or b""
    encapsulated = bool(getattr(ds[word], "is_undefined_length", False))
    if not syntax.is_transfer_syntax or (syntax.is_private and not syntax.is_compressed):
        raise UnreadableFile(path, f"compression not supported: {_one_line(syntax.name)}")
    if syntax.is_compressed and syntax.is_encapsulated:
        _check_frames(ds, header, path, content, encapsulated)
        return
    if encapsulated or codestream.kind(content[:16]):
        found = codestream.kind(content[:16]) or "compressed"
        raise UnreadableFile(path, f"its header says {syntax.name}, but its pixel data are {found}")
    missing = header.total_bytes - len(content)
    if missing > 0:
        if truncated == "refuse":
            raise UnreadableFile(
                path,
                f"the file is truncated: {missing} of {header.total_bytes} bytes of pixel data "
                "are missing",
                "Copy it again from where it came",
            )
        setattr(ds, word, content + bytes(missing))
        notes.append(f"TRUNCATED: {missing} bytes of pixel data are missing and were set to 0")
    elif -missing >= max(2, header.frame_bytes):
        raise UnreadableFile(
            path,
            f"its pixel data are longer than its header says: {len(content)} bytes for "
            f"{header.frames} x {header.rows} x {header.columns} pixels of {header.bits} bits",
        )
    elif -missing > 1:
        notes.append(f"{-missing} bytes behind the pixel data were left out")


def _check_frames(
    ds: Any, header: PixelHeader, path: Path, content: bytes, encapsulated: bool
) -> None:
    from pydicom.encaps import get_frame
    from pydicom.pixels import get_decoder

    syntax = ds.file_meta.TransferSyntaxUID
    if not encapsulated:
        raise UnreadableFile(
            path, f"its header says {syntax.name}, but its pixel data are not compressed"
        )
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise UnreadableFile(
            path,
            f"compression not supported: {_one_line(syntax.name)}",
            "Convert it to an uncompressed transfer syntax",
        )
    frame = get_frame(content, 0, number_of_frames=header.frames)
    claimed = codestream.claimed_size(frame)
    if claimed is not None and claimed != (header.rows, header.columns):
        raise UnreadableFile(
            path,
            f"its header says {header.rows} x {header.columns} pixels, its compressed picture "
            f"{claimed[0]} x {claimed[1]}",
        )


def _decode(ds: Any, header: PixelHeader, path: Path) -> npt.NDArray[Any]:
    """Stored values of the first frame, (H, W) or (H, W, 3)."""
    from pydicom.pixels import pixel_array

    stored = np.asarray(pixel_array(ds, index=0))
    shape = (header.rows, header.columns)
    if stored.shape not in (shape, (*shape, 3)):
        raise UnreadableFile(path, f"it decodes to {stored.shape}, not to {shape} pixels")
    return stored


def _check_values(stored: npt.NDArray[Any], header: PixelHeader, path: Path) -> None:
    """Compare type and range of decoded values with the header.

    A decoder that gives another type, or values of more bits than are stored, made a wrong
    picture. What an uncompressed file keeps above its stored bits, pydicom has cleared before.
    """
    kind, bits = stored.dtype.kind, stored.dtype.itemsize * 8
    if bits != max(8, header.bits) or (kind != "f" and (kind == "i") != header.signed):
        sign = "signed" if header.signed else "unsigned"
        raise UnreadableFile(
            path, f"it decodes to {stored.dtype}, its header says {header.bits} bits, {sign}"
        )
    if kind == "f" or header.stored >= header.bits:
        return
    low = -(1 << header.stored - 1) if header.signed else 0
    high = low + (1 << header.stored) - 1
    if stored.min() < low or stored.max() > high:
        raise UnreadableFile(
            path, f"it decodes to values that need more than its {header.stored} stored bits"
        )


def _develop(
    path: Path, ds: Any, header: PixelHeader, stored: npt.NDArray[Any], notes: list[str]
) -> Radiograph:
    """Modality LUT, VOI, polarity: from stored values to a film."""
    presets: list[tuple[str, Window]] = []
    if stored.ndim == 3 or header.photometric == "PALETTE COLOR":
        values, window = _from_colour(stored, ds, header), None
        notes.append(f"made grey from {header.photometric}")
    else:
        values, window = _monochrome(stored, ds, header, presets, notes)
    values, note = finite(plain_dtype(values))
    notes.extend([note] if note else [])
    if window is None:
        window, said = full_window(
            values, dicom_values.padding(stored, ds) if stored.ndim == 2 else None
        )
        notes.extend(said)
    elif values.min() == values.max():
        notes.append("no contrast: all pixels are equal")
    millimetres, kind, said = dicom_values.spacing(ds)
    notes.extend(said)
    if str(ds.get("BurnedInAnnotation") or "").upper() == "YES":
        notes.append("its header says that text is burnt into the picture")
    return Radiograph(
        values, path, window, tuple(presets), millimetres, kind, "DICOM",
        tuple(dict.fromkeys(notes)), _tags(ds, header),
    )  # fmt: skip


def _monochrome(
    stored: npt.NDArray[Any],
    ds: Any,
    header: PixelHeader,
    presets: list[tuple[str, Window]],
    notes: list[str],
) -> tuple[npt.NDArray[Any], Window | None]:
    values, ends, said = dicom_values.modality(stored, ds, header)
    notes.extend(said)
    table = dicom_values.voi_table(ds)
    window: Window | None = None
    if table is not None:
        values, ends, note = dicom_values.apply_table(values, table, ends)
        notes.append(note)
        window = Window(*ends)
    else:
        found, odd = dicom_values.windows(ds)
        presets.extend(found)
        notes.extend(odd)
        window = found[0][1] if found else None
    if header.bits == 1:
        window = Window(0.0, 1.0)
    if header.photometric == "MONOCHROME1":
        notes.append("MONOCHROME1: turned round so that bone is bright")
        pivot = ends[0] + ends[1]
        whole = values.dtype.kind in "iu"
        values = (int(pivot) - values.astype(np.int64)) if whole else pivot - values
        if stored.dtype == np.uint8 and whole and values.min() >= 0 and values.max() <= 255:
            values = values.astype(np.uint8)
        presets[:] = [(name, _mirrored(item, pivot)) for name, item in presets]
        window = _mirrored(window, pivot) if window is not None else None
    return values, window


def _mirrored(window: Window, pivot: float) -> Window:
    return Window(pivot - window.high, pivot - window.low)


def _from_colour(stored: npt.NDArray[Any], ds: Any, header: PixelHeader) -> npt.NDArray[Any]:
    colour = stored
    if header.photometric == "PALETTE COLOR":
        from pydicom.pixels import apply_color_lut

        colour = np.asarray(apply_color_lut(stored, ds))
        bits = 16 if colour.dtype.itemsize > 1 else 8
    else:
        bits = header.stored
    grey = luma(colour)
    if grey.dtype == np.uint8:
        return grey
    return np.rint(grey.astype(np.float64) * 255 / ((1 << bits) - 1)).clip(0, 255).astype(np.uint8)


def _tags(ds: Any, header: PixelHeader) -> tuple[tuple[str, str], ...]:
    syntax = ds.file_meta.TransferSyntaxUID
    millimetres = dicom_values.spacing(ds)[0]
    pairs = (
        ("modality", ds.get("Modality")),
        ("body part", ds.get("BodyPartExamined")),
        ("view position", ds.get("ViewPosition")),
        ("rows", header.rows),
        ("columns", header.columns),
        ("bits", f"{header.stored} of {header.bits}{' signed' if header.signed else ''}"),
        ("photometric", header.photometric),
        ("spacing", "" if millimetres is None else "{:.4g} x {:.4g} mm".format(*millimetres)),
        ("transfer syntax", syntax.name),
    )
    return tuple((name, _one_line(value)) for name, value in pairs if value not in (None, ""))


def _one_line(text: object) -> str:
    """Printable characters of a text, on one line, at most 100."""
    joined = " ".join(str(text).split())
    return "".join(letter for letter in joined if letter.isprintable())[:100]


READER = Reader(SUFFIXES, sniff, read, size)
