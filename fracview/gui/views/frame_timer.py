"""Gathers what a mouse does within one frame into one redraw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

FRAME = 12
"""Milliseconds."""


class FrameTimer(QTimer):
    """Acts once per frame, however often it is asked."""

    def __init__(self, act: Callable[[], None], parent: QObject, frame: int = FRAME) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self.setInterval(frame)
        self.timeout.connect(act)

    def ask(self) -> None:
        """Act soon. Asking again never puts it off."""
        if not self.isActive():
            self.start()
