"""One Workspace, one signal, one history."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fracview.workspace import Edits, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fracview.data.boxes import Box
    from fracview.data.case import Case


@dataclass(frozen=True)
class Change:
    """One entry of the history: what was done, where, and how the edits stood before."""

    text: str
    path: str
    edits: Edits


class Session(QObject):
    """Holds the workspace; everybody reads it, changes it here and hears of changes here.

    ``changed(old, new)`` is sent after every replacement. View settings are replaced by
    :meth:`update`; whatever a reader *did* goes through :meth:`edit` and can be undone without
    limit. ``edited`` follows every change of the edits, so that they can be saved.
    """

    changed = Signal(object, object)
    edited = Signal(object)
    history_changed = Signal()
    said = Signal(str, str)
    """Message for the status line: text and ``"info"``, ``"warning"`` or ``"error"``."""

    def __init__(self, workspace: Workspace | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace or Workspace()
        self._undo: list[Change] = []
        self._redo: list[Change] = []
        self._unsent: deque[tuple[Workspace, Workspace]] = deque()
        self._sending = False

    @property
    def workspace(self) -> Workspace:
        """The record as it stands."""
        return self._workspace

    def update(self, **changes: Any) -> None:
        """Replace fields of the workspace; nothing is sent if nothing differs."""
        old = self._workspace
        new = replace(old, **changes)
        if all(_same(getattr(old, name), value) for name, value in changes.items()):
            return
        self._workspace = new
        self._unsent.append((old, new))
        self._send()

    def _send(self) -> None:
        """Tell of changes in the order in which they were made.

        A listener may change the workspace in turn. Were that told at once, listeners further
        down the list would hear of the second change before the first and end with stale news.
        """
        if self._sending:
            return
        self._sending = True
        try:
            while self._unsent:
                self.changed.emit(*self._unsent.popleft())
        finally:
            self._sending = False

    def open(
        self, cases: tuple[Case, ...], columns: tuple[str, ...], edits: Edits, current: int = 0
    ) -> None:
        """Replace what is open; the history of what was open before goes with it."""
        self._undo.clear()
        self._redo.clear()
        self.update(
            cases=cases,
            columns=columns,
            edits=edits,
            current=current if cases else None,
            radiograph=None,
            trouble="",
            selected_box=None,
        )
        self.history_changed.emit()

    def watch(
        self,
        select: Callable[[Workspace], Any],
        react: Callable[[Any], None],
        *,
        now: bool = True,
    ) -> Callable[[], None]:
        """Call ``react(select(workspace))`` whenever the selected part differs.

        Parameters
        ----------
        select
            Picks what matters, such as ``lambda w: w.percent``.
        react
            Gets the new selection.
        now
            Also react at once to what there is.

        Returns
        -------
        callable
            Ends the watch.
        """

        def on_change(old: Workspace, new: Workspace) -> None:
            after = select(new)
            if not _same(select(old), after):
                react(after)

        self.changed.connect(on_change)
        if now:
            react(select(self._workspace))

        def end() -> None:
            with contextlib.suppress(RuntimeError):
                self.changed.disconnect(on_change)

        return end

    def say(self, text: str, level: str = "info") -> None:
        """Put a sentence into the status line."""
        self.said.emit(text, level)

    # What a reader does -----------------------------------------------------------------------

    def edit(self, edits: Edits, text: str, **changes: Any) -> None:
        """Replace the edits as one step that can be undone.

        Parameters
        ----------
        edits
            How they stand afterwards.
        text
            What was done, for the menu: ``"draw a box"``.
        **changes
            Other fields of the workspace to change in the same step, such as ``selected_box``.
        """
        case = self._workspace.case
        self._undo.append(Change(text, str(case.path) if case else "", self._workspace.edits))
        self._redo.clear()
        self.update(edits=edits, **changes)
        self.edited.emit(edits)
        self.history_changed.emit()

    def set_boxes(self, boxes: tuple[Box, ...], text: str, selected: int | None = None) -> None:
        """Give the current case these boxes as one undoable step."""
        case = self._workspace.case
        if case is None:
            return
        self.edit(self._workspace.edits.with_boxes(case.path, boxes), text, selected_box=selected)

    def set_reviewed(self, path: Path, reviewed: bool) -> None:
        """Mark a radiograph as reviewed or not, as one undoable step."""
        text = "mark as reviewed" if reviewed else "mark as not reviewed"
        self.edit(self._workspace.edits.with_review(path, reviewed), text)

    @property
    def undo_text(self) -> str:
        """What undo would take back, or ""."""
        return self._undo[-1].text if self._undo else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again, or ""."""
        return self._redo[-1].text if self._redo else ""

    def undo(self) -> None:
        """Take back the last edit and go to where it was made."""
        self._travel(self._undo, self._redo)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._travel(self._redo, self._undo)

    def _travel(self, source: list[Change], target: list[Change]) -> None:
        if not source:
            return
        change = source.pop()
        target.append(Change(change.text, change.path, self._workspace.edits))
        self._go_to(change.path)
        self.update(edits=change.edits, selected_box=None)
        self.edited.emit(change.edits)
        self.history_changed.emit()

    def _go_to(self, path: str) -> None:
        case = self._workspace.case
        if not path or (case is not None and str(case.path) == path):
            return
        for index, other in enumerate(self._workspace.cases):
            if str(other.path) == path:
                self.update(current=index, radiograph=None, trouble="", selected_box=None)
                return


def _same(old: Any, new: Any) -> bool:
    return old is new or (type(old) is type(new) and bool(old == new))
