"""The side marker moved, removed, exchanged and copied: a net must not care.

The generator draws the marker last from its stream, so that another one changes no other draw.
A film is drawn again with its marker changed, and only the rectangles of the old and the new one
are taken from that film. Beside every change
stands its control: where markers could lie, but none and no fracture lies, two rectangles of the
same size exchange their contents (or one takes the other's, where the change was of one).
"""

from __future__ import annotations

import copy
import importlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fracview.metrics.statistics import Estimate, mean_with_interval
from fracview.phantom import Phantom, draw
from fracview.task import Progress, Task
from tests.benchmarks.phantom_shortcuts.answers import Reader
from tests.benchmarks.phantom_shortcuts.films import is_fractured
from tests.benchmarks.phantom_shortcuts.patches import (
    Patch,
    exchanged,
    filled,
    free_place,
    patches_of,
)
from tests.benchmarks.phantom_shortcuts.verdict import Verdict

CHANGES = ("moved", "removed", "exchanged", "copied")
_CLUTTER = importlib.import_module("fracview.phantom.clutter")  # its name is a function's, too
_FAINT = 5.0
"""Mean grey levels by which a marker must differ from its background to count as seen."""
_SWAP = {"L": "R", "R": "L"}

Layer = npt.NDArray[np.floating[Any]]
Draw = Callable[..., Layer]
"""The generator's own: chance, and whatever else it takes, to a layer (S, S)."""


@dataclass(frozen=True, eq=False)
class Altered:
    """A film and what was made of it.

    Parameters
    ----------
    film
        As drawn.
    changed, control
        With its marker changed, and with as much background exchanged, in the order of CHANGES.
    """

    film: npt.NDArray[np.uint8]
    changed: tuple[npt.NDArray[np.uint8], ...]
    control: tuple[npt.NDArray[np.uint8], ...]


def altered_films(chosen: Sequence[int], size: int, workers: int = 1) -> Task[list[Altered]]:
    """Alter the single films of the seeds, less those without a marker that can be seen."""
    make = partial(altered, size=size)
    found: list[Altered | None] = []
    if workers == 1:
        for number, seed in enumerate(chosen, start=1):
            found.append(make(seed))
            yield Progress(number, len(chosen), "markers")
    else:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
            for number, film in enumerate(pool.map(make, chosen, chunksize=8), start=1):
                found.append(film)
                yield Progress(number, len(chosen), "markers")
    return [film for film in found if film is not None]


