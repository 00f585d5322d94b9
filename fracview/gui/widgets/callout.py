"""A note that lies over a window and points at parts of it, without taking the window away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fracview.gui.style import GAP, STYLE, colours

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent

WIDE = 360


class Frame(QWidget):
    """A rounded line around a part of a window; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        STYLE.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours().accent), 3))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 6, 6)
        painter.end()


class Callout(QFrame):
    """Title, text, how far it is, and buttons.

    Signals
    -------
    next_wanted(), back_wanted(), end_wanted()
        A button was pressed, or its key: Right or Enter, Left, Esc.
    """

    next_wanted = Signal()
    back_wanted = Signal()
    end_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("callout")
        self.setAccessibleName("Tour")
        self.title, self.text, self.count = QLabel(), QLabel(wordWrap=True), QLabel()
        self.title.setProperty("role", "title")
        self.count.setProperty("role", "muted")
        self.cross = QToolButton(autoRaise=True)
        self.cross.setToolTip("Put the tour away; Help brings it back (Esc)")
        self.cross.setAccessibleName("Put the tour away")
        STYLE.set_icon(self.cross, "mdi6.close", "muted")
        self.cross.clicked.connect(self.end_wanted)
        self.back_button, self.next_button = QPushButton("Back"), QPushButton("Next")
        self.back_button.clicked.connect(self.back_wanted)
        self.next_button.clicked.connect(self.next_wanted)
        self.next_button.setProperty("role", "primary")
        for button in (self.back_button, self.next_button):
            button.setAutoDefault(True)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.cross)
        foot.addWidget(self.count, 1)
        foot.addWidget(self.back_button)
        foot.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GAP, GAP, GAP + 4, GAP + 4)
        layout.setSpacing(GAP)
        layout.addLayout(head)
        layout.addWidget(self.text)
        layout.addLayout(foot)
        STYLE.changed.connect(self._paint)
        self._paint()
        self.hide()

    def say(self, title: str, text: str, index: int, count: int) -> None:
        """Show a step; ``index`` counts from 0."""
        self.title.setText(title)
        self.text.setText(text)
        self.count.setText(f"{index + 1} of {count}")
        self.back_button.setVisible(index > 0)
        self.next_button.setText("Done" if index + 1 == count else "Next")
        self.setAccessibleDescription(f"{title}. {text}")

    def fit(self, room: int) -> None:
        """Be as high as the text needs at a width that leaves room for the window."""
        wide = min(WIDE, max(200, room - 4 * GAP))
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(wide, max(layout.totalHeightForWidth(wide), layout.minimumSize().height()))

    def take_focus(self) -> None:
        """Let Enter go on."""
        self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go on and back."""
        if event.key() == Qt.Key.Key_Right:
            self.next_wanted.emit()
        elif event.key() == Qt.Key.Key_Left:
            self.back_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _paint(self, *_: object) -> None:
        now = colours()
        self.setStyleSheet(
            f"QFrame#callout {{ background: {now.raised}; border: 2px solid {now.accent};"
            " border-radius: 8px; }"
        )
