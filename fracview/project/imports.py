"""Boxes and films into a project: looked at first, then done as one gesture."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, get_args

from fracview.errors import AnnotationError, SettingError, UnreadableFile
from fracview.project.films import name_in, read_facts, row_of
from fracview.project.gestures import Gesture, box_of, count, insert_box, set_boxes
from fracview.project.records import reader_code
from fracview.task import Progress, Task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fracview.data.annotations.records import BoxFile, Labelled
    from fracview.data.boxes import Box
    from fracview.project.contents import Contents
    from fracview.project.records import FilmFacts
    from fracview.project.rows import Rows

Clash: TypeAlias = Literal["keep", "add", "replace"]
"""What happens to a film that has other boxes of the reader: nothing, more boxes, or new ones."""

Fate: TypeAlias = Literal["new", "same", "kept", "added", "replaced"]


@dataclass(frozen=True)
class FilmImport:
    """What an import does to one film.

    Parameters
    ----------
    path
        Its file.
    boxes
        What the source says.
    fate
        ``"new"``: the reader has no box on it; ``"same"``: has these already; ``"kept"``: has
        others, and they stay as they are; ``"added"``, ``"replaced"``: has others too.
    """

    path: Path
    boxes: tuple[Box, ...]
    fate: Fate

    @property
    def acts(self) -> bool:
        """Whether anything is written."""
        return self.fate in ("added", "replaced") or (self.fate == "new" and bool(self.boxes))


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do; nothing is done yet.

    Parameters
    ----------
    source
        The file or folder.
    reader
        Code of the reader to whom the boxes will belong.
    films
        Radiographs that are not in the project yet.
    boxes
        Films that the source speaks of.
    problems
        Sentences on all that is left out.
    """

    source: Path
    reader: str
    films: tuple[FilmFacts, ...] = ()
    boxes: tuple[FilmImport, ...] = ()
    problems: tuple[str, ...] = ()

    def count(self, fate: Fate) -> int:
        """How many films have this fate."""
        return sum(film.fate == fate for film in self.boxes)

    @property
    def sentence(self) -> str:
        """The plan in a line."""
        coming = sum(len(film.boxes) for film in self.boxes if film.acts)
        words = [
            f"{count(len(self.films), 'film')} and {count(coming, 'box')} for reader {self.reader}"
        ]
        for fate, said in (("same", "have these boxes already"), ("added", "have others too"),
                           ("replaced", "lose others"),
                           ("kept", "keep others and get none")):  # fmt: skip
            number = self.count(fate)  # type: ignore[arg-type]
            words += [f"{number} {said}"] if number else []
        return "; ".join(words)


@dataclass(frozen=True)
class Import(Gesture):
    """Carry out a plan; a snapshot is taken before."""

    plan: ImportPlan
    large: ClassVar[bool] = True

    @property
    def text(self) -> str:
        """What it does."""
        return f"Import from {self.plan.source.name}"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        for facts in self.plan.films:
            row = row_of(project, facts)
            if rows.one("films", path=row["path"]) is None:
                rows.insert("films", **row)
        reader = rows.reader_of(self.plan.reader)
        origin = f"import: {self.plan.source.name}"
        for entry in self.plan.boxes:
            film = rows.one("films", path=name_in(project, entry.path))
            if film is None:
                raise SettingError(f"{entry.path.name} is no longer in the project. Look anew.")
            if not entry.acts:
                continue
            if entry.fate == "replaced":
                set_boxes(rows, film["id"], reader, entry.boxes, origin)
                continue
            there = [box_of(row) for row in rows.find("boxes", film=film["id"], reader=reader)]
            if entry.fate == "new" and there:
                raise SettingError(f"{entry.path.name} has got boxes since. Look anew.")
            for box in entry.boxes:
                if box not in there:
                    insert_box(rows, film["id"], reader, box, origin)


