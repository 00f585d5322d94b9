"""Boxes of the current case as a table that can be edited."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from fracview.errors import SettingError

if TYPE_CHECKING:
    from fracview.data.boxes import Box
    from fracview.gui.session import Session

CERTAINTIES = ("definite", "probable", "possible")
COLUMNS = ("Label", "Certainty", "Kind", "Note", "Left", "Top", "Right", "Bottom", "Size", "Lock")
FIELDS = ("label", "certainty", "kind", "note", "x1", "y1", "x2", "y2", "", "locked")
SIZE, LOCK = 8, 9
_HELP = {
    "Certainty": "How sure the reader is",
    "Kind": "Fracture type in free words",
    "Size": "Width × height; in millimetres where the film tells its spacing",
    "Lock": "A locked box cannot be moved or deleted",
}


class BoxTable(QAbstractTableModel):
    """One row per box; every change is one step that can be undone."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._boxes: tuple[Box, ...] = ()
        session.watch(lambda w: (w.boxes, w.case), lambda _: self._reset())
        session.watch(lambda w: w.radiograph is None, lambda _: self._reset())

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What is listed."""
        return self._boxes

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        """Number of boxes."""
        return 0 if parent.isValid() else len(self._boxes)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> Any:
        """Column names and row numbers."""
        if role == Qt.ItemDataRole.ToolTipRole and orientation == Qt.Orientation.Horizontal:
            return _HELP.get(COLUMNS[section], "")
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return COLUMNS[section] if orientation == Qt.Orientation.Horizontal else section + 1

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        """A locked box can only be unlocked."""
        flag = Qt.ItemFlag
        flags = flag.ItemIsEnabled | flag.ItemIsSelectable
        if index.column() == LOCK:
            return flags | flag.ItemIsUserCheckable
        if index.column() == SIZE or self._boxes[index.row()].locked:
            return flags
        return flags | flag.ItemIsEditable

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> Any:
        """Text of a cell."""
        if not index.isValid() or index.row() >= len(self._boxes):
            return None
        box, column = self._boxes[index.row()], index.column()
        if column == LOCK:
            if role == Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Checked if box.locked else Qt.CheckState.Unchecked
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and 4 <= column <= SIZE:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return None
        if column == SIZE:
            return self.size_of(box)
        value = getattr(box, FIELDS[column])
        return f"{value:.1f}" if isinstance(value, float | int) else value

    def setData(
        self,
        index: QModelIndex | QPersistentModelIndex,
        value: Any,
        role: int = int(Qt.ItemDataRole.EditRole),
    ) -> bool:
        """Change one field of one box."""
        row, column = index.row(), index.column()
        if column == LOCK and role == Qt.ItemDataRole.CheckStateRole:
            locked = Qt.CheckState(value) == Qt.CheckState.Checked
            return self._change(row, "locked", locked)
        if role != Qt.ItemDataRole.EditRole:
            return False
        if 4 <= column < SIZE:
            try:
                value = float(str(value).replace(",", "."))
            except ValueError:
                self.session.say(f"'{value}' is not a number of pixels.", "warning")
                return False
        return self._change(row, FIELDS[column], value)

    def size_of(self, box: Box) -> str:
        """Width and height in millimetres where they are known, else in pixels."""
        film = self.session.workspace.radiograph
        if film is None or film.spacing is None:
            return f"{box.width:.0f} × {box.height:.0f} px"
        rows, columns = film.spacing
        return f"{box.width * columns:.1f} × {box.height * rows:.1f} mm"

    def _change(self, row: int, name: str, value: Any) -> bool:
        box = self._boxes[row]
        if getattr(box, name) == value:
            return False
        try:
            changed = replace(box, **{name: value})
        except SettingError as error:
            self.session.say(str(error), "warning")
            return False
        film = self.session.workspace.radiograph
        if film is not None and changed.corners != box.corners:
            cut = changed.clipped(film.height, film.width)
            if cut is None:
                self.session.say("The box would lie outside of the film.", "warning")
                return False
            changed = cut
        boxes = (*self._boxes[:row], changed, *self._boxes[row + 1 :])
        self.session.set_boxes(boxes, f"change {_TEXT.get(name, name)} of a box", row)
        return True

    def _reset(self) -> None:
        self.beginResetModel()
        self._boxes = self.session.workspace.boxes
        self.endResetModel()


_TEXT = {"x1": "an edge", "y1": "an edge", "x2": "an edge", "y2": "an edge", "locked": "the lock"}
