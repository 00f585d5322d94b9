"""The strip beside a row of panels, or above a column: what all of them have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from fracview.gui.style import STYLE, colours, tint

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

THICK = 18
"""Pixels across the line of text."""
_ALONG = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Head(QWidget):
    """One line: a badge, a name, a warning sign; turned by a quarter where it stands upright."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        """The same name, longest first: the longest that fits is shown."""
        self.kind = ""
        self.warnings: tuple[str, ...] = ()
        self.bold, self.upright = True, False
        STYLE.changed.connect(self.update)

    def show_name(
        self,
        names: tuple[str, ...],
        *,
        tip: str = "",
        kind: str = "",
        warnings: tuple[str, ...] = (),
        bold: bool = True,
        upright: bool = False,
    ) -> None:
        """Set what it says.

        Parameters
        ----------
        names
            The same name, longest first.
        tip
            More about it.
        kind
            Word of the badge, a field of :class:`fracview.gui.style.Colours`; none if empty.
        warnings
            Shown as a sign, and in full in the tooltip.
        bold, upright
            How it looks: upright text runs from below.
        """
        state = (names, kind, warnings, bold, upright)
        if state == (self.names, self.kind, self.warnings, self.bold, self.upright):
            return
        self.names, self.kind, self.warnings, self.bold, self.upright = state
        lines = [" · ".join(part for part in (names[0], kind) if part), tip]
        self.setToolTip("\n".join([*filter(None, lines), *(f"⚠ {text}" for text in warnings)]))
        self.setAccessibleName(lines[0])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint badge, name and sign along the strip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        length, thick = float(self.width()), float(self.height())
        if self.upright:
            length, thick = thick, length
            painter.translate(0, length)
            painter.rotate(-90)
        font = QFont(self.font())
        font.setBold(self.bold)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        look = colours()
        painter.fillRect(QRectF(0, 0, length, thick), _ground(look, self.bold))
        room, x = length - 6, 5.0
        if self.warnings:
            sign = metrics.horizontalAdvance("⚠") + 4
            painter.setPen(QColor(look.warning))
            painter.drawText(QRectF(length - sign - 2, 0, sign, thick), _ALONG, "⚠")
            room -= sign
        if self.kind:
            value = getattr(look, self.kind)
            wide = metrics.horizontalAdvance(self.kind) + 10
            if wide + x + 20 < room:
                place = QRectF(2, 1.5, wide, thick - 3)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tint(value, 0.22))
                painter.drawRoundedRect(place, 4, 4)
                painter.setPen(QColor(value))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.kind)
                x += wide + 3
        painter.setPen(self.palette().color(self.foregroundRole()))
        fits = [name for name in self.names if metrics.horizontalAdvance(name) <= room - x]
        shortest = self.names[-1] if self.names else ""
        elide = Qt.TextElideMode.ElideMiddle
        text = fits[0] if fits else metrics.elidedText(shortest, elide, max(0.0, room - x))
        painter.drawText(QRectF(x, 0, max(0.0, room - x), thick), _ALONG, text)
        painter.end()


def _ground(look: object, strong: bool) -> QColor:
    value = QColor(str(getattr(look, "text")))  # noqa: B009 - colours are chosen by name
    value.setAlpha(22 if strong else 11)
    return value
