"""What runs inside a reader: bind yourself, read, answer, and never outlive the parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fracview.data.reading import caps

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import numpy.typing as npt

WARM = ("fracview.data.readers.dicom", "pydicom.pixels", "PIL.JpegImagePlugin")


def serve(channel: Connection) -> None:
    """Answer requests until the parent closes its end.

    A request and an answer are JSON; before the answer the size of the file is told, by which the
    parent sets its clock.
    """
    _seclude()
    from fracview.data.readers import thumbnail  # noqa: F401
    from fracview.data.reading import pixels, record

    base = caps.address_space()
    caps.watch_memory(base + caps.memory_limit(caps.SMALL))
    channel.send_bytes(record.packed({"ready": os.getpid()}))
    if not channel.poll(0):
        _warm_up()
    try:
        while True:
            request = record.unpacked(channel.recv_bytes(record.LONGEST))
            size = _size(request["path"])
            channel.send_bytes(record.packed({"bytes": size}))
            caps.bind(base, size)
            facts, film = _answer(request)
            channel.send_bytes(record.packed(facts))
            if film is not None:
                pixels.send(channel, film)
            if facts.get("spent"):
                return
    except (EOFError, OSError):
        return  # the parent is gone, or has had enough


def _seclude() -> None:
    """Take leave of terminal, core files and signals; end with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    caps.forbid_core()
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
    except OSError:
        sys.stdout = sys.stderr = None
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(0)


def _warm_up() -> None:
    """Import what the next file may need, while nobody waits."""
    from importlib import import_module

    for name in WARM:
        import_module(name)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0  # the reader says what is wrong


def _answer(request: dict[str, Any]) -> tuple[dict[str, Any], npt.NDArray[Any] | None]:
    """Do what is asked; an error becomes its reason and its remedy."""
    from fracview.errors import InputError

    try:
        return _done(request)
    except InputError as error:
        facts: dict[str, Any] = {"reason": error.reason, "remedy": error.remedy}
        if _wanted_memory(error):
            facts = {"memory": True, "spent": True}
        return facts, None
    except MemoryError:
        return {"memory": True, "spent": True}, None
    except BaseException as error:  # decoders in Rust panic outside Exception
        return {"reason": f"it cannot be decoded ({type(error).__name__})", "remedy": ""}, None


def _wanted_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__
    return False


def _done(request: dict[str, Any]) -> tuple[dict[str, Any], npt.NDArray[Any] | None]:
    from fracview.data.readers import image_size, read_radiograph
    from fracview.data.readers.thumbnail import thumbnail
    from fracview.data.reading import pixels, record

    path, job = Path(request["path"]), request["job"]
    if job == "size":
        return {"size": list(image_size(path))}, None
    if job == "thumbnail":
        small = thumbnail(path, request["side"])
        return {"pixels": pixels.describe(small)}, small
    film = read_radiograph(path, orientation=request["orientation"], truncated=request["truncated"])
    return {"pixels": pixels.describe(film.pixels), "film": record.film_facts(film)}, film.pixels
