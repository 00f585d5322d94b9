"""What the commands around files do, and where things go that are dropped on the window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from fracview.errors import FracviewError
from fracview.gui.docks.models import SUFFIXES as MODELS
from fracview.models import ARCHITECTURES
from fracview.task import Progress

if TYPE_CHECKING:
    from fracview.data.boxes import Box
    from fracview.data.case import Case
    from fracview.gui.window import Window
    from fracview.task import Task

BOXES = (".json", ".xml", ".txt")
FILMS = "Radiographs (*.png *.jpg *.jpeg *.tif *.tiff *.dcm *.dicom);;All files (*)"


class Files(QObject):
    """Slots of the command table that begin with a file dialog or end with a file."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window, self.session = window, window.session

    def open_files(self) -> None:
        """Ask for radiographs and open them."""
        names, _ = QFileDialog.getOpenFileNames(self.window, "Open radiographs", "", FILMS)
        if names:
            self.window.open([Path(name) for name in names])

    def open_folder(self) -> None:
        """Ask for a folder and open it."""
        name = QFileDialog.getExistingDirectory(self.window, "Open a folder or data set")
        if name:
            self.window.open([Path(name)])

    def add_model(self) -> None:
        """Ask for a card or checkpoint and add it."""
        kinds = " ".join(f"*{suffix}" for suffix in MODELS)
        title = f"Model cards and checkpoints ({kinds});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self.window, "Add a model", "", title)
        if name:
            self.take_model(Path(name))

    def take_model(self, path: Path) -> None:
        """Add a card or checkpoint; a broken one changes nothing."""
        try:
            self.window.models.add(path)
            self.window.models.raise_()
        except FracviewError as error:
            self.session.say(str(error), "error")

    def ask_architecture(self, path: Path) -> None:
        """Ask which network a checkpoint is for, once the names are known."""
        self.window.library.run(
            "list the architectures", _naming, lambda names: self._ask(path, names)
        )

    def take(self, paths: list[Path]) -> None:
        """Send what was dropped to where it belongs: models, boxes, radiographs."""
        models = [p for p in paths if p.is_file() and p.suffix.lower() in MODELS]
        boxes = [p for p in paths if p.is_file() and p.suffix.lower() in BOXES]
        films = [p for p in paths if p not in models and p not in boxes]
        if films:
            self.window.open(films)
        for path in models:
            self.take_model(path)
        for path in boxes:
            self.read_boxes(path)

    def import_boxes(self) -> None:
        """Ask for annotation files and read them."""
        names, _ = QFileDialog.getOpenFileNames(
            self.window, "Import boxes", "", "Annotations (*.json *.xml *.txt);;All files (*)"
        )
        for name in names:
            self.read_boxes(Path(name))

    def read_boxes(self, path: Path) -> None:
        """Read boxes of the open cases in the lane; they come in as one undoable step."""
        workspace = self.session.workspace
        if not workspace.cases:
            self.session.say("Open radiographs before importing boxes.", "warning")
            return
        cases, current = workspace.cases, workspace.case
        self.window.library.run(
            f"read boxes from {path.name}",
            lambda: _reading(path, cases, current),
            self._put,
        )

    def export_boxes(self) -> None:
        """Ask for format and place, and write all boxes."""
        from fracview.gui.dialogs.export import ExportDialog

        workspace = self.session.workspace
        dialog = ExportDialog(sum(bool(workspace.boxes_of(c)) for c in workspace.cases),
                              len(workspace.cases), self.window)  # fmt: skip
        if dialog.exec():
            self.write_boxes(dialog.target(), dialog.format(), dialog.only_reviewed())
        dialog.deleteLater()

    def write_boxes(self, target: Path, kind: str, only_reviewed: bool = False) -> None:
        """Write the boxes of all cases as they stand, beside the window."""
        workspace = self.session.workspace
        chosen = tuple(
            (case, workspace.boxes_of(case))
            for case in workspace.cases
            if not only_reviewed or str(case.path) in workspace.edits.reviewed
        )
        self.window.library.run(
            f"write boxes as {kind}", lambda: _writing(chosen, target, kind), self._written
        )

    def _ask(self, path: Path, names: tuple[str, ...]) -> None:
        from fracview.gui.dialogs.checkpoint import CheckpointDialog

        dialog = CheckpointDialog(path, names, self.window)
        if dialog.exec():
            self.window.models.add_spec(dialog.spec())
        dialog.deleteLater()

    def _put(self, found: Imported) -> None:
        edits = self.session.workspace.edits
        for path, boxes in found.boxes:
            edits = edits.with_boxes(path, boxes)
        if found.boxes:
            self.session.edit(edits, f"import boxes of {len(found.boxes)} films",
                              selected_box=None)  # fmt: skip
        count = sum(len(boxes) for _, boxes in found.boxes)
        left = f" {found.left_out} other images are not open." if found.left_out else ""
        level = "info" if found.boxes else "warning"
        text = f"{count} boxes of {len(found.boxes)} films read from {found.source}.{left}"
        self.session.say(text, level)

    def _written(self, sentence: str) -> None:
        self.session.say(sentence)


@dataclass(frozen=True)
class Imported:
    """Boxes of a file, by film.

    Parameters
    ----------
    source
        Name of the file.
    boxes
        Path of an open film and its new boxes.
    left_out
        Number of images of the file that are not open.
    """

    source: str
    boxes: tuple[tuple[Path, tuple[Box, ...]], ...]
    left_out: int = 0


def _naming() -> Task[tuple[str, ...]]:
    names: list[str] = []
    for source in ARCHITECTURES:
        yield Progress(0, 0, source)
        names += ARCHITECTURES.load(source).names()
    return tuple(names)


def _reading(path: Path, cases: tuple[Case, ...], current: Case | None) -> Task[Imported]:
    raise NotImplementedError


def _writing(
    chosen: tuple[tuple[Case, tuple[Box, ...]], ...], target: Path, kind: str
) -> Task[str]:
    raise NotImplementedError
