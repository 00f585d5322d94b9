"""Two readers, two files: what one project says comes into another, as one gesture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fracview.project.films import row_of
from fracview.project.gestures import Gesture, box_of, count, insert_box, set_read
from fracview.project.records import FilmRead

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.project.contents import Contents
    from fracview.project.records import Film, KeptBox
    from fracview.project.rows import Row, Rows


@dataclass(frozen=True)
class MergePlan:
    """What another project would bring; nothing is done yet.

    Parameters
    ----------
    source
        The other file.
    films
        Its films. They are the same as here if their bytes are, wherever they lie.
    boxes
        Boxes of all its readers on these films, by its own film ids.
    reads
        What its readers say of films as a whole: film id there, reader, read.
    """

    source: Path
    films: tuple[Film, ...] = ()
    boxes: tuple[KeptBox, ...] = ()
    reads: tuple[tuple[int, str, FilmRead], ...] = ()

    @property
    def sentence(self) -> str:
        """The plan in a line."""
        readers = sorted({box.reader for box in self.boxes} | {who for _, who, _ in self.reads})
        return (
            f"{count(len(self.boxes), 'box')} and {count(len(self.reads), 'read')} on "
            f"{count(len(self.films), 'film')} by {', '.join(readers) or 'nobody'}"
        )


@dataclass(frozen=True)
class Merge(Gesture):
    """Take another project's films, boxes and reads in; a snapshot is taken before.

    Nothing that is here changes: boxes that are here already are passed over, and where a reader
    has said something of a film here, what the other file says of it in their name is added as
    boxes and left out as a read.
    """

    plan: MergePlan
    large: ClassVar[bool] = True

    @property
    def text(self) -> str:
        """What it does."""
        return f"Merge {self.plan.source.name}"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`fracview.project.gestures.Gesture.apply`."""
        here = {film.id: _same_film(rows, project, film)["id"] for film in self.plan.films}
        there: dict[tuple[int, int], list[object]] = {}
        for kept in self.plan.boxes:
            film, reader = here[kept.film], rows.reader_of(kept.reader)
            if (film, reader) not in there:
                found = rows.find("boxes", film=film, reader=reader)
                there[film, reader] = [box_of(row) for row in found]
            if kept.box not in there[film, reader]:
                insert_box(rows, film, reader, kept.box, kept.origin)
        for film, who, read in self.plan.reads:
            reader = rows.reader_of(who)
            if rows.one("reads", film=here[film], reader=reader) is None:
                set_read(rows, here[film], reader, read)


def plan_merge(other: Contents) -> MergePlan:
    """Gather what a project would bring into another.

    Parameters
    ----------
    other
        Open, read-only is enough.
    """
    films = other.films()
    boxes = tuple(box for film in films for box in other.all_boxes(film.id))
    reads = tuple(
        (film.id, who, read)
        for film in films
        for who in other.readers()
        if (read := other.read(film.id, who)) != FilmRead()
    )
    return MergePlan(other.path, films, boxes, reads)


def _same_film(rows: Rows, project: Path, film: Film) -> Row:
    """The film of the same bytes; among several the one of the same name; else a new one."""
    found = rows.find("films", sha256=film.facts.sha256)
    if not found:
        row = row_of(project, film.facts)
        taken = rows.one("films", path=row["path"])
        # Same place, other bytes: the film has changed between the two, and is two films.
        number = 1
        while taken is not None:
            number += 1
            row["path"] = f"{row_of(project, film.facts)['path']} ({number})"
            taken = rows.one("films", path=row["path"])
        return rows.insert("films", **row)
    name = film.facts.path.name
    return next((row for row in found if row["path"].rsplit("/", 1)[-1] == name), found[0])
