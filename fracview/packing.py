"""Records of numbers and arrays as bytes, and back. Nothing that is read is ever executed.

What is written: a line with the sha256 of all that follows, then a safetensors file whose metadata
holds the record as JSON. A record is a frozen dataclass of numbers, texts, arrays, tuples and
other such records; an array that occurs twice is written once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    Arrays = dict[str, np.ndarray[Any, Any]]

_DIGITS = 64
_LENGTH = 8
"""Bytes of the length of a safetensors header, little-endian."""


def pack(record: Any) -> bytes:
    """Write a record.

    Raises
    ------
    TypeError
        For anything that is no number, text, array, tuple or dataclass of these.
    """
    from safetensors.numpy import save

    arrays: Arrays = {}
    said = json.dumps(_encoded(record, arrays), separators=(",", ":"))
    body = save(arrays, {"record": said})
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def unpack(stored: bytes, kinds: Mapping[str, type]) -> Any:
    """Read a record.

    Parameters
    ----------
    stored
        As :func:`pack` wrote it.
    kinds
        The dataclasses that may occur, by name.

    Raises
    ------
    ValueError
        If a byte is not as it was written, or the record is none of these kinds. Also what the
        dataclasses raise themselves.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    digest, body = stored[:_DIGITS], stored[_DIGITS + 1 :]
    # First of all, so that a damaged file meets no parser.
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("the checksum is wrong")
    try:
        length = int.from_bytes(body[:_LENGTH], "little")
        said = json.loads(body[_LENGTH : _LENGTH + length])["__metadata__"]["record"]
        arrays = load(body)
        return _decoded(json.loads(said), arrays, kinds)
    except (SafetensorError, KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not such a record ({error})") from error


def _encoded(value: Any, arrays: Arrays) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        dense = np.ascontiguousarray(value)
        head = f"{dense.dtype.str}{dense.shape}".encode()
        name = hashlib.sha256(head + dense.tobytes()).hexdigest()
        arrays[name] = dense
        return {"array": name}
    if isinstance(value, tuple):
        return {"tuple": [_encoded(item, arrays) for item in value]}
    if is_dataclass(value) and not isinstance(value, type):
        body = {item.name: _encoded(getattr(value, item.name), arrays) for item in fields(value)}
        return {"record": type(value).__name__, "fields": body}
    raise TypeError(f"{type(value).__name__} cannot be packed")


def _decoded(value: Any, arrays: Arrays, kinds: Mapping[str, type]) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "tuple" in value:
        return tuple(_decoded(item, arrays, kinds) for item in value["tuple"])
    body = {name: _decoded(item, arrays, kinds) for name, item in value["fields"].items()}
    return kinds[value["record"]](**body)
