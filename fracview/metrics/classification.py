"""A classifier against labels: never accuracy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import SettingError
from fracview.metrics.ranking import Ranking
from fracview.metrics.statistics import Estimate, mean_with_interval, proportion, wilson

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "Confusion",
    "Estimate",
    "auroc",
    "confusion",
    "mean_with_interval",
    "proportion",
    "wilson",
]


@dataclass(frozen=True)
class Confusion:
    """Counts of a two-class decision; "fractured" is the positive class.

    Parameters
    ----------
    true_positives, false_negatives, false_positives, true_negatives
        Numbers of images.
    """

    true_positives: int
    false_negatives: int
    false_positives: int
    true_negatives: int

    @property
    def positives(self) -> int:
        """Number of images that are positive."""
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> int:
        """Number of images that are negative."""
        return self.false_positives + self.true_negatives

    @property
    def n(self) -> int:
        """Number of images."""
        return self.positives + self.negatives

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1."""
        return (self.true_positives + self.true_negatives) / self.n

    @property
    def sensitivity(self) -> float | None:
        """Share of the positives that are found, 0 to 1; None without positives."""
        return self.true_positives / self.positives if self.positives else None

    @property
    def specificity(self) -> float | None:
        """Share of the negatives that are left alone, 0 to 1; None without negatives."""
        return self.true_negatives / self.negatives if self.negatives else None

    @property
    def balanced_accuracy(self) -> float | None:
        """Mean of sensitivity and specificity, 0 to 1; None if either is unknown."""
        if self.sensitivity is None or self.specificity is None:
            return None
        return (self.sensitivity + self.specificity) / 2

    @property
    def majority(self) -> float:
        """Accuracy of always giving the more frequent class, 0.5 to 1."""
        return max(self.positives, self.negatives) / self.n

    def intervals(self, level: float = 0.95) -> dict[str, Estimate | None]:
        """Accuracy, sensitivity and specificity by name, with Wilson's intervals."""
        right = self.true_positives + self.true_negatives
        counts = {
            "accuracy": (right, self.n),
            "sensitivity": (self.true_positives, self.positives),
            "specificity": (self.true_negatives, self.negatives),
        }
        return {
            name: proportion(successes, total, level) if total else None
            for name, (successes, total) in counts.items()
        }


def confusion(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> Confusion:
    """Count a two-class decision.

    Parameters
    ----------
    truth, predicted
        (n,), True or not 0 for the positive class.

    Raises
    ------
    SettingError
        If there are no images or the lengths differ.
    """
    real = np.asarray(truth).astype(np.bool_)
    said = np.asarray(predicted).astype(np.bool_)
    _check(real, said)
    return Confusion(
        true_positives=int(np.count_nonzero(real & said)),
        false_negatives=int(np.count_nonzero(real & ~said)),
        false_positives=int(np.count_nonzero(~real & said)),
        true_negatives=int(np.count_nonzero(~real & ~said)),
    )


def auroc(truth: npt.ArrayLike, scores: npt.ArrayLike) -> float | None:
    """Chance that a positive image scores higher than a negative one, ties 1/2.

    Parameters
    ----------
    truth
        (n,), True or not 0 for the positive class.
    scores
        (n,), finite, larger for "more fractured".

    Returns
    -------
    float or None
        0 to 1; None if one of the classes is absent.

    Raises
    ------
    SettingError
        If there are no images, the lengths differ, or a score is not finite.
    """
    real, numbers = np.asarray(truth).astype(np.bool_), np.asarray(scores, dtype=np.float64)
    _check(real, numbers)
    if not np.isfinite(numbers).all():
        raise SettingError("a score is not finite. Check the model's output.")
    return Ranking.of(numbers, real).auroc() if real.any() else None


def _check(truth: npt.NDArray[np.bool_], other: npt.NDArray[np.generic]) -> None:
    if truth.ndim != 1 or truth.size == 0 or truth.shape != other.shape:
        raise SettingError(f"labels of {truth.shape} and answers of {other.shape} do not match.")
