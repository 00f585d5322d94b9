"""A panel that shows a film and what lies on it.

It is painted, not built of graphics items: one 32-bit picture through one transform costs 0.4 ms a
panel, and nothing has to be kept in step with the film.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from fracview.gui.views import gaze as gazing
from fracview.gui.views.window_level import dragged

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from fracview.data.radiograph import Window
    from fracview.gui.views.lightbox import Lightbox

NOTCH = 1.2
"""Magnification of one notch of the wheel, and of + and -."""
CRISP = 6.0
"""Screen pixels per film pixel from which pixels are shown as squares."""
ROOM = QColor(12, 12, 14)
"""Around a film it is dark, in the light theme too: a bright frame dazzles."""


class Layer(Protocol):
    """Something that lies on the film."""

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint in screen pixels; ``canvas.to_screen`` leads there from film pixels."""
        ...


class FilmCanvas(QWidget):
    """One film, one gaze, any number of layers; wheel, pan and window/level by mouse.

    Signals
    -------
    hovered(object)
        QPointF in film pixels, or None when the mouse leaves.
    double_clicked()
        For the panel to be maximised.
    resized()
        The same film has another scale now.
    """

    hovered = Signal(object)
    resized = Signal()
    double_clicked = Signal()

    def __init__(self, lightbox: Lightbox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lightbox = lightbox
        self.layers: list[Layer] = []
        self.picture: QImage | None = None
        """A model's input in place of the film, or None for the film."""
        self.stage: QSizeF | None = None
        """Size of what is shown if it is not the film: the model's input has a shape of its own."""
        self.crisp = CRISP
        """Screen pixels per picture pixel from which pixels are shown as squares."""
        self.left_windows = True
        """Whether a left drag changes window and level."""
        self.may_window: Callable[[], bool] = lambda: True
        self._grab = ""
        self._from = QPointF()
        self._began: Window | None = None
        self._space = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(40, 40)
        lightbox.relit.connect(self.update)
        lightbox.moved.connect(self._on_moved)

    # Geometry ---------------------------------------------------------------------------------

    @property
    def film_size(self) -> QSizeF:
        """Width and height of the film, or of the stage, in pixels."""
        if self.stage is not None:
            return self.stage
        film = self.lightbox.film
        if film is not None:
            return QSizeF(film.width, film.height)
        return QSizeF(1, 1) if self.picture is None else QSizeF(self.picture.size())

    @property
    def to_screen(self) -> QTransform:
        """From film pixels to screen pixels."""
        return gazing.transform(self.lightbox.gaze, QSizeF(self.size()), self.film_size)

    def to_film(self, point: QPointF) -> QPointF:
        """From screen pixels to film pixels."""
        return self.to_screen.inverted()[0].map(point)

    @property
    def scale(self) -> float:
        """Screen pixels per film pixel."""
        return self.to_screen.m11()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Magnify about a screen point, the middle by default."""
        size = QSizeF(self.size())
        middle = QPointF(size.width() / 2, size.height() / 2)
        gaze = self.lightbox.gaze
        self.lightbox.look(gazing.zoomed(gaze, factor, at or middle, size, self.film_size))

    def fit(self) -> None:
        """Show the whole film."""
        self.lightbox.look(gazing.Gaze())

    def one_to_one(self) -> None:
        """One film pixel on one device pixel."""
        self.zoom(1 / (self.scale * self.devicePixelRatioF()))

    # Painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Film first, then the layers in order."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), ROOM)
        shown = self.picture or self.lightbox.picture(self.scale * self.devicePixelRatioF())
        if shown is not None:
            self.draw_image(painter, shown)
            for layer in self.layers:
                painter.save()
                layer.paint(painter, self)
                painter.restore()
        painter.end()

    def draw_image(
        self,
        painter: QPainter,
        image: QImage,
        where: QRectF | None = None,
        crisp: float | None = None,
    ) -> None:
        """Paint a picture over the film, or over a part of it (in film pixels)."""
        target = where or QRectF(QPointF(0, 0), self.film_size)
        cell = target.width() / max(1, image.width()) * self.scale
        painter.save()
        painter.setTransform(self.to_screen, True)
        smooth = cell < (self.crisp if crisp is None else crisp)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, image)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of another scale."""
        super().resizeEvent(event)
        self.resized.emit()

    def _on_moved(self) -> None:
        self.update()

    # Mouse ------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor, with Ctrl or without."""
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom(NOTCH**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan (middle, or Space and left) or to change the window (left, right)."""
        button = event.button()
        left = button == Qt.MouseButton.LeftButton
        if button == Qt.MouseButton.MiddleButton or (left and self._space):
            self._grab = "pan"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button == Qt.MouseButton.RightButton or (left and self.left_windows):
            if self._grab or not self.may_window():
                return
            self._grab = "window"
            self._began = self.lightbox.window
        else:
            super().mousePressEvent(event)
            return
        self._from = event.position()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, change the window, or tell where the mouse is."""
        here = event.position()
        if self._grab == "pan":
            size, gaze = QSizeF(self.size()), self.lightbox.gaze
            self.lightbox.look(gazing.panned(gaze, here - self._from, size, self.film_size))
            self._from = here
        elif self._grab == "window" and self._began is not None:
            by = here - self._from
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            box = self.lightbox
            if by.manhattanLength() >= 3 or box.window != self._began:
                box.set_window(dragged(self._began, by.x(), by.y(), box.reach, fine), dragging=True)
        self.hovered.emit(self.to_film(here))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End of a drag; the film is shown in full again."""
        if self._grab == "window" and self._began is not None:
            self.lightbox.end_drag(self._began)
        self._grab, self._began = "", None
        self.unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the panel to be maximised."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """No pixel is under the mouse any more."""
        self.hovered.emit(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space turns the mouse into a hand."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            event.accept()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Give the mouse back."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.unsetCursor()
            event.accept()
            return
        super().keyReleaseEvent(event)
