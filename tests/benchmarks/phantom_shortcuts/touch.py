"""Which pixels a fragment touches, worked out from the generator's own path lengths.

A pixel is touched where the path through bone differs between the twins (the healthy bone left it,
or a fragment came to it), or the path through the soft tissue that follows the fragments, and as
far around as the blur of focus and detector and the edge enhancement carry a change. Everything
else of a film (scatter, noise, window, curve, clutter) is the unbroken twin's by design, so that
no other pixel may differ by a single grey level.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

from fracview.phantom import Phantom, twins

_DRAWING = importlib.import_module("fracview.phantom.draw")  # the package names a function so
_PATHS = ("broken_path", "flesh_path")
_SOFT_MM = 0.02
"""Change of the path through soft tissue below which the generator keeps the old one."""


@dataclass
class _Redrawing:
    """A fracture that was drawn: on which film, along which paths, to which picture."""

    film: Any
    paths: dict[str, npt.NDArray[np.floating[Any]]] = field(default_factory=dict)
    pixels: npt.NDArray[np.uint8] | None = None


def twins_and_touch(seed: int, size: int) -> tuple[Phantom, Phantom, npt.NDArray[np.bool_]]:
    """Draw the twins (fractured, normal) and the pixels (S, S) that a fragment touches."""
    with _watched() as drawn:
        broken, normal = twins(seed, size)
    for one in reversed(drawn):
        if one.pixels is not None and np.array_equal(one.pixels, broken.pixels):
            return broken, normal, _touched(one)
    raise RuntimeError(
        "the generator no longer draws its fractures in draw._redrawn: mend touch.py of this test."
    )


@contextmanager
def _watched() -> Iterator[list[_Redrawing]]:
    """Record every fracture that is drawn and the paths it was drawn by."""
    drawn: list[_Redrawing] = []
    real = {name: getattr(_DRAWING, name) for name in (*_PATHS, "_redrawn")}

    def redrawn(film: Any, *rest: Any) -> npt.NDArray[np.uint8]:
        one = _Redrawing(film)
        for name in _PATHS:
            setattr(_DRAWING, name, _recording(real[name], name, one))
        drawn.append(one)
        try:
            one.pixels = real["_redrawn"](film, *rest)
        finally:
            for name in _PATHS:
                setattr(_DRAWING, name, real[name])
        return one.pixels

    _DRAWING._redrawn = redrawn
    try:
        yield drawn
    finally:
        _DRAWING._redrawn = real["_redrawn"]


def _recording(real: Any, name: str, one: _Redrawing) -> Any:
    def path(*given: Any, **named: Any) -> npt.NDArray[np.floating[Any]]:
        one.paths[name] = real(*given, **named)  # of several broken bones the last holds all
        return one.paths[name].copy()

    return path


def _touched(one: _Redrawing) -> npt.NDArray[np.bool_]:
    changed = one.paths["broken_path"] != one.film.bone
    if "flesh_path" in one.paths:
        changed |= np.abs(one.paths["flesh_path"] - one.film.soft) > _SOFT_MM
    around: npt.NDArray[np.bool_] = maximum_filter(changed, 2 * carried(one.film.exposure) + 1)
    return around


def carried(exposure: Any) -> int:
    """Pixels by which blur and edge enhancement carry a change: their windows' half widths."""
    reach = int(3 * exposure.focus + 0.5) + int(3 * exposure.after + 0.5)
    if exposure.crisp:
        side = exposure.crisp_reach // 2 * 2 + 1
        reach += 2 * (max(3, side // 2 | 1) // 2)  # two running means
    return reach
