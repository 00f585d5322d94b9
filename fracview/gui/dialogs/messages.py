"""What was said in the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QListWidget, QListWidgetItem, QTextBrowser, QWidget

from fracview.gui.dialogs.base import PlainDialog
from fracview.gui.style import icon
from fracview.gui.widgets.empty_state import EmptyState
from fracview.gui.widgets.status_strip import ICONS

if TYPE_CHECKING:
    from fracview.gui.widgets.status_strip import Message


class MessagesDialog(PlainDialog):
    """The latest first; a click shows all of a message."""

    def __init__(self, messages: tuple[Message, ...], parent: QWidget | None = None) -> None:
        super().__init__("Messages", (640, 460), parent)
        if not messages:
            self.body.addWidget(EmptyState("mdi6.message-outline", "Nothing was said yet"))
            return
        self.list = QListWidget()
        self.list.setAccessibleName("Messages")
        self.whole = QTextBrowser()
        self.whole.setMaximumHeight(90)
        self.whole.setAccessibleName("The whole message")
        for message in reversed(messages):
            text = f"{message.when:%H:%M:%S}   {message.text}"
            self.list.addItem(QListWidgetItem(icon(*ICONS[message.level]), text))
        self.list.currentTextChanged.connect(self.whole.setPlainText)
        self.list.setCurrentRow(0)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.whole)
        lines = (f"{m.when:%H:%M:%S} {m.level}: {m.text}" for m in messages)
        self.add_copy("\n".join(lines))
