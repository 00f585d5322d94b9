"""A probability as a bar with its number; a mark says when the decision has turned."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fracview.gui.style import GAP, STYLE, colours


class ProbabilityBar(QWidget):
    """Caption, bar from 0 to 1 with a tick at one half, number, and perhaps a word.

    Parameters
    ----------
    caption
        Such as ``"clean"``.
    colour
        Field of :class:`fracview.gui.style.Colours` for the bar.
    """

    def __init__(self, caption: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption, self._colour = caption, colour
        self._value: float | None = None
        self._word = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        STYLE.changed.connect(self.update)
        self._describe()

    @property
    def value(self) -> float | None:
        """The probability, or None."""
        return self._value

    @property
    def word(self) -> str:
        """What stands behind the number."""
        return self._word

    def show_value(self, value: float | None, word: str = "") -> None:
        """Show a probability, or None and a word such as ``"waiting"``."""
        if (value, word) != (self._value, self._word):
            self._value, self._word = value, word
            self._describe()
            self.update()

    def _describe(self) -> None:
        number = "not known" if self._value is None else f"{self._value:.3f}"
        text = f"Probability of a fracture, {self._caption}: {number}"
        self.setAccessibleName(text)
        self.setToolTip(f"{text}. {self._word}".rstrip(". ") + ".")

    def sizeHint(self) -> QSize:
        """One line of text."""
        return QSize(220, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Caption, trough, bar, tick, number, word."""
        now, metrics = colours(), self.fontMetrics()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = Qt.AlignmentFlag.AlignVCenter
        left = metrics.horizontalAdvance("attacked") + GAP
        number = metrics.horizontalAdvance("0.000") + GAP
        word = metrics.horizontalAdvance("flipped") + GAP
        bar = QRectF(left, self.height() / 2 - 3, self.width() - left - number - word, 6)
        painter.setPen(QColor(now.muted))
        painter.drawText(QRectF(0, 0, left, self.height()), middle, self._caption)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.border))
        painter.drawRoundedRect(bar, 3, 3)
        if self._value is not None and bar.width() > 0:
            filled = QRectF(bar)
            filled.setWidth(max(3.0, bar.width() * self._value))
            painter.setBrush(QColor(getattr(now, self._colour)))
            painter.drawRoundedRect(filled, 3, 3)
        painter.setPen(QColor(now.text))
        tick = bar.left() + bar.width() / 2
        painter.drawLine(round(tick), round(bar.top() - 2), round(tick), round(bar.bottom() + 2))
        text = "–" if self._value is None else f"{self._value:.3f}"
        place = QRectF(bar.right() + GAP, 0, number, self.height())
        painter.drawText(place, middle, text)
        painter.setPen(QColor(now.error if self._word == "flipped" else now.muted))
        rest = QRectF(place.right(), 0, self.width() - place.right(), self.height())
        painter.drawText(rest, middle | Qt.AlignmentFlag.AlignRight, self._word)
        painter.end()
