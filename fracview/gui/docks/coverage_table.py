"""The numbers of the coverage dock: sortable, readable, copied with their settings."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

if TYPE_CHECKING:
    from fracview.gui.docks.coverage_rows import Row

    Index = QModelIndex | QPersistentModelIndex

TEXTS = ("model", "method", "condition")
SHOWN = ("model", "method", "film")
"""What they are called where there is little room."""
SORT = int(Qt.ItemDataRole.UserRole)
"""Role by which a proxy sorts; cells without a number come last, downwards."""
_ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.FontRole,
        Qt.ItemDataRole.TextAlignmentRole,
        SORT,
    }
)
_NOWHERE = QModelIndex()


class CoverageTable(QAbstractTableModel):
    """Rows of :mod:`fracview.gui.docks.coverage_rows` as a table."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._titles: list[tuple[str, str]] = []

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown, unsorted."""
        return tuple(self._rows)

    def show_rows(self, rows: list[Row], titles: list[tuple[str, str]]) -> bool:
        """Replace everything; return whether other rows or columns are there than before."""
        same = [row.texts for row in rows] == [row.texts for row in self._rows]
        if same and len(titles) == len(self._titles):
            self._rows, self._titles = rows, titles
            if rows:
                last = self.index(len(rows) - 1, self.columnCount() - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)
            return False
        self.beginResetModel()
        self._rows, self._titles = rows, titles
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Number of maps."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Three words and the numbers."""
        return 0 if parent.isValid() else len(TEXTS) + len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Titles; their explanations as tooltips."""
        if orientation != Qt.Orientation.Horizontal or section < 0:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft
            if section >= len(TEXTS):
                side = Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if section < len(TEXTS):
            return SHOWN[section] if role == Qt.ItemDataRole.DisplayRole else None
        title, tip = self._titles[section - len(TEXTS)]
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        return tip if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = 0) -> Any:
        """Text, number for sorting, alignment and looks of a cell."""
        # Asked ten times per cell and repaint, mostly for looks that there are none of.
        if role not in _ROLES or not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.FontRole and row.model_free:
            font = QFont()
            font.setItalic(True)
            return font
        if column < len(TEXTS):
            if role == Qt.ItemDataRole.DisplayRole:
                return row.shown[column]
            return row.texts[column] if role in (Qt.ItemDataRole.ToolTipRole, SORT) else None
        number = row.numbers[column - len(TEXTS)]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(number, self._titles[column - len(TEXTS)][0])
        if role == SORT:
            return -1e300 if number is None else number
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def as_text(self, settings: list[str], separator: str = "\t") -> str:
        """The whole table for a spreadsheet, with ``#`` lines that say how it was measured."""
        out = io.StringIO()
        for line in settings:
            out.write(f"# {line}\n")
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        writer.writerow([*TEXTS, *(title for title, _ in self._titles)])
        for row in self._rows:
            writer.writerow([*row.texts, *("" if n is None else f"{n:.6g}" for n in row.numbers)])
        return out.getvalue()


def shown(number: float | None, title: str) -> str:
    """A number as a reader wants it: per cent to a tenth, shares to three digits."""
    if number is None:
        return "–"
    if title.startswith("@"):
        return f"{number:.1f}"
    if title.startswith("lift"):
        return f"{number:+.1f}"
    if title.startswith("compl"):
        return f"{number:.0e}"
    if title == "places":
        return f"{number:.0f}"
    return f"{number:.3f}"
