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

    from fracview.task import Task
    from fracview.training.cache import Tables
    from fracview.training.recipe import Phantoms

_SHARD = 250
"""Seeds per cached file: a kill loses the drawing of some of these and no more."""


def phantom_split(phantoms: Phantoms, size: tuple[int, int], paired: bool) -> Task[Split]:
    """Draw the films of a recipe, or take them from the cache.

    Training films lie as fractured, twin, fractured, twin ...; every second seed of validation
    and test gives its fractured film and the others their unbroken one, so no two are twins.

    Parameters
    ----------
    phantoms
        How many, from which seed.
    size
        Height and width; equal.
    paired
        Both twins go into training. If not, every second seed gives one of its two films there
        as well.

    Returns
    -------
    Split
    """
    first, pairs = phantoms.first_seed, phantoms.pairs
    seeds = np.arange(first, first + pairs + phantoms.validation + phantoms.test)
    images = np.empty((len(seeds), 2, *size), np.uint8)
    boxes = np.empty((len(seeds), 4), np.float32)
    for start in range(0, len(seeds), _SHARD):
        chosen = seeds[start : start + _SHARD]
        tables = yield from _shard(chosen, phantoms.drawn_at, size, start, len(seeds))
        images[start : start + _SHARD], boxes[start : start + _SHARD] = (
            tables["images"], tables["boxes"],
        )  # fmt: skip
    identity = fingerprint("phantoms", _version(), size, phantoms, paired)
    origin = (
        f"phantoms, generator version {_version()}, drawn at {phantoms.drawn_at} pixels, "
        f"seeds {seeds[0]} to {seeds[-1]}"
    )
    bounds = np.cumsum([0, pairs, phantoms.validation, phantoms.test])
    parts = [
        _part(images[a:b], boxes[a:b], seeds[a:b], identity, origin, both=paired and number == 0)
        for number, (a, b) in enumerate(pairwise(bounds))
    ]
    return Split(*parts)


def _part(
    images: npt.NDArray[np.uint8],
    boxes: npt.NDArray[np.float32],
    seeds: npt.NDArray[np.int64],
    identity: str,
    origin: str,
    *,
    both: bool,
) -> Pool:
    count = len(seeds)
    twin = np.tile([0, 1], count) if both else np.arange(count) % 2
    row = np.repeat(np.arange(count), 2) if both else np.arange(count)
    corners = np.where((twin == 0)[:, None], boxes[row], np.float32(np.nan))
    return Pool(
        images=images.reshape(-1, *images.shape[2:]) if both else images[row, twin],
        fractured=twin == 0,
        groups=seeds[row].astype(np.int64),
        boxes=corners,
        names=tuple(f"{seeds[r]}{'-' if t else '+'}" for r, t in zip(row, twin)),
        identity=identity,
        origin=origin,
    )


def _shard(
    seeds: npt.NDArray[np.int64], drawn_at: int, size: tuple[int, int], done: int, total: int
) -> Task[Tables]:
    identity = fingerprint("phantom shard", _version(), drawn_at, size, seeds)
    tables = kept(identity)
    if tables is not None:
        yield Progress(done + len(seeds), total, "phantoms from the cache")
        return tables
    images = np.empty((len(seeds), 2, *size), np.uint8)
    boxes = np.empty((len(seeds), 4), np.float32)
    for row, seed in enumerate(seeds.tolist()):
        images[row, 0], images[row, 1], boxes[row] = _pair(seed, drawn_at, size)
        yield Progress(done + row + 1, total, "drawing phantoms")
    tables = {"images": images, "boxes": boxes}
    keep(identity, tables)
    return tables


def _pair(
    seed: int, drawn_at: int, size: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Fractured film, its twin, and the box around all fractures, at the net's size."""
    from fracview.data.frame import InputFrame
    from fracview.phantom import twins

    frame = InputFrame(drawn_at, drawn_at, *size)
    broken, whole = twins(seed, drawn_at)
    small = (
        np.rint(frame.fit(twin.pixels / np.float32(255)) * 255).astype(np.uint8)
        for twin in (broken, whole)
    )
    corners = np.array([frame.to_model(box).corners for box in broken.boxes])
    outer = [*corners[:, :2].min(0), *corners[:, 2:].max(0)]
    return next(small), next(small), np.array(outer, dtype=np.float32)


def _version() -> str:
    from fracview.phantom import VERSION

    return str(VERSION)
