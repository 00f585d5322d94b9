"""FracAtlas as it is: its folder, its columns, its boxes and its traps, each reported.

Abedeen et al., "FracAtlas: A Dataset for Fracture Classification, Localization and Segmentation of
Musculoskeletal Radiographs", Scientific Data 10 (2023), doi 10.1038/s41597-023-02432-4. The boxes
are by two radiologists, checked by an orthopaedist; CC BY 4.0.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.data.annotations.files import read_text
from fracview.data.annotations.folder import candidates, merge
from fracview.data.annotations.yolo import FORMAT as YOLO
from fracview.data.case import Case
from fracview.data.gallery import box_label, folder_label
from fracview.data.readers import image_size
from fracview.data.readers.jpeg import glance
from fracview.errors import AnnotationError, InputError
from fracview.request import FRACTURED, NOT_FRACTURED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.data.annotations.records import BoxFile, Size, SizeOf

TABLE = "dataset.csv"
BODY_PARTS = ("hand", "leg", "hip", "shoulder", "mixed")
BODY_PART = "body part"
SPLIT = "split"

_DEPTH = 3
_NAMED = 6
_AGREE = 0.5
"""Overlap below which two files put a box in different places."""


def find_root(path: Path) -> Path | None:
    """Folder of the FracAtlas that ``path`` is or lies in, or None."""
    for folder in (path, *list(path.absolute().parents)[:_DEPTH]):
        if os.path.isfile(folder / TABLE) and os.path.isdir(folder / "images"):
            return folder if _is_table(folder / TABLE) else None
    return None


def read_fracatlas(
    root: Path, films: Sequence[Path], *, whole: bool = False
) -> tuple[list[Case], list[str]]:
    """Make cases of FracAtlas's films.

    Where files disagree, the folder and the boxes win over ``dataset.csv``, and COCO wins over the
    other annotations. Each clash stands in the notes of its case and in the problems.

    Parameters
    ----------
    root
        Folder with ``dataset.csv``, ``images/`` and ``Annotations/``.
    films
        Files below ``images/``.
    whole
        Whether these are all of them, so that rows of the table without a film are missing films.

    Returns
    -------
    list of Case
        In the order of ``films``.
    list of str
        One sentence per kind of trouble.
    """
    atlas = _Atlas(root, films)
    cases = [atlas.case(film) for film in films]
    return cases, atlas.report(whole)


@dataclass
class _Atlas:
    root: Path
    films: Sequence[Path]
    traps: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = _rows(self.root / TABLE)
        self.splits = _splits(self.root)
        self.boxes = self._read_boxes()

    def case(self, film: Path) -> Case:
        """One case with all that is odd about it."""
        notes: list[str] = []
        entry = self.boxes.find(film) if self.boxes is not None else None
        boxes = entry.boxes if entry is not None else ()
        if entry is not None:
            notes.extend(entry.problems)
        row = self.rows.get(film.name)
        label = box_label(boxes) or folder_label(film.parent) or _row_label(row)
        self._compare_table(film, row, label, len(boxes), notes)
        self._look_at_file(film, boxes, notes)
        return Case(film, boxes, label, self._flags(film, row), tuple(notes))

    def report(self, whole: bool) -> list[str]:
        """Say every kind of trouble once, with the first names."""
        here = {film.name for film in self.films}
        gone = [name for name in self.rows if name not in here]
        if whole and gone:
            self.traps[f"{TABLE} names it, but there is no such file"] = gone
        found = [f"{_names(names)}: {trap}." for trap, names in self.traps.items()]
        return [*self.problems, *found]

    def _trap(self, film: Path, kind: str, notes: list[str], note: str = "") -> None:
        self.traps.setdefault(kind, []).append(film.name)
        notes.append(f"{note or kind}.")

    def _compare_table(
        self, film: Path, row: dict[str, str] | None, label: str | None, count: int,
        notes: list[str],
    ) -> None:  # fmt: skip
        if row is None:
            self._trap(film, f"{TABLE} has no row for it", notes)
            return
        if label != _row_label(row):
            self._trap(
                film,
                f"{TABLE} clashes with folder and boxes, which win",
                notes,
                f"{TABLE} says {_row_label(row) or 'nothing'}, but its folder or its box says "
                f"{label}, which wins",
            )
        elif label == FRACTURED and self.boxes is not None and not count:
            self._trap(film, "it counts as fractured but has no box", notes)

    def _look_at_file(self, film: Path, boxes: Sequence[object], notes: list[str]) -> None:
        if film.suffix.lower() not in (".jpg", ".jpeg"):
            return
        try:
            whole, orientation = glance(film)
        except OSError:
            self._trap(film, "the file cannot be read", notes)
            return
        if not whole:
            self._trap(film, "the JPEG is truncated and refused unless a protocol loads it", notes)
        if orientation != 1:
            self._trap(
                film,
                "turned by its EXIF orientation; boxes belong to the upright film",
                notes,
                f"turned by its EXIF orientation {orientation}; boxes belong to the upright film",
            )
            if boxes:
                self._compare_yolo(film, notes)

    def _compare_yolo(self, film: Path, notes: list[str]) -> None:
        """A YOLO file says shares, so which way up the film was matters and cannot be seen."""
        path = self.root / "Annotations" / "YOLO" / f"{film.stem}.txt"
        entry = self.boxes.find(film) if self.boxes is not None else None
        if entry is None or self.boxes is None or self.boxes.format == "yolo" or not path.is_file():
            return
        try:
            said = YOLO.read(path, _sizes([film])).films[0].boxes
        except InputError as error:
            notes.append(str(error))
            return
        if all(max((box.iou(o) for o in said), default=0) > _AGREE for box in entry.boxes):
            notes.append(
                "its YOLO file holds in the upright film only; "
                "a program that ignores EXIF puts the box elsewhere."
            )
        else:
            self._trap(film, f"its YOLO file disagrees; {self.boxes.format.upper()} wins", notes)

    def _read_boxes(self) -> BoxFile | None:
        folders = [path for path in (self.root / "Annotations").rglob("*") if path.is_dir()]
        groups = candidates([self.root / "Annotations", *sorted(folders)])
        if not groups:
            self.problems.append("There is no file of boxes in Annotations.")
            return None
        try:
            said = merge(self.root / "Annotations", groups[0], _sizes(self.films), [])
        except AnnotationError as error:
            self.problems.append(str(error))
            return None
        if said.format != "coco":
            self.problems.append(f"Boxes come from the {said.format} files; COCO is not there.")
        self.problems.extend(said.problems)
        return said

    def _flags(self, film: Path, row: dict[str, str] | None) -> tuple[tuple[str, str], ...]:
        row = row or {}
        named = [part for part in BODY_PARTS if row.get(part) == "1"]
        parts = " + ".join(part for part in named if part != "mixed" or len(named) == 1)
        flags = [(BODY_PART, parts)] if parts else []
        flags.extend((name, value) for name, value in row.items() if name != "image_id")
        split = self.splits.get(film.name)
        return (*flags, *([(SPLIT, split)] if split else []))


def _is_table(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            head = stream.readline(4096).strip().split(",")
    except OSError:
        return False
    return {"image_id", "fractured"} <= set(head)


def _rows(path: Path) -> dict[str, dict[str, str]]:
    table = csv.DictReader(read_text(path).splitlines())
    rows = ({k: (v or "").strip() for k, v in row.items() if isinstance(k, str)} for row in table)
    return {row["image_id"]: row for row in rows if row.get("image_id")}


def _row_label(row: dict[str, str] | None) -> str | None:
    said = (row or {}).get("fractured", "")
    return {"1": FRACTURED, "0": NOT_FRACTURED}.get(said)


def _splits(root: Path) -> dict[str, str]:
    """The authors' split of the fractured films, where it is there."""
    found: dict[str, str] = {}
    for name in ("train", "valid", "test"):
        path = root / "Utilities" / "Fracture Split" / f"{name}.csv"
        if path.is_file():
            for line in read_text(path).splitlines()[1:]:
                found[line.strip().split(",")[0]] = name
    return found


def _sizes(films: Sequence[Path]) -> SizeOf:
    places: dict[str, Path] = {}

    def find(name: str) -> Size | None:
        if not places:
            places.update((film.stem, film) for film in films)
        film = places.get(Path(name).stem) or places.get(name)
        if film is None:
            return None
        try:
            return image_size(film)
        except InputError:
            return None

    return find


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
