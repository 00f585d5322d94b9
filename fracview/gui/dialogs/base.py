"""What all dialogs share: a body, a row of buttons, text that can be copied."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from fracview.gui.style import GAP


class PlainDialog(QDialog):
    """A titled dialog with a close button and room for a body."""

    def __init__(self, title: str, size: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(*size)
        self.body = QVBoxLayout()
        self.body.setSpacing(GAP)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        layout.setSpacing(2 * GAP)
        layout.addLayout(self.body, 1)
        layout.addWidget(self.buttons)

    def add_copy(self, text: str, label: str = "Copy") -> None:
        """Add a button that copies a text."""
        button = self.buttons.addButton(label, QDialogButtonBox.ButtonRole.ActionRole)
        button.setToolTip("Copy the text to the clipboard")
        button.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
