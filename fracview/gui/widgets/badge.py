"""A small word on a tinted ground, such as robust or standard."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from fracview.gui.style import STYLE, colours, tint

KINDS = {"robust": "robust", "standard": "standard", "untrained": "untrained"}


class Badge(QLabel):
    """A word in a rounded box; the word carries the meaning, the colour only helps.

    Parameters
    ----------
    text
        The word.
    colour
        A field of :class:`fracview.gui.style.Colours`.
    """

    def __init__(self, text: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._colour = colour
        STYLE.changed.connect(self._paint)
        self._paint()

    def set(self, text: str, colour: str) -> None:
        """Change word and colour."""
        self.setText(text)
        self._colour = colour
        self._paint()

    def _paint(self, *_: object) -> None:
        value = getattr(colours(), self._colour)
        self.setStyleSheet(
            f"QLabel {{ color: {value}; background: {tint(value, 0.16).name()};"
            " border-radius: 4px; padding: 1px 6px; font-weight: 600; }"
        )
