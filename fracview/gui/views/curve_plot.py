"""Coverage over the share of the map that counts, with all that a curve has to be compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from fracview.gui.style import small
from fracview.gui.views.curve_legend import CurveLegend
from fracview.gui.views.curve_style import NAMES, CurveStyle, baseline_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from fracview.metrics.coverage import CoverageCurve

    Numbers = npt.NDArray[np.float64]

EVERY = 10
"""A mark on each tenth point."""


@dataclass(frozen=True, eq=False)
class PlottedCurve:
    """A curve with its name and looks."""

    name: str
    curve: CoverageCurve
    style: CurveStyle


class CurvePlot(QWidget):
    """All curves of one film, chance and baselines, and a marker at p.

    Signals
    -------
    percent_chosen(float)
        The reader has dragged the marker, or clicked: a whole per cent, 1 to 100.
    """

    percent_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = pg.PlotWidget(self)
        self.legend = CurveLegend()
        self._curves: list[PlottedCurve] = []
        self._baselines: Mapping[str, CoverageCurve] = {}
        self._areas = False
        self._lines: list[pg.PlotDataItem] = []
        self.marker = pg.InfiniteLine(5.0, angle=90, movable=True, bounds=(1, 100))
        self._build()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all lines, baselines last."""
        return self.legend.names

    def show_curves(
        self,
        curves: Sequence[PlottedCurve],
        baselines: Mapping[str, CoverageCurve],
        areas: bool = False,
    ) -> None:
        """Draw curves.

        Parameters
        ----------
        curves
            Of the models.
        baselines
            By name; chance among them.
        areas
            Also draw the area really selected, thin: under the repo rule it can exceed p.
        """
        self._curves, self._baselines, self._areas = list(curves), baselines, areas
        self._draw()

    def set_percent(self, percent: float) -> None:
        """Put the marker at p."""
        if self.marker.value() != percent:
            self.marker.blockSignals(True)
            self.marker.setValue(percent)
            self.marker.blockSignals(False)
        self.marker.label.setText(f"top {percent:g} %")

    def changeEvent(self, event: QEvent) -> None:
        """Take on the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
            self._draw()

    # Inside -----------------------------------------------------------------------------------

    def _build(self) -> None:
        item = self.plot.getPlotItem()
        item.setLabel("bottom", "top p % of the map")
        item.setLabel("left", "% of the box in it")
        item.setXRange(0, 105, padding=0.01)
        item.setYRange(0, 104, padding=0.01)
        item.setLimits(xMin=-2, xMax=106, yMin=-3, yMax=108)
        item.showGrid(x=True, y=True, alpha=0.18)
        item.hideButtons()
        item.setMenuEnabled(False)
        # Labels must not turn "100 %" into "0.1 k".
        for side in ("left", "bottom"):
            item.getAxis(side).enableAutoSIPrefix(False)
            item.getAxis(side).setTicks([[(p, str(p)) for p in range(0, 101, 20)]])
        self.marker.label = pg.InfLineLabel(self.marker, "", position=0.94, anchors=[(0, 0.5)] * 2)
        self.marker.setCursor(Qt.CursorShape.SplitHCursor)
        self.marker.sigPositionChanged.connect(self._on_marker)
        self.plot.setMinimumSize(180, 120)
        self.plot.setAccessibleName("Coverage curves")
        area = QScrollArea()
        area.setWidget(self.legend)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.plot, 3)
        row.addWidget(area, 2)
        area.setMinimumWidth(110)
        area.setMaximumWidth(230)
        self.legend.setFont(small(self.legend.font()))
        item.addItem(self.marker)
        self._dress()
        self._draw()

    @property
    def _dark(self) -> bool:
        return self.palette().window().color().lightness() < 128

    def _dress(self) -> None:
        text = self.palette().text().color()
        self.plot.setBackground(self.palette().base().color())
        for side in ("left", "bottom"):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setPen(text)
            axis.setTextPen(text)
        gold = "#ffd640" if self._dark else "#8a6d00"
        self.marker.setPen(pg.mkPen(gold, width=2))
        self.marker.setHoverPen(pg.mkPen(gold, width=4))
        self.marker.label.setColor(gold)

    def _draw(self) -> None:
        drawn: list[tuple[Numbers, Numbers, CurveStyle]] = []
        entries: list[tuple[str, CurveStyle]] = []
        for name, curve in self._baselines.items():
            style = baseline_style(name, self._dark)
            drawn.append((curve.percents, curve.coverage, style))
            entries.append((NAMES.get(name, name), style))
        for shown in self._curves:
            drawn.append((shown.curve.percents, shown.curve.coverage, shown.style))
            if self._areas:
                thin = CurveStyle(shown.style.colour, 1.0, Qt.PenStyle.DotLine)
                drawn.append((shown.curve.percents, shown.curve.area, thin))
        self._set_lines(drawn)
        self.legend.show_entries([(c.name, c.style) for c in self._curves] + entries)

    def _set_lines(self, drawn: list[tuple[Numbers, Numbers, CurveStyle]]) -> None:
        """Change lines that are there already: to make one anew costs ten times as much."""
        item = self.plot.getPlotItem()
        while len(self._lines) > len(drawn):
            item.removeItem(self._lines.pop())
        while len(self._lines) < len(drawn):
            self._lines.append(item.plot(antialias=True))
        for line, (percents, shares, style) in zip(self._lines, drawn):
            x, y = np.concatenate([[0.0], percents]), np.concatenate([[0.0], 100 * shares])
            line.setData(
                x, y, pen=style.pen, symbol=style.mark or None, symbolSize=_sizes(x),
                symbolPen=None, symbolBrush=style.colour,
            )  # fmt: skip

    def _on_marker(self) -> None:
        percent = float(min(100, max(1, round(self.marker.value()))))
        self.marker.label.setText(f"top {percent:g} %")
        self.percent_chosen.emit(percent)


def _sizes(x: Numbers) -> Numbers:
    """Size of the mark at each point: only each tenth has one."""
    marked = (np.arange(x.size) % EVERY == 0) & (x > 0)
    return np.where(marked, 6.0, 0.0)
