"""Boxes from one format into another, with a list of what could not come along."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.data.annotations import ANNOTATIONS, find_format, read_box_file, write_boxes
from fracview.data.annotations.checks import details_of
from fracview.data.annotations.files import file_stem
from fracview.data.annotations.records import Labelled
from fracview.data.dataset import open_folder, sizes_of
from fracview.data.gallery import find_films
from fracview.data.readers import image_size
from fracview.errors import AnnotationError, UnreadableFile
from fracview.task import Progress, Task

if TYPE_CHECKING:
    from fracview.data.annotations.records import Format

_NEEDS_SIZE = frozenset({"yolo", "supervisely"})
_EVERY = 50


@dataclass(frozen=True)
class Conversion:
    """What became of a conversion.

    Parameters
    ----------
    to
        Name of the format written.
    images, boxes
        How many were written.
    files
        The files, in order.
    problems
        Sentences on all that was left out, changed or rounded away.
    """

    to: str
    images: int
    boxes: int
    files: tuple[Path, ...]
    problems: tuple[str, ...]


def convert(source: Path | str, target: Path | str, to: str) -> Task[Conversion]:
    """Convert the boxes of a data set or of a file of boxes.

    Parameters
    ----------
    source
        A folder of radiographs with boxes (such as FracAtlas), a file of boxes, or a folder of
        such files. Sizes that a file does not say come from radiographs beside it.
    target
        Folder to write; or a file, where the format holds everything in one.
    to
        A name of :data:`fracview.data.annotations.ANNOTATIONS`.

    Yields
    ------
    Progress

    Returns
    -------
    Conversion

    Raises
    ------
    UnknownName
        If there is no format ``to``.
    AnnotationError
        If the source holds no boxes that can be understood, or the target cannot be written.
    UnreadableFile
        If the source is gone.
    """
    source, target = Path(source), Path(target)
    form: Format = ANNOTATIONS.load(to)
    if not os.path.exists(source):
        raise UnreadableFile(source, "there is no such file or folder", "Was it moved or renamed?")
    problems: list[str] = []
    yield Progress(0, 0, f"reading {source.name}")
    if os.path.isdir(source) and find_films(source):
        films = yield from _from_dataset(source, form, problems)
    else:
        films = _from_file(source, form, problems)
    kept = list(_distinct(films, form, problems))
    if not any(film.boxes for film in kept):
        problems.append(f"{source.name} holds no box; files without boxes were written.")
    _say_rounding(kept, form, problems)
    yield Progress(0, 0, f"writing {to}")
    files = write_boxes(kept, target, to)
    boxes = sum(len(film.boxes) for film in kept)
    return Conversion(to, len(kept), boxes, tuple(files), tuple(problems))


def _from_dataset(source: Path, form: Format, problems: list[str]) -> Task[list[Labelled]]:
    dataset = open_folder(source)
    problems.extend(dataset.problems)
    counts = Counter(case.name for case in dataset)
    films: list[Labelled] = []
    for done, case in enumerate(dataset, start=1):
        name = case.name
        if counts[name] > 1:
            name = Path(os.path.relpath(case.path, source)).as_posix()
        try:
            films.append(Labelled(name, case.boxes, image_size(case.path)))
        except UnreadableFile as error:
            if form.name in _NEEDS_SIZE:
                problems.append(f"{error} Left out: {form.name} needs its size.")
            else:
                films.append(Labelled(name, case.boxes))
        if done % _EVERY == 0 or done == len(dataset):
            yield Progress(done, len(dataset), f"measured {case.name}")
    return films


def _from_file(source: Path, form: Format, problems: list[str]) -> list[Labelled]:
    near = find_films(source if source.is_dir() else source.parent)
    measure = sizes_of(near)
    if not source.is_dir():
        find_format(source)  # says best what the file is instead
    said = read_box_file(source, measure)
    problems.extend(said.all_problems)
    names = {film.stem: film.name for film in near}
    films = []
    for film in said.films:
        size = film.size or measure(film.name)
        name = names.get(film.name, film.name) if "." not in film.name else film.name
        if size is None and form.name in _NEEDS_SIZE:
            problems.append(f"{film.name}: left out, its size is unknown and {form.name} needs it.")
            continue
        films.append(replace(film, name=name, size=size))
    if said.films and not films:
        raise AnnotationError(
            source, f"no size of any picture is known, and {form.name} needs them",
            "Put the radiographs beside it",
        )  # fmt: skip
    return films


def _distinct(films: list[Labelled], form: Format, problems: list[str]) -> list[Labelled]:
    """Leave out pictures that would share a file with an earlier one."""
    if form.single:
        return films
    seen: set[str] = set()
    kept: list[Labelled] = []
    for film in films:
        key = file_stem(film.name).casefold()
        if key in seen:
            problems.append(
                f"{film.name}: left out, another picture has its name; {form.name} keeps one file "
                "per name, coco does not."
            )
            continue
        seen.add(key)
        kept.append(film)
    return kept


def _say_rounding(films: list[Labelled], form: Format, problems: list[str]) -> None:
    boxes = [box for film in films for box in film.boxes]
    if form.name == "voc" and any(
        not edge.is_integer() for box in boxes for edge in map(float, box.corners)
    ):
        problems.append("VOC counts whole pixels: edges were rounded by up to half a pixel.")
    detailed = sum(bool(details_of(box)) for box in boxes)
    if detailed and not form.keeps_details:
        problems.append(
            f"{form.name} has no place for certainty, kind, note and lock; {detailed} boxes lost "
            "theirs."
        )
