"""Where and how boxes are written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from fracview.gui.dialogs.base import PlainDialog

FORMATS = {
    "coco": ("COCO (one JSON file)", "x, y, width, height in pixels; keeps images without boxes."),
    "voc": ("Pascal VOC (one XML file per film)", "Whole pixels: boxes are rounded outwards."),
    "yolo": ("YOLO (one text file per film)", "Shares of width and height; no certainty or note."),
    "labelme": ("LabelMe (one JSON file per film)", "Opens in labelme beside the film."),
    "supervisely": ("Supervisely (one JSON file per film)", "As FracAtlas's own annotations."),
}


class ExportDialog(PlainDialog):
    """Asks for a format and a place.

    Parameters
    ----------
    boxed, total
        Number of films with boxes, and of all films.
    """

    def __init__(self, boxed: int, total: int, parent: QWidget | None = None) -> None:
        super().__init__("Export boxes", (520, 260), parent)
        self.body.addWidget(
            QLabel(f"{boxed:,} of {total:,} films have boxes. The films are not changed.")
        )
        self.kind = QComboBox()
        self.kind.setAccessibleName("Format")
        for name, (title, _) in FORMATS.items():
            self.kind.addItem(title, name)
        self.hint = QLabel(wordWrap=True)
        self.hint.setProperty("role", "muted")
        self.place = QLineEdit()
        self.place.setAccessibleName("Where to write")
        browse = QPushButton("Choose...")
        browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.addWidget(self.place, 1)
        line.addWidget(browse)
        self.reviewed = QCheckBox("Only films marked as reviewed")
        form = QFormLayout()
        form.addRow("Format", self.kind)
        form.addRow("", self.hint)
        form.addRow("Write to", line)
        form.addRow("", self.reviewed)
        self.body.addLayout(form)
        self.body.addStretch(1)
        button = QDialogButtonBox.StandardButton
        self.buttons.setStandardButtons(button.Save | button.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.kind.currentIndexChanged.connect(self._look)
        self.place.textChanged.connect(self._look)
        self._look()

    def format(self) -> str:
        """Name of the chosen format."""
        return str(self.kind.currentData())

    def target(self) -> Path:
        """File or folder to write."""
        return Path(self.place.text().strip()).expanduser()

    def only_reviewed(self) -> bool:
        """Whether films that nobody has reviewed are left out."""
        return self.reviewed.isChecked()

    def _browse(self) -> None:
        if self.format() == "coco":
            name, _ = QFileDialog.getSaveFileName(
                self, "Export boxes", "boxes.json", "COCO (*.json)"
            )
        else:
            name = QFileDialog.getExistingDirectory(self, "Export boxes to a folder")
        if name:
            self.place.setText(name)

    def _look(self) -> None:
        self.hint.setText(FORMATS[self.format()][1])
        self.place.setPlaceholderText("a .json file" if self.format() == "coco" else "a folder")
        save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setEnabled(bool(self.place.text().strip()))
