from __future__ import annotations

import numpy as np
import pytest

from fracview.errors import NoBoxesError, SettingError
from fracview.metrics.coverage import coverage_curve
from fracview.metrics.localisation import localise
from fracview.metrics.scores import score


@pytest.mark.parametrize("rule", ["exact", "repo"])
def test_scores_are_the_measures_one_by_one(rule: str) -> None:
    values = np.random.default_rng(0).standard_normal((30, 40)).astype(np.float32)
    mask = np.zeros((30, 40), dtype=bool)
    mask[3:9, 7:12] = True
    scores = score(values, mask, rule, [5, 25, 50], part="absolute", tolerance=3)
    curve = coverage_curve(values, mask, [5, 25, 50], rule)
    assert scores.curve.coverage.tolist() == curve.coverage.tolist()
    assert scores.curve.area.tolist() == curve.area.tolist()
    assert scores.localisation == localise(values, mask, "absolute", 3)
    assert scores.rule == rule
    found = scores.localisation
    assert (scores.rra, scores.rma, scores.pointing) == (found.rra, found.rma, found.pointing)
    assert (scores.auroc, scores.average_precision) == (found.auroc, found.average_precision)
    assert scores.mask_share == 30 / 1200


def test_refusals() -> None:
    with pytest.raises(NoBoxesError):
        score(np.eye(4), np.zeros((4, 4)))
    with pytest.raises(SettingError, match="not finite"):
        score(np.full((4, 4), np.nan), np.eye(4))
