"""A file of weights says nothing of its network: ask for the architecture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QFormLayout, QLabel, QWidget

from fracview.gui.dialogs.base import PlainDialog

if TYPE_CHECKING:
    from pathlib import Path


class CheckpointDialog(PlainDialog):
    """Asks for the architecture of a checkpoint."""

    def __init__(
        self, path: Path, architectures: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__("Add a checkpoint", (440, 200), parent)
        self._path = path
        text = (
            f"{path.name} holds weights alone. Which network are they for? They are checked when "
            "the model is first used; wrong ones are refused and named."
        )
        self.body.addWidget(QLabel(text, wordWrap=True))
        self.choice = QComboBox()
        self.choice.setAccessibleName("Architecture")
        self.choice.addItems(list(architectures))
        form = QFormLayout()
        form.addRow("Architecture", self.choice)
        self.body.addLayout(form)
        button = QDialogButtonBox.StandardButton
        self.buttons.setStandardButtons(button.Ok | button.Cancel)
        self.buttons.accepted.connect(self.accept)

    def spec(self) -> str:
        """What a person would type for this model."""
        return f"{self.choice.currentText()}:{self._path}"
