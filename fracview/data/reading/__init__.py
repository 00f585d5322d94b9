"""Files that we did not make are read apart: in a process of its own, capped and killable.

A damaged file can crash, hang or bloat a decoder in C, and no thread can end that; only the end of
a process can. :func:`begin` turns reading apart on for this process: from then on
``read_radiograph``, ``image_size`` and ``thumbnail`` ask a :class:`~.room.ReadingRoom`. The window
and the command line do so; a library user's script does not unless it asks, since processes that
are spawned need a guarded main module. ``apart=False`` reads here whatever the switch says.

This module is imported first in every child, so it imports nothing heavy.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from typing import TYPE_CHECKING

from fracview.errors import UnreadableFile

if TYPE_CHECKING:
    from fracview.data.reading.room import ReadingRoom

__all__ = ["ReadingCancelled", "begin", "current", "end"]

_GUARD = threading.Lock()
_spares: list[int] = []
"""Empty while files are read here, else how many readers wait."""
_rooms: dict[int, ReadingRoom] = {}
"""By process: a forked process must never speak through its parent's pipes."""


class ReadingCancelled(UnreadableFile):
    """Nobody wants the file any more; its reader was ended."""


def begin(*, spares: int = 1, warm: bool = True) -> None:
    """Read files apart from now on; asking again only changes the number of spares.

    Parameters
    ----------
    spares
        Readers that wait beside those at work, so that a death costs no time.
    warm
        Whether to start them now, in a thread; otherwise with the first file.
    """
    with _GUARD:
        _spares[:] = [spares]
        room = _rooms.get(os.getpid())
    if room is not None:
        room.spares = spares
    if warm:
        threading.Thread(target=_warm, name="fracview-readers", daemon=True).start()


def end() -> None:
    """End all readers; files are read in this process again."""
    with _GUARD:
        _spares.clear()
        room = _rooms.pop(os.getpid(), None)
    if room is not None:
        room.close()


def current() -> ReadingRoom | None:
    """Return the room of this process, or None where files are read here."""
    # A daemon, such as a reader itself, may start no process of its own.
    if not _spares or multiprocessing.current_process().daemon:
        return None
    from fracview.data.reading.room import ReadingRoom

    with _GUARD:
        if not _spares:
            return None
        room = _rooms.get(os.getpid())
        if room is None:
            _rooms.clear()
            room = _rooms[os.getpid()] = ReadingRoom(_spares[0])
    return room


def _warm() -> None:
    room = current()
    if room is not None:
        room.warm()
