"""Pixels on their way from a reader: by memory that both processes see, never through a pipe.

On Linux it is a memory file without a name, elsewhere on POSIX an unlinked temporary file: the
kernel frees both when the last process lets go, so whoever dies, nothing is left behind. Windows
has named shared memory, which is freed with its last handle. The parent reads straight into an
array of its own, so nothing a reader does later changes a film.
"""

from __future__ import annotations

import os
import sys
import tempfile
from multiprocessing import reduction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import numpy.typing as npt

DTYPES = {"uint8", "uint16", "int16", "float32"}
LARGEST = 2 << 30
"""Bytes that a film may have; float32 of the largest picture that is decoded."""


class FalseAnswer(ValueError):
    """A reader's answer contradicts itself: it is not believed."""


def describe(pixels: npt.NDArray[Any]) -> dict[str, Any]:
    """Shape and type of an array, plain."""
    return {"shape": [int(side) for side in pixels.shape], "dtype": pixels.dtype.name}


def expected(facts: object) -> tuple[tuple[int, int], np.dtype[Any]]:
    """Shape and type that a reader claims, checked.

    Raises
    ------
    FalseAnswer
        If no film can look like that.
    """
    if not isinstance(facts, dict):
        raise FalseAnswer("no description of the pixels")
    shape, name = facts.get("shape"), facts.get("dtype")
    if not (isinstance(shape, list) and len(shape) == 2 and name in DTYPES):
        raise FalseAnswer("neither shape nor type of a film")
    if not all(type(side) is int and 0 < side < 1 << 31 for side in shape):
        raise FalseAnswer("a shape that no film has")
    dtype = np.dtype(str(name))
    if shape[0] * shape[1] * dtype.itemsize > LARGEST:
        raise FalseAnswer("more pixels than any film has")
    return (shape[0], shape[1]), dtype


if sys.platform == "win32":
    from multiprocessing.shared_memory import SharedMemory

    _held: list[SharedMemory] = []

    def send(channel: Connection, pixels: npt.NDArray[Any]) -> None:
        """Offer pixels to the parent; they are held until the next are sent."""
        while _held:
            _held.pop().close()
        block = SharedMemory(create=True, size=pixels.nbytes)
        _held.append(block)
        np.ndarray(pixels.shape, pixels.dtype, buffer=block.buf)[...] = pixels
        channel.send_bytes(block.name.encode())

    def receive(
        channel: Connection, shape: tuple[int, int], dtype: np.dtype[Any]
    ) -> npt.NDArray[Any]:
        """Take pixels from a reader; see the other definition."""
        block = SharedMemory(channel.recv_bytes(256).decode())
        try:
            if block.size < shape[0] * shape[1] * dtype.itemsize:
                raise FalseAnswer("fewer pixels than it says")
            return np.ndarray(shape, dtype, buffer=block.buf).copy()
        finally:
            block.close()

else:

    def send(channel: Connection, pixels: npt.NDArray[Any]) -> None:
        """Write pixels where the parent can read them, and hand the place over."""
        place = _nameless()
        try:
            view = np.ascontiguousarray(pixels).data.cast("B")
            while view:
                view = view[os.write(place, view) :]
            reduction.send_handle(channel, place, os.getppid())
        finally:
            os.close(place)

    def receive(
        channel: Connection, shape: tuple[int, int], dtype: np.dtype[Any]
    ) -> npt.NDArray[Any]:
        """Take pixels from a reader.

        Raises
        ------
        FalseAnswer
            If there are fewer bytes than ``shape`` and ``dtype`` need.
        """
        place = reduction.recv_handle(channel)
        try:
            pixels = np.empty(shape, dtype)
            view, at = pixels.data.cast("B"), 0
            while at < len(view):
                got = os.preadv(place, [view[at:]], at)
                if got == 0:
                    raise FalseAnswer("fewer pixels than it says")
                at += got
            return pixels
        finally:
            os.close(place)

    def _nameless() -> int:
        create = getattr(os, "memfd_create", None)
        if create is not None:
            return int(create("fracview"))
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
