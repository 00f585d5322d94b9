"""A project: one file with films, boxes, readers and everything that was ever done to them."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.errors import ProjectError, SettingError
from fracview.project import journal
from fracview.project.contents import Contents
from fracview.project.failures import DamagedProject
from fracview.project.films import changed_film, film_of, whereabouts
from fracview.project.lock import take_lock
from fracview.project.opening import create_file, look, open_to_write, reading
from fracview.project.records import reader_code
from fracview.project.rows import Misfit, Rows, apply_changes, find, touched_boxes
from fracview.project.schema import VERSION, migrate
from fracview.project.snapshots import last_seq, newest_sound, take_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from fracview.project.gestures import Gesture
    from fracview.project.journal import Done
    from fracview.project.records import Entry, Step

_NOT_SAVED = "this was not saved"


class Project(Contents):
    """An open project file; made by :meth:`create` and :meth:`open`, for one thread.

    When a method that changes something returns, the change is on the disk. When it raises, the
    file says what it said before, and the same call may be tried again.

    Attributes
    ----------
    path
        The file.
    reader
        Code of who reads; gestures are theirs, and they undo their own alone.
    read_only
        Whether nothing can be changed.
    notes
        Sentences that the person must see: why it is read-only, what could not be done at opening.
    """

    def __init__(
        self,
        path: Path,
        reader: str,
        connection: sqlite3.Connection,
        *,
        read_only: bool,
    ) -> None:
        super().__init__(path, reader, connection)
        self.read_only = read_only
        self.notes: tuple[str, ...] = ()
        self._end = ExitStack()
        self._seen: dict[int, tuple[int, int]] = {}
        self._reader_id = 0

    # Opening and closing ----------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path | str, reader: str) -> Project:
        """Make a new project and open it.

        Parameters
        ----------
        path
            Ends in ``.fracview``; nothing may be there yet.
        reader
            1 to 16 letters and digits; no name.

        Raises
        ------
        SettingError
            If the name or the code is not of that form.
        ProjectError
            If there is such a file, or the folder cannot be written.
        """
        reader_code(reader)
        path = Path(path).resolve()
        create_file(path)
        return cls.open(path, reader)

    @classmethod
    def open(cls, path: Path | str, reader: str, *, read_only: bool = False) -> Project:
        """Check a project and open it.

        It opens read-only, with the reason in :attr:`notes`, where another process writes to it,
        its folder takes no files, or a newer fracview has written it.

        Parameters
        ----------
        path
            The file.
        reader
            Code of who reads; new codes are welcome.
        read_only
            Look only.

        Raises
        ------
        SettingError
            If the code is none.
        DamagedProject
            If it is not sound; :attr:`DamagedProject.snapshot` is the newest copy that is.
        ProjectError
            If it is gone or no project.
        """
        reader_code(reader)
        path = Path(path).resolve()
        with ExitStack() as stack:
            notes: list[str] = []
            writing = not read_only and take_lock(path, reader, stack, notes)
            version = look(path)
            if version > VERSION and writing:
                notes.append(
                    f"{path.name} was written by a newer fracview, so nothing can be changed here. "
                    "Update fracview to work on it."
                )
                writing = False
            if version < VERSION and not writing:
                raise ProjectError(
                    path, "it was written by an older fracview", "Open it once to write, to update"
                )
            if writing:
                connection = open_to_write(path)
                stack.callback(connection.close)
            else:
                connection = stack.enter_context(reading(path))
            project = cls(path, reader, connection, read_only=not writing)
            if writing:
                project._enter(version, notes)
            project.notes = tuple(notes)
            project._end = stack.pop_all()
        return project

    def _enter(self, version: int, notes: list[str]) -> None:
        """Keep a sound copy of what was found, bring it up to date and sign in."""
        try:
            last = journal.position_of_last(self._connection)
            if version < VERSION or last_seq(self.path) != last:
                take_snapshot(self._connection, self.path)
        except ProjectError as error:
            if version < VERSION:  # nothing is converted without a copy
                raise
            notes.append(str(error))
        if version < VERSION:
            with self._worded("it could not be brought up to date"):
                migrate(self._connection)
        self._reader_id = self.reader_id(self.reader)

    def close(self) -> None:
        """Give the file back; may be called twice."""
        self._end.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    # What is done -----------------------------------------------------------------------------

    def do(self, gesture: Gesture, seconds: float | None = None) -> Entry | None:
        """Do something, for good and undoably.

        Parameters
        ----------
        gesture
            See :mod:`fracview.project.gestures`.
        seconds
            How long it took the reader.

        Returns
        -------
        Entry or None
            Its line in the history; None if it changed nothing.

        Raises
        ------
        ProjectError
            If it could not be saved: nothing has changed then, and it can be tried again.
        SettingError
            If it cannot be done.
        InputError
            If the film's file is not what its boxes were drawn on.
        """
        self._must_write()
        if gesture.large:
            self.snapshot()
        with self._transaction():
            rows = Rows(self._connection, self._reader_id, self._same_film)
            gesture.apply(rows, self.path)
            if not rows.changes:
                return None
            seq = journal.append(
                self._connection, "do", self._reader_id, gesture.text, rows.film,
                changes=rows.changes, seconds=seconds,
            )  # fmt: skip
        return journal.entry(self._connection, seq, touched_boxes(rows.changes))

    def undo(self) -> Entry | None:
        """Take back the last gesture; None if there is none, or it is another reader's."""
        self._must_write()
        return self._step("undo", self._next("undo"))

    def redo(self) -> Entry | None:
        """Do again what was undone last; None if there is nothing, or it is another reader's."""
        self._must_write()
        return self._step("redo", self._next("redo"))

    @property
    def undo_text(self) -> str:
        """What undo would take back, or ""."""
        done = self._next("undo")
        return done.text if done else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again, or ""."""
        done = self._next("redo")
        return done.text if done else ""

    def go_to(self, seq: int) -> Entry | None:
        """Undo and redo as one, until a gesture is the last one done; also on a line left before.

        Parameters
        ----------
        seq
            Place of a gesture in the history; 0 undoes everything.

        Returns
        -------
        Entry or None
            The last step; None if it is the last gesture already.

        Raises
        ------
        SettingError
            If there is no such gesture, or another reader's lies on the way.
        """
        self._must_write()
        if seq and journal.gesture(self._connection, seq) is None:
            raise SettingError(f"the history has no gesture {seq}.")
        last: Entry | None = None
        with self._transaction():
            at = journal.position(self._connection)
            back, forth = journal.way(self._connection, at.head, seq)
            on_line = not seq or seq in journal.line(self._connection, at.tip)
            tip = at.tip if on_line else seq
            steps: list[tuple[Step, int]] = [("undo", place) for place in back]
            steps += [("redo", place) for place in forth]
            for step, place in steps:
                done = journal.gesture(self._connection, place)
                if done is None or done.reader != self._reader_id:
                    raise SettingError("another reader's work lies on the way; it stays as it is.")
                last = self._apply(step, done, tip)
        return last

    def spend(self, film: int, seconds: float) -> None:
        """Add to the time that this reader spent on a film; no undo takes it back."""
        self._must_write()
        with self._transaction():
            self._connection.execute(
                "INSERT INTO time_spent VALUES (?, ?, ?) ON CONFLICT (film, reader) "
                "DO UPDATE SET seconds = seconds + excluded.seconds",
                (film, self._reader_id, float(seconds)),
            )

    def snapshot(self) -> Path:
        """Keep a checked copy beside the file; the ten newest stay.

        Raises
        ------
        ProjectError
            If it could not be taken; older ones stay.
        """
        return take_snapshot(self._connection, self.path)

    # Inside -----------------------------------------------------------------------------------

    def reader_id(self, code: str) -> int:
        """Row id of a reader, who is written down if new."""
        reader_code(code)
        with self._transaction():
            self._connection.execute("INSERT OR IGNORE INTO readers (code) VALUES (?)", (code,))
            found = self._connection.execute("SELECT id FROM readers WHERE code = ?", (code,))
            return int(found.fetchone()[0])

    def _next(self, step: Step) -> Done | None:
        """The gesture that undo or redo is about, if it is this reader's."""
        with self._worded("its history cannot be read"):
            at = journal.position(self._connection)
            seq = at.head if step == "undo" else journal.next_redo(self._connection, at)
            done = journal.gesture(self._connection, seq) if seq else None
        return done if done is not None and done.reader == self._reader_id else None

    def _step(self, step: Step, done: Done | None) -> Entry | None:
        if done is None:
            return None
        with self._transaction():
            return self._apply(step, done)

    def _apply(self, step: Step, done: Done, tip: int | None = None) -> Entry:
        """Undo or redo one gesture inside a transaction."""
        try:
            apply_changes(self._connection, done.changes, backwards=step == "undo")
        except Misfit as error:
            raise DamagedProject(self.path, str(error), newest_sound(self.path)) from error
        seq = journal.append(
            self._connection, step, self._reader_id, done.text, done.film, done=done, tip=tip
        )
        return journal.entry(self._connection, seq, touched_boxes(done.changes))

    def _same_film(self, film: int) -> None:
        """Raise if a film's file has changed; its bytes are hashed once per change of its time."""
        facts = film_of(self.path, find(self._connection, "films", id=film)[0]).facts
        try:
            status = facts.path.stat()
        except OSError:  # the drive may be away; the boxes are still worth keeping
            return
        now = (status.st_size, status.st_mtime_ns)
        if self._seen.get(film) == now:
            return
        if whereabouts(facts) == "changed":
            raise changed_film(facts.path)
        self._seen[film] = now

    def _must_write(self) -> None:
        if self.read_only:
            why = self.notes[0] if self.notes else "it was opened to look only"
            raise ProjectError(self.path, "nothing can be changed here", why)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; when it ends, it is on the disk."""
        with self._worded(_NOT_SAVED):
            before = journal.position_of_last(self._connection)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._roll_back()
                raise
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                self._roll_back()
                if journal.position_of_last(self._connection) == before:
                    raise
                # The rollback journal is gone, so it is done; only the folder was not synced.
                self.notes += (
                    f"{self.path.name}: the drive reported a fault just after saving. What was "
                    "done is there; a power cut now could take the last step back.",
                )

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back itself
            self._connection.execute("ROLLBACK")
