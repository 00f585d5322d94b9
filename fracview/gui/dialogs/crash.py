"""Something went wrong inside; the program goes on."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from fracview.gui.dialogs.base import PlainDialog


class CrashDialog(PlainDialog):
    """Says that it was not the person's fault, and offers the details."""

    def __init__(self, summary: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__("Something went wrong", (640, 420), parent)
        text = (
            "A mistake of the program has interrupted what it was doing. Your boxes are saved and "
            "the program goes on. The details below hold no names of files."
        )
        self.body.addWidget(QLabel(text, wordWrap=True))
        head = QLabel(summary, wordWrap=True)
        head.setProperty("role", "error")
        self.body.addWidget(head)
        page = QPlainTextEdit(details, readOnly=True)
        page.setAccessibleName("Details")
        page.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.body.addWidget(page, 1)
        self.add_copy(details, "Copy details")
