"""The canvas on which a reader works: boxes come before window and level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, QTimer, Signal

from fracview.gui.views.box_layer import HANDLE, BoxLayer
from fracview.gui.views.canvas import FilmCanvas

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
    from PySide6.QtWidgets import QWidget

    from fracview.gui.views.box_tool import BoxTool
    from fracview.gui.views.lightbox import Lightbox

SLACK = 3.0
"""Screen pixels that a hand may tremble during a click."""


HOLD = 200
"""Milliseconds from which Space counts as held, and not as the beginning of a pan."""


class ReadingCanvas(FilmCanvas):
    """A film whose boxes can be drawn, moved and resized.

    Signals
    -------
    held(bool)
        Space is held without a drag, or released after that.
    """

    held = Signal(bool)

    def __init__(self, lightbox: Lightbox, tool: BoxTool, parent: QWidget | None = None) -> None:
        super().__init__(lightbox, parent)
        self.tool = tool
        self.boxes = BoxLayer()
        self.boxes.handles = True
        self.may_window = lambda: not tool.busy
        tool.previewed.connect(self._on_preview)
        tool.mode_changed.connect(self._on_mode)
        self._hold = QTimer(self, singleShot=True, interval=HOLD)
        self._hold.timeout.connect(self._on_hold)
        self._holding = False

    @property
    def editing(self) -> bool:
        """Whether the mouse is for boxes: not in the model's eye, nor while panning."""
        return self.stage is None and self.lightbox.film is not None and not self._space

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Boxes first, if it is the left button."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._hold.stop()
        if event.button() == Qt.MouseButton.LeftButton and self.editing and not self._grab:
            at = self.to_film(event.position())
            if self.tool.press(at, self._reach):
                event.accept()
                return
            if self.lightbox.session.workspace.selected_box is not None:
                self.lightbox.session.update(selected_box=None)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a box, else with the window or the pan."""
        at = self.to_film(event.position())
        if self.editing:
            self.tool.move(at, SLACK / self.scale)
            self._track(at)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish a box."""
        if event.button() == Qt.MouseButton.LeftButton and self.tool.busy:
            self.tool.release(self.to_film(event.position()))
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of a quick pair of clicks is a click where boxes are concerned."""
        at = self.to_film(event.position())
        mine = self.tool.mode == "draw" or self.tool.cursor(at, self._reach) is not None
        if self.editing and mine:
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The crosshair goes with the mouse."""
        self.boxes.cross = None
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space that is held is a question; with a drag it pans."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold.start()
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """The question is over."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._release()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The release of a key goes elsewhere from now on."""
        self._release()
        self._space = False
        super().focusOutEvent(event)

    def _on_hold(self) -> None:
        self._holding = True
        self.held.emit(True)

    def _release(self) -> None:
        self._hold.stop()
        if self._holding:
            self._holding = False
            self.held.emit(False)

    @property
    def _reach(self) -> float:
        return (HANDLE / 2 + 3) / self.scale

    def _track(self, at: QPointF) -> None:
        if not self._grab:
            shape = self.tool.cursor(at, self._reach)
            self.setCursor(shape) if shape is not None else self.unsetCursor()
        if self.tool.mode == "draw":
            self.boxes.cross = at
            self.update()

    def _on_preview(self) -> None:
        self.boxes.boxes, self.boxes.preview = self.tool.shown, self.tool.preview
        self.update()

    def _on_mode(self, mode: str) -> None:
        self.boxes.cross = None
        self.left_windows = mode == "view"
        if mode == "draw":
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.unsetCursor()
        self.update()
