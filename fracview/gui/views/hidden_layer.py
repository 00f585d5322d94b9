"""The film with a region filled as the models get it, and what they say of that picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from fracview.gui.titles import short_models
from fracview.gui.views.box_layer import HALO, screen_rect
from fracview.gui.views.cells import all_cells
from fracview.gui.views.heatmap_layer import ALWAYS_SMOOTH
from fracview.gui.views.lightbox import as_image

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from fracview.data.boxes import Box
    from fracview.data.frame import InputFrame
    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.gui.views.canvas import FilmCanvas
    from fracview.gui.views.evidence_book import EvidenceBook
    from fracview.gui.views.hiding import Hiding
    from fracview.gui.views.lightbox import Lightbox
    from fracview.pipeline import Explanation

LINE = QColor(255, 170, 60)
TEXT = QColor(245, 245, 245)


class HiddenLayer:
    """Lies right on the film, at the resolution that the network sees."""

    def __init__(self, hiding: Hiding, book: EvidenceBook, lightbox: Lightbox) -> None:
        self.hiding, self.book, self.lightbox = hiding, book, lightbox
        self.lines: tuple[str, ...] = ()
        """What is said over the film; where there is no room, a line is broken at its commas."""
        self._image: QImage | None = None
        self._frame: InputFrame | None = None
        self._boxes: tuple[Box, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether a filled region is on the film."""
        return self._image is not None

    def show(self, answer: Explanation | None) -> None:
        """Take on what is hidden now, in the input of an answer."""
        self._image, self.lines, self._boxes = None, (), self.hiding.boxes
        if not self._boxes:
            return
        if answer is None:
            self.lines = ("Ask for a prediction first (P): what is hidden is filled as the "
                          "model sees it.",)  # fmt: skip
            return
        hidden = self.book.hidden(answer, self._boxes)
        title = f"Hidden by {self.book.fill}: {self.hiding.title}, P(fractured) then and now"
        self.lines = (title, *self._answers())
        if hidden is None:
            return
        self._frame = answer.frame
        top, left, rows, columns = answer.frame.inner
        inner = (slice(top, top + rows), slice(left, left + columns))
        lit = self.lightbox.light(hidden.grey[inner])
        pixels = lit.pixels.copy()  # type: ignore[attr-defined]
        pixels[~hidden.mask[inner]] = 0
        self._image = as_image(pixels, alpha=True)

    def _answers(self) -> list[str]:
        """A line per model: what it said of the film, and what it says now."""
        w, conductor = self.hiding.session.workspace, self.book.conductor
        if conductor is None:
            return []
        names, lines = short_models(w.models), dict[str, list[str]]()
        for cell in all_cells(w):
            answer = None if cell.key[1] else conductor.answer(cell.request)
            if answer is not None:
                test = self.book.peek(answer, self._boxes)
                start = "" if cell.key[2] == "clean" else "attacked "
                lines.setdefault(cell.key[0], []).append(start + _change(test))
        return [f"{names[model]}: {', '.join(parts)}" for model, parts in lines.items()]

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint the fill, its outline and what the models say."""
        if self._image is not None and self._frame is not None:
            where = None
            if canvas.stage is not None:
                top, left, rows, columns = self._frame.inner
                where = QRectF(left, top, columns, rows)
            canvas.draw_image(painter, self._image, where, ALWAYS_SMOOTH)
            painter.setPen(QPen(LINE, 1.2, Qt.PenStyle.DashLine))
            for box in self._boxes:
                placed = box if canvas.stage is None else self._frame.to_model(box)
                painter.drawRect(screen_rect(canvas, placed))
        self._say(painter, canvas)

    def _say(self, painter: QPainter, canvas: FilmCanvas) -> None:
        if not self.lines:
            return
        font = painter.font()
        font.setPointSizeF(9)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        room = canvas.width() - 24.0
        wide = any(metrics.horizontalAdvance(line) > room for line in self.lines)
        broken = [part for line in self.lines for part in (_broken(line) if wide else (line,))]
        shown = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in broken]
        width = max(metrics.horizontalAdvance(line) for line in shown) + 12
        height = metrics.lineSpacing() * len(shown) + 8
        place = QRectF(6, 6, width, height)
        painter.fillRect(place, HALO)
        for number, line in enumerate(shown):
            painter.setPen(LINE if broken[number].strip() in self.lines[0] else TEXT)
            base = place.top() + 4 + metrics.ascent() + number * metrics.lineSpacing()
            painter.drawText(QPointF(place.left() + 6, base), line)


def _change(test: BoxOcclusion | None) -> str:
    """``"0.97 → 0.42"``, marked where the decision turns."""
    if test is None:
        return "being asked"
    turned = " (turned)" if test.flips else ""
    return f"{test.probability:.2f} → {test.probability_hidden:.2f}{turned}"


def _broken(line: str) -> list[str]:
    """The parts of a line that is too wide, the later ones set in."""
    first, *later = line.split(", ")
    return [first, *(f"    {part}" for part in later)]
