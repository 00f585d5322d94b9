"""What decoders warn of, caught for the notes of a radiograph instead of the terminal."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = threading.RLock()
"""Python's list of warning filters belongs to the process, so one catcher at a time."""


@contextmanager
def hearing() -> Iterator[list[str]]:
    """Collect the warnings of a block; the list is filled when the block ends.

    Yields
    ------
    list of str
        Distinct messages, in order.
    """
    messages: list[str] = []
    with _LOCK, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield messages
        finally:
            messages.extend(dict.fromkeys(str(item.message) for item in caught))
