"""A radiograph: pixels as they should be seen, and where they came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class Window:
    """A display window: values from ``low`` (black) to ``high`` (white), linear between."""

    low: float
    high: float

    @property
    def centre(self) -> float:
        """Middle of the window (the DICOM *level*)."""
        return (self.low + self.high) / 2

    @property
    def width(self) -> float:
        """Distance from black to white."""
        return self.high - self.low

    def apply(self, pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Map pixels to float32 in [0, 1]; a window without width is a step at its centre."""
        if self.width <= 0:
            return (pixels > self.low).astype(np.float32)
        grey = (pixels.astype(np.float32) - np.float32(self.low)) / np.float32(self.width)
        return np.clip(grey, 0, 1, out=grey)


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One film.

    Parameters
    ----------
    pixels
        (H, W) of uint8, uint16, int16 or float32, read-only. Modality LUT applied, MONOCHROME1
        turned round, EXIF orientation applied: larger is brighter, and row 0 is the top.
    source
        The file it came from; ``Path()`` if it was made in memory.
    window
        What maps pixels to the [0, 1] that a model sees and the window shows at first.
    presets
        Other named windows of the file, such as those of a DICOM header.
    spacing
        Millimetres per pixel (row, column), or None where nobody knows.
    spacing_kind
        ``"pixel"`` (calibrated at the patient), ``"imager"`` (at the detector, so objects look
        larger), or ``""``.
    format
        ``"PNG"``, ``"JPEG"``, ``"TIFF"`` or ``"DICOM"``.
    notes
        Sentences a reader must know, such as ``"turned by its EXIF orientation 8"``.
    tags
        Harmless header fields for the information panel; no identifiers.
    """

    pixels: npt.NDArray[Any]
    source: Path = field(default_factory=Path)
    window: Window = Window(0.0, 255.0)
    presets: tuple[tuple[str, Window], ...] = ()
    spacing: tuple[float, float] | None = None
    spacing_kind: Literal["pixel", "imager", ""] = ""
    format: str = ""
    notes: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or 0 in self.pixels.shape:
            raise ValueError(f"a radiograph is (H, W), not {self.pixels.shape}")
        self.pixels.setflags(write=False)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @cached_property
    def digest(self) -> str:
        """Sha256 over pixels and window: what a model can tell apart. 64 hexadecimal digits."""
        head = f"{self.pixels.dtype.str}{self.pixels.shape}{self.window.low!r},{self.window.high!r}"
        sha = hashlib.sha256(head.encode())
        sha.update(np.ascontiguousarray(self.pixels).tobytes())
        return sha.hexdigest()

    def grey(self, window: Window | None = None) -> npt.NDArray[np.float32]:
        """Pixels in [0, 1] through a window, :attr:`window` by default; float32 (H, W)."""
        return (window or self.window).apply(self.pixels)
