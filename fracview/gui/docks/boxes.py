"""The boxes of the current case: where they come from, and every field of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from fracview.gui.docks.box_table import CERTAINTIES, COLUMNS, LOCK, BoxTable
from fracview.gui.style import GAP, STYLE
from fracview.gui.widgets.elided_label import ElidedLabel
from fracview.gui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel, QPersistentModelIndex

    from fracview.gui.session import Session
    from fracview.workspace import Workspace


class CertaintyDelegate(QStyledItemDelegate):
    """A choice of three in place of free text."""

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        """A combo box that answers at once."""
        combo = QComboBox(parent)
        combo.addItems(CERTAINTIES)
        combo.activated.connect(lambda _: self.commitData.emit(combo))
        combo.activated.connect(lambda _: self.closeEditor.emit(combo))
        return combo

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        """Show the present value."""
        assert isinstance(editor, QComboBox)
        editor.setCurrentText(str(index.data()))

    def setModelData(
        self,
        editor: QWidget,
        model: QAbstractItemModel,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Take the chosen value."""
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentText())


class BoxesDock(QDockWidget):
    """A table of boxes; its selection is the film's."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Boxes", parent)
        self.setObjectName("boxes_dock")
        self.session = session
        self.model = BoxTable(session)
        self.origin = "as loaded"
        self._build()
        session.watch(lambda w: w.selected_box, lambda _: self._show_selected())
        session.watch(lambda w: (w.boxes, w.case), lambda _: self._describe())
        self.model.modelReset.connect(self._show_selected)

    def set_origin(self, sentence: str) -> None:
        """Say who drew the boxes that were loaded."""
        self.origin = sentence
        self._describe()

    def delete(self) -> None:
        """Delete the selected box, unless it is locked."""
        workspace = self.session.workspace
        place = workspace.selected_box
        if place is None or place >= len(workspace.boxes):
            self.session.say("Select a box first, by a click on it.")
            return
        if workspace.boxes[place].locked:
            self.session.say("This box is locked; unlock it in the table of boxes.", "warning")
            return
        boxes = workspace.boxes[:place] + workspace.boxes[place + 1 :]
        self.session.set_boxes(boxes, "delete a box")

    def restore(self) -> None:
        """Put back the boxes as they were loaded, as one step that can be undone."""
        case = self.session.workspace.case
        if case is not None and self.session.workspace.boxes != case.boxes:
            self.session.set_boxes(case.boxes, "restore the loaded boxes")

    # Inside -----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.caption = ElidedLabel()
        self.restore_button = QPushButton("Restore")
        self.restore_button.setToolTip("Put back the boxes as they were loaded")
        STYLE.set_icon(self.restore_button, "mdi6.restore")
        self.restore_button.clicked.connect(self.restore)
        self.delete_button = QPushButton("Delete")
        self.delete_button.setToolTip("Delete the selected box (Del)")
        STYLE.set_icon(self.delete_button, "mdi6.delete-outline")
        self.delete_button.clicked.connect(self.delete)
        head = QHBoxLayout()
        head.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        head.addWidget(self.caption, 1)
        head.addWidget(self.restore_button)
        head.addWidget(self.delete_button)
        self.table = QTableView(showGrid=False)
        self.table.setAccessibleName("Boxes of this radiograph")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setItemDelegateForColumn(1, CertaintyDelegate(self.table))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(COLUMNS.index("Note"), QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(LOCK, QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + GAP)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.empty = EmptyState("mdi6.vector-square", "No boxes")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.empty)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.pages, 1)
        self.setWidget(body)

    def _on_row(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            # Later: the table is still in the middle of its own change of selection.
            row = current.row()
            QTimer.singleShot(0, self, lambda: self._select(row))

    def _select(self, row: int) -> None:
        if row < len(self.session.workspace.boxes):
            self.session.update(selected_box=row)

    def _show_selected(self, *_: object) -> None:
        place = self.session.workspace.selected_box
        selection = self.table.selectionModel()
        with QSignalBlocker(selection):
            if place is None or place >= self.model.rowCount():
                self.table.clearSelection()
                selection.clear()
            else:
                self.table.selectRow(place)
        self.table.viewport().update()
        self.delete_button.setEnabled(place is not None)

    def _describe(self) -> None:
        workspace = self.session.workspace
        self.caption.setText(_caption(workspace, self.origin))
        case = workspace.case
        self.restore_button.setVisible(case is not None and workspace.boxes != case.boxes)
        self.delete_button.setVisible(bool(workspace.boxes))
        self.pages.setCurrentWidget(self.table if workspace.boxes else self.empty)
        if case is None:
            self.empty.say("No radiograph", "Open a folder to see its boxes.")
        else:
            self.empty.say("No boxes on this radiograph", "Press R and drag around a fracture.")


def _caption(workspace: Workspace, origin: str) -> str:
    case = workspace.case
    if case is None:
        return ""
    count = len(workspace.boxes)
    label = workspace.label_of(case) or "label unknown"
    boxes = f"{count} box{'' if count == 1 else 'es'}" if count else "no box"
    source = "changed by you" if workspace.boxes != case.boxes else origin
    return f"{case.name}: {label}, {boxes}" + (f" ({source})" if count else "")
