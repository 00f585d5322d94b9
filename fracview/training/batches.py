"""What a step is fed: which films, cut and changed how. All of it follows from the step's number.

Nothing here has a memory, so a training that is taken up at step k sees what it would have seen.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.training.pool import Pool
    from fracview.training.recipe import Arm, Augmentation, Recipe


_TRIES = 8
_ROOM = 0.65
"""Distance of a spare crop's centre from every box, in sides of the crop."""
_ALL_FROM = 0.8
"""Share of an arm's steps after which it has met every pair."""


class Batches:
    """Balanced batches of a pool: the first half fractured, the second half not.

    Row i of both halves is cut and changed alike, so nothing but the fracture tells them apart.

    Parameters
    ----------
    pool
        Training films.
    recipe, arm
        What is drawn, and which crops.
    """

    def __init__(self, pool: Pool, recipe: Recipe, arm: Arm) -> None:
        self.pool, self.recipe, self.arm = pool, recipe, arm
        self._order = lru_cache(maxsize=4)(self._shuffled)
        self._ranks = plainest(pool) if arm.plain else np.zeros(0, np.int64)

    def rows(self, step: int) -> npt.NDArray[np.int64]:
        """Indices of the films of a step, (batch,)."""
        half = self.recipe.batch // 2
        broken = self._plain(step, half) if self.arm.plain else self._take(True, step * half, half)
        if not self.recipe.paired:
            return np.concatenate([broken, self._take(False, step * half, half)])
        # Phantoms lie in the pool as fractured, twin, fractured, twin ...
        return np.concatenate([broken, broken + 1])

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        """Films (batch, 1, side, side) in [0, 1] and their fracture labels (batch,), bool."""
        rows = self.rows(step)
        half = len(rows) // 2
        random = np.random.default_rng([self.recipe.seed, 23, step])
        side = self.side(step)
        centres = self._centres(rows[:half], side, random)
        if side is not None and self.arm.spare:
            self._spare(rows, centres, side, step)
        films = torch.from_numpy(self.pool.images[rows]).float().div_(255)[:, None]
        placed = self._place(films, centres, side, random)
        changed = _exposed(placed, self.recipe.augmentation, random)
        return changed, torch.arange(2 * half) < half

    def side(self, step: int) -> int | None:
        """Side of the crops of a step; None for whole films."""
        share = step / self.arm.steps
        return next((side for until, side in self.arm.crops if share < until), None)

    def _plain(self, step: int, count: int) -> npt.NDArray[np.int64]:
        """Fractured films among the plainest ones, of which there are more at every step."""
        plain = self.arm.plain
        share = min(1.0, plain + (1 - plain) * step / (_ALL_FROM * self.arm.steps))
        random = np.random.default_rng([self.recipe.seed, 7, step])
        return self._ranks[random.integers(0, max(1, round(share * len(self._ranks))), count)]

    def _take(self, fractured: bool, start: int, count: int) -> npt.NDArray[np.int64]:
        taken: list[npt.NDArray[np.int64]] = []
        length = int(np.count_nonzero(self.pool.fractured == fractured))
        while count > 0:
            epoch, first = divmod(start, length)
            piece = self._order(fractured, epoch)[first : first + count]
            taken.append(piece)
            start, count = start + len(piece), count - len(piece)
        return np.concatenate(taken)

    def _shuffled(self, fractured: bool, epoch: int) -> npt.NDArray[np.int64]:
        random = np.random.default_rng([self.recipe.seed, 5, int(fractured), epoch])
        return random.permutation(np.flatnonzero(self.pool.fractured == fractured))

    def _centres(
        self, broken: npt.NDArray[np.int64], side: int | None, random: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        """Centres x, y of what is shown of each film, (batch, 2): both halves alike."""
        height, width = self.pool.images.shape[1:]
        if side is None:
            centre = np.tile([width / 2, height / 2], (len(broken), 1))
            reach = self.recipe.augmentation.shift * np.array([width, height])
        else:
            boxes = self.pool.boxes[broken]
            centre = (boxes[:, :2] + boxes[:, 2:]) / 2
            reach = np.array([0.3 * side, 0.3 * side])
        moved = np.rint(centre + random.uniform(-1, 1, (len(broken), 2)) * reach)
        return np.concatenate([moved, moved])

    def _spare(
        self,
        rows: npt.NDArray[np.int64],
        centres: npt.NDArray[np.float64],
        side: int,
        step: int,
    ) -> None:
        """Put unbroken places of fractured films among the other class, in place.

        Then what else tells fractured films apart (metal, body part, exposure) helps no longer.
        """
        random = np.random.default_rng([self.recipe.seed, 29, step])
        size = np.array(self.pool.images.shape[:0:-1], dtype=np.float64)
        half = len(rows) // 2
        for row in np.flatnonzero(random.random(half) < self.arm.spare):
            around = self.pool.around[rows[row]]
            tries = np.rint(random.uniform(0.3 * side, size - 0.3 * side, (_TRIES, 2)))
            far = _ROOM * side  # a turned and widened crop reaches beyond half its side
            clear = (tries + far < around[:2]).any(1) | (tries - far > around[2:]).any(1)
            if clear.any():
                rows[half + row], centres[half + row] = rows[row], tries[clear.argmax()]

    def _place(
        self,
        films: Tensor,
        centres: npt.NDArray[np.float64],
        side: int | None,
        random: np.random.Generator,
    ) -> Tensor:
        height, width = films.shape[-2:]
        tall, wide = (height, width) if side is None else (side, side)
        half = len(films) // 2
        changes = self.recipe.augmentation
        theta = _affine(half, tall, wide, height, width, changes, random)
        theta = np.concatenate([theta, theta])
        # A crop of even side on a film of even side is centred on a pixel edge, as is the film.
        theta[:, 0, 2] = 2 * centres[:, 0] / width - 1
        theta[:, 1, 2] = 2 * centres[:, 1] / height - 1
        grid = functional.affine_grid(
            torch.from_numpy(theta).float(), [len(films), 1, tall, wide], align_corners=False
        )
        return functional.grid_sample(films, grid, align_corners=False)


def plainest(pool: Pool) -> npt.NDArray[np.int64]:
    """Indices of a paired pool's fractured films, the plainest fracture first.

    How plain it is: the grey levels by which the 40 pixels that differ most differ from the twin.
    """
    rows = np.flatnonzero(pool.fractured)
    most = min(40, pool.images[0].size)
    seen = [
        np.partition(np.abs(pool.images[row].astype(np.int16) - pool.images[row + 1]), -most, None)
        for row in rows
    ]
    order = np.argsort([-int(levels[-most]) for levels in seen], kind="stable")
    return rows[order]


def _affine(
    n: int,
    tall: int,
    wide: int,
    height: int,
    width: int,
    changes: Augmentation,
    random: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Matrices (n, 2, 3) from output to film, in the units of ``affine_grid``, without the shift.

    Quarter turns, flips and whole-pixel shifts fall on pixel centres and lose nothing to
    interpolation.
    """
    angle = np.deg2rad(random.uniform(-changes.rotate, changes.rotate, n))
    quarter = random.integers(0, 4, n) * bool(changes.turns) * (tall == wide)
    scale = np.exp2(random.uniform(-1, 1, n) * np.log2(1 + changes.zoom))
    mirror = np.where((random.random(n) < 0.5) & changes.flip, -1.0, 1.0)
    cosine = np.rint(np.cos(quarter * np.pi / 2)), np.rint(np.sin(quarter * np.pi / 2))
    c = np.cos(angle) * cosine[0] - np.sin(angle) * cosine[1]
    s = np.sin(angle) * cosine[0] + np.cos(angle) * cosine[1]
    # Output (in half sides) -> pixels around the crop's centre -> film (in half sides).
    theta = np.zeros((n, 2, 3))
    theta[:, 0, 0], theta[:, 0, 1] = mirror * c * scale * wide / width, -s * scale * tall / width
    theta[:, 1, 0], theta[:, 1, 1] = mirror * s * scale * wide / height, c * scale * tall / height
    return theta


def _exposed(films: Tensor, changes: Augmentation, random: np.random.Generator) -> Tensor:
    n = len(films) // 2
    gamma = np.exp2(random.uniform(-1, 1, n) * changes.gamma)
    gain = 1 + random.uniform(-1, 1, n) * changes.gain
    offset = random.uniform(-1, 1, n) * changes.offset
    shape = (len(films), 1, 1, 1)
    exponent, factor, plus = (
        torch.from_numpy(np.concatenate([values, values])).float().view(shape)
        for values in (gamma, gain, offset)
    )
    bent = films.clamp(1e-4, 1).pow(exponent) if changes.gamma else films
    return (bent * factor + plus).clamp(0, 1)
