"""What a project file holds, one frozen record per kind of row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from fracview.errors import SettingError

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.data.boxes import Box

ReviewState: TypeAlias = Literal["open", "reviewed", "discuss"]
Step: TypeAlias = Literal["do", "undo", "redo"]
Whereabouts: TypeAlias = Literal["same", "changed", "missing"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")


def reader_code(code: str) -> str:
    """Check the code of a reader: no name has a place in a file that is handed on.

    Raises
    ------
    SettingError
        Unless it is 1 to 16 letters, digits, ``-`` and ``_``, not starting with ``-`` or ``_``.
    """
    if not _CODE.fullmatch(code):
        raise SettingError(
            f"'{code[:20]}' is no reader's code. Take up to 16 letters and digits, such as R1, "
            "and no name."
        )
    return code


@dataclass(frozen=True)
class FilmFacts:
    """What is known of a radiograph's file when it comes into a project.

    Parameters
    ----------
    path
        Absolute path of the file.
    sha256
        Of its bytes.
    bytes, modified
        Length, and time of the last change in nanoseconds: while both are as they were, the
        bytes are not hashed again.
    height, width
        Of the upright film in pixels, which is the frame of all boxes.
    orientation
        EXIF orientation 1 to 8 that was applied to get it upright.
    label
        What the data set says, or None.
    """

    path: Path
    sha256: str
    bytes: int
    modified: int
    height: int
    width: int
    orientation: int = 1
    label: str | None = None


@dataclass(frozen=True)
class Film:
    """A radiograph of the project.

    Parameters
    ----------
    id
        Never given to another film, not even after an undo.
    name
        Path as the file keeps it: relative to the project's folder, ``/`` between folders.
    facts
        As they were when the film came in.
    """

    id: int
    name: str
    facts: FilmFacts


@dataclass(frozen=True)
class KeptBox:
    """A box as it lies in the project.

    Parameters
    ----------
    id
        Never given to another box; a box that is removed and brought back keeps it.
    film
        Id of its film.
    reader
        Code of the reader it belongs to.
    box
        Float corners on pixel edges of the upright film, label, certainty, kind, note, lock.
    origin
        ``"drawn"``, or where it came from.
    """

    id: int
    film: int
    reader: str
    box: Box
    origin: str = "drawn"


@dataclass(frozen=True)
class FilmRead:
    """What one reader says of one film as a whole.

    Parameters
    ----------
    label
        Class name such as ``"fractured"``, or None while undecided.
    state
        ``"open"``, ``"reviewed"`` or ``"discuss"``.
    note
        Free text.

    Raises
    ------
    SettingError
        If the state is none of these.
    """

    label: str | None = None
    state: ReviewState = "open"
    note: str = ""

    def __post_init__(self) -> None:
        if self.state not in get_args(ReviewState):
            known = ", ".join(get_args(ReviewState))
            raise SettingError(f"'{self.state}' is no review state. There are: {known}.")


@dataclass(frozen=True)
class Entry:
    """One line of the history, which only ever grows.

    Parameters
    ----------
    seq
        Its place; order is by this, never by the clock.
    step
        ``"do"``, ``"undo"`` or ``"redo"``.
    gesture
        Place of the gesture that is done, undone or redone.
    reader
        Code of who did it.
    at
        Time in UTC, ISO 8601.
    text
        What was done, for people.
    film
        Id of the film it was done on, or None.
    seconds
        How long it took the reader, or None where nobody measured.
    parent
        The gesture upon which this one was done; 0 for the first.
    touched
        Ids of the boxes it made, changed or removed; told by what does a step, empty in lists.
    """

    seq: int
    step: Step
    gesture: int
    reader: str
    at: str
    text: str
    film: int | None = None
    seconds: float | None = None
    parent: int = 0
    touched: tuple[int, ...] = ()


@dataclass(frozen=True)
class Findings:
    """What a check of a project file found.

    Parameters
    ----------
    faults
        Sentences on what is damaged; empty if the file is sound.
    films, boxes, gestures
        Counts.
    readers
        Codes.
    """

    faults: tuple[str, ...] = ()
    films: int = 0
    boxes: int = 0
    gestures: int = 0
    readers: tuple[str, ...] = field(default_factory=tuple)
