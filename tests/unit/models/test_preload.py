"""Opening torch's libraries beforehand changes nothing but who waits."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fracview.models.preload import preload_torch

CODE = """
import sys, threading, time
from fracview.models.preload import preload_torch
gaps, done = [], threading.Event()
def beat():
    last = time.perf_counter()
    while not done.is_set():
        time.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
thread = threading.Thread(target=beat)
thread.start()
began = time.perf_counter()
did = preload_torch()
took = time.perf_counter() - began
done.set()
thread.join()
assert 'torch' not in sys.modules
import torch
assert float(torch.ones(2).sum()) == 2
print(did, took, max(gaps))
"""


def test_torch_works_after_it_and_nobody_waited() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=True
    )
    did, took, gap = done.stdout.split()
    assert did == str(os.name == "posix")
    if did == "True" and float(took) > 0.1:
        assert float(gap) < 0.8 * float(took), "the lock was held while libraries were opened"


def test_where_torch_is_loaded_nothing_is_done() -> None:
    pytest.importorskip("torch")
    assert preload_torch() is False
