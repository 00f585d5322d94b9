"""What the commands around files do, and where things go that are dropped on the window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from fracview.errors import AnnotationError, FracviewError, UnreadableFile
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
        if found.problems:
            left += f" {len(found.problems)} problems, such as: {found.problems[0]}"
        level = "warning" if found.problems else "info"
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
    problems
        What was wrong with some boxes.
    """

    source: str
    boxes: tuple[tuple[Path, tuple[Box, ...]], ...]
    left_out: int = 0
    problems: tuple[str, ...] = ()


def _naming() -> Task[tuple[str, ...]]:
    names: list[str] = []
    for source in ARCHITECTURES:
        yield Progress(0, 0, source)
        names += ARCHITECTURES.load(source).names()
    return tuple(names)


def _reading(path: Path, cases: tuple[Case, ...], current: Case | None) -> Task[Imported]:
    """Find the file's entries of the open cases; of the current one alone if it names no film."""
    from fracview.data.annotations import read_box_file
    from fracview.data.readers import image_size

    yield Progress(0, 0, f"reading {path.name}")
    places = {case.path.name: case.path for case in cases}
    places |= {case.path.stem: case.path for case in cases}

    def size_of(name: str) -> tuple[int, int] | None:
        found = places.get(Path(name).name) or places.get(Path(name).stem)
        return image_size(found) if found is not None else None

    said = read_box_file(path, size_of)
    found: dict[Path, tuple[Box, ...]] = {}
    left_out, problems = 0, list(said.problems)
    for film in said.films:
        name = Path(film.name)
        place = places.get(name.name) or places.get(name.stem)
        if place is None:
            left_out += 1
            continue
        found[place] = film.boxes
        problems += film.problems
        if film.size is not None and film.size != image_size(place):
            problems.append(f"the boxes of {place.name} were drawn on another size.")
    if not found:
        names = ", ".join(film.name for film in said.films[:3])
        raise AnnotationError(
            path,
            f"it is about {names or 'no image'}, and that is not open",
            "Open its folder first",
        )
    return Imported(path.name, tuple(found.items()), left_out, tuple(problems))


def _writing(
    chosen: tuple[tuple[Case, tuple[Box, ...]], ...], target: Path, kind: str
) -> Task[str]:
    from fracview.data.annotations import Labelled, write_boxes
    from fracview.data.readers import image_size

    films, left_out = [], 0
    for step, (case, boxes) in enumerate(chosen):
        yield Progress(step, len(chosen), case.name)
        try:
            films.append(Labelled(case.path.name, boxes, image_size(case.path)))
        except UnreadableFile:
            left_out += 1
    written = write_boxes(films, target, kind)
    count = sum(len(film.boxes) for film in films)
    left = f" {left_out} films could not be read and were left out." if left_out else ""
    files = "1 file" if len(written) == 1 else f"{len(written)} files"
    return f"{count} boxes of {len(films)} films written to {target} ({kind}, {files}).{left}"
