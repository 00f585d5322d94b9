"""Opening a project file: first looked at without touching it, then opened to write if it may."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.errors import ProjectError, SettingError
from fracview.project.checks import faults
from fracview.project.failures import DamagedProject, plain_errors
from fracview.project.places import is_network
from fracview.project.schema import APPLICATION_ID, VERSION, lay_out, version_of
from fracview.project.snapshots import newest_sound, snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".fracview"
PATIENCE = 5.0
"""Seconds to wait for another process that holds the file for a moment."""
_MAGIC = b"SQLite format 3\0"


def create_file(path: Path) -> None:
    """Make an empty project; it appears under its name only when it is complete.

    Raises
    ------
    SettingError
        If the name does not end in ``.fracview``.
    ProjectError
        If there is such a file already, or the folder cannot be written.
    """
    if path.suffix != SUFFIX:
        raise SettingError(f"'{path.name}' does not end in {SUFFIX}.")
    if os.path.lexists(path):
        raise ProjectError(path, "there is such a file already", "Open it, or take another name")
    new = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with plain_errors(path, "the project was not made"):
            connection = sqlite3.connect(new, isolation_level=None)
            try:
                lay_out(connection)
                connection.execute("INSERT INTO meta VALUES ('id', ?)", (uuid.uuid4().hex,))
            finally:
                connection.close()
        if path.exists():
            raise ProjectError(path, "there is such a file already", "Open it")
        os.replace(new, path)
    except OSError as error:
        raise ProjectError(
            path, f"the project was not made ({error.strerror})", "Choose another folder"
        ) from error
    finally:
        new.unlink(missing_ok=True)


def look(path: Path) -> int:
    """Check a project without changing a byte of it.

    Returns
    -------
    int
        Its schema version.

    Raises
    ------
    DamagedProject
        If it is not sound; the error names the newest snapshot that is.
    ProjectError
        If it is gone, no plain file or something else than a project.
    """
    _check_head(path)
    with plain_errors(path, "it was not opened"):
        try:
            with reading(path) as connection:
                version = version_of(connection)
                found = faults(connection) if version <= VERSION else ()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            found = (f"it cannot be read: {error}",)
            version = 0
    if found:
        raise DamagedProject(path, found[0], newest_sound(path))
    return version


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open for writing: write-ahead log and full sync here, rollback journal on a network."""
    with plain_errors(path, "it was not opened"):
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=PATIENCE
        )
        try:
            _set_up(connection, network=is_network(path))
        except sqlite3.Error:
            connection.close()
            raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open for reading only.

    Where SQLite would have to write beside the file to read it (an interrupted commit, a folder
    that takes no files, shared memory on a network), a private copy is read instead.
    """
    with tempfile.TemporaryDirectory(prefix="fracview-") as folder:
        source = path
        if not _readable_in_place(path):
            source = Path(folder, path.name)
            for end in ("", "-wal", "-journal"):
                beside = path.with_name(path.name + end)
                if beside.exists():
                    shutil.copyfile(beside, source.with_name(source.name + end))
        mode = "ro" if source is path else "rw"
        connection = sqlite3.connect(
            f"{source.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=PATIENCE
        )
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            yield connection
        finally:
            connection.close()


def _readable_in_place(path: Path) -> bool:
    if not os.access(path.parent, os.W_OK):
        return False
    journal = path.with_name(f"{path.name}-journal")
    if journal.exists() and journal.stat().st_size:
        return False
    with path.open("rb") as stream:
        logged = stream.read(20)[18:20] == b"\2\2"
    return not (logged and is_network(path))


def _check_head(path: Path) -> None:
    if not path.exists():
        hint = "Was it moved or renamed?"
        if snapshots(path):
            hint = "Its snapshots are there: fracview project restore-snapshot"
        raise ProjectError(path, "there is no such project", hint)
    if not path.is_file():
        raise ProjectError(path, "it is a folder or a device, not a project")
    try:
        with path.open("rb") as stream:
            head = stream.read(100)
    except OSError as error:
        raise ProjectError(path, f"it cannot be read ({error.strerror})") from error
    if len(head) == 100 and head.startswith(_MAGIC):
        if int.from_bytes(head[68:72], "big") == APPLICATION_ID:
            return
        if not snapshots(path):
            raise ProjectError(path, "it is an SQLite file of another program, not a project")
    elif not snapshots(path) and path.suffix != SUFFIX:
        raise ProjectError(path, "it is no fracview project")
    reason = "the file is damaged: its head is not that of a project" if head else "it is empty"
    raise DamagedProject(path, reason, newest_sound(path))


def _set_up(connection: sqlite3.Connection, *, network: bool) -> None:
    for setting in ("foreign_keys = ON", "trusted_schema = OFF", "cell_size_check = ON",
                    "fullfsync = ON", "checkpoint_fullfsync = ON"):  # fmt: skip
        connection.execute(f"PRAGMA {setting}")
    if network:  # a log from elsewhere is read without shared memory, then given up
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    wanted = "delete" if network else "wal"
    got = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]
    if got not in ("wal", "delete"):
        raise sqlite3.OperationalError(f"it is kept in journal mode {got}")
    connection.execute("PRAGMA locking_mode = NORMAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if got == 'wal' else 'EXTRA'}")
