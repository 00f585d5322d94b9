"""The tables of a project file, and the way from each version to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

APPLICATION_ID = 0x46524356
"""``FRCV`` in the file's header: tells a project from any other SQLite file."""

VERSION = 1

KEYS = {"films": ("id",), "boxes": ("id",), "reads": ("film", "reader")}
"""Tables that gestures change, with the columns that name a row."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE readers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE
);

CREATE TABLE films (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  bytes INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  height INTEGER NOT NULL CHECK (height > 0),
  width INTEGER NOT NULL CHECK (width > 0),
  orientation INTEGER NOT NULL CHECK (orientation BETWEEN 1 AND 8),
  label TEXT
);
CREATE INDEX films_by_content ON films (sha256);

CREATE TABLE boxes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  film INTEGER NOT NULL REFERENCES films (id),
  reader INTEGER NOT NULL REFERENCES readers (id),
  x1 REAL NOT NULL, y1 REAL NOT NULL, x2 REAL NOT NULL, y2 REAL NOT NULL,
  label TEXT NOT NULL,
  certainty TEXT NOT NULL CHECK (certainty IN ('definite', 'probable', 'possible')),
  kind TEXT NOT NULL,
  note TEXT NOT NULL,
  locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
  origin TEXT NOT NULL,
  CHECK (x2 > x1 AND y2 > y1)
);
CREATE INDEX boxes_of_film ON boxes (film, reader);

CREATE TABLE reads (
  film INTEGER NOT NULL REFERENCES films (id),
  reader INTEGER NOT NULL REFERENCES readers (id),
  label TEXT,
  state TEXT NOT NULL CHECK (state IN ('open', 'reviewed', 'discuss')),
  note TEXT NOT NULL,
  PRIMARY KEY (film, reader)
) WITHOUT ROWID;

-- Measured, not done: no undo takes time back, so no row here hangs on a film's row.
CREATE TABLE time_spent (
  film INTEGER NOT NULL,
  reader INTEGER NOT NULL REFERENCES readers (id),
  seconds REAL NOT NULL CHECK (seconds >= 0),
  PRIMARY KEY (film, reader)
) WITHOUT ROWID;

CREATE TABLE history (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  step TEXT NOT NULL CHECK (step IN ('do', 'undo', 'redo')),
  gesture INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  head INTEGER NOT NULL,
  tip INTEGER NOT NULL,
  reader INTEGER NOT NULL REFERENCES readers (id),
  at TEXT NOT NULL,
  seconds REAL,
  text TEXT NOT NULL,
  film INTEGER,
  changes TEXT NOT NULL,
  digest TEXT NOT NULL
);
CREATE INDEX history_by_parent ON history (parent) WHERE step = 'do';
CREATE TRIGGER history_is_not_changed BEFORE UPDATE ON history
  BEGIN SELECT RAISE (ABORT, 'the history only grows'); END;
CREATE TRIGGER history_is_not_cut BEFORE DELETE ON history
  BEGIN SELECT RAISE (ABORT, 'the history only grows'); END;
"""

MIGRATIONS: dict[int, str] = {}
"""Statements that turn version n into n + 1."""


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file."""
    connection.executescript(
        f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION_ID}; "
        f"PRAGMA user_version = {VERSION}; COMMIT;"
    )


def version_of(connection: sqlite3.Connection) -> int:
    """Schema version that a file says."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an older file up to date, each version in one transaction.

    Whoever calls has taken a verified copy before.
    """
    for version in range(version_of(connection), VERSION):
        connection.executescript(
            f"BEGIN IMMEDIATE; {MIGRATIONS[version]}; PRAGMA user_version = {version + 1}; COMMIT;"
        )
