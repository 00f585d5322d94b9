"""A sha256 over what a record *says*, the same on every machine and in every session."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

VERSION = 1
"""Raised when the canonical form changes; it is part of every fingerprint."""


def fingerprint(*things: Any) -> str:
    """Hash frozen dataclasses, arrays, numbers, strings and containers of these.

    Parameters
    ----------
    *things
        What to hash, in order. Floats enter by their exact value, arrays by dtype, shape and bytes,
        dataclasses by class name and fields.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    TypeError
        For anything that has no canonical form, such as a function or an open file.
    """
    canonical = json.dumps(
        [VERSION, [_canonical(thing) for thing in things]], separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Sha256 of a file's bytes, 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _canonical(thing: Any) -> Any:
    if thing is None or isinstance(thing, bool | int | str):
        return thing
    if isinstance(thing, Enum):
        return {"enum": [type(thing).__name__, thing.name]}
    if isinstance(thing, float):
        return {"float": thing.hex()}
    if isinstance(thing, np.generic):
        return _canonical(thing.item())
    if isinstance(thing, np.ndarray):
        dense = np.ascontiguousarray(thing)
        digest = hashlib.sha256(dense.tobytes()).hexdigest()
        return {"array": [dense.dtype.str, list(dense.shape), digest]}
    if is_dataclass(thing) and not isinstance(thing, type):
        body = {field.name: _canonical(getattr(thing, field.name)) for field in fields(thing)}
        return {"record": [type(thing).__name__, body]}
    if isinstance(thing, Path):
        return {"path": thing.as_posix()}
    if isinstance(thing, tuple | list):
        return [_canonical(item) for item in thing]
    if isinstance(thing, dict):
        return {"map": sorted([str(key), _canonical(value)] for key, value in thing.items())}
    raise TypeError(f"{type(thing).__name__} has no canonical form")
