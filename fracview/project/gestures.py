"""What a reader can do: each a frozen record that changes rows, in one transaction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from fracview.data.boxes import Box
from fracview.errors import SettingError
from fracview.project.films import row_of

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.project.records import FilmFacts, FilmRead
    from fracview.project.rows import Row, Rows

_NO_UNICODE = "replace"


class Gesture(ABC):
    """One thing done by a reader: all of it happens, or nothing.

    Parameters of every gesture are ids of the project and records of the data; it knows nothing of
    SQLite beyond :class:`fracview.project.rows.Rows`, which remembers the way back.
    """

    large: ClassVar[bool] = False
    """Whether a snapshot is taken before."""

    @property
    @abstractmethod
    def text(self) -> str:
        """What it does, for the history and the menu of undo."""

    @abstractmethod
    def apply(self, rows: Rows, project: Path) -> None:
        """Change rows.

        Raises
        ------
        SettingError
            If it cannot be done: no such film or box, a locked box, another reader's box.
        """


@dataclass(frozen=True)
class AddFilms(Gesture):
    """Take radiographs into the project; those that are in it already are passed over."""

    films: tuple[FilmFacts, ...]

    @property
    def text(self) -> str:
        """What it does."""
        return f"Add {count(len(self.films), 'film')}"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        for facts in self.films:
            row = row_of(project, facts)
            if rows.one("films", path=row["path"]) is None:
                rows.insert("films", **row)


@dataclass(frozen=True)
class TakeOver(Gesture):
    """Let a film be another file from now on: moved, or changed and looked at."""

    film: int
    facts: FilmFacts

    @property
    def text(self) -> str:
        """What it does."""
        return "Take a changed film over"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        old = _film(rows, self.film)
        new = row_of(project, self.facts)
        other = rows.one("films", path=new["path"])
        if other is not None and other["id"] != self.film:
            raise SettingError(f"{self.facts.path.name} is in the project as another film.")
        if self.facts.label is None:
            new["label"] = old["label"]
        rows.update("films", old, **new)


@dataclass(frozen=True)
class AddBox(Gesture):
    """Draw a box."""

    film: int
    box: Box
    origin: str = "drawn"

    @property
    def text(self) -> str:
        """What it does."""
        return "Draw a box"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        _film(rows, self.film)
        rows.same_film(self.film)
        insert_box(rows, self.film, rows.reader, self.box, self.origin)


@dataclass(frozen=True)
class ChangeBox(Gesture):
    """Move or resize a box, or change its certainty, type, note or lock."""

    id: int
    box: Box

    @property
    def text(self) -> str:
        """What it does."""
        return "Change a box"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        old = _own_box(rows, self.id)
        rows.same_film(old["film"])
        change_box(rows, old, self.box)


@dataclass(frozen=True)
class RemoveBox(Gesture):
    """Remove a box."""

    id: int

    @property
    def text(self) -> str:
        """What it does."""
        return "Remove a box"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        remove_box(rows, _own_box(rows, self.id))


@dataclass(frozen=True)
class SetBoxes(Gesture):
    """Give a film these boxes of the reader's own, in this order.

    What a view that thinks in lists does: equal boxes at both ends stay as they are, and so keep
    their ids.
    """

    film: int
    boxes: tuple[Box, ...]
    said: str = "Change boxes"

    @property
    def text(self) -> str:
        """What it does."""
        return self.said

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        _film(rows, self.film)
        rows.same_film(self.film)
        set_boxes(rows, self.film, rows.reader, self.boxes)


@dataclass(frozen=True)
class SetRead(Gesture):
    """Say something of a film as a whole: its label, whether it is reviewed, a note."""

    film: int
    read: FilmRead

    @property
    def text(self) -> str:
        """What it does."""
        return "Mark a film" if self.read.state == "open" else f"Mark a film: {self.read.state}"

    def apply(self, rows: Rows, project: Path) -> None:
        """See :meth:`Gesture.apply`."""
        _film(rows, self.film)
        set_read(rows, self.film, rows.reader, self.read)


def box_of(row: Row) -> Box:
    """A row of the table of boxes as a box."""
    words: Row = {name: row[name] for name in ("label", "certainty", "kind", "note")}
    return Box(row["x1"], row["y1"], row["x2"], row["y2"], **words, locked=bool(row["locked"]))


def insert_box(rows: Rows, film: int, reader: int, box: Box, origin: str) -> None:
    """Add a row for a box."""
    rows.insert("boxes", film=film, reader=reader, **_columns(box), origin=plain(origin))


def change_box(rows: Rows, old: Row, box: Box) -> None:
    """Give a box's row other values; a locked box must be unlocked first."""
    if old["locked"] and box.locked and _columns(box) != _columns(box_of(old)):
        raise SettingError("the box is locked. Unlock it first.")
    rows.update("boxes", old, **_columns(box))


def remove_box(rows: Rows, old: Row) -> None:
    """Remove a box's row; a locked box must be unlocked first."""
    if old["locked"]:
        raise SettingError("the box is locked. Unlock it first.")
    rows.film = old["film"]
    rows.delete("boxes", old)


def set_boxes(
    rows: Rows, film: int, reader: int, boxes: tuple[Box, ...], origin: str = "drawn"
) -> None:
    """Turn a reader's boxes of a film into others, touching as few rows as possible."""
    old = rows.find("boxes", film=film, reader=reader)
    new = list(boxes)
    while old and new and _columns(box_of(old[0])) == _columns(new[0]):
        del old[0], new[0]
    if len(old) >= len(new):  # nothing is added, so equal boxes at the end may keep their place
        while old and new and _columns(box_of(old[-1])) == _columns(new[-1]):
            del old[-1], new[-1]
    for row, box in zip(old, new):
        change_box(rows, row, box)
    for row in old[len(new) :]:
        remove_box(rows, row)
    for box in new[len(old) :]:
        insert_box(rows, film, reader, box, origin)


def set_read(rows: Rows, film: int, reader: int, read: FilmRead) -> None:
    """Write what a reader says of a film."""
    said: dict[str, Any] = {
        "label": None if read.label is None else plain(read.label),
        "state": read.state,
        "note": plain(read.note),
    }
    old = rows.one("reads", film=film, reader=reader)
    if old is None:
        rows.insert("reads", film=film, reader=reader, **said)
    else:
        rows.update("reads", old, **said)


def plain(text: str) -> str:
    """Text that any file can hold: half characters of a broken clipboard become marks."""
    return text.encode("utf-8", _NO_UNICODE).decode()


def _columns(box: Box) -> Row:
    columns = asdict(box)
    for name in ("x1", "y1", "x2", "y2"):
        columns[name] = float(columns[name]) + 0.0  # SQLite keeps no minus before zero
    for name in ("label", "kind", "note"):
        columns[name] = plain(columns[name])
    columns["locked"] = int(box.locked)
    return columns


def _film(rows: Rows, film: int) -> Row:
    found = rows.one("films", id=film)
    if found is None:
        raise SettingError(f"the project has no film {film}. Was adding it undone?")
    rows.film = film
    return found


def _own_box(rows: Rows, box: int) -> Row:
    found = rows.one("boxes", id=box)
    if found is None:
        raise SettingError(f"the project has no box {box}. Was it removed?")
    if found["reader"] != rows.reader:
        raise SettingError("the box belongs to another reader. Copy it to change it.")
    rows.film = found["film"]
    return found


def count(number: int, word: str) -> str:
    """Say how many: 1 film, 2 films, 2 boxes."""
    return f"{number} {word}{'' if number == 1 else 'es' if word.endswith('x') else 's'}"
