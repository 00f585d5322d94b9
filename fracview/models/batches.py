"""Work in slices that become smaller when a device runs out of memory."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, TypeVar

import torch

from fracview.errors import DeviceError
from fracview.models.device import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
CUT = "Memory ran out; the work was cut into smaller batches, which is slower."


def in_slices(
    call: Callable[[int, int], T], count: int, size: int, notes: list[str] | None = None
) -> Iterator[tuple[int, T]]:
    """Call ``call(start, stop)`` for consecutive slices of at most ``size`` of ``count`` rows.

    When memory runs out the slice is halved and tried again; it stays halved, and ``notes`` get a
    sentence on it.

    Yields
    ------
    stop, result
        End of the slice, and what the call returned.

    Raises
    ------
    DeviceError
        If a single row does not fit.
    """
    start = 0
    while start < count:
        stop = min(count, start + size)
        failed = ""
        try:
            result = call(start, stop)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            failed = str(error).splitlines()[0] if str(error) else "out of memory"
        # Out of the except block, or the traceback keeps the tensors that filled the memory.
        if failed:
            _release()
            if stop - start == 1:
                raise DeviceError(
                    f"the device ran out of memory on a single image ({failed}). "
                    "Use a smaller input size or the CPU."
                )
            size = max(1, (stop - start) // 2)
            if notes is not None and CUT not in notes:
                notes.append(CUT)
            continue
        yield stop, result
        start = stop


def _release() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
