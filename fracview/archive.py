"""What was known before the program was left: records in a folder of bounded size.

One file per record, named by its key, so that no name tells of a patient, and readable by its owner
alone. Files appear whole or not at all and are read by their checksum, so any number of processes
may share the folder; whatever is damaged counts as unknown and goes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from fracview.errors import FracviewError
from fracview.files import whole_file
from fracview.packing import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SUFFIX = ".record"
ABANDONED = 3600.0
"""Seconds after which a half-written file belongs to a process that is gone."""
_log = logging.getLogger(__name__)


class Archive:
    """Records by key on disk, the least recently used leaving first.

    Parameters
    ----------
    folder
        Made when the first record is kept.
    limit
        Bytes to hold. A record above it is not kept.
    kinds
        The dataclasses that records consist of, by name; see :func:`fracview.packing.unpack`.
    """

    def __init__(self, folder: Path, limit: int, kinds: Mapping[str, type]) -> None:
        self.folder, self.limit, self._kinds = folder, limit, kinds
        self._lock = threading.Lock()
        self._held: int | None = None

    def get(self, key: str) -> Any | None:
        """Return the record of a key, or None; a damaged one is removed."""
        path = self._path(key)
        try:
            stored = path.read_bytes()
        except OSError:
            return None
        try:
            record = unpack(stored, self._kinds)
        except (ValueError, TypeError, FracviewError) as error:
            _log.warning("a kept result was damaged and is removed: %s", error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the time of last use
        return record

    def put(self, key: str, record: Any) -> bool:
        """Keep a record, and let the oldest go; whether it could be kept.

        That a disk is full or read-only is logged and nothing else: it can be computed again.
        """
        body = pack(record)
        if len(body) > self.limit:
            return False
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with whole_file(self._path(key), private=True) as stream:
                stream.write(body)
        except OSError as error:
            _log.warning("a result could not be kept on disk: %s", error.strerror)
            return False
        self._make_room(len(body))
        return True

    def clear(self) -> None:
        """Remove all records."""
        for path, _, _ in self._files():
            with contextlib.suppress(OSError):
                path.unlink()
        with self._lock:
            self._held = None

    @property
    def size(self) -> int:
        """Bytes of all records."""
        return sum(size for _, size, _ in self._files())

    def __contains__(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"

    def _make_room(self, added: int) -> None:
        """Remove the oldest when the limit is passed; the folder is looked through only then."""
        with self._lock:
            if self._held is not None and self._held + added <= self.limit:
                self._held += added
                return
            found = sorted(self._files(), key=lambda entry: entry[2])
            held = sum(size for _, size, _ in found)
            for path, size, _ in found:
                if held <= self.limit:
                    break
                with contextlib.suppress(OSError):
                    path.unlink()
                held -= size
            self._held = held

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        """Path, bytes and time of last use of each record; remains of the dead are removed."""
        try:
            paths = list(self.folder.iterdir())
        except OSError:
            return
        for path in paths:
            try:
                stat = path.stat()
                if path.name.startswith(".") and time.time() - stat.st_mtime > ABANDONED:
                    path.unlink()
            except OSError:  # another process was quicker
                continue
            if path.suffix == SUFFIX and not path.name.startswith("."):
                yield path, stat.st_size, stat.st_mtime
