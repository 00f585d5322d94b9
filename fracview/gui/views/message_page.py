"""A page that stands where a picture would be: why there is none, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class MessagePage(QWidget):
    """A title, a sentence, perhaps a bar and a button, in the middle.

    Signals
    -------
    pressed()
        The button was pressed.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None, small: bool = False) -> None:
        super().__init__(parent)
        self.title, self.sentence = QLabel(self), QLabel(self)
        self.bar, self.button = QProgressBar(self), QPushButton(self)
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * (1.0 if small else 1.4))
        self.title.setFont(font)
        for label in (self.title, self.sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self.bar.setMaximumWidth(220)
        self.bar.setMaximumHeight(14)
        self.bar.setTextVisible(False)
        self.button.clicked.connect(self.pressed)
        layout = QVBoxLayout(self)
        edge = 2 if small else 8
        layout.setContentsMargins(edge, edge, edge, edge)
        layout.addStretch(1)
        layout.addWidget(self.title)
        layout.addWidget(self.sentence)
        for widget in (self.bar, self.button):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def say(
        self, title: str, sentence: str = "", *, button: str = "", progress: float | None = None
    ) -> None:
        """Set the page.

        Parameters
        ----------
        title, sentence
            What is the matter, and more about it.
        button
            Its text; none if empty.
        progress
            0 to 1; below 0 for work whose length nobody knows; None for no bar.
        """
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.bar.setVisible(progress is not None)
        if progress is not None:
            self.bar.setRange(0, 0 if progress < 0 else 1000)
            self.bar.setValue(int(1000 * max(0.0, progress)))
        self.setAccessibleName(f"{title}. {sentence}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the sentence out where there is no room for it."""
        super().resizeEvent(event)
        self.sentence.setMaximumHeight(16_777_215 if self.height() > 90 else 0)
