"""The legend of the curves, beside the plot, so that it covers no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from fracview.gui.views.curve_style import CurveStyle

SAMPLE = 28


class CurveLegend(QWidget):
    """A sample of each line with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: list[tuple[str, CurveStyle]] = []

    @property
    def names(self) -> tuple[str, ...]:
        """What is listed."""
        return tuple(name for name, _ in self._entries)

    def show_entries(self, entries: list[tuple[str, CurveStyle]]) -> None:
        """Set names and styles, from above."""
        self._entries = entries
        self.setMinimumHeight(self.sizeHint().height())
        self.setToolTip("\n".join(self.names))
        self.setAccessibleName("Legend: " + ", ".join(self.names))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """All entries, each on a line."""
        metrics = self.fontMetrics()
        wide = max((metrics.horizontalAdvance(name) for name in self.names), default=60)
        return QSize(SAMPLE + wide + 16, len(self._entries) * (metrics.height() + 1) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint samples and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = self.fontMetrics().height() + 1
        for index, (name, style) in enumerate(self._entries):
            middle = 2 + (index + 0.5) * step
            painter.setPen(style.pen)
            painter.drawLine(QPointF(4, middle), QPointF(SAMPLE - 2, middle))
            if style.mark:
                _mark(painter, style, QPointF(SAMPLE / 2 + 1, middle))
            painter.setPen(self.palette().color(self.foregroundRole()))
            place = QRectF(SAMPLE + 4, middle - step / 2, self.width() - SAMPLE - 4, step)
            left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            middle_out = Qt.TextElideMode.ElideMiddle
            fitting = self.fontMetrics().elidedText(name, middle_out, int(place.width()))
            painter.drawText(place, left, fitting)
        painter.end()


def _mark(painter: QPainter, style: CurveStyle, at: QPointF) -> None:
    """The same marks as the plot's, in small."""
    import pyqtgraph as pg

    symbol = pg.graphicsItems.ScatterPlotItem.Symbols[style.mark]
    painter.save()
    painter.translate(at)
    painter.scale(7, 7)
    pen = QPen(style.pen.color(), 0)
    painter.setPen(pen)
    painter.setBrush(style.pen.color())
    painter.drawPath(symbol)
    painter.restore()
