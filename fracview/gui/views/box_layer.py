"""Paints boxes: a light line on a dark halo, so that it stands out on bone and on air alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from fracview.gui.views.box_geometry import GRIPS, grip_point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.data.boxes import Box
    from fracview.gui.views.canvas import FilmCanvas

HALO = QColor(0, 0, 0, 190)
LINE = QColor(80, 220, 255)
CHOSEN = QColor(255, 214, 64)
LOCKED = QColor(190, 190, 195)
HANDLE = 7.0
"""Side of a handle in screen pixels."""
_DASHES = {"definite": (), "probable": (6.0, 3.0), "possible": (2.0, 3.0)}


class BoxLayer:
    """Boxes of a film in screen-crisp lines.

    Parameters
    ----------
    labels
        Whether names stand at the boxes; small panels do without.
    """

    def __init__(self, labels: bool = True) -> None:
        self.labels = labels
        self.boxes: Sequence[Box] = ()
        self.selected: int | None = None
        self.handles = False
        self.preview: Box | None = None
        self.cross: QPointF | None = None
        """Crosshair while a box is drawn, in film pixels."""

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint all boxes, the selected one last and with its handles."""
        order = sorted(range(len(self.boxes)), key=lambda index: index == self.selected)
        for index in order:
            self._box(painter, canvas, self.boxes[index], index)
        if self.preview is not None:
            rect = screen_rect(canvas, self.preview)
            _stroke(painter, rect, CHOSEN, ())
            size = f"{self.preview.width:.0f} × {self.preview.height:.0f} px"
            _caption(painter, rect, size, CHOSEN)
        if self.cross is not None:
            self._crosshair(painter, canvas, self.cross)

    def _box(self, painter: QPainter, canvas: FilmCanvas, box: Box, index: int) -> None:
        rect, chosen = screen_rect(canvas, box), index == self.selected
        colour = CHOSEN if chosen else LOCKED if box.locked else LINE
        _stroke(painter, rect, colour, _DASHES.get(box.certainty, ()))
        if self.labels:
            _caption(painter, rect, _name(box), colour)
        if chosen and self.handles and not box.locked:
            half = HANDLE / 2
            painter.setPen(QPen(HALO, 1))
            painter.setBrush(colour)
            for grip in GRIPS:
                point = canvas.to_screen.map(QPointF(*grip_point(box, grip)))
                x, y = round(point.x()) + 0.5, round(point.y()) + 0.5
                painter.drawRect(QRectF(x - half, y - half, HANDLE, HANDLE))

    def _crosshair(self, painter: QPainter, canvas: FilmCanvas, at: QPointF) -> None:
        point = canvas.to_screen.map(at)
        x, y = round(point.x()) + 0.5, round(point.y()) + 0.5
        for colour, width in ((HALO, 3), (CHOSEN, 1)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(0, y), QPointF(canvas.width(), y))
            painter.drawLine(QPointF(x, 0), QPointF(x, canvas.height()))


def screen_rect(canvas: FilmCanvas, box: Box) -> QRectF:
    """A box in screen pixels, its sides on whole pixels so that they are crisp."""
    rect = canvas.to_screen.mapRect(QRectF(box.x1, box.y1, box.width, box.height))
    left, top = round(rect.left()) + 0.5, round(rect.top()) + 0.5
    right, bottom = round(rect.right()) + 0.5, round(rect.bottom()) + 0.5
    return QRectF(left, top, max(1.0, right - left), max(1.0, bottom - top))


def _stroke(painter: QPainter, rect: QRectF, colour: QColor, dashes: tuple[float, ...]) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(HALO, 4))
    painter.drawRect(rect)
    pen = QPen(colour, 1.6)
    if dashes:
        pen.setDashPattern(list(dashes))
    painter.setPen(pen)
    painter.drawRect(rect)


def _name(box: Box) -> str:
    parts = [box.label]
    if box.certainty != "definite":
        parts.append(box.certainty)
    if box.kind:
        parts.append(box.kind)
    return " · ".join(parts) + (" (locked)" if box.locked else "")


def _caption(painter: QPainter, rect: QRectF, text: str, colour: QColor) -> None:
    font = painter.font()
    font.setPointSizeF(8.5)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(text) + 8, metrics.height() + 2
    # Above the box; inside its top where the panel ends.
    top = rect.top() - height - 3
    place = QRectF(rect.left() - 1.5, top if top >= 0 else rect.top() + 3, width, height)
    painter.fillRect(place, HALO)
    painter.setPen(colour)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
