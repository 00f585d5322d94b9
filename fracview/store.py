"""What is already known: results by fingerprint, in bounded memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


class Store:
    """Results by key, the least recently used leaving first. Safe to use from several threads.

    Parameters
    ----------
    limit
        Bytes of arrays to hold; what else a record needs is not counted.
    """

    def __init__(self, limit: int = 1 << 30) -> None:
        self._limit = limit
        self._records: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> Any | None:
        """Return the record of a key, or None."""
        with self._lock:
            entry = self._records.get(key)
            if entry is None:
                return None
            self._records.move_to_end(key)
            return entry[0]

    def put(self, key: str, record: Any) -> None:
        """Keep a record; older ones leave when the limit is passed, the new one never does."""
        size = _bytes(record)
        with self._lock:
            if key in self._records:
                self._held -= self._records.pop(key)[1]
            self._records[key] = (record, size)
            self._held += size
            while self._held > self._limit and len(self._records) > 1:
                self._held -= self._records.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._records.clear()
            self._held = 0

    @property
    def held(self) -> int:
        """Bytes of arrays held now."""
        return self._held

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: str) -> bool:
        return key in self._records


def _bytes(record: Any) -> int:
    if isinstance(record, np.ndarray):
        return int(record.nbytes)
    if is_dataclass(record) and not isinstance(record, type):
        return sum(_bytes(getattr(record, item.name)) for item in fields(record))
    if isinstance(record, tuple | list):
        return sum(_bytes(item) for item in record)
    return 0
