"""How far a map has moved, such as from the clean image to the attacked one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import SettingError
from fracview.metrics.coverage import as_map, top_mask
from fracview.metrics.ranking import NOT_FINITE

if TYPE_CHECKING:
    import numpy.typing as npt


def spearman(a: npt.ArrayLike, b: npt.ArrayLike) -> float | None:
    """Spearman's rank correlation of two maps, ties with mid-ranks.

    Parameters
    ----------
    a, b
        Finite maps of one shape, (H, W).

    Returns
    -------
    float or None
        -1 to 1; None if either map is constant and so has no order.

    Raises
    ------
    SettingError
        If the maps differ in shape, are not finite or not (H, W).
    """
    first, second = _pair(a, b)
    x, y = _mid_ranks(first), _mid_ranks(second)
    spread = float(np.sqrt((x @ x) * (y @ y)))
    if spread == 0:
        return None
    return float(np.clip((x @ y) / spread, -1, 1))


def topk_overlap(a: npt.ArrayLike, b: npt.ArrayLike, percent: float) -> float:
    """Share of the top p % that two maps have in common; chance is p / 100.

    Pixels tied at the edge of the top carry equal shares, and a pixel counts with the smaller of
    its two shares, so that a map fully overlaps with itself whatever its ties.

    Parameters
    ----------
    a, b
        Finite maps of one shape, (H, W).
    percent
        Above 0 and up to 100, and at least half a pixel.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    SettingError
        If the maps differ in shape, are not finite or not (H, W), or the percentage is out of
        range or less than a pixel.
    """
    first, second = _pair(a, b)
    x, y = top_mask(first, percent).weights, top_mask(second, percent).weights
    total = x.sum()
    if total == 0:
        raise SettingError(f"{percent:g} % of {first.size} pixels is less than one pixel.")
    return float(min(1.0, np.minimum(x, y).sum() / total))


def _pair(
    a: npt.ArrayLike, b: npt.ArrayLike
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    first, second = as_map(a), as_map(b)
    if first.shape != second.shape:
        raise SettingError(f"maps of {first.shape} and {second.shape} cannot be compared.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise SettingError(NOT_FINITE)
    return first, second


def _mid_ranks(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Ranks less their mean, flat; equal values get the mean of their ranks."""
    ordered = np.sort(values, axis=None)
    flat = values.ravel()
    below = np.searchsorted(ordered, flat, side="left")
    reached = np.searchsorted(ordered, flat, side="right")
    ranks: npt.NDArray[np.float64] = (below + reached - flat.size) / 2
    return ranks
