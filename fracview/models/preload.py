"""Brings torch's libraries into memory without stopping the other threads."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

LIBRARIES = ("torch_global_deps", "torch_cpu", "torch_python")
"""In the order in which ``import torch`` opens them."""


def preload_torch() -> bool:
    """Open torch's shared libraries; whether that was done.

    ``import torch`` opens them with Python's lock held, for a quarter of a second in which no
    window is painted. A foreign call gives the lock away; the import then finds them open. Where
    there are no such calls, as on Windows, nothing is done.
    """
    if "torch" in sys.modules or os.name != "posix":
        return False
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return False
    folder = Path(next(iter(spec.submodule_search_locations))) / "lib"
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    # Not ctypes.CDLL, which holds the lock while it opens.
    opening = ctypes.CDLL(None).dlopen
    opening.restype, opening.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    for name in LIBRARIES:
        path = folder / f"lib{name}{suffix}"
        if path.is_file():
            visible = os.RTLD_GLOBAL if name == "torch_global_deps" else 0
            opening(os.fsencode(path), os.RTLD_NOW | visible)
    return True
