"""The outline of the top p % of a map's pixels, which are those that coverage counts.

Where a pixel of the map is smaller than a few pixels of the screen, the outline is drawn around
blocks of them, or the speckle of a gradient would be a haze of lines over the very heat it marks.
Zoomed in, it encloses exactly the pixels that count.
"""

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

LINE, HALO = QColor(110, 255, 140, 150), QColor(0, 0, 0, 90)
FINE = 2.5
"""Screen pixels that a block of the outline has at least."""
DENSE = 0.3
"""Share of a block's pixels that must count for the block to be enclosed."""
MANY = 5000
"""Segments from which the pixels are tinted instead of outlined: more lines are only a haze."""
FEW = 600
"""Segments up to which the line has a dark edge; more edges would darken the film."""


class OutlineLayer:
    """Outlines a mask of the network's input on the film."""

    def __init__(self) -> None:
        self.visible = True
        self._mask: npt.NDArray[np.bool_] | None = None
        self._frame: InputFrame | None = None
        self._drawn: dict[int, tuple[int, QPainterPath, QImage | None]] = {}

    def show(self, mask: npt.NDArray[np.bool_] | None, frame: InputFrame | None) -> None:
        """Set the mask (h, w) and its place on the film."""
        self._mask, self._frame = None, frame
        self._drawn = {}
        if mask is None or frame is None:
            return
        top, left, rows, columns = frame.inner
        self._mask = mask[top : top + rows, left : left + columns]

    def drawn(self, block: int) -> tuple[int, QPainterPath, QImage | None]:
        """Number of segments, path and tint around blocks of so many pixels; made when needed."""
        if block not in self._drawn:
            mask, frame = self._mask, self._frame
            assert mask is not None
            assert frame is not None
            rows, columns = mask.shape
            coarse = blocks(mask, block)
            runs = edges(coarse) * block
            np.minimum(runs, np.array([columns, rows, columns, rows]), out=runs)
            if len(runs) > MANY:
                colour = np.array([0, 0x6E2B6438], dtype=np.uint32)
                tint = as_image(colour[mask.astype(np.intp)], alpha=True)
                self._drawn[block] = (0, QPainterPath(), tint)
            else:
                path = _path(runs, frame.width / columns, frame.height / rows)
                self._drawn[block] = (len(runs), path, None)
        return self._drawn[block]

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint a light line on a dark one, one screen pixel wide at any zoom."""
        frame = self._frame
        if not self.visible or frame is None or self._mask is None:
            return
        top, left, rows, columns = frame.inner
        shown = 1.0 if canvas.stage is not None else frame.width / columns
        lines, path, tint = self.drawn(max(1, round(FINE / max(canvas.scale * shown, 1e-3))))
        if tint is not None:
            where = None if canvas.stage is None else QRectF(left, top, columns, rows)
            canvas.draw_image(painter, tint, where, 0.0)
            return
        painter.setTransform(canvas.to_screen, True)
        if canvas.stage is not None:
            painter.translate(left, top)
            painter.scale(columns / frame.width, rows / frame.height)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if lines < FEW:
            painter.setPen(_cosmetic(HALO, 3))
            painter.drawPath(path)
        painter.setPen(_cosmetic(LINE, 1))
        painter.drawPath(path)

    @property
    def bounds(self) -> QRectF:
        """What the outline of single pixels encloses, in film pixels."""
        return QRectF() if self._mask is None else self.drawn(1)[1].boundingRect()


def blocks(mask: npt.NDArray[np.bool_], size: int) -> npt.NDArray[np.bool_]:
    """Blocks of ``size`` x ``size`` pixels of which enough are True, bool (h / size, w / size)."""
    if size == 1:
        return mask
    rows, columns = mask.shape
    padded = np.pad(mask, ((0, -rows % size), (0, -columns % size)))
    split = padded.reshape(padded.shape[0] // size, size, padded.shape[1] // size, size)
    dense: npt.NDArray[np.bool_] = split.mean(axis=(1, 3)) >= DENSE
    return dense


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
