"""Changes of rows, each kept with what was there before, so that it can be taken back exactly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from fracview.project.schema import KEYS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

Row: TypeAlias = dict[str, Any]
Change: TypeAlias = tuple[str, Row | None, Row | None]
"""Table, row before (None: it was not there), row after (None: it is gone)."""


class Misfit(Exception):
    """A row is not what the history says it is."""


class Rows:
    """What one gesture reads and changes, inside its transaction.

    Parameters
    ----------
    connection
        In a transaction.
    reader
        Row id of the reader whose gesture it is.
    same_film
        Raises unless a film's file still holds what the boxes were drawn on.
    """

    def __init__(
        self, connection: sqlite3.Connection, reader: int, same_film: Callable[[int], None]
    ) -> None:
        self.connection, self.reader, self.same_film = connection, reader, same_film
        self.changes: list[Change] = []
        self.film: int | None = None
        """The film that the gesture is about; the window goes there when it is undone."""

    def find(self, table: str, **columns: Any) -> list[Row]:
        """Rows of a table with these values, in the order of their keys."""
        return find(self.connection, table, **columns)

    def one(self, table: str, **columns: Any) -> Row | None:
        """The only row with these values, or None."""
        found = self.find(table, **columns)
        return found[0] if found else None

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row and return it with its new id."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
        )
        key = {"id": cursor.lastrowid} if KEYS[table] == ("id",) else _key(table, values)
        row = self.one(table, **key)
        assert row is not None
        self.changes.append((table, None, row))
        return row

    def update(self, table: str, row: Row, **values: Any) -> Row:
        """Give a row other values; nothing happens if they are the same."""
        after = {**row, **values}
        if after != row:
            _put(self.connection, table, row, after)
            self.changes.append((table, row, after))
        return after

    def reader_of(self, code: str) -> int:
        """Row id of a reader, who is written down if new; no undo forgets a reader."""
        self.connection.execute("INSERT OR IGNORE INTO readers (code) VALUES (?)", (code,))
        found = self.connection.execute("SELECT id FROM readers WHERE code = ?", (code,))
        return int(found.fetchone()[0])

    def delete(self, table: str, row: Row) -> None:
        """Remove a row."""
        _put(self.connection, table, row, None)
        self.changes.append((table, row, None))


def find(connection: sqlite3.Connection, table: str, **columns: Any) -> list[Row]:
    """Rows of a table with these values, in the order of their keys."""
    where = " AND ".join(f"{name} = ?" for name in columns)
    cursor = connection.execute(
        f"SELECT * FROM {table}{' WHERE ' * bool(where)}{where} ORDER BY {', '.join(KEYS[table])}",
        tuple(columns.values()),
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values)) for values in cursor]


def apply_changes(
    connection: sqlite3.Connection, changes: Sequence[Change], *, backwards: bool = False
) -> None:
    """Carry out a gesture's changes, or take them back in reverse order.

    Raises
    ------
    Misfit
        If a row is not what it has to be before; the caller rolls back.
    """
    for table, before, after in oriented(changes, backwards):
        _put(connection, table, before, after)


def oriented(changes: Sequence[Change], backwards: bool) -> Iterable[Change]:
    """Changes as they are, or each turned round and the last one first."""
    if not backwards:
        return changes
    return ((table, after, before) for table, before, after in reversed(changes))


def touched_boxes(changes: Iterable[Change]) -> tuple[int, ...]:
    """Ids of all boxes in some changes, in order."""
    ids = (
        (after or before or {})["id"]
        for table, before, after in changes
        if table == "boxes"
    )  # fmt: skip
    return tuple(dict.fromkeys(ids))


def packed(changes: Iterable[Change]) -> str:
    """Changes as text; floats come back bit by bit."""
    return json.dumps(list(changes), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def unpacked(text: str) -> list[Change]:
    """Undo :func:`packed`."""
    return [(table, before, after) for table, before, after in json.loads(text)]


def _put(connection: sqlite3.Connection, table: str, before: Row | None, after: Row | None) -> None:
    """Turn a row into another, after making sure that it is the expected one."""
    key = _key(table, after or before or {})
    found = find(connection, table, **key)
    if (found[0] if found else None) != before:
        raise Misfit(f"a row of {table} is not what the history says")
    where = " AND ".join(f"{name} = ?" for name in key)
    if after is None:
        connection.execute(f"DELETE FROM {table} WHERE {where}", tuple(key.values()))
    elif before is None:
        names, marks = ", ".join(after), ", ".join("?" * len(after))
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(after.values()))
    else:
        sets = ", ".join(f"{name} = ?" for name in after)
        connection.execute(
            f"UPDATE {table} SET {sets} WHERE {where}", (*after.values(), *key.values())
        )


def _key(table: str, row: Row) -> Row:
    return {name: row[name] for name in KEYS[table]}
