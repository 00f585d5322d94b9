"""Devices: the automatic choice, clear refusals, memory."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from fracview.errors import DeviceError, UnknownName
from fracview.models import device
from fracview.models.device import (
    choose_device,
    devices,
    is_out_of_memory,
    lane_threads,
    warm_up,
)
from fracview.task import drain


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build a machine with neither CUDA nor MPS."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"GPU {index}")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: (2**30, 2**33))


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("name", [None, "auto", "cpu", " CPU "])
def test_cpu(name: str | None) -> None:
    assert choose_device(name) == torch.device("cpu")


@pytest.mark.usefixtures("bare")
def test_cuda_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(DeviceError, match="no cuda here: this torch is built without CUDA"):
        choose_device("cuda")
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    with pytest.raises(DeviceError, match=r"no cuda:1 here: no NVIDIA GPU or no driver.*use cpu"):
        choose_device("cuda:1")
    with pytest.raises(DeviceError, match="Apple GPU"):
        choose_device("mps")


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cuda:", "cpu:-1", "xpu", "vulkan:0"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(UnknownName, match=f"no device is called '{name}'"):
        choose_device(name)


@pytest.mark.usefixtures("two_gpus")
def test_cuda_is_chosen_first() -> None:
    assert choose_device() == torch.device("cuda:0")
    assert choose_device("cuda:1") == torch.device("cuda:1")
    assert choose_device("cpu") == torch.device("cpu")
    with pytest.raises(DeviceError, match="has 2 CUDA devices, counted from 0"):
        choose_device("cuda:2")
    found = devices()
    assert [info.name for info in found][:2] == ["cuda:0", "cuda:1"]
    assert (found[0].title, found[0].memory, found[0].free) == ("GPU 0", 2**33, 2**30)


@pytest.mark.usefixtures("bare")
def test_mps_comes_before_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device() == torch.device("mps")


@pytest.mark.usefixtures("bare")
def test_cpu_is_always_listed() -> None:
    (info,) = devices()
    assert info.name == "cpu"
    assert info.memory is None or info.memory > 2**28
    assert info.free is None or info.memory is None or info.free <= info.memory


def test_memory_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.os, "sysconf_names", {}, raising=False)
    if sys.platform != "win32":
        assert device._system_memory() == (None, None)


def test_one_core_is_left_to_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((1, 1), (2, 1), (8, 7)):
        monkeypatch.setattr(device, "cores", lambda cores=cores: cores)
        assert lane_threads() == threads


@pytest.mark.usefixtures("bare")
def test_warm_up() -> None:
    threads, seen = torch.get_num_threads(), []
    try:
        drain(warm_up(), seen.append)
        assert torch.get_num_threads() == lane_threads()
    finally:
        torch.set_num_threads(threads)
    assert [progress.step for progress in seen] == [0, 1, 2]
    assert seen[-1].message == "ready on cpu"


def test_device_room_knows_no_torch_until_asked() -> None:
    code = (
        "import sys\nfrom fracview.models.device import warm_up\ntask = warm_up()\nnext(task)\n"
        "assert 'torch' not in sys.modules\nnext(task)\nassert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
        (None, False),
    ],
)
def test_out_of_memory(error: BaseException | None, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
    wrapped = DeviceError("said otherwise")
    wrapped.__cause__ = error
    assert is_out_of_memory(wrapped) is expected


def test_a_real_one() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
