"""What a data set's reader must know: clashes, repairs, what was left out."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QListWidget, QWidget

from fracview.gui.dialogs.base import PlainDialog
from fracview.gui.widgets.empty_state import EmptyState


class ProblemsDialog(PlainDialog):
    """A list of sentences that can be copied."""

    def __init__(
        self, title: str, problems: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(f"About {title}", (720, 460), parent)
        if not problems:
            self.body.addWidget(
                EmptyState("mdi6.check-circle-outline", "Nothing to know", "No problem was found.")
            )
            return
        head = QLabel("Found while opening. Nothing was changed on the disk.", wordWrap=True)
        head.setProperty("role", "muted")
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAlternatingRowColors(True)
        self.list.setAccessibleName("What to know of this data")
        self.list.addItems(list(problems))
        self.body.addWidget(head)
        self.body.addWidget(self.list, 1)
        self.add_copy("\n".join(problems))
