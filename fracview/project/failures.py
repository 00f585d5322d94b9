"""What SQLite reports, in words for the person whose boxes these are."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fracview.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class DamagedProject(ProjectError):
    """A project file that cannot be trusted any more; it is left exactly as it is.

    Parameters
    ----------
    path, reason
        See :class:`fracview.errors.InputError`.
    snapshot
        Newest sound copy beside it, or None.
    """

    def __init__(self, path: Path | str, reason: str, snapshot: Path | None = None) -> None:
        self.snapshot = snapshot
        remedy = "It is left as it is"
        if snapshot is not None:
            remedy += f"; {snapshot.name} is a sound copy: fracview project restore-snapshot"
        super().__init__(path, reason, remedy)

    def __reduce__(self) -> tuple[type, tuple[Path, str, Path | None]]:  # type: ignore[override]
        return type(self), (self.path, self.reason, self.snapshot)


@contextmanager
def plain_errors(path: Path, deed: str) -> Iterator[None]:
    """Turn SQLite's errors into a ProjectError that says what was not done and why.

    Parameters
    ----------
    path
        The project file.
    deed
        What fails if anything does, such as ``"this was not saved"``.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise explain(path, deed, error) from error


def explain(path: Path, deed: str, error: sqlite3.Error) -> ProjectError:
    """Word one error of SQLite."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DamagedProject(path, f"the file is damaged, so {deed}")
    if name.startswith("SQLITE_FULL"):
        return ProjectError(path, f"the disk is full, so {deed}", "Free some space and try again")
    if name.startswith("SQLITE_READONLY"):
        return ProjectError(path, f"the file is read-only, so {deed}", "Change its permissions")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ProjectError(path, f"another program holds the file, so {deed}", "Try again")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return ProjectError(
            path,
            f"the disk did not take it, so {deed}",
            "Look whether the drive is there and has space, then try again",
        )
    return ProjectError(path, f"{deed} ({str(error)[:120]})")
