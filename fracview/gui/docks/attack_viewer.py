"""The attacked film step by step: scrub, compare by blinking, see the change magnified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from fracview.gui.views.box_layer import BoxLayer
from fracview.gui.views.canvas import FilmCanvas
from fracview.gui.views.lightbox import as_image
from fracview.gui.views.window_level import as_rgb32

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fracview.data.boxes import Box
    from fracview.data.frame import InputFrame
    from fracview.gui.docks.attack_record import AttackFilm
    from fracview.gui.views.lightbox import Lightbox

VIEWS = (("picture", 0), ("difference ×1", 1), ("difference ×10", 10), ("difference ×50", 50))
BLINK = 400
"""Milliseconds of each picture: slower than three flashes a second, which can harm."""


class AttackViewer(QWidget):
    """A film of an attack.

    Signals
    -------
    stepped(int)
        Another step is shown.
    """

    stepped = Signal(int)

    def __init__(self, lightbox: Lightbox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lightbox = lightbox
        self.canvas = FilmCanvas(lightbox, self)
        self.canvas.crisp = 24.0
        self.canvas.setAccessibleName("Attacked film")
        self.boxes = BoxLayer(labels=False)
        self.canvas.layers = [self.boxes]
        self.slider, self.view = QSlider(Qt.Orientation.Horizontal), QComboBox()
        self.blink, self.line = QPushButton("Blink"), QLabel()
        self._film: AttackFilm | None = None
        self._frame: InputFrame | None = None
        self._clean_turn = False
        self._clock = QTimer(self, interval=BLINK)
        self._clock.timeout.connect(self._on_clock)
        self._build()
        lightbox.relit.connect(self._show)

    @property
    def step(self) -> int:
        """Index of the shown step among those that are known."""
        return self.slider.value()

    @property
    def gain(self) -> int:
        """How much the difference is magnified; 0 shows the picture."""
        chosen: int = self.view.currentData()
        return chosen

    def show_film(self, film: AttackFilm | None, frame: InputFrame | None) -> None:
        """Take another film, or more of the same; it stays at the end if it was there."""
        before = self._film
        at_end = self.slider.value() >= self.slider.maximum()
        other = film is None or before is None or film.model != before.model
        self._film, self._frame = film, frame
        last = 0 if film is None or not film.frames else len(film.frames) - 1
        self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        if at_end or other:
            self.slider.setValue(last)
        self.slider.blockSignals(False)
        self.setEnabled(bool(film and film.frames))
        self._show()

    def show_boxes(self, boxes: tuple[Box, ...]) -> None:
        """Draw boxes of the film."""
        self.boxes.boxes = boxes
        self.canvas.update()

    def go(self, by: int) -> None:
        """Go some steps forward, or back."""
        self.slider.setValue(self.slider.value() + by)

    def _build(self) -> None:
        for text, gain in VIEWS:
            self.view.addItem(text, gain)
        self.view.setToolTip("The picture, or what the attack has added to it (grey is nothing)")
        self.view.setAccessibleName("Picture or difference")
        self.blink.setCheckable(True)
        self.blink.setToolTip("Clean and attacked by turns, to see whether you can tell them apart")
        self.slider.setPageStep(1)
        self.slider.setToolTip("Step of the attack ( , and . )")
        self.slider.setAccessibleName("Step of the attack")
        self.line.setMinimumWidth(10)
        self.line.setWordWrap(True)
        # Always two lines, so that the picture does not jump from step to step.
        self.line.setFixedHeight(2 * self.line.fontMetrics().height() + 4)
        self.canvas.setMinimumHeight(180)
        self.slider.valueChanged.connect(self._show)
        self.view.currentIndexChanged.connect(self._show)
        self.blink.toggled.connect(self._on_blink)
        row = QHBoxLayout()
        row.addWidget(self.slider, 1)
        row.addWidget(self.view)
        row.addWidget(self.blink)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.line)
        layout.addLayout(row)

    def _show(self) -> None:
        film = self._film
        if film is None or not film.frames:
            self.canvas.picture = None
            self.line.setText("")
            self.canvas.update()
            return
        index = 0 if self._clean_turn else min(self.step, len(film.frames) - 1)
        frame = film.frames[index]
        grey = self._cut(frame.image.mean(axis=0))
        if self.gain:
            change = grey - self._cut(film.frames[0].image.mean(axis=0))
            self.canvas.picture = as_image(as_rgb32(0.5 + self.gain * change))
        else:
            self.canvas.picture = self.lightbox.light(grey)
        fractured = frame.probabilities[film.fracture]
        largest = 255 * float(abs(frame.image - film.frames[0].image).max())
        self.line.setText(
            f"{film.model}   step {frame.step} of {frame.steps}   fractured {fractured:.2f}   "
            f"loss {frame.loss:.3g}   change {largest:.1f} of 255"
        )
        self.line.setToolTip(self.line.text())
        self.canvas.update()
        self.stepped.emit(frame.step)

    def _cut(self, grey: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The part of the input that is film."""
        if self._frame is None:
            return grey
        top, left, rows, columns = self._frame.inner
        return grey[top : top + rows, left : left + columns]

    def _on_blink(self, on: bool) -> None:
        self._clean_turn = False
        if on:
            self._clock.start()
        else:
            self._clock.stop()
        self._show()

    def _on_clock(self) -> None:
        self._clean_turn = not self._clean_turn
        self._show()