def plan_import(
    project: Contents, source: Path, *, reader: str | None = None, clash: Clash = "keep"
) -> Task[ImportPlan]:
    """Look what an import would do.

    Parameters
    ----------
    project
        An open project.
    source
        A folder of radiographs or one of them, whose boxes come along; or a file or folder of
        boxes in a known format, for films that are in the project.
    reader
        To whom the boxes will belong, such as ``"dataset"``; the one who reads if None.
    clash
        What happens to films with other boxes of that reader.

    Yields
    ------
    Progress

    Returns
    -------
    ImportPlan
        For :class:`Import`.

    Raises
    ------
    AnnotationError, UnreadableFile
        If the source cannot be understood or is gone.
    SettingError
        If the code is none, or there is no such way with clashes.
    """
    from fracview.data.gallery import find_films
    from fracview.data.readers import suffixes

    if clash not in get_args(Clash):
        raise SettingError(f"'{clash}' is none of: {', '.join(get_args(Clash))}.")
    who = project.reader if reader is None else reader_code(reader)
    if not os.path.exists(source):
        raise UnreadableFile(source, "there is no such file or folder", "Was it moved or renamed?")
    whole = bool(find_films(source)) if source.is_dir() else source.suffix.lower() in suffixes()
    problems: list[str] = []
    facts: list[FilmFacts] = []
    if whole:
        said = yield from _from_films(project, source, facts, problems)
    else:
        yield Progress(0, 0, f"reading {source.name}")
        said = _from_boxes(project, source, problems)
    films = {film.facts.path: film for film in project.films()}
    entries = []
    for path, boxes in said:
        known = films.get(path)
        there = [kept.box for kept in project.boxes(known.id, who)] if known else []
        entries.append(FilmImport(path, boxes, _fate(there, boxes, clash)))
    return ImportPlan(source, who, tuple(facts), tuple(entries), tuple(problems))


def _fate(there: list[Box], boxes: tuple[Box, ...], clash: Clash) -> Fate:
    if not there:
        return "new"
    if all(box in there for box in boxes) and (len(boxes) == len(there) or clash != "replace"):
        return "same"
    fates: dict[Clash, Fate] = {"keep": "kept", "add": "added", "replace": "replaced"}
    return fates[clash]


def _from_films(
    project: Contents, source: Path, facts: list[FilmFacts], problems: list[str]
) -> Task[list[tuple[Path, tuple[Box, ...]]]]:
    from fracview.data.dataset import open_folder

    dataset = open_folder(source)
    problems.extend(dataset.problems)
    said: list[tuple[Path, tuple[Box, ...]]] = []
    for done, case in enumerate(dataset, start=1):
        path = case.path.absolute()
        if project.film(path) is None:
            try:
                facts.append(read_facts(path, case.label))
            except UnreadableFile as error:
                problems.append(f"{error} Left out.")
                continue
            path = facts[-1].path
        said.append((path, case.boxes))
        yield Progress(done, len(dataset), f"looked at {case.name}")
    return said


def _from_boxes(
    project: Contents, source: Path, problems: list[str]
) -> list[tuple[Path, tuple[Box, ...]]]:
    from fracview.data.annotations import find_format, read_box_file

    films = project.films()
    real = {film.facts.path: (film.facts.height, film.facts.width) for film in films}
    sizes = {path.stem: size for path, size in real.items()}
    sizes |= {path.name: size for path, size in real.items()}
    if not source.is_dir():
        find_format(source)  # says best what the file is instead
    file = read_box_file(source, lambda name: sizes.get(Path(name).name))
    problems.extend(file.all_problems)
    found = list(_matched(file, [film.facts.path for film in films], problems))
    if not any(file.find(path) for path in real):
        raise AnnotationError(source, "it is about none of the films in the project")
    said = []
    for path, entry in found:
        height, width = real[path]
        if entry.size is not None and entry.size != (height, width):
            problems.append(
                f"{path.name}: left out, it is {width} x {height} pixels upright and its boxes "
                f"were drawn on {entry.size[1]} x {entry.size[0]}."
            )
            continue
        said.append((path, entry.boxes))
    strangers = len(file.films) - len({id(entry) for _, entry in found})
    if strangers:
        problems.append(f"{count(strangers, 'film')} of {source.name} are not in the project.")
    return said


def _matched(
    file: BoxFile, paths: Iterable[Path], problems: list[str]
) -> Iterable[tuple[Path, Labelled]]:
    """Entries by film; an entry that could be about several films is about none."""
    claims: dict[int, list[tuple[Path, Labelled]]] = {}
    for path in paths:
        entry = file.find(path)
        if entry is not None:
            claims.setdefault(id(entry), []).append((path, entry))
    for claimed in claims.values():
        if len(claimed) > 1:
            exact = [(p, e) for p, e in claimed if p.as_posix().endswith(f"/{e.name}")]
            if len(exact) != 1:
                problems.append(
                    f"{claimed[0][1].name}: left out, {len(claimed)} films of the project have "
                    "this name."
                )
                continue
            claimed = exact
        yield claimed[0]
