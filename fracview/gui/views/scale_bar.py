"""A bar of so many millimetres, where the file knows how large a pixel is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

if TYPE_CHECKING:
    from fracview.data.radiograph import Radiograph
    from fracview.gui.views.canvas import FilmCanvas

_INK, _HALO = QColor(235, 235, 235), QColor(0, 0, 0, 200)


class ScaleBar:
    """Paints the bar at the lower left; nothing where there is no spacing."""

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint a bar of about a fifth of the panel."""
        film = canvas.lightbox.film
        if film is None or film.spacing is None or canvas.stage is not None:
            return
        per_mm = canvas.scale / film.spacing[1]
        length = round_length(canvas.width() / 5 / per_mm)
        text = bar_text(length, film)
        font = painter.font()
        font.setPointSizeF(8.5)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        left, bottom = 14.5, canvas.height() - 14.5
        right = left + length * per_mm
        for colour, width in ((_HALO, 5), (_INK, 2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(left, bottom), QPointF(right, bottom))
            for x in (left, right):
                painter.drawLine(QPointF(x, bottom - 5), QPointF(x, bottom + 5))
        span, height = metrics.horizontalAdvance(text) + 8, metrics.height() + 2
        place = QRectF(left - 4, bottom - 8 - height, span, height)
        painter.fillRect(place, _HALO)
        painter.setPen(_INK)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def round_length(about: float) -> float:
    """The nearest lower 1, 2 or 5 times a power of ten, in mm."""
    power = 10.0 ** math.floor(math.log10(max(about, 1e-6)))
    for factor in (5.0, 2.0):
        if factor * power <= about:
            return factor * power
    return power


def bar_text(length: float, film: Radiograph) -> str:
    """Such as ``"20 mm"``; says so where it is measured at the detector."""
    text = f"{length:g} mm" if length < 100 else f"{length / 10:g} cm"
    # On the detector everything looks larger than it is, by the divergence of the rays.
    return text + (" at the detector" if film.spacing_kind == "imager" else "")
