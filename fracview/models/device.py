"""Where models run: the devices of this machine, the automatic choice, and running out of memory.

Torch is imported inside the functions, since the window asks for :func:`warm_up` by import.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fracview.errors import DeviceError, UnknownName
from fracview.task import Progress, Task

if TYPE_CHECKING:
    import torch

_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


@dataclass(frozen=True)
class DeviceInfo:
    """A device that torch can use here.

    Parameters
    ----------
    name
        What ``--device`` takes, such as ``"cuda:0"``.
    title
        For people.
    memory
        Bytes in all; None where nobody tells.
    free
        Bytes not in use; None where nobody tells.
    """

    name: str
    title: str
    memory: int | None = None
    free: int | None = None


def devices() -> tuple[DeviceInfo, ...]:
    """Devices of this machine, the automatic choice first: CUDA, then MPS, then the CPU."""
    import torch

    found: list[DeviceInfo] = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            free, total = torch.cuda.mem_get_info(index)
            title = torch.cuda.get_device_name(index)
            found.append(DeviceInfo(f"cuda:{index}", title, total, free))
    if torch.backends.mps.is_available():
        limit = int(torch.mps.recommended_max_memory())
        used = int(torch.mps.driver_allocated_memory())
        found.append(DeviceInfo("mps", "Apple GPU", limit, max(0, limit - used)))
    total_memory, free_memory = _system_memory()
    title = f"{platform.machine()} CPU, {cores()} cores"
    return (*found, DeviceInfo("cpu", title, total_memory, free_memory))


def choose_device(name: str | None = None) -> torch.device:
    """Pick a device.

    Parameters
    ----------
    name
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``; None or ``"auto"``: the best there is.

    Raises
    ------
    DeviceError
        If there is no such device here; the message says what to do.
    UnknownName
        If no device of any machine is called so.
    """
    import torch

    cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    mps = torch.backends.mps.is_available()
    wanted = (name or "auto").strip().lower()
    if wanted == "auto":
        return torch.device("cuda:0" if cuda else "mps" if mps else "cpu")
    kind, colon, index = wanted.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (colon and not index.isdecimal()):
        raise UnknownName("device", wanted, ("auto", "cpu", "cuda", "cuda:1", "mps"))
    number = int(index) if colon else 0
    if kind == "cuda":
        if number >= cuda:
            raise DeviceError(f"There is no {wanted} here: {_why_no_cuda(cuda)}")
        return torch.device(f"cuda:{number}")
    if kind == "mps" and not mps:
        raise DeviceError("There is no mps here: it needs an Apple GPU. Use --device cpu.")
    return torch.device(kind)


def _why_no_cuda(count: int) -> str:
    import torch

    if count:
        return f"this machine has {count} CUDA devices, counted from 0. Use cuda:0 or auto."
    if torch.version.cuda is None:
        return "this torch is built without CUDA. Install a CUDA build of torch, or use cpu."
    return "no NVIDIA GPU or no driver for it was found. Check nvidia-smi, or use cpu."


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def lane_threads() -> int:
    """Torch threads of the work lane: one core is left to the window."""
    return max(1, cores() - 1)


def warm_up(device: str | None = None) -> Task[None]:
    """Import torch in the lane and pay the first convolution's price before anybody waits for it.

    Parameters
    ----------
    device
        See :func:`choose_device`.
    """
    yield Progress(0, 2, "loading torch")
    import torch
    from torch.nn import functional

    torch.set_num_threads(lane_threads())
    yield Progress(1, 2, "waking the device")
    place = choose_device(device)
    with torch.enable_grad():
        pixels = torch.zeros(1, 3, 16, 16, device=place, requires_grad=True)
        kernel = torch.zeros(4, 3, 3, 3, device=place)
        torch.autograd.grad(functional.conv2d(pixels, kernel).sum(), pixels)
    yield Progress(2, 2, f"ready on {place}")


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, means that a device has no memory left."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError):
            return True
        text = str(error).lower()
        if isinstance(error, RuntimeError) and any(part in text for part in _NO_MEMORY):
            return True
        error = error.__cause__
    return False


def _system_memory() -> tuple[int | None, int | None]:
    """Bytes of main memory in all and free; None where the system does not tell."""
    names = getattr(os, "sysconf_names", {})
    if "SC_PAGE_SIZE" not in names or "SC_PHYS_PAGES" not in names:
        return _windows_memory()
    page = os.sysconf("SC_PAGE_SIZE")
    free = os.sysconf("SC_AVPHYS_PAGES") * page if "SC_AVPHYS_PAGES" in names else None
    return os.sysconf("SC_PHYS_PAGES") * page, free


def _windows_memory() -> tuple[int | None, int | None]:
    import ctypes

    kernel = getattr(getattr(ctypes, "windll", None), "kernel32", None)
    if kernel is None:
        return None, None

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((f"bytes{index}", ctypes.c_ulonglong) for index in range(7)),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None, None
    return int(status.bytes0), int(status.bytes1)
