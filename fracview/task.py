"""Long work is a generator: it yields :class:`Progress` and returns its record.

Whoever consumes it decides about threads, speed and pictures. To cancel is to stop asking and
call ``close()``; the generator's ``finally`` blocks then put back what they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """News of one step.

    Parameters
    ----------
    step, total
        How far: ``0 <= step <= total``. ``total == 0`` means that nobody knows.
    message
        A short phrase for people, such as ``"PGD step 3 of 10"``.
    payload
        A record that a live view may draw (an attack's step, an epoch's losses), or None.
    """

    step: int
    total: int
    message: str = ""
    payload: Any = None

    @property
    def fraction(self) -> float:
        """Share of the work done, 0 to 1; 0 where the total is unknown."""
        return min(1.0, self.step / self.total) if self.total else 0.0


Task: TypeAlias = Generator[Progress, None, T]


def drain(task: Task[T], report: Callable[[Progress], None] | None = None) -> T:
    """Run a task to its end in this thread.

    Parameters
    ----------
    task
        The generator to exhaust. It is closed if ``report`` raises.
    report
        Called with every :class:`Progress`.

    Returns
    -------
    T
        The record that the task returns.
    """
    try:
        while True:
            progress = next(task)
            if report is not None:
                report(progress)
    except StopIteration as stop:
        record: T = stop.value
        return record
    finally:
        task.close()
