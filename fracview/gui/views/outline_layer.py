"""The outline of the top p % of a map's pixels: exactly the pixels that coverage counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen

from fracview.gui.views.lightbox import as_image

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtGui import QImage, QPainter

    from fracview.data.frame import InputFrame
    from fracview.gui.views.canvas import FilmCanvas

LINE, HALO = QColor(110, 255, 140), QColor(0, 0, 0, 150)
MANY = 5000
"""Segments from which the pixels are tinted instead of outlined: more lines are only a haze."""
FEW = 600
"""Segments up to which the line has a dark edge; more edges would darken the film."""


class OutlineLayer:
    """Outlines a mask of the network's input on the film."""

    def __init__(self) -> None:
        self.visible = True
        self._lines = 0
        self._path = QPainterPath()
        self._tint: QImage | None = None
        self._frame: InputFrame | None = None

    def show(self, mask: npt.NDArray[np.bool_] | None, frame: InputFrame | None) -> None:
        """Set the mask (h, w) and its place on the film."""
        self._lines, self._tint, self._frame = 0, None, frame
        if mask is None or frame is None:
            return
        top, left, rows, columns = frame.inner
        inner = mask[top : top + rows, left : left + columns]
        runs = edges(inner)
        if len(runs) > MANY:
            colour = np.array([0, 0x6E2B6438], dtype=np.uint32)
            self._tint = as_image(colour[inner.astype(np.intp)], alpha=True)
        else:
            self._lines = len(runs)
            self._path = _path(runs, frame.width / columns, frame.height / rows)

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint a light line on a dark one, one screen pixel wide at any zoom."""
        frame = self._frame
        if not self.visible or frame is None or not (self._lines or self._tint):
            return
        top, left, rows, columns = frame.inner
        if self._tint is not None:
            where = None if canvas.stage is None else QRectF(left, top, columns, rows)
            canvas.draw_image(painter, self._tint, where, 0.0)
            return
        painter.setTransform(canvas.to_screen, True)
        if canvas.stage is not None:
            painter.translate(left, top)
            painter.scale(columns / frame.width, rows / frame.height)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._lines < FEW:
            painter.setPen(_cosmetic(HALO, 3))
            painter.drawPath(self._path)
        painter.setPen(_cosmetic(LINE, 1))
        painter.drawPath(self._path)

    @property
    def bounds(self) -> QRectF:
        """What the outline encloses, in film pixels."""
        return self._path.boundingRect() if self._lines else QRectF()


def edges(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Edges between a mask and its outside, runs joined; float64 (n, 4) of x1, y1, x2, y2."""
    padded = np.pad(mask, 1)
    across = padded[1:, 1:-1] != padded[:-1, 1:-1]
    down = (padded[1:-1, 1:] != padded[1:-1, :-1]).T
    rows, first, last = _runs(across)
    columns, above, below = _runs(down)
    flat = np.stack([first, rows, last, rows], axis=1)
    upright = np.stack([columns, above, columns, below], axis=1)
    return np.concatenate([flat, upright]).astype(np.float64)


def _path(runs: npt.NDArray[np.float64], x: float, y: float) -> QPainterPath:
    """Segments (n, 4), stretched, as one path; built by numpy, since there are thousands."""
    from pyqtgraph import arrayToQPath

    path: QPainterPath = arrayToQPath(
        x * runs[:, [0, 2]].ravel(), y * runs[:, [1, 3]].ravel(), connect="pairs"
    )
    return path


def _runs(lines: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], ...]:
    """Line, start and end of every run of True along the second axis."""
    steps = np.diff(np.pad(lines, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    line, start = np.nonzero(steps == 1)
    _, end = np.nonzero(steps == -1)
    return line, start, end


def _cosmetic(colour: QColor, width: int) -> QPen:
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    return pen
