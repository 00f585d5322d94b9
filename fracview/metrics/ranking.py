"""A map's values in order, with those inside the boxes: one sort from which the measures follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.errors import NoBoxesError, SettingError

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Ranking:
    """Values in ascending order; use :meth:`of` to build one.

    Parameters
    ----------
    everywhere
        All values, float32 or float64 (N,), finite.
    inside
        Those under the boxes, (G,), ``1 <= G <= N``.
    """

    everywhere: npt.NDArray[np.floating[Any]]
    inside: npt.NDArray[np.floating[Any]]

    @classmethod
    def of(cls, values: npt.ArrayLike, mask: npt.ArrayLike) -> Ranking:
        """Sort a map.

        Parameters
        ----------
        values
            A map (H, W) or a list of scores (N,); any range.
        mask
            Of the same shape; True, or not 0, where the boxes (the positives) lie.

        Raises
        ------
        SettingError
            If the map is empty or not finite, or the shapes differ.
        NoBoxesError
            If the mask is empty.
        """
        scores, inside = as_scores(values), as_mask(mask, values)
        ranking = cls(np.sort(scores, axis=None), np.sort(scores[inside]))
        # NaN and +inf sort last and -inf first, so two looks replace a pass over the map.
        if not np.isfinite(ranking.everywhere[[0, -1]]).all():
            raise SettingError(NOT_FINITE)
        return ranking

    @property
    def size(self) -> int:
        """Number of pixels N."""
        return self.everywhere.size

    @property
    def positives(self) -> int:
        """Number of pixels inside the boxes, G."""
        return self.inside.size

    def share_of_top(self, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Share of the box pixels among the K largest values; pixels tied at the edge share it.

        With t the K-th largest value, a = #{A > t} and e = #{A = t}, a pixel weighs 1 above t,
        (K - a) / e at t and 0 below. The division comes last, on whole numbers, so the result is
        the correctly rounded one.

        Parameters
        ----------
        counts
            Each K, ``0 <= K <= N``.

        Returns
        -------
        ndarray of float64, like ``counts``, in [0, 1]
        """
        edge = self.everywhere[np.minimum(self.size - counts, self.size - 1)]
        below = np.searchsorted(self.everywhere, edge, side="left")
        reached = np.searchsorted(self.everywhere, edge, side="right")
        above, tied = self.size - reached, reached - below
        box_below = np.searchsorted(self.inside, edge, side="left")
        box_reached = np.searchsorted(self.inside, edge, side="right")
        box_above, box_tied = self.positives - box_reached, box_reached - box_below
        whole = box_above * tied + (counts - above) * box_tied
        share: npt.NDArray[np.float64] = whole / (tied * self.positives)
        return share

    def auroc(self) -> float | None:
        """Chance that a box pixel outranks another pixel, ties 1/2; None if there is no other."""
        negatives = self.size - self.positives
        if negatives == 0:
            return None
        twice = 0
        for side in ("left", "right"):
            everywhere = np.searchsorted(self.everywhere, self.inside, side=side)
            twice += int((everywhere - np.searchsorted(self.inside, self.inside, side=side)).sum())
        return twice / (2 * self.positives * negatives)

    def average_precision(self) -> float:
        """Sum of precision times gained recall over the distinct values, from the largest down."""
        # Of equal values the first gains all and the others none.
        values = self.inside[::-1]
        selected = self.size - np.searchsorted(self.everywhere, values, side="left")
        hits = self.positives - np.searchsorted(self.inside, values, side="left")
        gained = np.diff(hits, prepend=0)
        return float((gained * (hits / selected)).sum() / self.positives)


NOT_FINITE = "the map holds values that are not finite. Compute it again or choose another method."


def as_scores(values: npt.ArrayLike) -> npt.NDArray[np.floating[Any]]:
    """Turn values into a float32 or float64 array; nothing else is checked.

    Raises
    ------
    SettingError
        If there are no values.
    """
    scores = np.asarray(values)
    if scores.size == 0:
        raise SettingError("the map is empty. Compute it again.")
    if scores.dtype not in (np.float32, np.float64):
        scores = scores.astype(np.float64)
    return scores


def as_mask(mask: npt.ArrayLike, values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Turn a mask into bools of the shape of ``values``.

    Raises
    ------
    SettingError
        If the shapes differ.
    NoBoxesError
        If it is empty.
    """
    inside = np.asarray(mask).astype(np.bool_, copy=False)
    if inside.shape != np.shape(values):
        raise SettingError(
            f"a map of {np.shape(values)} and boxes on {inside.shape} do not lie in one frame."
        )
    if not inside.any():
        raise NoBoxesError("no box covers a pixel of the map. Draw or load a box first.")
    return inside
