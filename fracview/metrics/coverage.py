"""Coverage: the share of box pixels among the top p % of a map. A recall, not an accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.errors import SettingError
from fracview.metrics.ranking import NOT_FINITE, Ranking, as_scores

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.request import Rule

ALL_PERCENTS: tuple[float, ...] = tuple(float(percent) for percent in range(1, 101))
"""The percentages of a whole curve."""


@dataclass(frozen=True, eq=False)
class CoverageCurve:
    """Coverage and realised area over the percentages of a map; chance is ``coverage == area``.

    Parameters
    ----------
    percents
        float64 (P,), in per cent, above 0 and up to 100.
    coverage
        float64 (P,), share of the box pixels that is selected, 0 to 1.
    area
        float64 (P,), share of the map that is really selected, 0 to 1: K / N under the exact rule;
        under the repo rule it can be far larger than p / 100 where values are tied.
    """

    percents: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    area: npt.NDArray[np.float64]

    def at(self, percent: float) -> float:
        """Coverage at one of the curve's percentages, 0 to 1.

        Raises
        ------
        SettingError
            If the curve was not computed there; it is never interpolated.
        """
        return float(self.coverage[self._index(percent)])

    def area_at(self, percent: float) -> float:
        """Realised area at one of the curve's percentages, 0 to 1; raises like :meth:`at`."""
        return float(self.area[self._index(percent)])

    def _index(self, percent: float) -> int:
        found = np.flatnonzero(self.percents == percent)
        if found.size == 0:
            raise SettingError(f"the curve was not computed at {percent:g} %. Ask for it first.")
        return int(found[0])


@dataclass(frozen=True, eq=False)
class TopPixels:
    """What the top p % of a map looks like, for outlines.

    Parameters
    ----------
    mask
        bool (H, W): all pixels at or above :attr:`threshold`, ties included.
    weights
        float64 (H, W), 0 to 1: how far each pixel counts. Under the exact rule tied pixels at the
        threshold share what is left, so that the weights sum to K; under the repo rule it is 0/1.
    threshold
        In units of the map.
    area
        Share of the map that :attr:`mask` really covers, 0 to 1; above p / 100 where values tie.
    """

    mask: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float64]
    threshold: float
    area: float


def coverage_curve(
    values: npt.ArrayLike,
    mask: npt.ArrayLike,
    percents: npt.ArrayLike | None = None,
    rule: Rule = "exact",
) -> CoverageCurve:
    """Measure how much of the boxes lies in the top p % of a map, for every p by one sort.

    Parameters
    ----------
    values
        A map, (H, W), finite, any range; only the order of its values matters.
    mask
        Union of the boxes, (H, W), in the same frame.
    percents
        In per cent, above 0 and up to 100, one number or many, in any order. None: 1, 2, ... 100.
    rule
        ``"exact"``: the K = round(pN/100) largest values (halves to even), pixels tied at the edge
        with equal shares, so a constant map gets chance. ``"repo"``: all pixels
        ``>= np.percentile(values, 100 - p)``, linearly interpolated in the map's own precision, as
        the published notebooks do; a constant map gets 100 %.

    Returns
    -------
    CoverageCurve

    Raises
    ------
    NoBoxesError
        If the mask is empty.
    SettingError
        If the map is not finite or not (H, W), the mask has another shape, a percentage is out of
        range, or the rule is unknown.
    """
    return curve_of(Ranking.of(as_map(values), mask), percents, rule)


def curve_of(
    ranking: Ranking, percents: npt.ArrayLike | None = None, rule: Rule = "exact"
) -> CoverageCurve:
    """Read a coverage curve off a sorted map; see :func:`coverage_curve`."""
    percent = as_percents(percents)
    if rule == "exact":
        counts = top_counts(percent, ranking.size)
        return CoverageCurve(percent, ranking.share_of_top(counts), counts / ranking.size)
    edge = thresholds(ranking.everywhere, percent, rule)
    selected = ranking.size - np.searchsorted(ranking.everywhere, edge, side="left")
    hits = ranking.positives - np.searchsorted(ranking.inside, edge, side="left")
    return CoverageCurve(percent, hits / ranking.positives, selected / ranking.size)


