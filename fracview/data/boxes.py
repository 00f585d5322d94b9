"""Fracture boxes: float corners on 0-based pixel *edges*, in the frame the reader sees."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from fracview.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

Certainty: TypeAlias = Literal["definite", "probable", "possible"]
Raster: TypeAlias = Literal["touch", "int"]


@dataclass(frozen=True)
class Box:
    """One rectangle, drawn or loaded.

    Parameters
    ----------
    x1, y1, x2, y2
        Left, top, right, bottom in pixels of the radiograph after its orientation is applied.
        Pixel (0, 0) spans 0..1, so a box over it alone is (0, 0, 1, 1).
    label
        Class name, ``"fractured"`` unless the file says otherwise.
    certainty
        How sure the reader is.
    kind
        Fracture type in free words, such as ``"spiral"``.
    note
        Free text.
    locked
        A locked box can be seen but not moved.

    Raises
    ------
    SettingError
        If a corner is not finite, or the box has no area or is reversed; see :meth:`sorted`.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    label: str = "fractured"
    certainty: Certainty = "definite"
    kind: str = ""
    note: str = ""
    locked: bool = False

    def __post_init__(self) -> None:
        if not all(math.isfinite(corner) for corner in self.corners):
            raise SettingError(f"a box has a corner that is not a number: {self.corners}.")
        if self.x2 <= self.x1 or self.y2 <= self.y1:
            raise SettingError(f"a box has no area or is reversed: {self.corners}.")

    @classmethod
    def sorted(cls, x1: float, y1: float, x2: float, y2: float, label: str = "fractured") -> Box:
        """Build a box from any two opposite corners."""
        return cls(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2), label)

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """``(x1, y1, x2, y2)``."""
        return self.x1, self.y1, self.x2, self.y2

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    def moved(self, dx: float, dy: float) -> Box:
        """Shift by pixels."""
        return replace(self, x1=self.x1 + dx, x2=self.x2 + dx, y1=self.y1 + dy, y2=self.y2 + dy)

    def resized(self, x1: float, y1: float, x2: float, y2: float) -> Box:
        """Give new corners, in any order, and keep everything else."""
        left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        return replace(self, x1=left, y1=top, x2=right, y2=bottom)

    def scaled(self, sx: float, sy: float) -> Box:
        """Multiply the corners, as when an image is resampled."""
        return replace(self, x1=self.x1 * sx, x2=self.x2 * sx, y1=self.y1 * sy, y2=self.y2 * sy)

    def clipped(self, height: float, width: float) -> Box | None:
        """Cut to an image of ``height`` x ``width`` pixels; None if nothing is left."""
        x1, x2 = max(0.0, self.x1), min(float(width), self.x2)
        y1, y2 = max(0.0, self.y1), min(float(height), self.y2)
        if x2 <= x1 or y2 <= y1:
            return None
        return replace(self, x1=x1, y1=y1, x2=x2, y2=y2)

    def iou(self, other: Box) -> float:
        """Intersection over union with another box, 0 to 1."""
        w = min(self.x2, other.x2) - max(self.x1, other.x1)
        h = min(self.y2, other.y2) - max(self.y1, other.y1)
        if w <= 0 or h <= 0:
            return 0.0
        shared = w * h
        return shared / (self.area + other.area - shared)


def box_mask(
    boxes: Iterable[Box], height: int, width: int, raster: Raster = "touch"
) -> npt.NDArray[np.bool_]:
    """Union of boxes as a mask.

    Parameters
    ----------
    boxes
        In pixels of an image of ``height`` x ``width``.
    height, width
        Size of the mask.
    raster
        ``"touch"``: a pixel belongs to a box if its centre lies inside; a box too small to hold a
        centre takes the pixel under its middle. ``"int"``: corners cut by ``int()`` and clipped,
        upper corner exclusive, as in the published notebooks; it may leave a box empty.

    Returns
    -------
    ndarray of bool, (height, width)
    """
    mask = np.zeros((height, width), dtype=np.bool_)
    for box in boxes:
        if raster == "int":
            x1, y1 = max(0, int(box.x1)), max(0, int(box.y1))
            x2, y2 = min(width, int(box.x2)), min(height, int(box.y2))
            mask[y1:y2, x1:x2] = True
            continue
        inside = box.clipped(height, width)
        if inside is None:
            continue
        x1, x2 = _centres(inside.x1, inside.x2, width)
        y1, y2 = _centres(inside.y1, inside.y2, height)
        mask[y1:y2, x1:x2] = True
    return mask


def _centres(low: float, high: float, size: int) -> tuple[int, int]:
    """Half-open range of pixels whose centres lie in [low, high), at least one."""
    first, last = math.ceil(low - 0.5), math.ceil(high - 0.5)
    if last <= first:
        first = min(size - 1, int((low + high) / 2))
        last = first + 1
    return first, last
