"""Specificity on the unbroken films that hold something a fracture may be mistaken for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fracview.metrics.statistics import Estimate, proportion
from tests.benchmarks.phantom_shortcuts.answers import Reader
from tests.benchmarks.phantom_shortcuts.films import Pair
from tests.benchmarks.phantom_shortcuts.verdict import Verdict

WORSE = 5.0
"""Points that the specificity of an item may lie below the mean."""


def negatives_test(pairs: Sequence[Pair], reader: Reader, level: float = 0.95) -> list[Verdict]:
    """Specificity per lookalike and hardware on all unbroken twins.

    An item fails where its specificity is more than 5 points below the mean and its interval
    does not reach the mean; where the interval does, more films are needed to tell.
    """
    test = f"negatives: {reader.name}"
    right = reader.margins([pair.normal.pixels for pair in pairs]) <= 0
    truths = [pair.normal.truth for pair in pairs]
    mean = _percent(right, level)
    found = [Verdict(test, "specificity, all, %", mean, digits=1)]
    names = sorted({name for truth in truths for name in (*truth.lookalikes, *truth.hardware)})
    for name in names:
        rows = np.array([name in truth.lookalikes or name in truth.hardware for truth in truths])
        share = _percent(right[rows], level)
        assert share.high is not None
        low, sure = share.mean < mean.mean - WORSE, share.high < mean.mean
        passed = None if low and not sure else not low
        rule = f"at least {mean.mean - WORSE:.1f}" + (": open, draw more" if passed is None else "")
        found.append(Verdict(test, f"specificity, {name}, %", share, rule, passed, 1))
    return found


def _percent(right: np.ndarray, level: float) -> Estimate:
    share = proportion(int(right.sum()), len(right), level)
    assert share.low is not None
    assert share.high is not None
    return Estimate(100 * share.mean, 100 * share.low, 100 * share.high, share.n, None, level)
