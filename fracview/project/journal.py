"""The history of gestures: it only grows, and undo and redo are entries of it themselves.

Gestures form a tree. Each is done upon another, its *parent*; the *head* is the gesture that was
done last and not undone, and the *tip* is the end of the line that redo follows. Undo moves the
head to its parent and leaves the tip. Redo moves the head one step towards the tip. A new gesture
becomes head and tip; the line that was undone before stays in the history, redo no longer follows
it, and only going to one of its gestures brings it back.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from fracview.project.records import Entry
from fracview.project.rows import packed, unpacked

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from fracview.project.records import Step
    from fracview.project.rows import Change

_as_text = json.JSONEncoder(separators=(",", ":")).encode

COLUMNS = "seq, step, gesture, parent, head, tip, reader, at, seconds, text, film, changes, digest"
_ENTRY = (
    "SELECT history.seq, step, gesture, code, at, text, film, seconds, parent FROM history "
    "JOIN readers ON readers.id = history.reader"
)


class Position(NamedTuple):
    """Where the history stands: the gesture done last, and the end of the line of redo."""

    head: int
    tip: int


class Done(NamedTuple):
    """A gesture as it is kept."""

    seq: int
    parent: int
    reader: int
    text: str
    film: int | None
    changes: list[Change]


def position(connection: sqlite3.Connection) -> Position:
    """Head and tip; both 0 while nothing was done."""
    found = connection.execute("SELECT head, tip FROM history ORDER BY seq DESC LIMIT 1").fetchone()
    return Position(*found) if found else Position(0, 0)


def position_of_last(connection: sqlite3.Connection) -> int:
    """Place of the last entry; 0 while there is none."""
    found = connection.execute("SELECT coalesce(max(seq), 0) FROM history").fetchone()
    return int(found[0])


def gesture(connection: sqlite3.Connection, seq: int) -> Done | None:
    """A gesture by its place, or None if nothing was done there."""
    found = connection.execute(
        "SELECT seq, parent, reader, text, film, changes FROM history "
        "WHERE seq = ? AND step = 'do'",
        (seq,),
    ).fetchone()
    if found is None:
        return None
    place, parent, reader, text, film, changes = found
    return Done(place, parent, reader, text, film, unpacked(changes))


def next_redo(connection: sqlite3.Connection, at: Position) -> int | None:
    """The gesture that redo would do, or None at the end of the line."""
    if at.head == at.tip:
        return None
    children = [
        seq
        for (seq,) in connection.execute(
            "SELECT seq FROM history WHERE step = 'do' AND parent = ?", (at.head,)
        )
    ]
    if len(children) == 1:  # the tip lies behind it, for the head is always on the tip's line
        return int(children[0])
    return next((seq for seq in line(connection, at.tip) if seq in children), None)


def line(connection: sqlite3.Connection, seq: int) -> Iterator[int]:
    """A gesture, its parent, and so on back to the first."""
    while seq:
        yield seq
        found = connection.execute(
            "SELECT parent FROM history WHERE seq = ? AND step = 'do'", (seq,)
        ).fetchone()
        seq = int(found[0]) if found else 0


def way(connection: sqlite3.Connection, head: int, goal: int) -> tuple[list[int], list[int]]:
    """Gestures to undo and then to redo on the way from the head to a gesture, in order."""
    back, forth = list(line(connection, head)), list(line(connection, goal))
    shared = set(back) & set(forth)
    return (
        [seq for seq in back if seq not in shared],
        [seq for seq in reversed(forth) if seq not in shared],
    )


def append(
    connection: sqlite3.Connection,
    step: Step,
    reader: int,
    text: str,
    film: int | None,
    *,
    done: Done | None = None,
    tip: int | None = None,
    changes: Sequence[Change] = (),
    seconds: float | None = None,
) -> int:
    """Write the next entry.

    Parameters
    ----------
    connection
        In the transaction that carries out the change.
    step, reader, text, film, seconds
        See :class:`fracview.project.records.Entry`; the reader by row id.
    done
        The gesture that is undone or redone; None for a new one.
    tip
        Where redo leads from here; where it led before if None.
    changes
        Of a new gesture.

    Returns
    -------
    int
        The entry's place.
    """
    before = position(connection)
    last = connection.execute(
        "SELECT seq, digest FROM history ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    seq = (last[0] if last else 0) + 1
    if done is None:
        about, parent, head, tip = seq, before.head, seq, seq
    else:
        about, parent = done.seq, done.parent
        head = done.parent if step == "undo" else done.seq
        tip = before.tip if tip is None else tip
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    row = (seq, step, about, parent, head, tip, reader, at, seconds, text, film, packed(changes))
    connection.execute(
        f"INSERT INTO history ({COLUMNS}) VALUES ({', '.join('?' * 13)})",
        (*row, digest(last[1] if last else "", row)),
    )
    return seq


def digest(previous: str, row: Sequence[Any]) -> str:
    """Sha256 over an entry and the digest before it: no entry can change or go unnoticed."""
    return hashlib.sha256(_as_text([previous, *row]).encode()).hexdigest()


def entries(connection: sqlite3.Connection, last: int | None = None) -> tuple[Entry, ...]:
    """The history, oldest first; only the last so many if given."""
    limit = "" if last is None else f" LIMIT {int(last)}"
    found = connection.execute(f"{_ENTRY} ORDER BY history.seq DESC{limit}").fetchall()
    return tuple(Entry(*values) for values in reversed(found))


def entry(connection: sqlite3.Connection, seq: int, touched: tuple[int, ...] = ()) -> Entry:
    """One line of the history."""
    found = connection.execute(f"{_ENTRY} WHERE history.seq = ?", (seq,)).fetchone()
    return replace(Entry(*found), touched=touched)
