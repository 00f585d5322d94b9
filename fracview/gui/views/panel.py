"""One cell of the comparison: a film with a map on it, or the reason why there is none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from fracview.gui.style import small
from fracview.gui.views.box_layer import BoxLayer
from fracview.gui.views.canvas import FilmCanvas
from fracview.gui.views.heatmap_layer import HeatmapLayer
from fracview.gui.views.message_page import MessagePage
from fracview.gui.views.outline_layer import OutlineLayer
from fracview.gui.views.probe import pixel_at
from fracview.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from fracview.data.boxes import Box
    from fracview.gui.views.cells import Cell
    from fracview.gui.views.colour_scale import Scale
    from fracview.gui.views.lightbox import Lightbox
    from fracview.gui.views.scorebook import ScoreBook
    from fracview.pipeline import AttackFrame, Explanation
    from fracview.task import Progress

BREATH = 0.15
"""Seconds between two pieces of news of one cell."""
CAPTION = 17
"""Height of the line below a film, in pixels."""


class ProbeLayer:
    """A cross at the probed pixel and what this cell holds there."""

    def __init__(self) -> None:
        self.at: QPointF | None = None
        self.text = ""

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint a small cross, and the value at the lower edge."""
        if self.at is None:
            return
        point = canvas.to_screen.map(self.at)
        for colour, width in ((QColor(0, 0, 0, 200), 3), (QColor(255, 255, 255), 1)):
            painter.setPen(QPen(colour, width))
            for dx, dy in ((7, 0), (0, 7)):
                by = QPointF(dx, dy)
                painter.drawLine(point - by, point + by)
        if self.text:
            metrics = QFontMetricsF(painter.font())
            wide, high = metrics.horizontalAdvance(self.text) + 8, metrics.height() + 2
            place = QRectF(2, canvas.height() - high - 2, wide, high)
            painter.fillRect(place, QColor(0, 0, 0, 200))
            painter.setPen(QColor(240, 240, 240))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.text)


