"""The room with the readers: who asks gets one that waits, and another takes its place."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from fracview.data.reading import ReadingCancelled, caps, record
from fracview.data.reading.booth import Booth, Lost, TooLong, Unwanted
from fracview.data.reading.pixels import FalseAnswer
from fracview.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from fracview.data.radiograph import Radiograph
    from fracview.data.readers.reader import Orientation, Truncated

    Stop = Callable[[], bool] | None

log = logging.getLogger(__name__)

CONVERT = "Open it in another program and export it again"
NEARER = "Copy it to this computer first, or export it again without compression"
SMALLER = "Export it again as a single film of its usual size"


class ReadingRoom:
    """Reads files in processes of their own. May be asked from several threads.

    A file is tried a second time only if a reader died that had read others before, since the
    fault may be theirs; never more often, and never after a time or memory limit.

    Parameters
    ----------
    spares
        Readers that wait beside those at work.
    """

    def __init__(self, spares: int = 1) -> None:
        self.spares = spares
        self._guard = threading.Lock()
        self._idle: list[Booth] = []
        self._busy: set[Booth] = set()
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Numbers of all readers."""
        with self._guard:
            return tuple(booth.pid for booth in (*self._idle, *self._busy))

    def warm(self) -> None:
        """Start the readers that should wait."""
        while True:
            with self._guard:
                if self._closed or len(self._idle) >= max(1, self.spares):
                    return
                self._idle.append(Booth())

    def close(self) -> None:
        """End all readers, those at work too."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
            for booth in self._busy:  # who asked them sees the death and tidies up
                os_kill(booth.pid)
        for booth in idle:
            booth.kill()

    def read(
        self,
        path: Path,
        orientation: Orientation = "exif",
        truncated: Truncated = "refuse",
        stop: Stop = None,
    ) -> Radiograph:
        """Read a film; see :func:`fracview.data.readers.read_radiograph`."""
        request = {"job": "read", "orientation": orientation, "truncated": truncated}
        facts, pixels = self._ask(path, request, stop)
        if pixels is None:
            raise _nonsense(path)
        try:
            return record.film(facts.get("film") or {}, pixels, path)
        except FalseAnswer:
            raise _nonsense(path) from None

    def size(self, path: Path, stop: Stop = None) -> tuple[int, int]:
        """Height and width; see :func:`fracview.data.readers.image_size`."""
        size = self._ask(path, {"job": "size"}, stop)[0].get("size")
        if not (isinstance(size, list) and [type(side) for side in size] == [int, int]):
            raise _nonsense(path)
        return size[0], size[1]

    def thumbnail(self, path: Path, side: int, stop: Stop = None) -> npt.NDArray[Any]:
        """Small picture; see :func:`fracview.data.readers.thumbnail.thumbnail`."""
        pixels = self._ask(path, {"job": "thumbnail", "side": side}, stop)[1]
        if pixels is None or pixels.dtype != "uint8" or max(pixels.shape) > side:
            raise _nonsense(path)
        return pixels

    def _ask(
        self, path: Path, request: dict[str, Any], stop: Stop
    ) -> tuple[dict[str, Any], npt.NDArray[Any] | None]:
        request = {**request, "path": os.path.abspath(path)}
        for last in (False, True):
            booth = self._borrow(path)
            used = booth.answered > 0
            try:
                facts, pixels = booth.ask(request, stop)
            except Lost as lost:
                self._bury(booth)
                if self._closed:
                    raise ReadingCancelled(path, "reading it was cancelled") from None
                if (used or not lost.begun) and not last:
                    log.info("a reader died with code %s; once more", lost.code)
                    continue
                log.warning("a reader died with code %s", lost.code)
                raise _death(path, lost, booth.size) from None
            except TooLong as late:
                self._bury(booth)
                log.warning("a reader was ended after %.0f s", late.seconds)
                raise UnreadableFile(
                    path, f"reading it took longer than {late.seconds:.0f} s", NEARER
                ) from None
            except Unwanted:
                # One that has not started yet has not begun with the file either.
                (self._bury if booth.ready else self._give_back)(booth)
                raise ReadingCancelled(path, "reading it was cancelled") from None
            except FalseAnswer:
                self._bury(booth)
                raise _nonsense(path) from None
            except BaseException:
                self._bury(booth)
                raise
            if facts.get("spent"):
                self._bury(booth)
            else:
                self._give_back(booth)
            if facts.get("memory"):
                raise _too_large(path, booth.size)
            if "reason" in facts:
                raise UnreadableFile(path, str(facts["reason"]), str(facts.get("remedy", "")))
            return facts, pixels
        raise AssertionError("unreachable")

    def _borrow(self, path: Path) -> Booth:
        with self._guard:
            if self._closed:
                raise ReadingCancelled(path, "reading it was cancelled")
            try:
                booth = self._idle.pop() if self._idle else Booth()
                self._busy.add(booth)
                if len(self._idle) < self.spares:
                    self._idle.insert(0, Booth())
            except OSError as error:
                reason = "the program could not start a process to read it"
                raise UnreadableFile(path, reason, "Close other programs and try again") from error
        return booth

    def _give_back(self, booth: Booth) -> None:
        with self._guard:
            self._busy.discard(booth)
            if not self._closed and len(self._idle) <= self.spares:
                self._idle.append(booth)
                return
        booth.close()

    def _bury(self, booth: Booth) -> None:
        with self._guard:
            self._busy.discard(booth)
        booth.kill()


def os_kill(pid: int) -> None:
    """Kill a process that may be gone; the thread that waits for it does the rest."""
    try:
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except (OSError, ValueError):
        return


def _death(path: Path, lost: Lost, size: int) -> UnreadableFile:
    """Say what a reader died of."""
    if not lost.begun:
        return UnreadableFile(
            path, "the program's reader does not start", "Start the program again"
        )
    code = lost.code
    if code == caps.OVER_MEMORY or code == -getattr(signal, "SIGKILL", 9):
        return _too_large(path, size)
    if code == -getattr(signal, "SIGXCPU", 24):
        return UnreadableFile(
            path, f"reading it took longer than {caps.time_limit(size):.0f} s", NEARER
        )
    return UnreadableFile(path, f"its content crashes the decoder ({_cause(code)})", CONVERT)


def _cause(code: int | None) -> str:
    try:
        return signal.Signals(-(code or 0)).name
    except ValueError:
        return f"code {code}"


def _too_large(path: Path, size: int) -> UnreadableFile:
    limit = caps.memory_limit(size) >> 20
    return UnreadableFile(path, f"reading it needs more than {limit} MB of memory", SMALLER)


def _nonsense(path: Path) -> UnreadableFile:
    return UnreadableFile(path, "its decoder gave back an impossible picture", CONVERT)
