"""A key that is held shows the other state for as long as it is held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

HELD = 0.35
"""Seconds from which a press counts as held."""


class Peek(QObject):
    """Undoes a switch when its key is released after having been held.

    Install it on the application: the release goes to whichever widget has the focus.

    Parameters
    ----------
    actions
        Switches that can be peeked at.
    clock
        Seconds, for tests.
    """

    def __init__(
        self,
        actions: tuple[QAction, ...],
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._pressed: dict[int, tuple[QAction, float]] = {}
        for action in actions:
            key = _key(action)
            action.triggered.connect(
                lambda _=False, key=key, action=action: self._on_press(key, action)
            )

    def _on_press(self, key: int, action: QAction) -> None:
        self._pressed[key] = (action, self._clock())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look for releases."""
        if event.type() == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            pressed = None if event.isAutoRepeat() else self._pressed.pop(event.key(), None)
            if pressed is not None and self._clock() - pressed[1] >= HELD:
                action = pressed[0]
                action.trigger()
                self._pressed.pop(event.key(), None)
        return False


def _key(action: QAction) -> int:
    sequence: Any = action.shortcut()
    return 0 if sequence.isEmpty() else int(sequence[0].key())
