"""Small pictures of films, read in a lane of their own, the last asked for first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from fracview.errors import FracviewError
from fracview.gui.runner import Runner
from fracview.task import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.gui.runner import Job
    from fracview.task import Task

WAITING = 96
"""Thumbnails that wait at most; whoever has scrolled on no longer wants the oldest."""


class Thumbnails(QObject):
    """Keeps thumbnails by path.

    Signals
    -------
    arrived(Path)
        :meth:`get` now has the picture, or :meth:`trouble` the reason why not.
    """

    arrived = Signal(object)

    def __init__(self, side: int = 96, keep: int = 3000, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.side, self._keep = side, keep
        self.lane = Runner(self, "thumbnails")
        self._ready: OrderedDict[Path, QPixmap] = OrderedDict()
        self._trouble: dict[Path, str] = {}
        self._waiting: OrderedDict[Path, None] = OrderedDict()
        self._guard = threading.Lock()
        self._pump: Job | None = None
        self.lane.progressed.connect(self._on_progress)
        for end in (self.lane.succeeded, self.lane.failed):
            end.connect(self._on_end)

    def get(self, path: Path) -> QPixmap | None:
        """The picture, or None; then it is on its way."""
        found = self._ready.get(path)
        if found is not None:
            self._ready.move_to_end(path)
            return found
        if path not in self._trouble:
            self._ask(path)
        return None

    def trouble(self, path: Path) -> str:
        """Why there is no picture, or ""."""
        return self._trouble.get(path, "")

    def clear(self) -> None:
        """Forget what waits, as when another folder is opened."""
        with self._guard:
            self._waiting.clear()
        self._trouble.clear()

    def shutdown(self) -> None:
        """Stop and wait for the thread."""
        self.clear()
        self.lane.shutdown()

    def _ask(self, path: Path) -> None:
        with self._guard:
            self._waiting[path] = None
            self._waiting.move_to_end(path)
            while len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
        if self._pump is None:
            self._pump = self.lane.submit("thumbnails", self._reading)

    def _reading(self) -> Task[None]:
        from fracview.data.readers.thumbnail import thumbnail

        while True:
            with self._guard:
                if not self._waiting:
                    return
                path, _ = self._waiting.popitem(last=True)
            try:
                news: tuple[Any, ...] = (path, thumbnail(path, self.side, self._unwanted), "")
            except FracviewError as error:
                news = (path, None, str(error))
            yield Progress(0, 0, "", payload=news)

    def _unwanted(self) -> bool:
        pump = self._pump
        return pump is not None and pump.stop.is_set()

    def _on_progress(self, job: Job, progress: Progress) -> None:
        path, pixels, trouble = progress.payload
        if pixels is None:
            self._trouble[path] = trouble
        else:
            self._ready[path] = QPixmap.fromImage(grey_image(pixels))
            while len(self._ready) > self._keep:
                self._ready.popitem(last=False)
        self.arrived.emit(path)

    def _on_end(self, job: Job, _: object) -> None:
        self._pump = None
        with self._guard:
            more = bool(self._waiting)
        if more:
            self._pump = self.lane.submit("thumbnails", self._reading)


def grey_image(pixels: Any) -> QImage:
    """A picture of uint8 (h, w), or of float in [0, 1]."""
    grey = np.asarray(pixels)
    if grey.dtype != np.uint8:
        grey = np.clip(grey * 255 + 0.5, 0, 255).astype(np.uint8)
    grey = np.ascontiguousarray(grey)
    height, width = grey.shape
    return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
