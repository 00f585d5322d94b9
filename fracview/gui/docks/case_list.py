"""The list behind the browser: which cases are shown, in ten thousands if need be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from fracview.models.seen import SEEN, WORDS
from fracview.request import FRACTURED, NOT_FRACTURED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fracview.data.case import Case
    from fracview.gui.thumbnails import Thumbnails
    from fracview.workspace import Workspace

CASE = int(Qt.ItemDataRole.UserRole)
"""The :class:`~fracview.data.case.Case` of a row."""
INDEX = CASE + 1
"""Its place among all cases."""
BOXES = CASE + 2
REVIEWED = CASE + 3
TROUBLE = CASE + 4
LABEL = CASE + 5
SEEN_BY = CASE + 6
"""Names of the models that have learnt from it, or ""."""

ANY = ""
BODY_PARTS = ("hand", "leg", "hip", "shoulder")
"""Columns that say which part of the body is shown; they form one filter."""
LABELS = (FRACTURED, NOT_FRACTURED, "unknown")


@dataclass(frozen=True)
class Filter:
    """What the browser lists.

    Parameters
    ----------
    text
        Part of the name, in any case.
    label
        One of :data:`LABELS`, or "" for all.
    part
        A column of :data:`BODY_PARTS` that must be set, or "".
    reviewed
        ``"reviewed"``, ``"not reviewed"``, or "".
    column, value
        Any other column and the value it must have, or "".
    """

    text: str = ANY
    label: str = ANY
    part: str = ANY
    reviewed: str = ANY
    column: str = ANY
    value: str = ANY

    def accepts(self, case: Case, label: str | None, reviewed: bool) -> bool:
        """Whether a case is listed."""
        if self.text and self.text.lower() not in case.name.lower():
            return False
        if self.label and (label or "unknown") != self.label:
            return False
        if self.reviewed and (self.reviewed == "reviewed") != reviewed:
            return False
        if self.part and not is_set(case.flag(self.part)):
            return False
        return not self.column or case.flag(self.column) == self.value


def is_set(value: str) -> bool:
    """Whether a flag column says yes."""
    return value.strip().lower() not in ("", "0", "0.0", "false", "no")


class CaseList(QAbstractListModel):
    """Cases of the workspace that a filter lets through, in their order."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.thumbnails = thumbnails
        self._workspace: Workspace | None = None
        self._shown: list[int] = []
        self._row: dict[int, int] = {}
        self._places: dict[Path, int] = {}
        self.filter = Filter()
        thumbnails.arrived.connect(self._on_thumbnail)

    def show(self, workspace: Workspace, chosen: Filter) -> None:
        """List what a filter lets through."""
        self.beginResetModel()
        self._workspace, self.filter = workspace, chosen
        reviewed = workspace.edits.reviewed
        self._shown = [
            index
            for index, case in enumerate(workspace.cases)
            if chosen.accepts(case, workspace.label_of(case), str(case.path) in reviewed)
        ]
        self._row = {index: row for row, index in enumerate(self._shown)}
        self._places = {workspace.cases[index].path: index for index in self._shown}
        self.endResetModel()

    def follow(self, workspace: Workspace) -> None:
        """Take over boxes and marks; the list itself stays until the filter is set anew."""
        self._workspace = workspace
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    @property
    def shown(self) -> list[int]:
        """Indices of the listed cases."""
        return self._shown

    def row_of(self, index: int | None) -> int:
        """Row of a case, or -1."""
        return -1 if index is None else self._row.get(index, -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        """Number of listed cases."""
        return 0 if parent.isValid() else len(self._shown)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> Any:
        """Name, thumbnail, tooltip and marks of a row."""
        workspace = self._workspace
        if workspace is None or not index.isValid() or index.row() >= len(self._shown):
            return None
        place = self._shown[index.row()]
        case = workspace.cases[place]
        if role == Qt.ItemDataRole.DisplayRole:
            return case.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self.thumbnails.get(case.path)
        if role == CASE:
            return case
        if role == INDEX:
            return place
        if role == BOXES:
            return len(workspace.boxes_of(case))
        if role == REVIEWED:
            return str(case.path) in workspace.edits.reviewed
        if role == TROUBLE:
            return self.thumbnails.trouble(case.path)
        if role == LABEL:
            return workspace.label_of(case)
        if role == SEEN_BY:
            return case.flag(SEEN)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._sentence(workspace, case)
        return None

    def _sentence(self, workspace: Workspace, case: Case) -> str:
        boxes = len(workspace.boxes_of(case))
        parts = [case.name, workspace.label_of(case) or "label unknown"]
        parts.append(f"{boxes} box{'' if boxes == 1 else 'es'}")
        if str(case.path) in workspace.edits.reviewed:
            parts.append("reviewed")
        parts += [name for name, value in case.flags if name in BODY_PARTS and is_set(value)]
        marks = [f"{words} {case.flag(words)}" for words in WORDS.values() if case.flag(words)]
        lines = [", ".join(parts), *marks, *case.notes]
        trouble = self.thumbnails.trouble(case.path)
        return "\n".join([*lines, trouble] if trouble else lines)

    def _on_thumbnail(self, path: Path) -> None:
        row = self.row_of(self._places.get(path))
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))


def values_of(cases: Iterable[Case], column: str) -> tuple[str, ...]:
    """All values of a column, sorted, at most 50."""
    return tuple(sorted({case.flag(column) for case in cases} - {""}))[:50]
