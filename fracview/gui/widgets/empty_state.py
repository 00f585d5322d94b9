"""What stands where there is nothing yet: why, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fracview.gui.style import GAP, STYLE, icon

if TYPE_CHECKING:
    from collections.abc import Callable


class EmptyState(QWidget):
    """An icon, a title, a sentence, perhaps a progress bar and a button.

    Parameters
    ----------
    icon_name
        A qtawesome name.
    title, sentence
        What is missing, and what to do.
    action, on_action
        Text of a button and what it does; without text there is none.
    """

    def __init__(
        self,
        icon_name: str,
        title: str,
        sentence: str = "",
        action: str = "",
        on_action: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.title = QLabel(title, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.title.setProperty("role", "title")
        self.sentence = QLabel(sentence, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.sentence.setProperty("role", "muted")
        self.progress = QProgressBar(textVisible=False)
        self.progress.setFixedHeight(6)
        self.progress.setMinimumWidth(60)
        self.progress.setMaximumWidth(240)
        self.progress.setAccessibleName("Progress")
        self.progress.hide()
        self.button = QPushButton(action)
        self.button.setVisible(bool(action))
        if on_action is not None:
            self.button.clicked.connect(lambda: on_action())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        layout.setSpacing(GAP)
        layout.addStretch(1)
        for part in (self.picture, self.title, self.sentence):
            layout.addWidget(part)
        layout.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._choices = QHBoxLayout()
        self._choices.setSpacing(GAP)
        row = QHBoxLayout()
        row.setContentsMargins(0, GAP, 0, 0)
        row.addStretch(1)
        row.addLayout(self._choices)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(1)
        STYLE.changed.connect(self._paint)
        self._paint()

    def add_action(self, action: QAction) -> QPushButton:
        """Add a button that does what an action of the menu does."""
        button = QPushButton(action.icon(), action.text().replace("&", "").rstrip("."))
        button.setToolTip(action.toolTip())
        button.clicked.connect(action.trigger)
        if self._choices.count() == 0:
            button.setProperty("role", "primary")
            button.setIcon(QIcon())
        self._choices.addWidget(button)
        return button

    def say(self, title: str, sentence: str = "", icon_name: str = "") -> None:
        """Change what stands there."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        if icon_name and icon_name != self._icon_name:
            self._icon_name = icon_name
            self._paint()

    def show_progress(self, fraction: float | None) -> None:
        """Show how far something is: 0 to 1, a negative number for unknown, None to hide."""
        self.progress.setVisible(fraction is not None)
        for place in range(self._choices.count()):
            item = self._choices.itemAt(place)
            if item is not None and (choice := item.widget()) is not None:
                choice.setVisible(fraction is None)
        if fraction is not None:
            self.progress.setRange(0, 0 if fraction < 0 else 1000)
            self.progress.setValue(round(max(0.0, fraction) * 1000))

    def _paint(self, *_: object) -> None:
        self.picture.setPixmap(icon(self._icon_name, "muted").pixmap(QSize(44, 44)))
