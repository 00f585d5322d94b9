"""Sound copies beside a project file: taken through SQLite, checked, and the oldest let go."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING

from fracview.errors import ProjectError
from fracview.files import whole_file
from fracview.project.checks import faults
from fracview.project.failures import plain_errors
from fracview.project.lock import ProjectLock

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 10
_NAME = re.compile(r"(\d{6})-(\d{9})\.fracview")
_NEW = ".new"


def folder_of(project: Path) -> Path:
    """Folder of a project's snapshots."""
    return project.with_name(f"{project.name}.snapshots")


def snapshots(project: Path) -> list[Path]:
    """Snapshots of a project, newest first; newer is the higher number, whatever the clock says."""
    try:
        names = sorted((path.name for path in folder_of(project).iterdir()), reverse=True)
    except OSError:
        return []
    return [folder_of(project) / name for name in names if _NAME.fullmatch(name)]


def last_seq(project: Path) -> int | None:
    """How far the history went at the newest snapshot, or None without any."""
    found = snapshots(project)
    match = _NAME.fullmatch(found[0].name) if found else None
    return int(match[2]) if match else None


def take_snapshot(source: sqlite3.Connection, project: Path, kept: int = KEPT) -> Path:
    """Copy an open project as it stands, check the copy, and only then let the oldest go.

    Parameters
    ----------
    source
        A connection of this thread, in no transaction.
    project
        The project file.
    kept
        How many snapshots stay.

    Returns
    -------
    Path
        The snapshot.

    Raises
    ------
    ProjectError
        If the disk is full or read-only, or the copy is not sound; older snapshots stay.
    """
    deed = "no snapshot was taken"
    folder = folder_of(project)
    new = folder / _NEW
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        _discard(new)
        os.close(os.open(new, os.O_CREAT | os.O_WRONLY, 0o600))
        with plain_errors(project, deed):
            seq = source.execute("SELECT coalesce(max(seq), 0) FROM history").fetchone()[0]
            copy = sqlite3.connect(new, isolation_level=None)
            try:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
                found = faults(copy)
            finally:
                copy.close()
        if found:
            raise ProjectError(project, f"{deed}: {found[0]}", "Older snapshots stay")
        _sync(new)
        target = folder / f"{_next_number(project):06d}-{seq:09d}.fracview"
        os.replace(new, target)
        _sync(folder)
    except OSError as error:
        raise ProjectError(project, f"{deed} ({error.strerror})", "Free some space") from error
    finally:
        _discard(new)
    for old in snapshots(project)[kept:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return target


def newest_sound(project: Path) -> Path | None:
    """The newest snapshot that passes every check, or None."""
    return next((path for path in snapshots(project) if not faults_of(path)), None)


def faults_of(snapshot: Path) -> tuple[str, ...]:
    """What is damaged in a closed file; it is not written to."""
    try:
        connection = sqlite3.connect(f"{snapshot.as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        return (str(error),)
    try:
        return faults(connection)
    finally:
        connection.close()


def restore(project: Path, snapshot: Path | None = None) -> tuple[Path, Path | None]:
    """Put a snapshot back, the newest sound one if none is named.

    Returns
    -------
    Path
        The snapshot.
    Path or None
        Where the old file is now.

    Raises
    ------
    ProjectError
        If there is no sound snapshot, the project is open somewhere, or see :func:`put_back`.
    """
    chosen = newest_sound(project) if snapshot is None else snapshot
    if chosen is None:
        raise ProjectError(project, "it has no sound snapshot", "Nothing was changed")
    lock = ProjectLock(project)
    try:
        if not lock.take("-"):
            raise ProjectError(project, lock.owner(), "Close it there first")
    except OSError as error:
        raise ProjectError(project, f"it cannot be locked ({error.strerror})") from error
    try:
        return chosen, put_back(project, chosen)
    finally:
        lock.give_back()


def put_back(project: Path, snapshot: Path) -> Path | None:
    """Make a snapshot the project again; what was there is moved aside, never written over.

    Whoever calls holds the project's lock.

    Returns
    -------
    Path or None
        Where the old file is now; None if there was none.

    Raises
    ------
    ProjectError
        If the snapshot is damaged, or the folder cannot be written; the old file stays.
    """
    found = faults_of(snapshot)
    if found:
        raise ProjectError(snapshot, f"it cannot be put back: {found[0]}", "Choose an older one")
    aside = _free(project) if project.exists() else None
    try:
        if aside is not None:
            _move_aside(project, aside)
        with whole_file(project, private=True) as stream, snapshot.open("rb") as source:
            shutil.copyfileobj(source, stream)
    except OSError as error:
        raise ProjectError(
            project, f"the snapshot was not put back ({error.strerror})", "Free some space"
        ) from error
    return aside


def _move_aside(project: Path, aside: Path) -> None:
    """Give a project another name, with all that SQLite keeps beside it.

    A log left beside another file of the old name would be played into that file. Whenever this
    is cut short, one of the two names has everything.
    """
    ends = [
        end for end in ("", "-wal", "-journal") if project.with_name(project.name + end).exists()
    ]
    for end in ends:
        copy = aside.with_name(aside.name + end)
        shutil.copy2(project.with_name(project.name + end), copy)
        _sync(copy)
    _sync(aside.parent)
    for end in (*ends, "-shm"):  # the project first: a log alone is harmless
        project.with_name(project.name + end).unlink(missing_ok=True)


def _free(project: Path) -> Path:
    number = 1
    while (path := project.with_name(f"{project.stem}-before-{number}.fracview")).exists():
        number += 1
    return path


def _next_number(project: Path) -> int:
    found = snapshots(project)
    return int(found[0].name[:6]) + 1 if found else 1


def _discard(path: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + end).unlink()


def _sync(path: Path) -> None:
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
