"""Both probabilities and the loss over the steps of an attack, for each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from fracview.gui.views.curve_legend import CurveLegend
from fracview.gui.views.curve_style import COLOURS, CurveStyle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from PySide6.QtGui import QResizeEvent

    from fracview.gui.docks.attack_record import AttackFilm

    Curve: TypeAlias = tuple[list[int], list[float], CurveStyle]

NARROW = 460
"""Pixels below which the legend goes under the plots."""


class AttackPlot(QWidget):
    """Two plots over one another with the same steps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.probabilities, self.losses = pg.PlotWidget(self), pg.PlotWidget(self)
        self.legend = CurveLegend()
        self._drawn: list[object] = []
        self._lines: tuple[list[pg.PlotDataItem], list[pg.PlotDataItem]] = ([], [])
        self._markers = [pg.InfiniteLine(0, angle=90) for _ in range(2)]
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.probabilities, 3)
        column.addWidget(self.losses, 2)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addLayout(column, 3)
        self._row.addWidget(self.legend, 1)
        self._build()
        self._dress()

    def show_films(self, films: Sequence[AttackFilm]) -> None:
        """Draw what is known of each model."""
        state: list[object] = [(film.model, film.classes, film.frames) for film in films]
        if state == self._drawn:
            return
        self._drawn = state
        entries: list[tuple[str, CurveStyle]] = []
        curves: list[Curve] = []
        losses: list[Curve] = []
        for index, film in enumerate(films):
            colour = COLOURS[index % len(COLOURS)]
            steps = [frame.step for frame in film.frames]
            for place in range(len(film.classes)):
                values = [frame.probabilities[place] for frame in film.frames]
                style = CurveStyle(colour, 2.0, _dash(place == film.fracture))
                curves.append((steps, values, style))
            losses.append((steps, [frame.loss for frame in film.frames], CurveStyle(colour)))
            entries.append((film.model, CurveStyle(colour)))
        for index, name in enumerate(films[0].classes if films else ()):
            entries.append((name, CurveStyle("#8a8a8a", 2.0, _dash(index == films[0].fracture))))
        for plot, lines, drawn in zip(self._plots, self._lines, (curves, losses)):
            _draw(plot.getPlotItem(), lines, drawn)
        last = max((f.frames[-1].steps for f in films if f.frames), default=10)
        self.probabilities.setXRange(0, last, padding=0.03)
        self.legend.show_entries(entries)

    def set_step(self, step: int) -> None:
        """Put the marker at a step."""
        for marker in self._markers:
            marker.setValue(step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow panel the legend stands below, where its names have room."""
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if narrow else across)

    def changeEvent(self, event: QEvent) -> None:
        """Take on the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    @property
    def _plots(self) -> tuple[pg.PlotWidget, pg.PlotWidget]:
        return self.probabilities, self.losses

    def _build(self) -> None:
        self.probabilities.setYRange(0, 1, padding=0.04)
        self.probabilities.setLabel("left", "probability")
        self.losses.setLabel("left", "loss")
        self.losses.setLabel("bottom", "step (0 is the clean image)")
        self.losses.setXLink(self.probabilities)
        self.probabilities.setAccessibleName("Class probabilities over the steps of the attack")
        self.losses.setAccessibleName("Loss over the steps of the attack")
        for plot, marker, height in zip(self._plots, self._markers, (110, 90)):
            item = plot.getPlotItem()
            item.addItem(marker)
            item.hideButtons()
            item.setMenuEnabled(False)
            item.showGrid(x=True, y=True, alpha=0.18)
            item.getAxis("left").setWidth(46)
            for side in ("left", "bottom"):
                item.getAxis(side).enableAutoSIPrefix(False)
            plot.setMouseEnabled(x=False, y=False)
            plot.setMinimumSize(150, height)

    def _dress(self) -> None:
        text, base = self.palette().text().color(), self.palette().base().color()
        pen = QPen(QColor("#b08900"), 2)
        pen.setCosmetic(True)
        for plot, marker in zip(self._plots, self._markers):
            plot.setBackground(base)
            marker.setPen(pen)
            for side in ("left", "bottom"):
                axis = plot.getPlotItem().getAxis(side)
                axis.setPen(text)
                axis.setTextPen(text)


def _dash(fractured: bool) -> Qt.PenStyle:
    return Qt.PenStyle.SolidLine if fractured else Qt.PenStyle.DashLine


def _draw(item: pg.PlotItem, lines: list[pg.PlotDataItem], drawn: list[Curve]) -> None:
    """Change lines that are there already: while an attack runs this happens at every step."""
    while len(lines) > len(drawn):
        item.removeItem(lines.pop())
    while len(lines) < len(drawn):
        lines.append(item.plot(antialias=True))
    for line, (steps, values, style) in zip(lines, drawn):
        line.setData(steps, values, pen=style.pen)