def top_mask(values: npt.ArrayLike, percent: float, rule: Rule = "exact") -> TopPixels:
    """Select the top p % of a map.

    Parameters
    ----------
    values
        A map, (H, W), finite.
    percent
        Above 0 and up to 100.
    rule
        See :func:`coverage_curve`.

    Returns
    -------
    TopPixels

    Raises
    ------
    SettingError
        As :func:`coverage_curve`.
    """
    scores = as_map(values)
    percents = as_percents(percent)
    ordered = np.sort(scores, axis=None)
    edge = thresholds(ordered, percents, rule)[0]
    mask = scores >= edge
    weights = mask.astype(np.float64)
    if rule == "exact":
        above = scores > edge
        (count,) = top_counts(percents, scores.size)
        tied = mask & ~above
        weights[tied] = (count - np.count_nonzero(above)) / np.count_nonzero(tied)
    return TopPixels(mask, weights, float(edge), np.count_nonzero(mask) / scores.size)


def thresholds(
    ordered: npt.NDArray[np.floating[Any]], percents: npt.NDArray[np.float64], rule: Rule
) -> npt.NDArray[np.floating[Any]]:
    """Values at which the top p % of a map begin.

    Parameters
    ----------
    ordered
        The map's values in ascending order, float32 or float64 (N,).
    percents
        float64 (P,), above 0 and up to 100.
    rule
        ``"exact"``: the K-th largest value (the largest if K is 0). ``"repo"``: bit for bit the
        number that ``np.percentile(values, 100 - p)`` gives for each p on its own.

    Returns
    -------
    ndarray (P,) of the map's dtype

    Raises
    ------
    SettingError
        If the rule is unknown or the values are not finite.
    """
    if not np.isfinite(ordered[[0, -1]]).all():
        raise SettingError(NOT_FINITE)
    last = ordered.size - 1
    if rule == "exact":
        return ordered[np.minimum(ordered.size - top_counts(percents, ordered.size), last)]
    if rule != "repo":
        raise SettingError(f"rule '{rule}' is not exact or repo.")
    position = last * ((100 - percents) / 100)
    lower = np.minimum(np.floor(position).astype(np.intp), last)
    upper = np.minimum(lower + 1, last)
    # Numpy's own order of operations: weights in float64, rounded to the map's precision, and the
    # interpolation taken from the nearer end.
    weight = position - lower
    start, end = ordered[lower], ordered[upper]
    step = end - start
    up = start + step * weight.astype(ordered.dtype)
    down = end - step * (1 - weight).astype(ordered.dtype)
    edge: npt.NDArray[np.floating[Any]] = np.where(weight >= 0.5, down, up)
    return edge


def top_counts(percents: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.int64]:
    """Number of pixels K = round(pN/100) of the exact rule, halves to even, int64 (P,)."""
    return np.rint(percents * size / 100).astype(np.int64)


def as_map(values: npt.ArrayLike) -> npt.NDArray[np.floating[Any]]:
    """Turn values into a float map (H, W).

    Raises
    ------
    SettingError
        If it is empty or has other than two axes.
    """
    scores = as_scores(values)
    if scores.ndim != 2:
        raise SettingError(f"a map has two axes, not the shape {scores.shape}.")
    return scores


def as_percents(percents: npt.ArrayLike | None) -> npt.NDArray[np.float64]:
    """Turn percentages into float64 (P,); None gives :data:`ALL_PERCENTS`.

    Raises
    ------
    SettingError
        If there are none, or one is not above 0 and up to 100.
    """
    wanted = ALL_PERCENTS if percents is None else percents
    percent = np.atleast_1d(np.array(wanted, dtype=np.float64))
    if percent.ndim != 1 or percent.size == 0 or not ((percent > 0) & (percent <= 100)).all():
        raise SettingError(f"percentages lie above 0 and up to 100, not {wanted!r}.")
    return percent
