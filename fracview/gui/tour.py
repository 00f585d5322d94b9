"""The tour: three steps that point at the window's own parts, and never stand in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from fracview.gui.style import GAP
from fracview.gui.widgets.callout import Callout, Frame

if TYPE_CHECKING:
    from fracview.gui.window import Window


@dataclass(frozen=True)
class Step:
    """One step.

    Parameters
    ----------
    title, text
        What the callout says.
    parts
        Attributes of the window that are framed; docks among them are brought to the front.
    """

    title: str
    text: str
    parts: tuple[str, ...]


STEPS = (
    Step(
        "The film and its boxes",
        "A box marks a fracture. Here the films are drawn by a program, so their boxes are exact. "
        "Drag for brightness and contrast, turn the wheel to zoom, press R to draw a box of your "
        "own, D for the next film.",
        ("view",),
    ),
    Step(
        "Two models, one attack",
        "Each model sees the film as it is, then the film after an attack: a change too small to "
        "see, made to turn the answer. The heatmaps show which pixels each answer hangs on. The "
        "sentences above say the same in numbers.",
        ("models", "grid"),
    ),
    Step(
        "What the curves show, and what not",
        "A curve tells how much of the box lies in the strongest p % of a heatmap. The straight "
        "line is chance; the thin ones need no model: a dot in the centre, brightness, edges. A "
        "map that does not beat them has shown nothing, and even a high curve does not prove that "
        "the model used the fracture. One film is one film.",
        ("coverage",),
    ),
)


class Tour(QObject):
    """Leads through :data:`STEPS`; whichever way it ends, it does not come again by itself.

    Signals
    -------
    ended()
        The callout has gone.
    """

    ended = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.step = -1
        self._callout: Callout | None = None
        self._frames: list[Frame] = []
        self._place = QTimer(self, singleShot=True, interval=0)
        self._place.timeout.connect(self._lay)

    @property
    def running(self) -> bool:
        """Whether a step is shown."""
        return self._callout is not None

    def begin_once(self) -> None:
        """Begin, unless the reader has seen it or put it away before."""
        if self.window.settings.tour and not self.running:
            self.begin()

    def begin(self) -> None:
        """Begin with the first step."""
        self.end(remember=False)
        self._callout = callout = Callout(self.window)
        callout.next_wanted.connect(self.next)
        callout.back_wanted.connect(self.back)
        callout.end_wanted.connect(self.end)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self._show(0)
        callout.take_focus()

    def next(self) -> None:
        """Go on; after the last step it ends."""
        if self.step + 1 < len(STEPS):
            self._show(self.step + 1)
        else:
            self.end()

    def back(self) -> None:
        """Go back by a step."""
        self._show(max(0, self.step - 1))

    def end(self, remember: bool = True) -> None:
        """Put callout and frames away, for good unless a new tour begins."""
        app = QApplication.instance()
        if self._callout is None or app is None:
            return
        app.removeEventFilter(self)
        self._place.stop()
        for part in (self._callout, *self._frames):
            part.hide()
            part.deleteLater()
        self._callout, self._frames, self.step = None, [], -1
        if remember and self.window.settings.tour:
            self.window.deeds.use(replace(self.window.settings, tour=False))
        self.ended.emit()

    # Inside -----------------------------------------------------------------------------------

    def _show(self, index: int) -> None:
        callout = self._callout
        if callout is None:
            return
        self.step = index
        step = STEPS[index]
        for part in self._parts():
            if isinstance(part, QDockWidget):
                part.show()
                part.raise_()
        if "view" in step.parts or "grid" in step.parts:
            self.window.centre.show_both()
        callout.say(step.title, step.text, index, len(STEPS))
        self._lay()
        self._place.start()  # once more, when docks have found their places

    def _parts(self) -> list[QWidget]:
        found = [getattr(self.window, name) for name in STEPS[self.step].parts]
        return [part for part in found if isinstance(part, QWidget)]

    def _lay(self) -> None:
        """Frame the parts, and put the callout where it hides least of them."""
        callout = self._callout
        if callout is None:
            return
        places = [self._rect(part) for part in self._parts() if part.isVisible()]
        while len(self._frames) < len(places):
            self._frames.append(Frame(self.window))
        for index, frame in enumerate(self._frames):
            frame.setVisible(index < len(places))
            if index < len(places):
                frame.setGeometry(places[index])
                frame.raise_()
        callout.fit(self.window.width())
        callout.move(best_place(callout.rect(), places, self.window.rect()))
        callout.show()
        callout.raise_()

    def _rect(self, part: QWidget) -> QRect:
        """Place of a part in the window; of a dock of its own, where its middle would be."""
        corner = part.mapTo(self.window, QPoint(0, 0)) if not part.isWindow() else QPoint(0, 0)
        return QRect(corner, part.size()).intersected(self.window.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window as it changes, and end on Esc wherever in it the keyboard is."""
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            key = getattr(event, "key", lambda: None)()
            if key == Qt.Key.Key_Escape and self._is_ours():
                event.accept()
                if kind == QEvent.Type.KeyPress:
                    self.end()
                return True
        elif kind in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Hide):
            if self.running and (watched is self.window or watched in self._parts()):
                self._place.start()
        return False

    def _is_ours(self) -> bool:
        """Whether Esc means the tour: no dialog and no menu is open over it."""
        return QApplication.activeModalWidget() is None and QApplication.activePopupWidget() is None


def best_place(callout: QRect, parts: list[QRect], window: QRect) -> QPoint:
    """Corner of a callout beside the framed parts, inside the window, hiding as little as can be.

    Parameters
    ----------
    callout
        Its size.
    parts
        What it points at, the most telling last.
    window
        What it must stay in.
    """
    inside = window.adjusted(GAP, GAP, -GAP, -GAP)
    wide, high = callout.width(), callout.height()
    if not parts:
        return QPoint(inside.center().x() - wide // 2, inside.center().y() - high // 2)
    part = parts[-1]
    middle = part.center()
    spots = [
        QPoint(part.right() + GAP, middle.y() - high // 2),
        QPoint(part.left() - wide - GAP, middle.y() - high // 2),
        QPoint(middle.x() - wide // 2, part.top() - high - GAP),
        QPoint(middle.x() - wide // 2, part.bottom() + GAP),
        QPoint(part.right() - wide - GAP, part.bottom() - high - GAP),
        QPoint(part.left() + GAP, part.bottom() - high - GAP),
    ]

    def held(spot: QPoint) -> QPoint:
        x = min(max(spot.x(), inside.left()), max(inside.left(), inside.right() - wide))
        y = min(max(spot.y(), inside.top()), max(inside.top(), inside.bottom() - high))
        return QPoint(x, y)

    def hidden(spot: QPoint) -> int:
        over = [part.intersected(QRect(spot, callout.size())) for part in parts]
        return sum(cut.width() * cut.height() for cut in over if cut.isValid())

    return min(map(held, spots), key=hidden)
