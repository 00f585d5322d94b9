"""What an open project holds, to be read."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.project import journal
from fracview.project.checks import check
from fracview.project.failures import DamagedProject, explain
from fracview.project.films import film_of, name_in, whereabouts
from fracview.project.gestures import box_of
from fracview.project.records import FilmRead, KeptBox
from fracview.project.rows import find
from fracview.project.snapshots import newest_sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fracview.project.records import Entry, Film, Findings, Whereabouts


class Contents:
    """Films, boxes, reads, readers and history of a project file.

    Parameters
    ----------
    path
        The file.
    reader
        Code of who reads.
    connection
        Open, of this thread.
    """

    def __init__(self, path: Path, reader: str, connection: sqlite3.Connection) -> None:
        self.path, self.reader, self._connection = path, reader, connection

    def films(self) -> tuple[Film, ...]:
        """All films, in the order in which they came in."""
        with self._worded("its films cannot be read"):
            return tuple(film_of(self.path, row) for row in find(self._connection, "films"))

    def film(self, path: Path | str) -> Film | None:
        """The film of a file, or None."""
        name = name_in(self.path, Path(os.path.abspath(path)))
        with self._worded("its films cannot be read"):
            found = find(self._connection, "films", path=name)
        return film_of(self.path, found[0]) if found else None

    def boxes(self, film: int, reader: str | None = None) -> tuple[KeptBox, ...]:
        """Boxes of a film: this reader's own, or another's if asked for.

        Others' boxes never come unasked, for a second reader must not see the first one's.
        """
        who = self.reader if reader is None else reader
        return tuple(box for box in self.all_boxes(film) if box.reader == who)

    def all_boxes(self, film: int) -> tuple[KeptBox, ...]:
        """Boxes of a film by all readers, in the order in which they were made."""
        codes = self._codes()
        with self._worded("its boxes cannot be read"):
            return tuple(
                KeptBox(row["id"], film, codes[row["reader"]], box_of(row), row["origin"])
                for row in find(self._connection, "boxes", film=film)
            )

    def read(self, film: int, reader: str | None = None) -> FilmRead:
        """What a reader says of a film as a whole; this one if none is named."""
        who = self.reader if reader is None else reader
        with self._worded("it cannot be read"):
            found = self._connection.execute(
                "SELECT label, state, note FROM reads JOIN readers ON readers.id = reader "
                "WHERE film = ? AND code = ?",
                (film, who),
            ).fetchone()
        return FilmRead(*found) if found else FilmRead()

    def seconds(self, film: int, reader: str | None = None) -> float:
        """Time that a reader spent on a film."""
        who = self.reader if reader is None else reader
        with self._worded("it cannot be read"):
            found = self._connection.execute(
                "SELECT seconds FROM time_spent JOIN readers ON readers.id = reader "
                "WHERE film = ? AND code = ?",
                (film, who),
            ).fetchone()
        return float(found[0]) if found else 0.0

    def readers(self) -> tuple[str, ...]:
        """Codes of all readers, the first one first."""
        return tuple(self._codes().values())

    def history(self, last: int | None = None) -> tuple[Entry, ...]:
        """Everything that was done, oldest first; only the last so many if given."""
        with self._worded("its history cannot be read"):
            return journal.entries(self._connection, last)

    def where(self, film: Film) -> Whereabouts:
        """Whether a film's file is the same, has changed, or is missing."""
        return whereabouts(film.facts)

    def check(self) -> Findings:
        """Check everything, the history replayed; see :func:`fracview.project.checks.check`."""
        return check(self._connection)

    def _codes(self) -> dict[int, str]:
        with self._worded("its readers cannot be read"):
            return dict(self._connection.execute("SELECT id, code FROM readers ORDER BY id"))

    @contextmanager
    def _worded(self, deed: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            said = explain(self.path, deed, error)
            if isinstance(said, DamagedProject):
                said = DamagedProject(self.path, said.reason, newest_sound(self.path))
            raise said from error
