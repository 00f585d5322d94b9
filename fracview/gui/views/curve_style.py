"""How a curve looks: colour tells the model, dashes the condition, width and marks the method."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

# Okabe and Ito's colours, which colour-blind eyes tell apart on light and on dark grounds.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
MARKS = ("", "o", "s", "t", "d", "+", "x")
BASELINES: dict[str, Qt.PenStyle] = {
    "chance": Qt.PenStyle.SolidLine,
    "centre": Qt.PenStyle.DashLine,
    "brightness": Qt.PenStyle.DotLine,
    "sobel": Qt.PenStyle.DashDotLine,
}
NAMES = {
    "chance": "chance",
    "centre": "centre dot",
    "brightness": "brightness",
    "sobel": "Sobel edges",
}
"""What baselines are called for people."""


@dataclass(frozen=True)
class CurveStyle:
    """Colour, width, dashes and mark of one curve."""

    colour: str
    width: float = 2.0
    dash: Qt.PenStyle = Qt.PenStyle.SolidLine
    mark: str = ""

    @property
    def pen(self) -> QPen:
        """A pen for screen pixels at any zoom."""
        pen = QPen(QColor(self.colour), self.width, self.dash)
        pen.setCosmetic(True)
        return pen


def model_style(model: int, method: int, attacked: bool) -> CurveStyle:
    """Style of the curve of the n-th model and m-th method."""
    dash = Qt.PenStyle.DashLine if attacked else Qt.PenStyle.SolidLine
    return CurveStyle(COLOURS[model % len(COLOURS)], 2.0, dash, MARKS[method % len(MARKS)])


def baseline_style(name: str, dark: bool) -> CurveStyle:
    """Style of a map that needs no model: thin and grey."""
    grey = "#9a9a9a" if dark else "#6e6e6e"
    return CurveStyle(grey, 1.3, BASELINES.get(name, Qt.PenStyle.DashDotDotLine))
