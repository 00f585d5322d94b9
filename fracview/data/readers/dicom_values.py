"""From stored values to grey values, windows and millimetres, by the rules of DICOM PS3.3."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fracview.data.radiograph import Window

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.data.readers.dicom_header import PixelHeader

Kind = Literal["pixel", "imager", ""]


def find(ds: Any, word: str, group: str) -> Any:
    """Data set that holds ``word``: the file itself or a functional group of its first frame.

    Parameters
    ----------
    ds
        The file.
    word
        Keyword, such as ``"RescaleSlope"``.
    group
        Keyword of the functional group, such as ``"PixelValueTransformationSequence"``.
    """
    if word in ds:
        return ds
    for outer in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for frame in (ds.get(outer) or ())[:1]:
            for item in (frame.get(group) or ())[:1]:
                if word in item:
                    return item
    return ds


def stored_range(header: PixelHeader) -> tuple[int, int]:
    """Smallest and largest value that the stored bits can hold."""
    if header.signed:
        return -(1 << header.stored - 1), (1 << header.stored - 1) - 1
    return 0, (1 << header.stored) - 1


def modality(
    stored: npt.NDArray[Any], ds: Any, header: PixelHeader
) -> tuple[npt.NDArray[Any], tuple[float, float], tuple[str, ...]]:
    """Apply modality LUT or rescale.

    Returns
    -------
    ndarray
        Values of the modality.
    tuple of float
        The range these can take, by which MONOCHROME1 is turned round.
    tuple of str
        Notes.
    """
    from pydicom.pixels import apply_modality_lut

    table = ds.get("ModalityLUTSequence")
    if table:
        values = apply_modality_lut(stored, ds)
        bits = int(table[0].LUTDescriptor[2])
        top = float(max(int(values.max()), (1 << bits) - 1))
        return values, (0.0, top), ("modality LUT applied",)
    where = find(ds, "RescaleSlope", "PixelValueTransformationSequence")
    slope, intercept = (
        _number(where.get("RescaleSlope"), 1.0),
        _number(where.get("RescaleIntercept"), 0.0),
    )
    low, high = map(float, stored_range(header))
    if stored.dtype.kind == "f":
        good = stored[np.isfinite(stored)]
        low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 0.0)
    if slope == 0:
        return stored, (low, high), ("a rescale slope of 0 was ignored",)
    if (slope, intercept) == (1.0, 0.0):
        return stored, (low, high), ()
    ends = sorted((low * slope + intercept, high * slope + intercept))
    values = stored.astype(np.float64) * slope + intercept
    if slope.is_integer() and intercept.is_integer() and stored.dtype.kind in "iu":
        values = values.astype(np.int64)
    said = f"rescaled by slope {slope:g} and intercept {intercept:g}"
    return values, (ends[0], ends[1]), (said,)


def windows(ds: Any) -> tuple[list[tuple[str, Window]], list[str]]:
    """Linear windows of a header with their names.

    The linear function of DICOM runs from centre - 0.5 - (width - 1) / 2 to
    centre - 0.5 + (width - 1) / 2 (PS3.3 C.11.2.1.2.1), LINEAR_EXACT from centre - width / 2 to
    centre + width / 2.

    Returns
    -------
    list of (str, Window)
        In the order of the file.
    list of str
        Notes on windows that make no sense.
    """
    where = find(ds, "WindowCenter", "FrameVOILUTSequence")
    centres, widths = _several(where.get("WindowCenter")), _several(where.get("WindowWidth"))
    names = where.get("WindowCenterWidthExplanation")
    names = [names] if isinstance(names, str) else list(names or ())
    exact = str(where.get("VOILUTFunction") or "").strip().upper() == "LINEAR_EXACT"
    found: list[tuple[str, Window]] = []
    notes: list[str] = []
    for index, (centre, width) in enumerate(zip(centres, widths)):
        if centre is None or width is None or not math.isfinite(centre + width):
            notes.append("a window that is no number was ignored")
            continue
        if width < 1 and not (exact and width > 0):
            notes.append(f"a window of width {width:g} was ignored")
            continue
        half = width / 2 if exact else (width - 1) / 2
        middle = centre if exact else centre - 0.5
        name = " ".join(str(names[index]).split())[:40] if index < len(names) else ""
        name = name or (f"window {index + 1}" if len(centres) > 1 else "window of the file")
        found.append((name, Window(middle - half, middle + half)))
    return found, notes


def voi_table(ds: Any) -> Any | None:
    """Data set whose VOI LUT or SIGMOID must be applied to pixels, or None."""
    where = find(ds, "VOILUTSequence", "FrameVOILUTSequence")
    if where.get("VOILUTSequence"):
        return where
    where = find(ds, "VOILUTFunction", "FrameVOILUTSequence")
    sigmoid = str(where.get("VOILUTFunction") or "").strip().upper() == "SIGMOID"
    return where if sigmoid and (_several(where.get("WindowWidth")) or [0])[0] else None


def apply_table(
    values: npt.NDArray[Any], where: Any, ends: tuple[float, float]
) -> tuple[npt.NDArray[Any], tuple[float, float], str]:
    """Apply a VOI LUT sequence or the SIGMOID function to values of the modality.

    Returns
    -------
    ndarray
        Grey values.
    tuple of float
        Black and white.
    str
        A note.
    """
    if where.get("VOILUTSequence"):
        from pydicom.pixels import apply_voi

        grey = apply_voi(np.asarray(values), where, index=0)
        bits = int(where.VOILUTSequence[0].LUTDescriptor[2])
        return grey, (0.0, float(max((1 << bits) - 1, int(grey.max())))), "VOI LUT applied"
    centre = _several(where.WindowCenter)[0] or 0.0
    width = _several(where.WindowWidth)[0] or 1.0
    shares = 1 / (1 + np.exp(-4 * (values.astype(np.float64) - centre) / width))
    return np.rint(shares * 65535).astype(np.uint16), (0.0, 65535.0), "SIGMOID window applied"


def padding(stored: npt.NDArray[Any], ds: Any) -> npt.NDArray[np.bool_] | None:
    """Pixels that the header calls padding, or None."""
    value = _number(ds.get("PixelPaddingValue"), math.nan)
    limit = _number(ds.get("PixelPaddingRangeLimit"), value)
    if not math.isfinite(value + limit):
        return None
    return np.asarray((stored >= min(value, limit)) & (stored <= max(value, limit)))


def spacing(ds: Any) -> tuple[tuple[float, float] | None, Kind, tuple[str, ...]]:
    """Millimetres per pixel (row, column), what they are measured at, and notes.

    A PixelSpacing that equals ImagerPixelSpacing was not calibrated (PS3.3 10.7.1.3), so it counts
    as the detector's. The detector's spacing is divided by the estimated magnification if the
    header has one.
    """
    where = find(ds, "PixelSpacing", "PixelMeasuresSequence")
    notes: list[str] = []
    pixel = _pair(where.get("PixelSpacing"), "PixelSpacing", notes)
    imager = _pair(ds.get("ImagerPixelSpacing"), "ImagerPixelSpacing", notes)
    if pixel is not None and pixel != imager:
        return pixel, "pixel", tuple(notes)
    if imager is None:
        imager = _pair(ds.get("NominalScannedPixelSpacing"), "NominalScannedPixelSpacing", notes)
    if imager is None:
        return None, "", tuple(notes)
    factor = _number(ds.get("EstimatedRadiographicMagnificationFactor"), math.nan)
    if math.isfinite(factor) and factor > 0 and factor != 1:
        notes.append(f"spacing divided by the estimated magnification {factor:g}")
        return (imager[0] / factor, imager[1] / factor), "pixel", tuple(notes)
    return imager, "imager", tuple(notes)


def _pair(value: Any, word: str, notes: list[str]) -> tuple[float, float] | None:
    numbers = _several(value)
    if not numbers:
        return None
    good = [number for number in numbers if number is not None and 0 < number < math.inf]
    if len(numbers) != 2 or len(good) != 2:
        notes.append(f"{word} makes no sense and was ignored")
        return None
    return good[0], good[1]


def _several(value: Any) -> list[float | None]:
    """Numbers of an element with one or more values; None where one is no number."""
    if value is None or value == "":
        return []
    items = [value] if isinstance(value, str | int | float) else list(value)
    numbers: list[float | None] = []
    for item in items:
        number = _number(item, math.nan)
        numbers.append(None if math.isnan(number) else number)
    return numbers


def _number(value: Any, default: float) -> float:
    try:
        return default if value is None or value == "" else float(value)
    except (ValueError, TypeError):
        return default
