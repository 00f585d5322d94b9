"""Drawn films: twin pairs to train on, single films of other seeds to validate and test."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fracview.fingerprint import fingerprint
from fracview.task import Progress
from fracview.training.cache import keep, kept
from fracview.training.pool import Pool, Split

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.phantom import Phantom
    from fracview.task import Task
    from fracview.training.cache import Tables
    from fracview.training.recipe import Phantoms

_SHARD = 250
"""Seeds per cached file: a kill loses the drawing of some of these and no more."""


def phantom_split(phantoms: Phantoms, size: tuple[int, int], paired: bool) -> Task[Split]:
    """Draw the films of a recipe, or take them from the cache.

    Paired training films lie as fractured, twin, fractured, twin ... All others are single: an
    even seed gives its fractured film, an odd one its unbroken film, so that no two are twins.

    Parameters
    ----------
    phantoms
        How many, from which seed.
    size
        Height and width.
    paired
        Both twins go into training.

    Returns
    -------
    Split
    """
    bounds = phantoms.first_seed + np.cumsum(
        [0, phantoms.pairs, phantoms.validation, phantoms.test]
    )
    identity = fingerprint("phantoms", _version(), size, phantoms, paired)
    origin = (
        f"phantoms, generator version {_version()}, drawn at {phantoms.drawn_at} pixels, "
        f"seeds {bounds[0]} to {bounds[-1] - 1}"
    )
    total = int(bounds[-1] - bounds[0])
    parts: list[Pool] = []
    for first, last in pairwise(bounds.tolist()):
        both = paired and not parts
        films: list[Tables] = []
        for start in range(first, last, _SHARD):
            seeds = range(start, min(last, start + _SHARD))
            done = start - phantoms.first_seed
            films.append((yield from _shard(seeds, phantoms, size, both, done, total)))
        parts.append(_pool(films, range(first, last), both, identity, origin))
    train, validation, test = parts
    return Split(train, validation, test)


def _kinds(seed: int, both: bool) -> tuple[bool, ...]:
    """Which films of a seed are drawn: True is the fractured one."""
    return (True, False) if both else (seed % 2 == 0,)


def _pool(films: list[Tables], seeds: range, both: bool, identity: str, origin: str) -> Pool:
    kinds = [(seed, kind) for seed in seeds for kind in _kinds(seed, both)]
    return Pool(
        images=np.concatenate([table["images"] for table in films]),
        fractured=np.array([kind for _, kind in kinds]),
        groups=np.array([seed for seed, _ in kinds], dtype=np.int64),
        boxes=np.concatenate([table["boxes"] for table in films]),
        names=tuple(f"{seed}{'+' if kind else '-'}" for seed, kind in kinds),
        identity=identity,
        origin=origin,
    )


def _shard(
    seeds: range, phantoms: Phantoms, size: tuple[int, int], both: bool, done: int, total: int
) -> Task[Tables]:
    key = ("phantom shard", 2, _version(), phantoms.drawn_at, size, both)
    identity = fingerprint(*key, seeds.start, seeds.stop)
    tables = kept(identity)
    if tables is not None:
        yield Progress(done + len(seeds), total, "phantoms from the cache")
        return tables
    images: list[npt.NDArray[np.uint8]] = []
    boxes: list[npt.NDArray[np.float32]] = []
    for number, seed in enumerate(seeds, start=1):
        for kind, (film, corners) in _drawn(seed, phantoms.drawn_at, size, both).items():
            images.append(film)
            boxes.append(corners if kind else np.full(4, np.nan, np.float32))
        yield Progress(done + number, total, "drawing phantoms")
    tables = {"images": np.stack(images), "boxes": np.stack(boxes)}
    keep(identity, tables)
    return tables


def _drawn(
    seed: int, drawn_at: int, size: tuple[int, int], both: bool
) -> dict[bool, tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]]:
    """Films of a seed at the net's size, each with the box around all its fractures."""
    from fracview.phantom import draw, twins

    kinds = _kinds(seed, both)
    films = twins(seed, drawn_at) if both else (draw(seed, size=drawn_at, fractured=kinds[0]),)
    return {kind: _shrunk(film, size) for kind, film in zip(kinds, films, strict=True)}


def _shrunk(
    film: Phantom, size: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    from fracview.data.frame import InputFrame

    height, width = film.pixels.shape
    frame = InputFrame(height, width, *size)
    grey = frame.fit(film.pixels.astype(np.float32) / np.float32(255))
    corners = np.array([frame.to_model(box).corners for box in film.boxes] or [(np.nan,) * 4])
    outer = np.concatenate([corners[:, :2].min(0), corners[:, 2:].max(0)])
    return np.rint(grey * 255).astype(np.uint8), outer.astype(np.float32)


def _version() -> str:
    from fracview.phantom import VERSION

    return str(VERSION)
