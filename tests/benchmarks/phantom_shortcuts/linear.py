"""How well the label follows from a table of numbers: cross-validated ridge, area, interval."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from fracview.metrics.statistics import Estimate

FOLDS = 10
_PENALTIES = np.logspace(-4, 2, 13)
"""Penalties per film, among which the training folds choose."""


def folds_of(labels: npt.NDArray[np.bool_], folds: int = FOLDS) -> npt.NDArray[np.intp]:
    """Fold of each film, every fold with its share of both classes, in the order of the films."""
    fold = np.empty(len(labels), np.intp)
    for kind in (False, True):
        rows = np.flatnonzero(labels == kind)
        fold[rows] = np.arange(len(rows)) % folds
    return fold


def ridge_scores(
    table: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_], folds: int = FOLDS
) -> npt.NDArray[np.float64]:
    """Score every film by a ridge regression that has not seen it.

    Each fold's penalty is chosen on its training films by generalised cross-validation (Golub,
    Heath and Wahba, Technometrics 21, 1979), and its scores are brought to one scale.

    Parameters
    ----------
    table
        (films, features), finite.
    labels
        (films,), True where fractured.
    folds
        2 or more.

    Returns
    -------
    ndarray of float64, (films,)
    """
    fold, scores = folds_of(labels, folds), np.zeros(len(labels))
    for k in range(folds):
        train, test = fold != k, fold == k
        middle, spread = table[train].mean(0), table[train].std(0)
        known = spread > 1e-9
        x = (table[train][:, known] - middle[known]) / spread[known]
        z = (table[test][:, known] - middle[known]) / spread[known]
        weights = _ridge(x, np.where(labels[train], 0.5, -0.5))
        inside = x @ weights
        scores[test] = (z @ weights - inside.mean()) / (inside.std() or 1.0)
    return scores


def _ridge(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    squares, along = np.linalg.eigh(x.T @ x)
    kept = squares > 1e-9 * max(float(squares[-1]), 1e-300)
    squares, along = squares[kept], along[:, kept]
    y = y - y.mean()
    moment = along.T @ (x.T @ y)
    part = moment**2 / squares
    rest = float(y @ y - part.sum())
    best, chosen = math.inf, np.zeros(len(squares))
    for penalty in _PENALTIES * len(x):
        shrunk = squares / (squares + penalty)
        error = float(((1 - shrunk) ** 2 * part).sum()) + rest
        criterion = error / (len(x) - 1 - shrunk.sum()) ** 2
        if criterion < best:
            best, chosen = criterion, moment / (squares + penalty)
    weights: npt.NDArray[np.float64] = along @ chosen
    return weights


def area_under_curve(
    labels: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64], level: float = 0.95
) -> Estimate:
    """Chance that a fractured film outscores a normal one, ties 1/2, with its interval.

    DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves" (Biometrics 44, 1988).
    """
    m, n = int(labels.sum()), int((~labels).sum())
    ranks = rankdata(scores)
    above = (ranks[labels] - rankdata(scores[labels])) / n
    below = 1 - (ranks[~labels] - rankdata(scores[~labels])) / m
    area = float(above.mean())
    error = math.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    return Estimate(area, max(0.0, area - half), min(1.0, area + half), m + n, None, level)
