"""A folder, a data set or a handful of files as a sequence of cases; no pixel is decoded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from fracview.data.annotations import find_format
from fracview.data.annotations.folder import belonging, candidates, merge
from fracview.data.case import Case
from fracview.data.fracatlas import find_root, read_fracatlas
from fracview.data.gallery import (
    BOX_FILES,
    box_folders,
    box_label,
    find_films,
    folder_label,
    folders_near,
)
from fracview.data.readers import image_size
from fracview.errors import AnnotationError, InputError, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fracview.data.annotations.records import BoxFile, Format, Size, SizeOf


@dataclass(frozen=True)
class Dataset(Sequence[Case]):
    """Cases in order, and what is wrong with them.

    Parameters
    ----------
    root
        What was opened; the first path of several.
    cases
        One per radiograph.
    problems
        Sentences: boxes left out, clashes, truncated files, files that are missing.
    source
        ``"FracAtlas"``, ``"folder"`` or ``"files"``.
    """

    root: Path
    cases: tuple[Case, ...]
    problems: tuple[str, ...] = ()
    source: str = "folder"

    @overload
    def __getitem__(self, index: int) -> Case: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Case, ...]: ...
    def __getitem__(self, index: int | slice) -> Case | tuple[Case, ...]:
        return self.cases[index]

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all flags of its cases, in order of appearance; they become filters."""
        return tuple(dict.fromkeys(name for case in self.cases for name, _ in case.flags))

    @property
    def boxes(self) -> int:
        """Number of boxes."""
        return sum(len(case.boxes) for case in self.cases)


def open_folder(path: Path | str) -> Dataset:
    """Open a folder of radiographs, or a FracAtlas, or a part of it.

    Parameters
    ----------
    path
        A folder, searched with all below it; or a single radiograph.

    Returns
    -------
    Dataset
        Boxes come from FracAtlas's COCO file, or from COCO, Supervisely, LabelMe, VOC or YOLO files
        in or beside the folder, the first that speak of its pictures. May be empty.

    Raises
    ------
    UnreadableFile
        If there is no such folder or it may not be listed.
    """
    path = Path(path)
    if not os.path.isdir(path):
        if not os.path.lexists(path):
            raise UnreadableFile(path, "there is no such folder", "Was it moved or renamed?")
        return open_paths([path])
    try:
        next(iter(path.iterdir()), None)
    except OSError as error:
        raise UnreadableFile(path, f"it cannot be listed ({error.strerror})") from None
    root = find_root(path)
    if root is not None:
        films = find_films(root / "images" if path == root else path)
        cases, problems = read_fracatlas(root, films, whole=path == root)
        return Dataset(path, tuple(cases), tuple(problems), "FracAtlas")
    films = find_films(path)
    cases, problems = _with_boxes(films, box_folders(path))
    return Dataset(path, tuple(cases), tuple(problems))


def open_paths(paths: Iterable[Path | str]) -> Dataset:
    """Open files and folders together, in the order given, none twice.

    Files of boxes among them are used for the radiographs among them. A file that is missing or
    no radiograph still becomes a case, so that whoever reads it can say why.

    Parameters
    ----------
    paths
        Radiographs, folders, files of boxes.
    """
    given = [Path(path) for path in paths]
    if len(given) == 1 and os.path.isdir(given[0]):
        return open_folder(given[0])
    cases: dict[Path, Case] = {}
    problems: list[str] = []
    box_files: list[Path] = []
    for path in given:
        if os.path.isdir(path):  # pathlib raises where a folder may not be entered
            part = open_folder(path)
        elif path.suffix.lower() in BOX_FILES and os.path.isfile(path):
            box_files.append(path)
            continue
        else:
            part = _open_file(path)
        problems.extend(part.problems)
        for case in part.cases:
            cases.setdefault(case.path, case)
    found = list(cases.values())
    for path in box_files:
        found = _apply(path, found, problems)
    root = given[0] if given else Path()
    return Dataset(root, tuple(found), tuple(dict.fromkeys(problems)), "files")


def _open_file(path: Path) -> Dataset:
    """A single radiograph with the boxes that lie near it."""
    if not os.path.exists(path):
        return Dataset(path, (Case(path),), (f"{path.name}: there is no such file.",), "files")
    root = find_root(path.parent)
    if root is not None:
        cases, problems = read_fracatlas(root, [path])
        return Dataset(path, tuple(cases), tuple(problems), "FracAtlas")
    cases, _ = _with_boxes([path], folders_near(path))
    notes = [f"{path.name}: {note}" for note in cases[0].notes]
    return Dataset(path, tuple(cases), tuple(notes), "files")


def _with_boxes(films: list[Path], folders: list[Path]) -> tuple[list[Case], list[str]]:
    """Cases of films with the boxes of the best files in some folders."""
    problems: list[str] = []
    said: BoxFile | None = None
    sizes = sizes_of(films)
    for form, files in candidates(folders):
        if said is not None:
            problems.append(f"{_count(form, files)} not used: boxes came from {said.format}.")
            continue
        mine = belonging(form, files, films)
        if not mine:
            continue
        try:
            read = merge(mine[0].parent, (form, mine), sizes, [])
        except AnnotationError as error:
            problems.append(str(error))
            continue
        if not any(read.find(film) for film in films):
            problems.append(f"{_count(form, files)} not used: about other pictures.")
            continue
        said = read
        problems.extend(said.all_problems)
        strangers = len(said.films) - sum(said.find(film) is not None for film in films)
        if form.single and strangers > 0 and len(films) > 1:
            problems.append(f"{_count(form, files)}: {strangers} of its pictures are not here.")
    return [_case(film, said) for film in films], problems


def _case(film: Path, said: BoxFile | None) -> Case:
    entry = said.find(film) if said is not None else None
    boxes = entry.boxes if entry is not None else ()
    notes = entry.problems if entry is not None else ()
    return Case(film, boxes, box_label(boxes) or folder_label(film.parent), (), notes)


def _apply(path: Path, cases: list[Case], problems: list[str]) -> list[Case]:
    """Boxes of a file that was named itself replace what was found."""
    try:
        said = find_format(path).read(path, sizes_of([case.path for case in cases]))
    except AnnotationError as error:
        problems.append(str(error))
        return cases
    problems.extend(said.all_problems)
    matched = [(case, said.find(case.path)) for case in cases]
    if not any(entry for _, entry in matched):
        problems.append(f"{path.name}: it is about none of the pictures opened with it.")
    return [
        case
        if entry is None
        else replace(
            case,
            boxes=entry.boxes,
            label=box_label(entry.boxes) or case.label,
            notes=(*case.notes, *entry.problems),
        )
        for case, entry in matched
    ]


def sizes_of(films: Iterable[Path]) -> SizeOf:
    """Sizes by file name or stem, read from headers when asked for the first time."""
    places: dict[str, Path] = {}
    for film in films:
        places.setdefault(film.stem, film)
        places[film.name] = film

    def find(name: str) -> Size | None:
        last = Path(name).name
        film = places.get(last) or places.get(Path(last).stem)
        try:
            return None if film is None else image_size(film)
        except InputError:
            return None

    return find


def _count(form: Format, files: list[Path]) -> str:
    return files[0].name if len(files) == 1 else f"{len(files)} {form.name} files"
