"""Collects cyclic garbage in the thread of the window alone."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK = 1000
"""Milliseconds between two looks at how much has piled up."""


class Collector(QObject):
    """Takes the garbage collector away from the lanes.

    Python collects cycles in whichever thread happens to allocate. If that is a lane, Qt objects
    in a cycle die in the wrong thread, and the program with them. So automatic collection is
    switched off, and a timer of the window's thread does what it would have done, by Python's own
    thresholds. What torch brings along is frozen once it is loaded: it never becomes garbage, and
    walking it would stall the window.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Take over."""
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Hand back to Python."""
        self._timer.stop()
        gc.enable()

    def settle(self) -> None:
        """Forget about all that is alive now, such as freshly imported libraries."""
        gc.freeze()

    def look(self) -> None:
        """Collect the oldest generation whose threshold is passed, if there is one."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > limits[generation] > 0:
                gc.collect(generation)
                return
