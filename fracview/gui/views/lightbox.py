"""The light box: the film of the session as it is shown, shared by all panels.

One window, one gaze, one set of grey pictures for however many panels there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from fracview.data.radiograph import Window
from fracview.gui.runner import Runner
from fracview.gui.views import window_level
from fracview.gui.views.frame_timer import FrameTimer
from fracview.gui.views.gaze import Gaze
from fracview.gui.views.pyramid import Pyramid, build_pyramid, sketch

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.data.radiograph import Radiograph
    from fracview.gui.conductor import Conductor
    from fracview.gui.runner import Job
    from fracview.gui.session import Session
    from fracview.task import Task
    from fracview.workspace import Workspace

AT_ONCE = 2_000_000
"""Pixels up to which a pyramid is made without leaving the thread (a few milliseconds)."""


class Lightbox(QObject):
    """Window, inversion, gaze and pictures of the session's film.

    Get it by :meth:`of`; there is one per session.

    Signals
    -------
    relit()
        Pictures look different: another film, window or inversion, or finer levels are there.
    moved(Gaze)
        The gaze has changed.
    window_changed(Window)
        For side panels that tell level and width.
    answered()
        More is known about the film, or less.
    """

    answered = Signal()
    relit = Signal()
    moved = Signal(object)
    window_changed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.conductor: Conductor | None = None
        self.keep = False
        """Keep gaze, window and inversion for the next film."""
        self._film: Radiograph | None = None
        self._pyramid: Pyramid | None = None
        self._window = self._last = Window(0.0, 255.0)
        self._inverted, self._dragging = False, False
        self._gaze = Gaze()
        self._preset = -1
        self._pictures: dict[int, QImage] = {}
        self._rooms: dict[int, npt.NDArray[np.uint32]] = {}
        self._ready: WeakKeyDictionary[Any, Pyramid] = WeakKeyDictionary()
        self._lane = Runner(self, "pyramid")
        self._lane.succeeded.connect(self._on_pyramid)
        self._relight = FrameTimer(self.relit.emit, self)
        self._move = FrameTimer(self._tell_gaze, self)
        session.changed.connect(self._on_change)
        self._take(session.workspace.radiograph)

    @staticmethod
    def of(session: Session) -> Lightbox:
        """Return the session's light box, made on first use."""
        found = session.findChild(Lightbox)
        return found if isinstance(found, Lightbox) else Lightbox(session)

    def shutdown(self) -> None:
        """Wait for the threads that make pyramids, compare maps and fill regions."""
        from fracview.gui.views.evidence_book import EvidenceBook
        from fracview.gui.views.scorebook import ScoreBook

        self._lane.shutdown()
        book = self.session.findChild(ScoreBook)
        if isinstance(book, ScoreBook):
            book.shutdown()
        evidence = self.session.findChild(EvidenceBook)
        if isinstance(evidence, EvidenceBook):
            evidence.shutdown()

    def follow(self, conductor: Conductor) -> None:
        """Tell where answers come from; telling it again changes nothing."""
        if conductor is self.conductor:
            return
        self.conductor = conductor
        self._news = FrameTimer(self.answered.emit, self)
        for signal in (conductor.arrived, conductor.failed, conductor.planned):
            signal.connect(self._on_news)
        # The first Sobel map would otherwise hold up the window while scipy is read.
        self._lane.submit("get ready to measure", _warming)
        self.answered.emit()

    def _on_news(self) -> None:
        self._news.ask()

    # The film ---------------------------------------------------------------------------------

    @property
    def film(self) -> Radiograph | None:
        """The film, or None."""
        return self._film

    def picture(self, scale: float) -> QImage | None:
        """The film as a 32-bit picture, no finer than the screen needs.

        Parameters
        ----------
        scale
            Device pixels per film pixel.
        """
        if self._pyramid is None:
            return None
        level = self._pyramid.level_for(scale)
        if self._dragging:
            level = min(max(level, 1), len(self._pyramid.levels) - 1)
        if level not in self._pictures:
            codes = self._pyramid.levels[level]
            assert codes is not None
            # Into memory that is there already: to get 26 MB anew takes longer than to fill them.
            room = self._room(level, codes.shape)
            np.take(self._table(), codes, mode="clip", out=room)
            self._pictures[level] = as_image(room)
        return self._pictures[level]

    def _room(self, level: int, shape: tuple[int, ...]) -> npt.NDArray[np.uint32]:
        if level not in self._rooms:
            self._rooms[level] = np.empty(shape, np.uint32)
        return self._rooms[level]

    def light(self, grey: npt.NDArray[np.float32]) -> QImage:
        """A model's input in [0, 1], seen through the reader's window.

        Parameters
        ----------
        grey
            float32 (h, w), as :meth:`fracview.data.radiograph.Radiograph.grey` gives it.
        """
        own = Window(0.0, 1.0) if self._film is None else self._film.window
        seen = self._window if self._film is not None else own
        values = own.low + grey * np.float32(own.width)
        return as_image(window_level.as_rgb32(seen.apply(values), self._inverted))

    def _table(self) -> npt.NDArray[np.uint32]:
        assert self._pyramid is not None
        p = self._pyramid
        return window_level.grey_table(self._window, p.low, p.step, p.codes, self._inverted)

    def _on_change(self, old: Workspace, new: Workspace) -> None:
        if old.radiograph is not new.radiograph:
            self._take(new.radiograph)

    def _take(self, film: Radiograph | None) -> None:
        self._film, self._pyramid = film, None
        self._pictures.clear()
        self._rooms.clear()
        if film is not None:
            self._pyramid = self._ready.get(film) or self._build(film)
            if not self.keep:
                self._window = self._last = film.window
                self._inverted, self._gaze, self._preset = False, Gaze(), -1
                self.moved.emit(self._gaze)
            self.window_changed.emit(self._window)
        self.relit.emit()

    def _build(self, film: Radiograph) -> Pyramid:
        if film.pixels.size <= AT_ONCE:
            self._ready[film] = build_pyramid(film.pixels)
            return self._ready[film]
        self._lane.submit(f"pyramid of {film.source.name}", lambda: _building(film), film)
        return sketch(film.pixels)

    def _on_pyramid(self, job: Job, pyramid: Pyramid) -> None:
        if job.tag is None:
            return
        self._ready[job.tag] = pyramid
        if job.tag is self._film:
            self._pyramid = pyramid
            self._pictures.clear()
            self._rooms.clear()
            self.relit.emit()

    # Window and level -------------------------------------------------------------------------

    @property
    def window(self) -> Window:
        """The window through which the film is seen."""
        return self._window

    @property
    def inverted(self) -> bool:
        """Whether black and white are exchanged."""
        return self._inverted

    @property
    def reach(self) -> Window:
        """The film's full range."""
        if self._film is None or self._pyramid is None:
            return Window(0.0, 255.0)
        return window_level.full_range(self._film, self._pyramid)

    def set_window(self, window: Window, *, dragging: bool = False) -> None:
        """See the film through another window; coarsely while it is dragged."""
        if not dragging and not self._dragging and window != self._window:
            self._last = self._window
        self._window, self._dragging = window, dragging
        self._pictures.clear()
        self.window_changed.emit(window)
        self._relight.ask()

    def end_drag(self, before: Window) -> None:
        """Show the film in full again; ``before`` becomes the last window."""
        if self._dragging:
            self._dragging, self._last = False, before
            self._pictures.clear()
            self._relight.ask()

    def invert(self) -> None:
        """Exchange black and white."""
        self._inverted = not self._inverted
        self._pictures.clear()
        self.relit.emit()

    def set_preset(self, index: int) -> str:
        """Choose a window of :data:`~fracview.gui.views.window_level.PRESETS`; return its name.

        The second one goes through all windows of the file if it is chosen again and again.
        """
        film, pyramid = self._film, self._pyramid
        if film is None or pyramid is None or not 0 <= index < len(window_level.PRESETS):
            return ""
        name, repeated = window_level.PRESETS[index], self._preset
        self._preset = -1
        if index == 0:
            window = self.reach
        elif index == 1:
            known = film.presets
            if film.window not in [window for _, window in known]:
                known = (("as in the file", film.window), *known)
            turn = (repeated + 1) % len(known)
            self._preset = turn
            name, window = known[turn]
        elif index == 2:
            window = window_level.bone(pyramid)
        elif index == 3:
            window = window_level.soft_tissue(pyramid)
        else:
            window = self._last
        self.set_window(window)
        return name

    def auto_window(self) -> None:
        """Fit the window to what is not background."""
        if self._pyramid is not None:
            self.set_window(window_level.auto(self._pyramid))

    def reset_window(self) -> None:
        """Return to the file's window, not inverted."""
        if self._film is not None:
            self._inverted, self._preset = False, -1
            self.set_window(self._film.window)

    # The gaze ---------------------------------------------------------------------------------

    @property
    def gaze(self) -> Gaze:
        """What part of the film is looked at."""
        return self._gaze

    def look(self, gaze: Gaze) -> None:
        """Look elsewhere; all panels follow within a frame."""
        if gaze != self._gaze:
            self._gaze = gaze
            self._move.ask()

    def _tell_gaze(self) -> None:
        self.moved.emit(self._gaze)


def as_image(pixels: npt.NDArray[np.uint32], alpha: bool = False) -> QImage:
    """A picture over an array of 32-bit pixels, which it keeps alive."""
    dense = np.ascontiguousarray(pixels)
    height, width = dense.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied if alpha else QImage.Format.Format_RGB32
    image = QImage(dense.data, width, height, 4 * width, kind)
    image.pixels = dense  # type: ignore[attr-defined]
    return image


def _building(film: Radiograph) -> Task[Pyramid]:
    yield from ()
    return build_pyramid(film.pixels)


def _warming() -> Task[None]:
    import scipy.ndimage  # noqa: F401

    yield from ()
