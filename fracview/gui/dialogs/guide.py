"""First steps, on one page."""

from __future__ import annotations

from PySide6.QtWidgets import QTextBrowser, QWidget

from fracview.gui.dialogs.base import PlainDialog
from fracview.paths import resource


class GuideDialog(PlainDialog):
    """Shows a page of ``resources/help``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("First steps", (680, 680), parent)
        self.page = QTextBrowser()
        self.page.setAccessibleName("First steps")
        self.page.document().setDocumentMargin(12)
        path = resource("help", "first-steps.md")
        try:
            self.page.setMarkdown(path.read_text(encoding="utf-8"))
        except OSError:
            self.page.setPlainText("The page is missing from this installation. Press ? for keys.")
        self.body.addWidget(self.page, 1)
