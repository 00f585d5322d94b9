"""One lane for long work: a thread drains tasks and one QObject tells what happened."""

from __future__ import annotations

import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from fracview.errors import FracviewError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fracview.task import Progress, Task

INTERVAL = 1 / 30
"""Seconds between two progress signals of a job; the rest are dropped, pictures excepted."""
PULSE = 8
"""Milliseconds between two looks at what the lane has put down."""
FRAME = 0.012
"""Seconds that one look may take; what is left waits for the next."""


@dataclass(eq=False)
class Job:
    """A task on its way. A plain object: nothing of Qt can be destroyed in the wrong thread.

    Parameters
    ----------
    title
        What the job dock says.
    start
        Makes the task; called in the lane, so that heavy imports happen there.
    tag
        Whatever the submitter needs to recognise the answer.
    """

    title: str
    start: Callable[[], Task[Any]]
    tag: Any = None
    stop: threading.Event = field(default_factory=threading.Event)
    state: str = "waiting"
    began: float = 0.0
    progress: Progress | None = None

    def cancel(self) -> None:
        """Ask the job to stop; it does so before its next step."""
        self.stop.set()

    @property
    def dropped(self) -> bool:
        """Whether it was cancelled before it began: nothing of it will be done any more."""
        return self.state == "waiting" and self.stop.is_set()


@dataclass(frozen=True)
class Failure:
    """Why a job failed.

    Parameters
    ----------
    sentence
        For the person: what happened and what to do.
    details
        Traceback for a bug report; empty for expected errors.
    error
        The exception.
    """

    sentence: str
    details: str
    error: BaseException


class Runner(QObject):
    """Runs jobs one after another in a thread of its own.

    One lane, because two jobs on one device only fight for memory. Signals carry plain Python
    objects and are delivered in this object's thread, in order; every job ends in exactly one of
    ``succeeded``, ``failed`` and ``cancelled``.

    The lane never touches Qt. Emitting from it while somebody connects or disconnects in the
    window's thread crashed PySide6 6.11 about once in a dozen runs, so news goes through a plain
    queue that a timer of this object empties.
    """

    queued = Signal(object)
    started = Signal(object)
    progressed = Signal(object, object)
    succeeded = Signal(object, object)
    failed = Signal(object, object)
    cancelled = Signal(object)
    idle = Signal()

    def __init__(self, parent: QObject | None = None, name: str = "lane") -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"fracview-{name}")
        self._jobs: list[Job] = []
        self._closed = False
        self._news: SimpleQueue[tuple[str, tuple[Any, ...]]] = SimpleQueue()
        self._pulse = QTimer(self)
        self._pulse.setInterval(PULSE)
        self._pulse.timeout.connect(self._read_news)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Jobs that have not ended, oldest first."""
        return tuple(self._jobs)

    def submit(self, title: str, start: Callable[[], Task[Any]], tag: Any = None) -> Job:
        """Queue a task and return its job at once."""
        job = Job(title, start, tag)
        if self._closed:
            job.state = "cancelled"
            return job
        self._jobs.append(job)
        self.queued.emit(job)
        self._pool.submit(self._run, job)
        if not self._pulse.isActive():
            self._pulse.start()
        return job

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for job in self._jobs:
            job.cancel()

    def shutdown(self) -> None:
        """Stop all jobs, close their tasks and wait for the thread; signals are no longer sent."""
        self._closed = True
        self._pulse.stop()
        self.cancel_all()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._jobs.clear()

    def _read_news(self) -> None:
        """Tell what the lane has put down, for no longer than a frame lasts."""
        until = time.monotonic() + FRAME
        while not self._closed and time.monotonic() < until:
            try:
                kind, what = self._news.get_nowait()
            except Empty:
                break
            if kind == "started":
                self.started.emit(*what)
            elif kind == "progressed":
                self.progressed.emit(*what)
            else:
                self._deliver(*what)
        if not self._jobs:
            self._pulse.stop()

    def _deliver(self, job: Job, record: Any) -> None:
        """Tell of an end: the job is off the list, idleness comes last."""
        self._jobs.remove(job)
        if job.state == "cancelled":
            self.cancelled.emit(job)
        elif job.state == "failed":
            self.failed.emit(job, record)
        else:
            self.succeeded.emit(job, record)
        if not self._jobs:
            self.idle.emit()

    def _run(self, job: Job) -> None:
        state, record = "cancelled", None
        if not job.stop.is_set():
            job.state, job.began = "running", time.monotonic()
            self._news.put(("started", (job,)))
            state, record = self._outcome(job)
        job.state = state
        self._news.put(("ended", (job, record)))

    def _outcome(self, job: Job) -> tuple[str, Any]:
        try:
            return "done", self._finish(job)
        except _Stopped:
            return "cancelled", None
        except FracviewError as error:
            return "failed", Failure(str(error), "", error)
        except Exception as error:
            sentence = f"{job.title}: {type(error).__name__}: {error}"
            return "failed", Failure(sentence, traceback.format_exc(), error)

    def _finish(self, job: Job) -> Any:
        """Run a job's task; whatever happens, it is closed before anybody hears of its end."""
        task = job.start()
        try:
            return self._drain(job, task)
        finally:
            task.close()

    def _drain(self, job: Job, task: Task[Any]) -> Any:
        last = 0.0
        while True:
            if job.stop.is_set():
                raise _Stopped
            try:
                news = next(task)
            except StopIteration as stop:
                return stop.value
            job.progress = news
            now = time.monotonic()
            if news.payload is not None or now - last >= INTERVAL:
                last = now
                self._news.put(("progressed", (job, news)))


class _Stopped(Exception):
    pass
