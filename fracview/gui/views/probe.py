"""What lies under the mouse, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from fracview.data.radiograph import Radiograph


def pixel_at(film: Radiograph | None, at: QPointF | None) -> tuple[int, int] | None:
    """Column and row of the pixel that holds a point, or None off the film."""
    if film is None or at is None:
        return None
    if not (0 <= at.x() < film.width and 0 <= at.y() < film.height):
        return None
    return int(at.x()), int(at.y())


def pixel_text(
    film: Radiograph | None, at: QPointF | None
) -> tuple[tuple[int, int, float] | None, str]:
    """The pixel under a point as ``(column, row, value)``, and the same for people."""
    place = pixel_at(film, at)
    if film is None or place is None:
        return None, ""
    x, y = place
    value = film.pixels[y, x].item()
    shown = f"{value}" if isinstance(value, int) else f"{value:.4g}"
    text = f"x {x}   y {y}   value {shown}"
    if film.spacing is not None:
        down, across = film.spacing
        where = " at the detector" if film.spacing_kind == "imager" else ""
        text += f"   {x * across:.1f} × {y * down:.1f} mm{where}"
    return (x, y, float(value)), text
