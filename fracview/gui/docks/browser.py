"""The browser: all cases as a list with thumbnails, filters and a count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fracview.gui.docks.case_delegate import CaseDelegate
from fracview.gui.docks.case_list import (
    ANY,
    BODY_PARTS,
    INDEX,
    LABELS,
    CaseList,
    Filter,
    values_of,
)
from fracview.gui.style import GAP, STYLE
from fracview.gui.widgets.banner import Banner
from fracview.gui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QModelIndex

    from fracview.gui.films import Films
    from fracview.gui.session import Session
    from fracview.gui.thumbnails import Thumbnails
    from fracview.workspace import Workspace


class BrowserDock(QDockWidget):
    """Lists cases; a click shows one.

    Signals
    -------
    problems_asked()
        Somebody wants to read what is wrong with the data set.
    """

    problems_asked = Signal()

    def __init__(
        self,
        session: Session,
        films: Films,
        thumbnails: Thumbnails,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Radiographs", parent)
        self.setObjectName("browser_dock")
        self.session, self.films = session, films
        self.model = CaseList(thumbnails)
        self._later = QTimer(self, singleShot=True, interval=120)
        self._later.timeout.connect(self.apply_filter)
        self._build()
        session.changed.connect(self._on_change)
        self._fill_filters(session.workspace)
        self.apply_filter()

    def order(self) -> list[int]:
        """Indices of the listed cases, first to last."""
        return self.model.shown

    @property
    def filter(self) -> Filter:
        """The filter as it is set."""
        column, _, value = (self.flags.currentData() or "").partition("\0")
        return Filter(
            self.text.text().strip(),
            self.label.currentData() or ANY,
            self.part.currentData() or ANY,
            self.reviewed.currentData() or ANY,
            column,
            value,
        )

    def apply_filter(self) -> None:
        """List what the filter lets through."""
        self._later.stop()
        self.model.show(self.session.workspace, self.filter)
        self._count()
        self._show_current()

    def clear_filter(self) -> None:
        """List everything."""
        with QSignalBlocker(self.text):
            self.text.clear()
        for combo in (self.label, self.part, self.reviewed, self.flags):
            with QSignalBlocker(combo):
                combo.setCurrentIndex(0)
        self.apply_filter()

    def show_problems(self, problems: tuple[str, ...]) -> None:
        """Show or hide the line about the data set's problems."""
        count = len(problems)
        self.banner.setVisible(bool(count))
        if count:
            notes = "1 note" if count == 1 else f"{count:,} notes"
            self.banner.say(notes)
            self.banner.setToolTip("On this data:\n" + "\n".join(problems[:8]))

    def show_empty(self, title: str, sentence: str, fraction: float | None = None) -> None:
        """Say why nothing is listed, while nothing is open."""
        self.nothing.say(title, sentence)
        self.nothing.show_progress(fraction)

    # Inside -----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.text = QLineEdit(placeholderText="Name contains...", clearButtonEnabled=True)
        self.text.setAccessibleName("Filter by name")
        self.text.textChanged.connect(lambda _: self._later.start())
        self.label = self._combo("Filter by label", "Any label", LABELS)
        self.part = self._combo("Filter by body part", "Any part", ())
        self.reviewed = self._combo("Filter by review", "Any review", ("reviewed", "not reviewed"))
        self.flags = self._combo("Filter by another column", "Any column", ())
        filters = QGridLayout()
        filters.setContentsMargins(GAP, GAP, GAP, GAP // 2)
        filters.setSpacing(GAP // 2)
        filters.addWidget(self.text, 0, 0, 1, 2)
        filters.addWidget(self.label, 1, 0)
        filters.addWidget(self.part, 1, 1)
        filters.addWidget(self.reviewed, 2, 0)
        filters.addWidget(self.flags, 2, 1)
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.count.setAccessibleName("Number of listed radiographs")
        self.clear = QToolButton(autoRaise=True)
        self.clear.hide()
        self.clear.setToolTip("List everything")
        self.clear.setAccessibleName("Clear filters")
        STYLE.set_icon(self.clear, "mdi6.filter-off-outline", "muted")
        self.clear.clicked.connect(self.clear_filter)
        line = QHBoxLayout()
        line.setContentsMargins(GAP, 0, GAP, GAP // 2)
        line.addWidget(self.count, 1)
        line.addWidget(self.clear)
        self.banner = Banner("warning", "mdi6.alert-outline", "Read", self.problems_asked.emit)
        self.banner.button.setToolTip("Read what was found while opening")
        self.banner.hide()
        self.list = QListView(uniformItemSizes=True)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName("Radiographs")
        self.list.setModel(self.model)
        self.list.setItemDelegate(CaseDelegate(self.list))
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.selectionModel().currentChanged.connect(self._on_row)
        self.nothing = EmptyState(
            "mdi6.image-multiple-outline",
            "Nothing is open",
            "Open a folder, or drop one here.",
        )
        self.filtered = EmptyState(
            "mdi6.filter-remove-outline",
            "No radiograph fits",
            "No case has all of what the filters ask for.",
            "List everything",
            self.clear_filter,
        )
        self.pages = QStackedWidget()
        for page in (self.list, self.nothing, self.filtered):
            self.pages.addWidget(page)
        self.bar = QWidget()
        bar = QVBoxLayout(self.bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(0)
        bar.addLayout(filters)
        bar.addLayout(line)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.banner)
        layout.addWidget(self.pages, 1)
        self.setWidget(body)
        self.setMinimumWidth(210)

    def _combo(self, name: str, any_text: str, values: Iterable[str]) -> QComboBox:
        combo = QComboBox()
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(7)
        combo.addItem(any_text, ANY)
        for value in values:
            combo.addItem(value, value)
        combo.currentIndexChanged.connect(lambda _: self.apply_filter())
        return combo

    def _fill_filters(self, workspace: Workspace) -> None:
        parts = [name for name in workspace.columns if name in BODY_PARTS]
        others = [name for name in workspace.columns if name not in BODY_PARTS]
        with QSignalBlocker(self.part), QSignalBlocker(self.flags):
            while self.part.count() > 1:
                self.part.removeItem(1)
            for name in parts:
                self.part.addItem(name.replace("_", " "), name)
            while self.flags.count() > 1:
                self.flags.removeItem(1)
            for name in others:
                for value in values_of(workspace.cases, name):
                    self.flags.addItem(f"{name.replace('_', ' ')}: {value}", f"{name}\0{value}")
        self.part.setEnabled(bool(parts))
        self.flags.setEnabled(self.flags.count() > 1)

    def _on_change(self, old: Workspace, new: Workspace) -> None:
        if old.cases is not new.cases:
            self.model.thumbnails.clear()
            self._fill_filters(new)
            self.clear_filter()
        elif old.edits is not new.edits:
            self.model.follow(new)
        if old.current != new.current:
            self._show_current()

    def _on_row(self, current: QModelIndex, _: QModelIndex) -> None:
        place = current.data(INDEX)
        if place is not None and place != self.session.workspace.current:
            self.films.select(place)

    def _show_current(self) -> None:
        row = self.model.row_of(self.session.workspace.current)
        selection = self.list.selectionModel()
        with QSignalBlocker(selection):
            if row < 0:
                selection.clear()
            else:
                index = self.model.index(row)
                selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if row >= 0:
            self.list.scrollTo(self.model.index(row))
        self.list.viewport().update()

    def _count(self) -> None:
        total, shown = len(self.session.workspace.cases), len(self.model.shown)
        self.clear.setVisible(self.filter != Filter())
        self.bar.setEnabled(bool(total))
        self.count.setText(f"{shown:,} of {total:,}" if total else "")
        page = self.nothing if not total else self.filtered if not shown else self.list
        self.pages.setCurrentWidget(page)
