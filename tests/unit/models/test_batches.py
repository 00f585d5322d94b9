"""Slices that become smaller when memory runs out."""

from __future__ import annotations

import pytest
import torch

from fracview.errors import DeviceError
from fracview.models.batches import in_slices


def run(count: int, size: int, fits: int) -> list[tuple[int, tuple[int, int]]]:
    def call(start: int, stop: int) -> tuple[int, int]:
        if stop - start > fits:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return start, stop

    return list(in_slices(call, count, size))


def test_slices_cover_all_rows_once():
    assert run(7, 3, 99) == [(3, (0, 3)), (6, (3, 6)), (7, (6, 7))]
    assert run(0, 3, 99) == []


def test_halves_and_stays_halved():
    assert [result for _, result in run(7, 4, 2)] == [(0, 2), (2, 4), (4, 6), (6, 7)]
    assert [result for _, result in run(3, 3, 1)] == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried ...",
    ],
)
def test_memory_runs_out_in_several_words(words):
    def call(start: int, stop: int) -> int:
        if stop - start > 1:
            raise RuntimeError(words)
        return stop

    assert [stop for stop, _ in in_slices(call, 2, 2)] == [1, 2]


def test_a_single_row_that_does_not_fit_is_a_device_error():
    with pytest.raises(DeviceError, match="single image"):
        run(4, 4, 0)


def test_other_errors_pass_through():
    def call(start: int, stop: int) -> None:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        list(in_slices(call, 2, 2))
