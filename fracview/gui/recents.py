"""What was opened lately."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QSettings

KEPT = 12


class Recents(QObject):
    """Files and folders, the latest first, kept between starts.

    Signals
    -------
    changed()
        The list has changed.
    """

    changed = Signal()

    def __init__(self, store: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    @property
    def paths(self) -> tuple[Path, ...]:
        """The list; what is gone meanwhile is still in it, and said when it is opened."""
        stored = self._store.value("recent", [])
        names = stored if isinstance(stored, list) else [stored]
        return tuple(Path(name) for name in names if isinstance(name, str) and name)

    def add(self, paths: Iterable[Path]) -> None:
        """Put paths in front."""
        fresh = [str(Path(path).resolve()) for path in paths]
        kept = [str(path) for path in self.paths if str(path) not in fresh]
        self._store.setValue("recent", (fresh + kept)[:KEPT])
        self.changed.emit()

    def clear(self) -> None:
        """Forget all of them."""
        self._store.setValue("recent", [])
        self.changed.emit()
