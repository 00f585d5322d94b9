"""Numbers with their uncertainty: Wilson's interval for shares, the bootstrap for means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_DRAWS = 1 << 20
"""Indices drawn at a time: bounds the memory of the bootstrap to some 8 MiB."""


@dataclass(frozen=True)
class Estimate:
    """A mean or a share with its interval.

    Parameters
    ----------
    mean
        In the unit of the values.
    low, high
        Ends of the interval; None where fewer than two independent units leave it unknown.
    n
        Number of values.
    seed
        Of the bootstrap; None where nothing was drawn.
    level
        Confidence of the interval, 0 to 1.
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    seed: int | None = None
    level: float = 0.95


def mean_with_interval(
    values: npt.ArrayLike,
    seed: int,
    n_boot: int = 2000,
    level: float = 0.95,
    clusters: Sequence[object] | npt.NDArray[np.generic] | None = None,
) -> Estimate:
    """Mean with the percentile bootstrap over independent units.

    Parameters
    ----------
    values
        One number per image, (n,), finite.
    seed
        The same seed gives the same interval.
    n_boot
        Number of resamples, at least 1.
    level
        Confidence, above 0 and below 1.
    clusters
        One label per value: values of one label (a patient, a group of near-twins) are drawn
        together. None: every value stands alone.

    Returns
    -------
    Estimate
        Without an interval if there is only one value or one cluster.

    Raises
    ------
    SettingError
        If there are no values or some are not finite, the labels do not match, or a setting is out
        of range.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or numbers.size == 0 or not np.isfinite(numbers).all():
        raise SettingError("a mean needs at least one value, and finite ones.")
    if n_boot < 1 or not 0 < level < 1:
        raise SettingError(f"a bootstrap of {n_boot} draws at level {level} is not possible.")
    sums, counts = _units(numbers, clusters)
    mean = float(numbers.mean())
    if sums.size < 2:
        return Estimate(mean, None, None, numbers.size, seed, level)
    means = _resampled_means(sums, counts, n_boot, np.random.default_rng(seed))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(mean, float(low), float(high), numbers.size, seed, level)


def proportion(successes: int, total: int, level: float = 0.95) -> Estimate:
    """Share with Wilson's interval; see :func:`wilson`."""
    low, high = wilson(successes, total, level)
    return Estimate(successes / total, low, high, total, None, level)


def wilson(successes: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a share.

    Wilson, "Probable inference, the law of succession, and statistical inference" (JASA 22, 1927).

    Parameters
    ----------
    successes, total
        Whole numbers, ``0 <= successes <= total``, ``total >= 1``.
    level
        Confidence, above 0 and below 1.

    Returns
    -------
    tuple of float
        Low and high end, within [0, 1].

    Raises
    ------
    SettingError
        If a number is out of range.
    """
    if not (total >= 1 and 0 <= successes <= total and 0 < level < 1):
        raise SettingError(f"no interval for {successes} of {total} at level {level}.")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / total
    scale = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    # The ends are exact at none and at all; rounding would leave 1e-17.
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == total else min(1.0, middle + half)
    return low, high


def _units(
    numbers: npt.NDArray[np.float64],
    clusters: Sequence[object] | npt.NDArray[np.generic] | None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Sum and number of values of each independent unit."""
    if clusters is None:
        return numbers, np.ones_like(numbers)
    if len(clusters) != numbers.size:
        raise SettingError(f"{len(clusters)} cluster labels for {numbers.size} values.")
    place = {label: index for index, label in enumerate(dict.fromkeys(clusters))}
    unit = np.fromiter((place[label] for label in clusters), np.intp, numbers.size)
    sums: npt.NDArray[np.float64] = np.bincount(unit, weights=numbers).astype(np.float64)
    return sums, np.bincount(unit).astype(np.float64)


def _resampled_means(
    sums: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    n_boot: int,
    generator: np.random.Generator,
) -> npt.NDArray[np.float64]:
    units = sums.size
    rows = max(1, _DRAWS // units)
    means = np.empty(n_boot)
    for start in range(0, n_boot, rows):
        stop = min(n_boot, start + rows)
        drawn = generator.integers(0, units, size=(stop - start, units))
        means[start:stop] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means
