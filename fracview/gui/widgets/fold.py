"""An arrow with a line of text that shows and hides what lies below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton


def fold_button(tip: str) -> QToolButton:
    """Checkable arrow; its text may be as long as it likes and never widens its dock."""
    fold = QToolButton()
    fold.setCheckable(True)
    fold.setArrowType(Qt.ArrowType.RightArrow)
    fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    fold.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    fold.setAutoRaise(True)
    fold.setToolTip(tip)
    return fold
