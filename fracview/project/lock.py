"""One writer per project: a lock that says who holds it and dies with its process."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

_FAR = 1 << 30
"""Windows locks bytes against reading too: lock one that lies far behind the owner's words."""


class ProjectLock:
    """Lock beside a project file, held through the system so that a killed owner frees it.

    Parameters
    ----------
    project
        The project file; the lock is ``<name>.lock`` beside it.
    """

    def __init__(self, project: Path) -> None:
        self.path = project.with_name(f"{project.name}.lock")
        self._handle: int | None = None
        self.left_behind = False
        """After :meth:`take`: whether an owner had died without giving it back."""

    def take(self, reader: str) -> bool:
        """Take the lock; False if a living process has it.

        Raises
        ------
        OSError
            If no file can be made in the folder, or its drive knows no locks.
        """
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            if not _lock(handle):
                os.close(handle)
                return False
            if _is_still(handle, self.path):
                break
            os.close(handle)  # its last owner removed it between our opening and our locking
        self.left_behind = os.fstat(handle).st_size > 0
        owner = {
            "reader": reader,
            "process": os.getpid(),
            "computer": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._handle = handle
        with contextlib.suppress(OSError):  # on a full disk the lock still locks
            os.ftruncate(handle, 0)
            os.write(handle, json.dumps(owner).encode())
        return True

    def owner(self) -> str:
        """Say in words who holds it."""
        try:
            said: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            here = said["computer"] == socket.gethostname()
            where = "on this computer" if here else f"on {said['computer']}"
            return f"reader {said['reader']} has it open {where} since {said['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another window has it open"

    def give_back(self) -> None:
        """Free it for others."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
        if sys.platform != "win32":  # an open file cannot be removed there
            with contextlib.suppress(OSError):
                self.path.unlink()
        os.close(handle)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self.path.unlink()


def _lock(handle: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(handle: int, path: Path) -> bool:
    """Whether the locked file is the one that bears the name now."""
    try:
        now = os.stat(path)
    except OSError:
        return False
    mine = os.fstat(handle)
    return (mine.st_ino, mine.st_dev) == (now.st_ino, now.st_dev)


def take_lock(path: Path, reader: str, stack: ExitStack, notes: list[str]) -> bool:
    """Take the lock of a project; if that fails, say why in the notes."""
    if not os.path.exists(path):
        return False  # said by whoever looks at it
    lock = ProjectLock(path)
    if not (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)):
        notes.append(
            f"{path.name} lies where nothing can be written, so nothing can be changed here. Copy "
            "it to a folder of your own to work on it."
        )
        return False
    try:
        taken = lock.take(reader)
    except OSError as error:
        notes.append(
            f"{path.name} could not be locked ({error.strerror}), so nothing can be changed here."
        )
        return False
    if not taken:
        notes.append(
            f"{path.name}: {lock.owner()}, so nothing can be changed here. Close it there first."
        )
        return False
    stack.callback(lock.give_back)
    if lock.left_behind:
        notes.append(f"{path.name} was not closed last time; everything that was saved is there.")
    return True
