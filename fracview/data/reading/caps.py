"""How long and how large reading one file may get, and how a reader binds itself to that."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

SECONDS = 10.0
"""Wall clock for a file of up to :data:`SMALL` bytes."""
MEMORY = 896 << 20
"""Bytes that such a file may need beyond what a reader has before it reads anything."""
SMALL = 10 << 20

_EXTRA_SECONDS = 1.0
_EXTRA_MEMORY = 6
_SLACK = 5
_LOOK = 0.1
OVER_MEMORY = 77
"""Exit code of a reader that has seen itself grow too large."""


def time_limit(size: int) -> float:
    """Seconds that a file of ``size`` bytes may take: 10, and 1 more per MB above 10 MB."""
    return SECONDS + _EXTRA_SECONDS * max(0, size - SMALL) / (1 << 20)


def memory_limit(size: int) -> int:
    """Bytes that a file of ``size`` bytes may need: 896 MB, and 6 times what is above 10 MB."""
    return MEMORY + _EXTRA_MEMORY * max(0, size - SMALL)


def address_space() -> int:
    """Bytes of address space of this process; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()


def bind(base: int, size: int) -> None:
    """Cap this process for one file; the caps of the next file replace these.

    Address space is capped by the kernel (Linux). Processor time is capped a little above the
    wall clock, so that a reader which hangs in C ends even when its parent was killed.

    Parameters
    ----------
    base
        Address space before the first file, in bytes; 0 leaves memory to :func:`watch_memory`.
    size
        Bytes of the file.
    """
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + time_limit(size)) + _SLACK
    _lower(resource.RLIMIT_CPU, until)
    if base:
        _lower(resource.RLIMIT_AS, base + memory_limit(size))


def forbid_core() -> None:
    """Leave no core file behind: it would hold the pixels and names of a patient."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def watch_memory(limit: int) -> None:
    """Leave when this process has grown too large, where the kernel would not forbid it (macOS)."""
    if sys.platform == "darwin":
        threading.Thread(target=_look, args=(limit,), daemon=True).start()


def _look(limit: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < limit:
        time.sleep(_LOOK)  # nothing there tells a process that it has grown, so it has to look
    os._exit(OVER_MEMORY)


def _lower(what: int, soft: int) -> None:
    """Set a soft limit, never above the hard one, which stays."""
    if sys.platform == "win32":
        return
    import resource

    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (soft if hard < 0 else min(soft, hard), hard))
