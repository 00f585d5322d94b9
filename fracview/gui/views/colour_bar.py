"""A colour bar that says what its colours mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from fracview.gui.style import small
from fracview.gui.views.heatmap_layer import colours
from fracview.gui.views.lightbox import as_image

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from fracview.gui.views.colour_scale import Scale


class ColourBar(QWidget):
    """One line: a strip of colour between its two ends, then what it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: Scale | None = None
        self._text = ""
        self.setFont(small(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """What the bar says."""
        return self._text

    def show_scale(self, scale: Scale | None, text: str) -> None:
        """Set the ends (None where each map has its own) and the words."""
        self._scale, self._text = scale, text
        self.setToolTip(text)
        self.setAccessibleName(f"Colour bar: {text}")
        self.update()

    def sizeHint(self) -> QSize:
        """One line of text."""
        return QSize(300, self.fontMetrics().height() + 6)

    def minimumSizeHint(self) -> QSize:
        """The bar may be cut, the window may not be held open by it."""
        return QSize(80, self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ends, strip and words; the words are shortened, never the ends."""
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        low, high = self._ends()
        x, height = 4.0, float(self.height())
        if low:
            painter.drawText(QRectF(x, 0, 200, height), _LEFT, low)
            x += metrics.horizontalAdvance(low) + 6
        strip = QRectF(x, 4, min(150.0, self.width() / 6), height - 8)
        painter.fillRect(strip, QColor(12, 12, 14))
        table = colours(self._scale is not None and self._scale.signed, 1.0)
        painter.drawImage(strip, as_image(np.ascontiguousarray(table[None]), alpha=True))
        x = strip.right() + 6
        if high:
            painter.drawText(QRectF(x, 0, 200, height), _LEFT, high)
            x += metrics.horizontalAdvance(high) + 12
        room = max(0.0, self.width() - x - 4)
        words = metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(x, 0, room, height), _LEFT, words)
        painter.end()

    def _ends(self) -> tuple[str, str]:
        if self._scale is None:
            return "weak", "strong"
        return f"{self._scale.low:.2g}", f"{self._scale.high:.2g}"


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
