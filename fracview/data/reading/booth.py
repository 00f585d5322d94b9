"""The parent's end of one reader: ask, wait no longer than the file may take, kill."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from fracview.data.reading import caps, pixels, record
from fracview.data.reading.child import serve

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

START = 60.0
"""Seconds until a reader must have started; a cold disk or a virus scanner may take some."""
LOOK = 0.05
"""Seconds between two looks at whether the file is still wanted."""
GRACE = 0.25
"""Seconds after which an unwanted file costs its reader; a quicker one had better be finished."""


class Lost(Exception):
    """A reader died.

    Parameters
    ----------
    code
        Its exit code, negative for a signal.
    begun
        Whether it had begun with the file.
    """

    def __init__(self, code: int | None, *, begun: bool) -> None:
        super().__init__(f"reader lost ({code})")
        self.code, self.begun = code, begun


class TooLong(Exception):
    """A reader took longer than ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"more than {seconds:g} s")
        self.seconds = seconds


class Unwanted(Exception):
    """Whoever asked no longer wants the answer."""


class Booth:
    """One spawned reader. It is asked by one thread at a time.

    Starting one costs a few milliseconds here; it then gets ready by itself.
    """

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._channel, theirs = spawn.Pipe()
        self._process = spawn.Process(
            target=serve, args=(theirs,), name="fracview-reader", daemon=True
        )
        try:
            self._process.start()
        except BaseException:
            self._channel.close()
            raise
        finally:
            theirs.close()
        self.ready = self._begun = False
        """Whether it has started, as far as anybody has heard."""
        self.answered = 0
        """Files read so far: their traces may be what a later one dies of."""
        self.size = 0
        """Bytes of the last file, as the reader tells."""

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid or 0

    def ask(
        self, request: dict[str, Any], stop: Callable[[], bool] | None = None
    ) -> tuple[dict[str, Any], npt.NDArray[Any] | None]:
        """Send a request and wait for its answer.

        Parameters
        ----------
        request
            What :mod:`fracview.data.reading.child` understands.
        stop
            Asked now and then whether nobody wants the answer any more.

        Returns
        -------
        tuple
            The facts, and the pixels if there are any.

        Raises
        ------
        Lost, TooLong, Unwanted
            After each of them the reader must be killed.
        FalseAnswer
            The same: an answer that contradicts itself.
        """
        self._begun = False
        if not self.ready:
            self._hear(START, stop)
            self.ready = True
        try:
            self._channel.send_bytes(record.packed(request))
        except OSError:
            raise self._loss() from None
        self.size = 0
        began = time.monotonic()
        size = self._hear(caps.time_limit(0), stop).get("bytes")
        self.size = size if type(size) is int and size >= 0 else 0
        self._begun = True
        limit = caps.time_limit(self.size)
        facts = self._hear(limit, stop, began)
        found = None
        if "pixels" in facts:
            shape, dtype = pixels.expected(facts["pixels"])
            try:
                self._await(limit + 1, stop, began)
                found = pixels.receive(self._channel, shape, dtype)
            except (EOFError, OSError, RuntimeError):
                raise self._loss() from None
        self.answered += 1
        return facts, found

    def close(self) -> None:
        """Let an idle reader go: it leaves by itself, or is killed."""
        self._channel.close()
        self._process.join(0.5)
        self.kill()

    def kill(self) -> None:
        """End the reader now, whatever it is doing."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join(2)
        self._channel.close()
        if not self._process.is_alive():
            self._process.close()

    def _hear(
        self, limit: float, stop: Callable[[], bool] | None, began: float | None = None
    ) -> dict[str, Any]:
        self._await(limit, stop, began)
        try:
            return record.unpacked(self._channel.recv_bytes(record.LONGEST))
        except (EOFError, OSError):
            raise self._loss() from None

    def _await(
        self, limit: float, stop: Callable[[], bool] | None, began: float | None = None
    ) -> None:
        """Return when there is something to hear, the end of the reader included."""
        start = time.monotonic() if began is None else began
        while True:
            passed = time.monotonic() - start
            pause = min(LOOK, max(0.0, limit - passed)) if stop else max(0.0, limit - passed)
            if wait([self._channel, self._process.sentinel], pause):
                return
            if passed >= limit:
                raise TooLong(limit)
            if stop is not None and passed >= GRACE and stop():
                raise Unwanted

    def _loss(self) -> Lost:
        self._process.join(1)
        return Lost(self._process.exitcode, begun=self._begun)
