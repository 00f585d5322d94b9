"""A film's facts as plain JSON: what comes from a reader is checked, and is never a pickle."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from fracview.data.radiograph import Radiograph, Window
from fracview.data.reading.pixels import FalseAnswer

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

LONGEST = 4 << 20
"""Bytes of a message at most."""
FORMATS = ("", "PNG", "JPEG", "TIFF", "DICOM")


def packed(facts: dict[str, Any]) -> bytes:
    """A message as bytes."""
    return json.dumps(facts).encode()


def unpacked(message: bytes) -> dict[str, Any]:
    """Read a message.

    Raises
    ------
    FalseAnswer
        If it is no JSON object.
    """
    try:
        facts = json.loads(message)
    except (ValueError, RecursionError):
        raise FalseAnswer("no JSON") from None
    if not isinstance(facts, dict):
        raise FalseAnswer("no facts")
    return facts


def film_facts(film: Radiograph) -> dict[str, Any]:
    """All of a film but its pixels and its path."""
    return {
        "window": _ends(film.window),
        "presets": [[name, *_ends(window)] for name, window in film.presets],
        "spacing": None if film.spacing is None else [float(side) for side in film.spacing],
        "spacing_kind": film.spacing_kind,
        "format": film.format,
        "notes": list(film.notes),
        "tags": [list(pair) for pair in film.tags],
    }


def film(facts: dict[str, Any], pixels: npt.NDArray[Any], path: Path) -> Radiograph:
    """Put a film together again.

    Raises
    ------
    FalseAnswer
        If a fact is missing, of another kind, or no number where there must be one.
    """
    try:
        spacing = facts["spacing"]
        if facts["spacing_kind"] not in ("pixel", "imager", "") or facts["format"] not in FORMATS:
            raise FalseAnswer("an unknown kind of film")
        return Radiograph(
            pixels,
            path,
            _window(facts["window"]),
            tuple((_text(name), _window(ends)) for name, *ends in facts["presets"]),
            None if spacing is None else (_number(spacing[0]), _number(spacing[1])),
            facts["spacing_kind"],
            facts["format"],
            tuple(_text(note) for note in facts["notes"]),
            tuple((_text(name), _text(value)) for name, value in facts["tags"]),
        )
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise FalseAnswer("facts that make no film") from error


def _ends(window: Window) -> list[Any]:
    return [_plain(window.low), _plain(window.high)]


def _plain(number: Any) -> Any:
    """An int stays an int: the digest of a film tells 0 from 0.0."""
    return number if type(number) is int else float(number)


def _window(ends: Any) -> Window:
    low, high = ends
    return Window(_number(low), _number(high))


def _number(value: Any) -> Any:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise FalseAnswer("no number where there must be one")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise FalseAnswer("no text where there must be one")
    return value
