"""A line of text in several lengths: the longest that fits is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt

from fracview.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent


class FittingLabel(ElidedLabel):
    """One line; where not even its shortest form fits, that ends in dots."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: tuple[str, ...] = ("",)

    def show_texts(self, texts: tuple[str, ...], tip: str = "") -> None:
        """Set the same text in several lengths, longest first, and what is said on hovering."""
        self._texts = texts
        self._choose()
        self.setToolTip(tip or texts[0])
        self.setAccessibleName(texts[0])
        self.setAccessibleDescription(tip)

    @property
    def whole(self) -> str:
        """The longest form."""
        return self._texts[0]

    def sizeHint(self) -> QSize:
        """Room for the longest form, so that it does not depend on what is shown."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._texts[0]) + 4, metrics.height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew."""
        super().resizeEvent(event)
        self._choose()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chosen form."""
        super().paintEvent(event)

    def _choose(self) -> None:
        metrics, room = self.fontMetrics(), self.width() - 2
        fits = [text for text in self._texts if metrics.horizontalAdvance(text) <= room]
        chosen = fits[0] if fits else self._texts[-1]
        if chosen != self._text:
            self._text = chosen
            self._align = Qt.AlignmentFlag.AlignLeft
            self.update()
