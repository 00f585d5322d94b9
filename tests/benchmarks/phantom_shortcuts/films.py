"""The films that are examined: twins of every seed, of which one stands for the seed."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from fracview.data.boxes import box_mask
from fracview.errors import SettingError
from fracview.phantom import Phantom
from fracview.task import Progress, Task
from tests.benchmarks.phantom_shortcuts.tables import RING
from tests.benchmarks.phantom_shortcuts.touch import twins_and_touch

FIRST_SEED = 500_000_000
"""Beyond the seeds of recipes and below those of folders: no net was trained on these films."""
_APART = 1_000_000
_CHUNK = 8


@dataclass(frozen=True, eq=False)
class Pair:
    """The twins of one seed.

    Parameters
    ----------
    broken, normal
        With and without the fracture.
    touched
        (S, S), where a fragment touches the film: only there may the twins differ.
    """

    broken: Phantom
    normal: Phantom
    touched: npt.NDArray[np.bool_]

    @property
    def seed(self) -> int:
        """Seed of both."""
        return self.normal.truth.seed

    @property
    def fractured(self) -> bool:
        """Label of the twin that stands for the seed where films are single, as in training."""
        return is_fractured(self.seed)

    @property
    def film(self) -> Phantom:
        """The twin that stands for the seed."""
        return self.broken if self.fractured else self.normal

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """(S, S), the box of the fracture."""
        return box_mask(self.broken.boxes, *self.broken.pixels.shape)

    @property
    def meets_border(self) -> bool:
        """Whether the box reaches into the outer 12 pixels, where the fracture itself is seen."""
        rows, columns = self.broken.pixels.shape
        return any(
            min(box.x1, box.y1, columns - box.x2, rows - box.y2) < RING for box in self.broken.boxes
        )


def is_fractured(seed: int) -> bool:
    """Label of the single film of a seed."""
    return seed % 2 == 0


def seeds(count: int, seed: int = 0) -> range:
    """Seeds of a cohort, half of them even; another ``seed`` gives other films.

    Raises
    ------
    SettingError
        If there are fewer than 20, so many that cohorts would overlap, or the seed is too large.
    """
    if not 20 <= count <= _APART or not 0 <= seed < 400:
        raise SettingError(f"{count} films of seed {seed}: take 20 to {_APART}, and a seed to 399.")
    first = FIRST_SEED + _APART * seed
    return range(first, first + count)


def draw_pairs(chosen: range, size: int, workers: int = 1) -> Task[list[Pair]]:
    """Draw the twins of all seeds, in their order."""
    pairs: list[Pair] = []
    make = partial(_pair, size=size)
    if workers == 1:
        for number, seed in enumerate(chosen, start=1):
            pairs.append(make(seed))
            yield Progress(number, len(chosen), "twins")
        return pairs
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        for number, pair in enumerate(pool.map(make, chosen, chunksize=_CHUNK), start=1):
            pairs.append(pair)
            yield Progress(number, len(chosen), "twins")
    return pairs


def _pair(seed: int, size: int) -> Pair:
    return Pair(*twins_and_touch(seed, size))
