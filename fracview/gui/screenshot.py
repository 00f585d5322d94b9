"""Takes a picture of the window once everything that is planned has arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.gui.window import Window

SETTLE = 350
"""Milliseconds of rest before the picture: layouts, thumbnails and animations come to an end."""


class Screenshot(QObject):
    """Waits by signals, not by sleeping; after the limit it takes what is there.

    Signals
    -------
    taken(bool)
        Whether the picture was saved.
    """

    taken = Signal(bool)

    def __init__(self, window: Window, path: Path, leave: bool, limit: float) -> None:
        super().__init__(window)
        self.window, self.path, self._leave = window, path, leave
        self.code = 1
        self._done = False
        self._failed = False
        self._settle = QTimer(self, singleShot=True, interval=SETTLE)
        self._settle.timeout.connect(self._take)
        self._limit = QTimer(self, singleShot=True, interval=round(limit * 1000))
        self._limit.timeout.connect(self._take)

    def begin(self) -> None:
        """Begin to wait."""
        window = self.window
        self._limit.start()
        window.library.failed.connect(self._on_failed)
        for signal in (
            window.library.opened,
            window.films.loaded,
            window.films.troubled,
            window.conductor.arrived,
            window.conductor.failed,
            window.conductor.planned,
            window.runner.idle,
            window.conductor.lane.idle,
            window.library.lane.idle,
            window.thumbnails.lane.idle,
        ):
            signal.connect(self._look)
        self._look()

    @property
    def ready(self) -> bool:
        """Whether nothing is still on its way."""
        window, workspace = self.window, self.window.session.workspace
        if self._failed:
            return True
        lanes = (window.runner, window.thumbnails.lane, window.conductor.lane)
        if window.library.busy or any(lane.jobs for lane in lanes):
            return False
        if workspace.case is not None and workspace.radiograph is None and not workspace.trouble:
            return False
        conductor = window.conductor
        if workspace.radiograph is not None and workspace.wishes and workspace.models:
            if not conductor.wanted:
                return False
        return conductor.settled

    def _look(self, *_: object) -> None:
        if not self._done and self.ready:
            self._settle.start()
        else:
            self._settle.stop()

    def _on_failed(self, _: str) -> None:
        self._failed = True
        self._look()

    def _take(self) -> None:
        if self._done or (self._limit.isActive() and not self.ready):
            return
        self._done = True
        self._limit.stop()
        saved = self.window.grab().save(str(self.path))
        self.code = 0 if saved and not self._failed else 1
        if not saved:
            self.window.session.say(f"{self.path.name}: the picture could not be saved.", "error")
        self.taken.emit(saved)
        if self._leave:
            self.window.close()
