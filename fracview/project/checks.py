"""Whether a project file says what was written: structure, chain of digests, and replay."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from fracview.project.journal import COLUMNS, digest
from fracview.project.records import Findings
from fracview.project.rows import Row, find, oriented, unpacked
from fracview.project.schema import APPLICATION_ID, KEYS, VERSION, lay_out, version_of

_SHOWN = 5


def check(connection: sqlite3.Connection) -> Findings:
    """Check a file and count what it holds; nothing is changed.

    SQLite's own check sees a broken structure and not a changed digit. Therefore the digests of
    the history are computed anew and the boxes are built up from it once more.
    """
    found = faults(connection)
    try:
        films, boxes, gestures = (
            int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])
            for what in ("films", "boxes", "history WHERE step = 'do'")
        )
        readers = tuple(
            code for (code,) in connection.execute("SELECT code FROM readers ORDER BY id")
        )
    except sqlite3.Error as error:
        return Findings(found or (f"it cannot be read: {error}",))
    return Findings(found, films, boxes, gestures, readers)


def faults(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Sentences on what is damaged; empty if the file is sound."""
    try:
        return _structure(connection) or _content(connection)
    except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
        return (f"it cannot be read: {str(error)[:120]}",)


def _structure(connection: sqlite3.Connection) -> tuple[str, ...]:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return ("it does not say that it is a fracview project",)
    broken = [line for (line,) in connection.execute(f"PRAGMA integrity_check({_SHOWN})")]
    if broken != ["ok"]:
        return tuple(f"SQLite finds: {line}" for line in broken)
    orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(_SHOWN)
    if orphans:
        return tuple(f"a row of {table} belongs to no {other}" for table, _, other, _ in orphans)
    # A file from elsewhere must not bring triggers or views of its own.
    if version_of(connection) == VERSION and _schema(connection) != _own_schema():
        return ("its tables are not those of a fracview project",)
    return ()


def _content(connection: sqlite3.Connection) -> tuple[str, ...]:
    tables: dict[str, dict[tuple[Any, ...], Row]] = {table: {} for table in KEYS}
    gestures: dict[int, str] = {}
    previous = ""
    for *row, said in connection.execute(f"SELECT {COLUMNS} FROM history ORDER BY seq"):
        seq, step, about, changes = row[0], row[1], row[2], row[11]
        if digest(previous, row) != said:
            return (f"entry {seq} of the history is not what was written",)
        previous = said
        if step == "do":
            gestures[seq] = changes
        for table, before, after in oriented(unpacked(gestures[about]), step == "undo"):
            key = tuple((after or before or {})[name] for name in KEYS[table])
            if tables[table].get(key) != before:
                return (f"entry {seq} of the history does not fit what was before it",)
            if after is None:
                del tables[table][key]
            else:
                tables[table][key] = after
    for table, rows in tables.items():
        found = find(connection, table)
        if found != [rows[key] for key in sorted(rows)]:
            return (f"its {table} are not those of the history",)
    return ()


def _schema(connection: sqlite3.Connection) -> str:
    return json.dumps(
        connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        ).fetchall()
    )


def _own_schema() -> str:
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    try:
        lay_out(fresh)
        return _schema(fresh)
    finally:
        fresh.close()
