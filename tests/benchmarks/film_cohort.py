"""Films of a split with labels, boxes, flags and near-twin groups; and what tells without a model.

Used by ``film_pair.py``. Intervals are percentile bootstraps over near-twin groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from fracview.data.case import Case
from fracview.data.dataset import open_folder
from fracview.data.frame import InputFrame
from fracview.data.readers import image_size, read_radiograph
from fracview.data.split import FilmSplit, Part
from fracview.errors import FracviewError
from fracview.metrics.classification import auroc
from fracview.metrics.statistics import Estimate, mean_with_interval
from fracview.request import FRACTURED

DRAWS = 2000
RIDGE = 1.0
"""Penalty on the squared weights of standardised columns, against the sum of log losses."""
FLAGS = (
    "hand", "leg", "hip", "shoulder", "mixed", "hardware", "multiscan", "frontal", "lateral",
    "oblique",
)  # fmt: skip
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class Film:
    """A case of the split that can be read."""

    case: Case
    part: Part
    group: int
    size: tuple[int, int]

    @property
    def fractured(self) -> bool:
        """Its label."""
        return self.case.label == FRACTURED


def read_films(folder: Path, split: FilmSplit) -> list[Film]:
    """Films of the split that lie in the folder, known by their bytes."""
    films = []
    for case in open_folder(folder):
        found = split.film_of(case.path)
        if found is not None and case.label is not None:
            films.append(Film(case, found.part, found.group, image_size(case.path)))
    return films


def draw_few(films: Sequence[Film], limit: int, seed: int) -> list[Film]:
    """At most ``limit`` films of each class, drawn by the seed, in their order."""
    kept: list[Film] = []
    for label in (True, False):
        some = [film for film in films if film.fractured is label]
        order = np.random.default_rng(seed).permutation(len(some))[:limit]
        kept += [some[place] for place in sorted(order)]
    return kept


def pictures(films: Sequence[Film], side: tuple[int, int]) -> tuple[np.ndarray, list[bool]]:
    """Films as a model of this input size sees them, float32 (n, h, w); and which can be read."""
    grey = np.zeros((len(films), *side), np.float32)
    readable = []
    for row, film in enumerate(films):
        try:
            radiograph = read_radiograph(film.case.path)
        except FracviewError:
            readable.append(False)
            continue
        grey[row] = InputFrame(radiograph.height, radiograph.width, *side).fit(radiograph.grey())
        readable.append(True)
    return grey, readable


def masks(films: Sequence[Film], side: tuple[int, int]) -> np.ndarray:
    """Union of each film's boxes in the input, bool (n, h, w)."""
    return np.stack([InputFrame(*film.size, *side).mask(film.case.boxes) for film in films])


def truths(films: Sequence[Film]) -> np.ndarray:
    """Labels, bool (n,)."""
    return np.array([film.fractured for film in films])


def groups(films: Sequence[Film]) -> np.ndarray:
    """Near-twin groups, (n,)."""
    return np.array([film.group for film in films])


def mean(values: Any, films: Sequence[Film], seed: int) -> Estimate | None:
    """Mean over films; None without any."""
    if not len(films):
        return None
    return mean_with_interval(values, seed, DRAWS, clusters=groups(films))


def statistic(
    compute: Callable[[np.ndarray], float | None], films: Sequence[Film], seed: int
) -> Estimate | None:
    """Interval of a number that is no mean, such as the AUROC.

    Parameters
    ----------
    compute
        From rows of ``films`` (drawn with repetition) to the number; None where it is unknown.
    films
        Near-twins are drawn together.
    seed
        Of the bootstrap.
    """
    whole = compute(np.arange(len(films))) if films else None
    if whole is None:
        return None
    _, unit = np.unique(groups(films), return_inverse=True)
    rows = np.split(np.argsort(unit, kind="stable"), np.cumsum(np.bincount(unit))[:-1])
    random = np.random.default_rng(seed)
    found = []
    for _ in range(DRAWS):
        drawn = np.concatenate([rows[place] for place in random.integers(0, len(rows), len(rows))])
        value = compute(drawn)
        if value is not None:
            found.append(value)
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(whole, float(low), float(high), len(films), seed)


def area(scores: np.ndarray, films: Sequence[Film], seed: int) -> Estimate | None:
    """AUROC; None if a class is missing."""
    truth = truths(films)
    return statistic(lambda rows: auroc(truth[rows], scores[rows]), films, seed)


def balanced(right: np.ndarray, films: Sequence[Film], seed: int) -> Estimate | None:
    """Mean of the shares of right answers in both classes; None if a class is missing."""
    truth = truths(films)

    def compute(rows: np.ndarray) -> float | None:
        real, good = truth[rows], right[rows]
        if real.all() or not real.any():
            return None
        return float((good[real].mean() + good[~real].mean()) / 2)

    return statistic(compute, films, seed)


def flags(films: Sequence[Film]) -> np.ndarray:
    """Columns of the data set's table, 0 or 1, (n, len(FLAGS))."""
    return np.array([[film.case.flag(name) == "1" for name in FLAGS] for film in films], float)


def grey_statistics(films: Sequence[Film], side: tuple[int, int]) -> np.ndarray:
    """Log of the film's size; mean, standard deviation and seven quantiles of its grey values."""
    rows = []
    for start in range(0, len(films), 256):  # thousands of films need not lie in memory at once
        part = films[start : start + 256]
        for film, grey in zip(part, pictures(part, side)[0], strict=True):
            levels = np.quantile(grey, QUANTILES)
            rows.append([*np.log(film.size), grey.mean(), grey.std(), *levels])
    return np.array(rows)


def logistic(train: np.ndarray, label: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Scores of a ridge logistic regression, fitted on the training films alone.

    Classes weigh the same, as in the nets' batches.
    """
    middle, spread = train.mean(0), train.std(0)
    spread[spread == 0] = 1
    inputs = (train - middle) / spread
    sign = np.where(label, 1.0, -1.0)
    weight = np.where(label, 0.5 / label.mean(), 0.5 / (1 - label.mean()))

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (inputs @ beta[1:] + beta[0])
        slope = -sign * weight * expit(-margin)
        value = (weight * np.logaddexp(0, -margin)).sum() + RIDGE / 2 * (beta[1:] ** 2).sum()
        return value, np.concatenate([[slope.sum()], inputs.T @ slope + RIDGE * beta[1:]])

    beta = minimize(loss, np.zeros(train.shape[1] + 1), jac=True, method="L-BFGS-B").x
    scores: np.ndarray = (test - middle) / spread @ beta[1:] + beta[0]
    return scores