def altered(seed: int, size: int) -> Altered | None:
    """Alter the film of one seed; None if it has no marker that can be seen."""
    label = is_fractured(seed)
    film, places = _drawn(seed, size, label, lambda real, rng, *rest: real(rng, *rest))
    if not film.truth.marker or not places:
        return None
    bare, _ = _drawn(seed, size, label, _removed)
    donor = _marker_of_another(seed, size)
    if donor is None or not _same(film, bare):
        return None
    ink, pad = places[-1] > 0, max(4, size // 32)
    gap = np.abs(film.pixels.astype(np.int16) - bare.pixels)
    if not ink.any() or gap[ink].mean() < _FAINT:
        return None
    ways: tuple[Draw, ...] = (partial(_moved, seed), _removed, _exchanged, partial(_copied, donor))
    rng = np.random.default_rng(seed)
    old = Patch.around(ink, pad)
    boxes = patches_of(film)
    changed, control = [], []
    for way in ways:
        other, places = _drawn(seed, size, label, way)
        if not _same(film, other):
            return None
        patches = [old]
        if places and (places[-1] > 0).any():
            new = Patch.around(places[-1] > 0, pad)
            patches = [old, new] if way is not ways[2] else [old]
        changed.append(filled(film.pixels, other.pixels, patches))
        plain = _background(film.pixels, len(patches), [old, *patches, *boxes], rng)
        if plain is None:
            return None
        control.append(plain)
    return Altered(film.pixels, tuple(changed), tuple(control))


def marker_test(films: Sequence[Altered], reader: Reader, level: float = 0.95) -> list[Verdict]:
    """Share of answers that a changed marker turns, against that of changed background."""
    test = f"marker: {reader.name}"
    base = reader.margins([film.film for film in films])
    turned, plain, shift, plain_shift = [], [], [], []
    for number in range(len(CHANGES)):
        after = reader.margins([film.changed[number] for film in films])
        control = reader.margins([film.control[number] for film in films])
        turned.append((after > 0) != (base > 0))
        plain.append((control > 0) != (base > 0))
        shift.append(np.abs(after - base))
        plain_shift.append(np.abs(control - base))

    def percent(values: Any) -> Estimate:
        return mean_with_interval(100 * np.asarray(values, np.float64), seed=0, level=level)

    found = [
        Verdict(test, f"answers turned, marker {name}, %", percent(row), digits=2)
        for name, row in zip(CHANGES, turned, strict=True)
    ]
    beside = percent(np.mean(plain, 0))
    found.append(Verdict(test, "answers turned, background, %", beside, digits=2))
    more = percent(np.mean(turned, 0) - np.mean(plain, 0))
    assert more.low is not None
    rule = "interval reaches 0 or less"
    found.append(Verdict(test, "marker less background, points", more, rule, more.low <= 0, 2))
    shifts = mean_with_interval(np.mean(shift, 0) - np.mean(plain_shift, 0), seed=0, level=level)
    found.append(Verdict(test, "mean change of logits, marker less background", shifts))
    return found


def _background(
    film: npt.NDArray[np.uint8], count: int, taken: list[Patch], rng: np.random.Generator
) -> npt.NDArray[np.uint8] | None:
    """Change as many rectangles as the marker's change did; None if there is no room."""
    side = film.shape[0]
    one = free_place(taken[0], taken, side, rng, rim=True)
    other = free_place(taken[0], [*taken, one], side, rng, rim=True) if one else None
    return exchanged(film, one, other, both=count > 1) if one and other else None


def _same(one: Phantom, other: Phantom) -> bool:
    """Whether the same fracture was drawn: a marker over it may have made it invisible."""
    names = ("view", "pixel_mm", "bone", "kind", "severity", "gap_mm", "shift_mm", "angle_deg")
    return all(getattr(one.truth, name) == getattr(other.truth, name) for name in names)


@contextmanager
def _marker_by(way: Callable[..., Layer]) -> Iterator[list[tuple[Layer, Any]]]:
    """Have the generator's markers drawn another way; collect layers and the chance they took."""
    real, found = _CLUTTER._marker, []

    def marker(rng: np.random.Generator, *rest: Any) -> Layer:
        before = copy.deepcopy(rng)
        layer = way(real, rng, *rest)
        found.append((layer, (before, rest)))
        return layer

    _CLUTTER._marker = marker
    try:
        yield found
    finally:
        _CLUTTER._marker = real


def _drawn(
    seed: int, size: int, fractured: bool, way: Callable[..., Layer]
) -> tuple[Phantom, list[Layer]]:
    with _marker_by(way) as found:
        film = draw(seed, size=size, fractured=fractured)
    return film, [layer for layer, _ in found if layer.shape[0] == size]


def _removed(real: Draw, rng: np.random.Generator, *rest: Any) -> Layer:
    return np.zeros_like(real(rng, *rest))


def _exchanged(real: Draw, rng: np.random.Generator, *rest: Any) -> Layer:
    return real(rng, *(_SWAP.get(r, r) if isinstance(r, str) else r for r in rest))


def _moved(seed: int, real: Draw, rng: np.random.Generator, *rest: Any) -> Layer:
    """Put the marker into another corner, the same one at every size of the film."""
    layer = real(rng, *rest)
    if not (layer > 0).any():
        return layer
    patch, side = Patch.around(layer > 0), layer.shape[0]
    row, column = patch.middle
    chance = np.random.default_rng([seed, 1])
    which = int(chance.integers(3))
    near = chance.uniform(0.28, 0.42, 2)
    signs = np.sign(np.array([row, column]) / side - 0.5 + 1e-9)
    signs *= ((-1, 1), (1, -1), (-1, -1))[which]
    new = patch.at(*((0.5 + signs * near) * side), side)
    moved = np.zeros_like(layer)
    moved[new.slices] = layer[patch.slices]
    return moved


def _copied(donor: tuple[Any, tuple[Any, ...]], real: Draw, rng: Any, *rest: Any) -> Layer:
    """Draw the marker of another film instead, at its place and in its size."""
    chance, theirs = donor
    real(rng, *rest)
    letter = [r for r in theirs if isinstance(r, str)]
    rest = tuple(letter[0] if isinstance(r, str) and letter else r for r in rest)
    return real(copy.deepcopy(chance), *rest)


def _marker_of_another(seed: int, size: int) -> tuple[Any, tuple[Any, ...]] | None:
    """Find the marker of the next film of the other class that has one."""
    for other in range(seed + 1, seed + 40, 2):
        with _marker_by(lambda real, rng, *rest: real(rng, *rest)) as found:
            film = draw(other, size=size, fractured=is_fractured(other))
        if film.truth.marker and found:
            return found[-1][1]
    return None