class Panel(QWidget):
    """Film, heatmap, outline, boxes and probe of one cell, and a caption.

    Signals
    -------
    wanted(object)
        The Cell whose answer the reader asks for.
    retried()
        The reader wants a failed cell to be tried again.
    hovered(object)
        Film point under the mouse, or None.
    chosen(object)
        The Cell that was double-clicked.
    """

    wanted = Signal(object)
    retried = Signal()
    hovered = Signal(object)
    chosen = Signal(object)

    def __init__(self, cell: Cell, lightbox: Lightbox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cell, self.lightbox = cell, lightbox
        self.answer: Explanation | None = None
        self.state = "unasked"
        """``"unasked"``, ``"waiting"``, ``"running"``, ``"failed"`` or ``"known"``."""
        self._told = 0.0
        self._coloured: tuple[object, ...] = ()
        self._marked: tuple[object, ...] = ()
        self.canvas = FilmCanvas(lightbox, self)
        self.canvas.crisp = 24.0
        self.heat, self.outline = HeatmapLayer(), OutlineLayer()
        self.boxes, self.probe = BoxLayer(labels=False), ProbeLayer()
        self.canvas.layers = [self.heat, self.outline, self.boxes, self.probe]
        self._message = MessagePage(self, small=True)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._message)
        self._pages.addWidget(self.canvas)
        self._warning, self._line = QLabel("⚠"), ElidedLabel()
        self._message.setAutoFillBackground(True)
        self._message.setBackgroundRole(QPalette.ColorRole.Base)
        self._warning.hide()
        self._lay_out()
        self._message.pressed.connect(self._on_button)
        self.canvas.hovered.connect(self.hovered)
        self.canvas.double_clicked.connect(lambda: self.chosen.emit(self.cell))
        lightbox.relit.connect(self._relight)
        self.set_cell(cell)

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(2)
        below.addWidget(self._line, 1)
        below.addWidget(self._warning)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages, 1)
        layout.addLayout(below)
        for label in (self._line, self._warning):
            label.setFont(small(label.font()))
            label.setFixedHeight(CAPTION)

    # What it shows ----------------------------------------------------------------------------

    def set_cell(self, cell: Cell) -> None:
        """Take another cell (or the same one, asked for now)."""
        self.cell = cell
        model, method, condition = cell.key
        self.setAccessibleName(f"{model}, {method or 'input'} · {condition}")

    def set_waiting(self, progress: Progress | None = None) -> None:
        """The answer is on its way."""
        now = time.monotonic()
        if progress is None:
            self._forget("waiting")
            self._message.say("Waiting", progress=0.0)
            return
        # A progress bar paints itself at once, and thirty of them a second are a burden.
        if self.state == "running" and now - self._told < BREATH:
            return
        self._told = now
        self._forget("running")
        share = progress.fraction if progress.total else -1.0
        self._message.say("Working", progress.message, progress=share)

    def set_unasked(self) -> None:
        """Nobody has asked for this cell."""
        self._forget("unasked")
        request = self.cell.request
        if request.attribution is None:
            text = "Attack (K)" if request.attack is not None else "Predict (P)"
        else:
            text = "Attack and explain" if request.attack is not None else "Explain (E)"
        self._message.say("Not asked for", button=text)

    def set_failed(self, sentence: str) -> None:
        """The answer cannot be had."""
        self._forget("failed")
        self._message.say("Failed", sentence, button="Try again")
        self._message.setToolTip(sentence)

    def set_answer(self, answer: Explanation) -> None:
        """Show an answer; colours and outline come by :meth:`colour` and :meth:`mark`."""
        self.state = "known"
        self._pages.setCurrentWidget(self.canvas)
        if answer is self.answer:
            return
        self.answer = answer
        # What holds for the model or the protocol stands at its head, and below all panels.
        general = {*answer.card.warnings, *answer.request.protocol.warnings}
        warnings = [text for text in answer.warnings if text not in general]
        self._warning.setVisible(bool(warnings))
        self._warning.setToolTip("\n".join(warnings))
        self._relight()

    def show_live(self, frame: AttackFrame, fractured: float) -> None:
        """Show a step of the attack while it runs."""
        if self.state == "known":
            return
        self.state = "running"
        self._pages.setCurrentWidget(self.canvas)
        self.canvas.picture = self.lightbox.light(frame.image.mean(axis=0))
        self._line.setText(f"step {frame.step} of {frame.steps}: fractured {fractured:.2f}")
        self.canvas.update()

    def say(self, line: str, tip: str = "") -> None:
        """Set the caption, and what it says in full."""
        self._line.setText(line)
        if tip:
            self._line.setToolTip(tip)

    def colour(self, scale: Scale | None, opacity: float, visible: bool) -> None:
        """Give the heatmap its colours, if they are not those it has."""
        answer = self.answer
        state = (answer, scale, opacity, visible)
        if state == self._coloured:
            return
        self._coloured = state
        heatmap = None if answer is None else answer.heatmap
        if answer is None or heatmap is None or not visible:
            self.heat.show(None, None, None, 0.0)
        else:
            self.heat.show(heatmap.reduced, answer.frame, scale, opacity)
        self.canvas.update()

    def mark(self, percent: float | None, book: ScoreBook) -> None:
        """Outline the top p % of the heatmap, or nothing; only if it is not outlined already."""
        answer = self.answer
        state = (answer, percent)
        if state == self._marked:
            return
        self._marked = state
        if answer is None or answer.heatmap is None or percent is None:
            self.outline.show(None, None)
        else:
            self.outline.show(book.top(answer, percent), answer.frame)
        self.canvas.update()

    def show_boxes(self, boxes: tuple[Box, ...], selected: int | None) -> None:
        """Draw boxes of the film."""
        self.boxes.boxes, self.boxes.selected = boxes, selected
        self.canvas.update()

    def show_probe(self, at: QPointF | None) -> None:
        """Tell what lies at a point of the film, here as in all other cells."""
        place = pixel_at(self.lightbox.film, at)
        self.probe.at = None if place is None else QPointF(place[0] + 0.5, place[1] + 0.5)
        self.probe.text = "" if place is None else self._value(*place)
        self.canvas.update()

    def _value(self, x: int, y: int) -> str:
        answer, film = self.answer, self.lightbox.film
        if answer is None or film is None:
            return ""
        if answer.heatmap is not None:
            return f"{answer.heatmap.values[y, x]:.3g}"
        if answer.attacked is None:
            return f"{film.pixels[y, x].item():.5g}"
        change = answer.image - answer.attacked.frames[0].image
        top, left, rows, columns = answer.frame.inner
        row, column = int(top + y / film.height * rows), int(left + x / film.width * columns)
        return f"changed by {255 * float(change[:, row, column].mean()):+.1f} of 255"

    def _relight(self) -> None:
        """Clean cells show the film itself, attacked ones what the model was given."""
        answer = self.answer
        self.canvas.picture = None
        if answer is not None and answer.attacked is not None:
            top, left, rows, columns = answer.frame.inner
            grey = answer.image.mean(axis=0)[top : top + rows, left : left + columns]
            self.canvas.picture = self.lightbox.light(grey)
        self.canvas.update()

    def _forget(self, state: str) -> None:
        self.state, self.answer = state, None
        self.canvas.picture = None
        self._pages.setCurrentWidget(self._message)
        self._warning.hide()
        self._line.setText("")

    def _on_button(self) -> None:
        if self.state == "failed":
            self.retried.emit()
        else:
            self.wanted.emit(self.cell)
