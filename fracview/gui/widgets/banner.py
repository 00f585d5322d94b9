"""A line across a panel that stays until it is answered or put away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from fracview.gui.style import GAP, STYLE, icon
from fracview.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable


class Banner(QFrame):
    """Icon, sentence, perhaps a button, and a cross to put it away.

    Parameters
    ----------
    level
        ``"info"``, ``"warning"`` or ``"error"``.
    icon_name
        A qtawesome name.
    action, on_action
        Text of a button and what it does.
    dismissable
        Whether it has a cross.
    """

    def __init__(
        self,
        level: str,
        icon_name: str,
        action: str = "",
        on_action: Callable[[], object] | None = None,
        dismissable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", f"banner-{level}")
        self._level, self._icon = level, icon_name
        self.picture = QLabel()
        self.sentence = ElidedLabel()
        self.button = QToolButton()
        self.button.setText(action)
        self.button.setProperty("role", "link")
        self.button.setVisible(bool(action))
        if on_action is not None:
            self.button.clicked.connect(lambda: on_action())
        self.cross = QToolButton(autoRaise=True)
        self.cross.setVisible(dismissable)
        self.cross.setToolTip("Put away")
        self.cross.setAccessibleName("Put away")
        self.cross.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP, GAP // 2, GAP // 2, GAP // 2)
        layout.setSpacing(GAP)
        layout.addWidget(self.picture)
        layout.addWidget(self.sentence, 1)
        layout.addWidget(self.button)
        layout.addWidget(self.cross)
        STYLE.set_icon(self.cross, "mdi6.close", "muted")
        STYLE.changed.connect(self._paint)
        self._paint()

    def say(self, sentence: str) -> None:
        """Change the sentence."""
        self.sentence.setText(sentence)

    def _paint(self, *_: object) -> None:
        colour = "accent" if self._level == "info" else self._level
        self.picture.setPixmap(icon(self._icon, colour).pixmap(18, 18))
