"""Coverage curves and numbers of the current film, measured against the boxes as they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from fracview.evidence.words import NO_PROOF
from fracview.gui.docks.coverage_rows import Measured, rows_of, titles
from fracview.gui.docks.coverage_table import SORT, CoverageTable
from fracview.gui.docks.evidence_lines import EvidenceLines, tests_of
from fracview.gui.style import small
from fracview.gui.titles import short_method, short_models
from fracview.gui.views.cells import all_cells, compared
from fracview.gui.views.curve_style import model_style
from fracview.gui.views.evidence_book import EvidenceBook
from fracview.gui.views.frame_timer import FrameTimer
from fracview.gui.views.lightbox import Lightbox
from fracview.gui.views.message_page import MessagePage
from fracview.gui.views.scorebook import ScoreBook
from fracview.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

    from fracview.gui.conductor import Conductor
    from fracview.gui.session import Session
    from fracview.gui.views.cells import Cell
    from fracview.gui.views.curve_plot import CurvePlot
    from fracview.gui.views.curve_style import CurveStyle
    from fracview.metrics.coverage import CoverageCurve
    from fracview.pipeline import Explanation
    from fracview.workspace import Workspace

REST = 250
"""Milliseconds for which p must rest before maps are compared at it."""


class CoverageDock(QDockWidget):
    """Curves and a table of everything that is known of the current film."""

    def __init__(
        self, session: Session, conductor: Conductor, parent: QWidget | None = None
    ) -> None:
        super().__init__("Coverage", parent)
        self.setObjectName("coverage")
        self.session, self.conductor = session, conductor
        self.lightbox, self.book = Lightbox.of(session), ScoreBook.of(session)
        self.evidence = EvidenceBook.of(session)
        self.lightbox.follow(conductor)
        self.evidence.follow(conductor)
        self._plot: CurvePlot | None = None
        self.table = CoverageTable()
        self._known: list[tuple[Measured, Explanation | None]] = []
        self._build()
        # Later than the panels: two slow things in one turn of the event loop would be felt.
        self._fresh = FrameTimer(self._measure, self, 40)
        self._move = FrameTimer(self._tell, self, 30)
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._move.ask)
        self.lightbox.answered.connect(self._fresh.ask)
        self.book.grown.connect(self._move.ask)
        self.evidence.grown.connect(self._move.ask)
        self.evidence.fill_changed.connect(lambda _: self._move.ask())
        session.watch(lambda w: (compared(w), w.boxes), lambda _: self._fresh.ask(), now=False)
        session.watch(lambda w: w.percent, self._on_percent, now=False)
        self._measure()
        self._tell()

    def prepare(self) -> None:
        """Make the plot before it is needed."""
        self.plot.show_curves([], {})

    @property
    def plot(self) -> CurvePlot:
        """The plot; made on first use, since pyqtgraph takes a third of the time of a start."""
        if self._plot is None:
            from fracview.gui.views.curve_plot import CurvePlot

            self._plot = CurvePlot()
            self._plot.percent_chosen.connect(lambda p: self.session.update(percent=p))
            self._plot.set_percent(self.session.workspace.percent)
            self._split.insertWidget(0, self._plot)
            self._split.setStretchFactor(0, 1)
            self._split.setStretchFactor(1, 1)
            self._split.setSizes([480, 520])
        return self._plot

    # Building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self._view = QTableView()
        self._note = ElidedLabel()
        for part in (self._note, self._view):
            part.setFont(small(part.font()))
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.table)
        self._proxy.setSortRole(SORT)
        self._view.setModel(self._proxy)
        self._view.setSortingEnabled(True)
        self._view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._view.setAlternatingRowColors(True)
        self._view.setWordWrap(False)
        self._view.verticalHeader().hide()
        self._view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 3)
        self._view.setStyleSheet("QHeaderView::section { padding: 2px 4px; }")
        self._view.setAccessibleName("Coverage and other measures")
        self._view.setMinimumHeight(80)
        tsv, csv = QPushButton("Copy table"), QPushButton("Copy as CSV")
        tsv.setToolTip("With settings, for a spreadsheet (Ctrl+C in the table)")
        tsv.clicked.connect(lambda: self.copy("\t"))
        csv.clicked.connect(lambda: self.copy(","))
        shortcut = QShortcut(QKeySequence.StandardKey.Copy, self._view)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self.copy)
        self._hint = MessagePage()
        self._hint.pressed.connect(self._on_hint)
        buttons = QHBoxLayout()
        buttons.addWidget(self._note, 1)
        buttons.addWidget(tsv)
        buttons.addWidget(csv)
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2)
        below.addWidget(self._view, 1)
        below.addLayout(buttons)
        split = self._split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(lower)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._hint)
        self._pages.addWidget(split)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(3)
        self.lines = EvidenceLines(self.evidence)
        layout.addWidget(self.lines)
        layout.addWidget(self._pages, 1)
        self.setWidget(body)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Below the window the table stands beside the plot, at its side below it."""
        super().resizeEvent(event)
        wide = event.size().width() > 1.5 * event.size().height()
        self._split.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    # Measuring --------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Score every known map against the boxes as they stand now."""
        w = self.session.workspace
        cells = {cell.key: cell for cell in all_cells(w)}
        known = {key: self.conductor.answer(cell.request) for key, cell in cells.items() if key[1]}
        maps = {k: answer for k, answer in known.items() if answer is not None and answer.heatmap}
        if not self.book.fill(maps.values(), w.boxes):
            self._fresh.ask()
            return
        self._known = [
            (
                Measured(cells[key], answer, self.book.scores(answer, w.boxes)),
                maps.get((key[0], key[1], "clean")) if key[2] == "attacked" else None,
            )
            for key, answer in maps.items()
        ]
        self._draw()
        # In a turn of its own: curves and table together would be felt while a box is drawn.
        self._move.ask()

    def _draw(self) -> None:
        """Draw the curves."""
        w = self.session.workspace
        if not self._known and self._plot is None:
            self._choose_page(w, False)
            return
        from fracview.gui.views.curve_plot import PlottedCurve

        names = short_models(w.models)
        curves = [
            PlottedCurve(_curve_name(one.cell, names), one.scores.curve, self._style(one.cell, w))
            for one, _ in self._known
            if one.scores is not None
        ]
        self.plot.show_curves(curves, self._free(), areas=w.protocol.rule == "repo")
        self._choose_page(w, bool(curves))

    def _tell(self) -> None:
        """Fill the table, place the marker."""
        w, free = self.session.workspace, self._free()
        maps = self.measured
        percents = w.protocol.percents
        tests = tests_of(self.evidence, self.conductor)
        rows = rows_of(maps, free, percents, w.percent, tests)
        if self.table.show_rows(rows, titles(percents, w.percent)):
            self._fit_columns()
        if self._plot is not None:
            self._plot.set_percent(w.percent)
        self.lines.show_tests(self.conductor)
        self._note.setText(self._rule(w))

    def _fit_columns(self) -> None:
        """As narrow as can be read: Qt would leave room for an arrow in every column."""
        cells, heads = self._view.fontMetrics(), self._view.horizontalHeader().fontMetrics()
        role = Qt.ItemDataRole.DisplayRole
        for column in range(self.table.columnCount()):
            head = self.table.headerData(column, Qt.Orientation.Horizontal, role)
            texts = [self.table.index(row, column).data() for row in range(len(self.table.rows))]
            wide = max((cells.horizontalAdvance(text) for text in texts), default=0) + 20
            self._view.setColumnWidth(column, max(wide, heads.horizontalAdvance(head) + 10))

    @property
    def measured(self) -> list[Measured]:
        """All known maps with their scores, and their drift as far as it is known."""
        percent, still = self.session.workspace.percent, not self._rest.isActive()
        return [
            one
            if twin is None
            else replace(one, drift=self.book.drift(twin, one.answer, percent, ask=still))
            for one, twin in self._known
        ]

    def _free(self) -> Mapping[str, CoverageCurve]:
        """Curves without a model, on the raster of the first map."""
        scored = [one.answer for one, _ in self._known if one.scores is not None]
        return self.book.free(scored[0], self.session.workspace.boxes) if scored else {}

    def _rule(self, w: Workspace) -> str:
        count = len(w.boxes)
        boxes = "1 box" if count == 1 else f"{count} boxes"
        text = f"n = 1 radiograph, {boxes}: no interval can be given."
        if w.protocol.rule == "repo":
            text += " Rule >= (ties count whole): thin dotted lines show the area really selected."
        return " ".join((text, *w.protocol.warnings[:1]))

    def _choose_page(self, w: Workspace, scored: bool) -> None:
        if scored:
            self._pages.setCurrentIndex(1)
            return
        self._pages.setCurrentIndex(0)
        if w.radiograph is None:
            self._hint.say("No radiograph", "Coverage is measured on the radiograph you choose.")
        elif not w.boxes:
            text = "Draw a box (R) around the fracture to measure coverage against it."
            self._hint.say("No box to measure against", text)
        elif self._known:
            text = "The boxes lie outside the image, or a map has no finite numbers."
            self._hint.say("Nothing to measure", text)
        elif not w.models:
            self._hint.say("No model is chosen", "Tick at least one in the list of models.")
        elif not w.methods:
            self._hint.say("No method is chosen", "Tick at least one in the list of methods.")
        elif "explain" in w.wishes:
            self._say_waiting(w)
        else:
            text = "Coverage is the share of the box in the strongest p % of a heatmap."
            self._hint.say("No heatmap yet", text, button="Explain (E)")

    def _say_waiting(self, w: Workspace) -> None:
        """Heatmaps are wanted and none is there: on its way, or all have failed."""
        cells = [cell for cell in all_cells(w) if cell.asked and cell.key[1]]
        errors = [self.conductor.error(cell.request) for cell in cells]
        if cells and all(errors):
            sentence = "  ".join(dict.fromkeys(errors))
            self._hint.say("No heatmap could be computed", sentence, button="Try again")
        else:
            self._hint.say("Heatmaps are being computed", progress=-1)

    def _style(self, cell: Cell, w: Workspace) -> CurveStyle:
        model = w.models.index(cell.request.model)
        return model_style(model, cell.column - 1, cell.request.attack is not None)

    # What happens -----------------------------------------------------------------------------

    def copy(self, separator: str = "\t") -> None:
        """Put the table with its settings on the clipboard."""
        QGuiApplication.clipboard().setText(self.table.as_text(self._settings(), separator))
        self.session.say("The table is on the clipboard, with its settings.")

    def _settings(self) -> list[str]:
        w = self.session.workspace
        name = w.case.name if w.case is not None else ""
        lines = [
            f"image {name}; {len(w.boxes)} box(es); n = 1, no interval",
            f"protocol {w.protocol.name}; rule {w.protocol.rule}; seed {w.seed}",
            f"attack {w.attack.name} {dict(w.attack.parameters)}" if w.attacked else "no attack",
        ]
        tests = tests_of(self.evidence, self.conductor)
        lines += [f"{', '.join(row)}: {test.sentence}" for row, test in tests.items()]
        lines += [NO_PROOF]
        keys = [f"{' / '.join(one.cell.key)}: {one.answer.key}" for one, _ in self._known]
        return [*lines, *w.protocol.warnings, *keys, "research use only, not for diagnosis"]

    def _on_percent(self, percent: float) -> None:
        if self._plot is not None:
            self._plot.set_percent(percent)
        self._move.ask()
        self._rest.start()

    def _on_hint(self) -> None:
        if "explain" in self.session.workspace.wishes:
            self.conductor.retry()
            return
        self.session.update(wishes=self.session.workspace.wishes | {"predict", "explain"})


def _curve_name(cell: Cell, models: Mapping[str, str]) -> str:
    """Name of a curve in the legend, in few letters."""
    model, _, condition = cell.key
    name = f"{models[model]} {short_method(cell.request.attribution)}"
    return name if condition == "clean" else f"{name} att."
