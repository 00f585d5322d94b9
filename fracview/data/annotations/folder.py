"""A folder of annotation files, one per picture, read as one."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.data.annotations import ANNOTATIONS
from fracview.data.annotations.records import BoxFile, Format, Labelled, no_size
from fracview.errors import AnnotationError

if TYPE_CHECKING:
    from fracview.data.annotations.records import SizeOf

_SUFFIXES = (".json", ".xml", ".txt")
_PROBED = 8


def read_folder(path: Path, size_of: SizeOf = no_size, picture: Path | None = None) -> BoxFile:
    """Read all files of boxes in a folder and below it as one.

    A file that tells of all pictures wins over files that tell of one; then the order of
    :data:`fracview.data.annotations.ANNOTATIONS` decides. What was not used is said.

    Parameters
    ----------
    path
        The folder.
    size_of
        Sizes of pictures, for YOLO.
    picture
        If given, only what may concern this picture is read: of files with one picture each those
        with its stem or name. The first group that knows it wins.

    Raises
    ------
    AnnotationError
        If there is no file of boxes.
    """
    below = sorted(place for place in path.rglob("[!.]*") if place.is_dir())
    found = candidates([path, *below])
    if not found:
        raise AnnotationError(path, "the folder holds no file of boxes")
    if picture is None:
        return merge(path, found[0], size_of, found[1:])
    said: BoxFile | None = None
    for form, files in found:
        mine = belonging(form, files, [picture])
        if mine:
            said = merge(path, (form, mine), size_of, [])
            if said.find(picture) is not None:
                return said
    return said or BoxFile(path, found[0][0].name)


def belonging(form: Format, files: list[Path], films: list[Path]) -> list[Path]:
    """Files of one picture each that belong to films, by stem; every file of many pictures."""
    if form.single:
        return files
    names = {name for film in films for name in (film.stem, film.name)}
    return [file for file in files if file.stem in names]


def candidates(folders: list[Path]) -> list[tuple[Format, list[Path]]]:
    """Files of boxes in folders, grouped by format, the best group first.

    A group is recognised by a few of its files; the others of the same folder and suffix are
    taken to be alike, and say so themselves if they are not.
    """
    groups: dict[str, tuple[Format, list[Path]]] = {}
    for folder in folders:
        for files in _by_suffix(folder).values():
            for form, members in _recognised(files):
                groups.setdefault(form.name, (form, []))[1].extend(members)
    order = list(ANNOTATIONS)
    return sorted(
        groups.values(), key=lambda group: (not group[0].single, order.index(group[0].name))
    )


def merge(
    path: Path,
    chosen: tuple[Format, list[Path]],
    size_of: SizeOf,
    unused: list[tuple[Format, list[Path]]],
) -> BoxFile:
    """Read the files of one group as one; broken files are listed, not fatal.

    Raises
    ------
    AnnotationError
        If not one of the files can be read.
    """
    form, files = chosen
    films: list[Labelled] = []
    problems: list[str] = []
    broken: AnnotationError | None = None
    for file in files:
        try:
            said = form.read(file, size_of)
        except AnnotationError as error:
            problems.append(str(error))
            broken = error
            continue
        films.extend(
            said.films if form.single else (_own(film, file, problems) for film in said.films)
        )
        problems.extend(said.problems)
    if not films and broken is not None:
        raise broken
    for other, members in unused:
        what = members[0].name if len(members) == 1 else f"{len(members)} {other.name} files"
        problems.append(f"{what} not used: boxes were taken from the {form.name} ones.")
    return BoxFile(path, form.name, tuple(films), tuple(problems))


def _own(film: Labelled, file: Path, problems: list[str]) -> Labelled:
    """Give a film the name of its file where the two disagree: renamed pictures keep old names."""
    if film.stem == file.stem or film.name == file.stem:
        return film
    problems.append(f"{file.name} speaks of {film.name}; taken for the picture of its own name.")
    return replace(film, name=file.stem)


def natural(text: str) -> list[tuple[int, int | str]]:
    """Key that sorts ``a2`` before ``a10``."""
    parts = re.split(r"(\d+)", text.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part]


def _by_suffix(folder: Path) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = {}
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file()]
    except OSError:
        return {}
    for name in sorted(names, key=natural):
        suffix = Path(name).suffix.lower()
        if suffix in _SUFFIXES and not name.startswith("."):
            groups.setdefault(suffix, []).append(folder / name)
    return groups


def _recognised(files: list[Path]) -> list[tuple[Format, list[Path]]]:
    """Formats among files of one suffix. JSON may mix a COCO file with others."""
    from fracview.data.annotations import find_format

    found: dict[str, tuple[Format, list[Path]]] = {}
    for file in files[:_PROBED]:
        try:
            form = find_format(file)
        except (AnnotationError, OSError):
            continue
        found.setdefault(form.name, (form, []))[1].append(file)
    singles = [group for group in found.values() if group[0].single]
    rest = [group for group in found.values() if not group[0].single]
    if rest:
        best, members = max(rest, key=lambda group: len(group[1]))
        known = {file for _, group in found.values() for file in group}
        members.extend(file for file in files[_PROBED:] if file not in known)
        if best.name == "yolo":
            from fracview.data.annotations.yolo import CLASS_LISTS

            members[:] = [file for file in files if file.name.lower() not in CLASS_LISTS]
        else:
            members.sort(key=lambda file: natural(file.name))
    return singles + rest
