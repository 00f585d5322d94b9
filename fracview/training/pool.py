"""Films that are decoded and resized once, then held as bytes; and their split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Pool:
    """Labelled films of one size.

    Parameters
    ----------
    images
        (N, height, width) uint8, black 0.
    fractured
        (N,) bool.
    groups
        (N,) int64: near-twins share a number and never part in a split.
    boxes
        (N, 4) float32 x1, y1, x2, y2 in pixels of ``images``: one box per film, NaN without one.
    names
        File names, or seeds of phantoms.
    identity
        Fingerprint of where it came from.
    origin
        For people and cards.
    left_out
        A sentence for each film that could not be used.
    outer
        (N, 4) like ``boxes``, around all boxes of a film; None: there is one box per film.
    """

    images: npt.NDArray[np.uint8]
    fractured: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.float32]
    names: tuple[str, ...]
    identity: str
    origin: str
    left_out: tuple[str, ...] = ()
    outer: npt.NDArray[np.float32] | None = None

    @property
    def around(self) -> npt.NDArray[np.float32]:
        """Corners around all boxes of each film, (N, 4), NaN without one."""
        return self.boxes if self.outer is None else self.outer

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, rows: npt.NDArray[np.int64]) -> Pool:
        """Films by index, in the order given."""
        return Pool(
            self.images[rows],
            self.fractured[rows],
            self.groups[rows],
            self.boxes[rows],
            tuple(self.names[row] for row in rows),
            self.identity,
            self.origin,
            outer=self.around[rows],
        )


@dataclass(frozen=True, eq=False)
class Split:
    """Three pools without a common group."""

    train: Pool
    validation: Pool
    test: Pool
    notes: tuple[str, ...] = ()
    """Sentences about films that are in no part."""
    followed: tuple[str, str] | None = None
    """Name and SHA-256 of the split on file that was followed."""

    def names(self) -> dict[str, list[str]]:
        """File names (or seeds) of each part, to be stored beside the model."""
        return {
            "train": list(self.train.names),
            "validation": list(self.validation.names),
            "test": list(self.test.names),
        }

    def check(self) -> None:
        """Refuse parts in which a class is missing.

        Raises
        ------
        SettingError
            Naming the part and its counts.
        """
        for part in ("train", "validation", "test"):
            pool: Pool = getattr(self, part)
            positive = int(pool.fractured.sum())
            if positive == 0 or positive == len(pool):
                raise SettingError(
                    f"{pool.origin}: the {part} part has {positive} fractured of {len(pool)} "
                    "films; both classes are needed in each part. Add labelled films."
                )


def divide(pool: Pool, validation: float, test: float, seed: int) -> Split:
    """Split by groups, each class in the same shares, decided by the seed alone.

    A group with any fractured film counts as fractured. Each class gives at least one group to
    validation and test where it has three.

    Parameters
    ----------
    pool
        All films.
    validation, test
        Shares, 0 to 1.
    seed
        Root of the order in which groups are dealt.
    """
    part = shared_out(pool.groups, pool.fractured, (validation, test), seed)
    pools = [pool.subset(np.flatnonzero(part == number)) for number in range(3)]
    return Split(pools[0], pools[1], pools[2])


def shared_out(
    groups: npt.NDArray[np.int64],
    fractured: npt.NDArray[np.bool_],
    shares: tuple[float, float],
    seed: int,
    strata: Sequence[str] | None = None,
) -> npt.NDArray[np.int64]:
    """Deal groups to train (0), validation (1) and test (2), each class in the same shares.

    Parameters
    ----------
    groups, fractured
        (N,) per film.
    shares
        Of validation and test.
    seed
        Root of the order.
    strata
        One text per film; films of a text (a group has that of its first film) are spread over
        the parts as evenly as whole groups allow.

    Returns
    -------
    ndarray of int64, (N,)
        Number of each film's part.
    """
    random = np.random.default_rng([seed, 11])
    ids, first, where = np.unique(groups, return_index=True, return_inverse=True)
    broken = np.zeros(len(ids), dtype=bool)
    np.logical_or.at(broken, where, fractured)
    stratum = np.array(strata)[first] if strata is not None else np.zeros(len(ids))
    part = np.zeros(len(ids), dtype=np.int64)
    for kind in (True, False):
        order = random.permutation(np.flatnonzero(broken == kind))
        order = order[np.argsort(stratum[order], kind="stable")]
        least = 1 if len(order) > 2 else 0
        rest = order
        for number, share in ((1, shares[0]), (2, shares[1])):
            chosen = _evenly(len(rest), max(least, round(len(order) * share)))
            part[rest[chosen]] = number
            rest = np.delete(rest, chosen)
    dealt: npt.NDArray[np.int64] = part[where]
    return dealt


def _evenly(length: int, count: int) -> npt.NDArray[np.int64]:
    """``count`` places of ``length``, at equal distances."""
    places: npt.NDArray[np.int64] = ((np.arange(count) + 0.5) * length / max(count, 1)).astype(int)
    return places
