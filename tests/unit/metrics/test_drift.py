from __future__ import annotations

import numpy as np
import pytest

from fracview.errors import SettingError
from fracview.metrics.drift import spearman, topk_overlap


def test_spearman_equals_scipys() -> None:
    from scipy.stats import spearmanr

    generator = np.random.default_rng(0)
    for levels in (3, 10**6):
        a = generator.integers(0, levels, (20, 30))
        b = a + generator.integers(0, levels, (20, 30))
        assert spearman(a, b) == pytest.approx(spearmanr(a, b, axis=None).statistic, abs=1e-13)


def test_spearman_sees_only_order() -> None:
    values = np.random.default_rng(1).random((6, 7))
    assert spearman(values, np.exp(5 * values)) == 1
    assert spearman(values, -values) == -1
    assert spearman(values, np.zeros((6, 7))) is None


def test_overlap_by_hand() -> None:
    a = np.arange(100.0).reshape(10, 10)
    assert topk_overlap(a, a, 7) == 1
    assert topk_overlap(a, -a, 50) == 0
    b = a.copy()
    b[9, 9] = -1  # 90..98 stay in the top ten, 89 comes in
    assert topk_overlap(a, b, 10) == 0.9


def test_overlap_shares_ties() -> None:
    constant = np.zeros((10, 10))
    other = np.random.default_rng(2).random((10, 10))
    assert topk_overlap(constant, constant, 5) == pytest.approx(1)
    assert topk_overlap(constant, other, 5) == pytest.approx(0.05)


def test_overlap_of_unrelated_maps_is_chance() -> None:
    generator = np.random.default_rng(4)
    a, b = generator.random((2, 200, 200))
    assert topk_overlap(a, b, 20) == pytest.approx(0.2, abs=0.02)


def test_refusals() -> None:
    a = np.eye(4)
    for measure in (spearman, lambda x, y: topk_overlap(x, y, 50)):
        with pytest.raises(SettingError, match="cannot be compared"):
            measure(a, np.ones((4, 5)))
        with pytest.raises(SettingError, match="not finite"):
            measure(a, np.full((4, 4), np.inf))
    with pytest.raises(SettingError, match="less than one pixel"):
        topk_overlap(a, a, 1)
