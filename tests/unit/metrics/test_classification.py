from __future__ import annotations

import itertools

import numpy as np
import pytest

from fracview.errors import SettingError
from fracview.metrics.classification import Confusion, auroc, confusion


def test_the_published_confusion_matrix() -> None:
    """Chen 2024, clean: [[56 16][17 133]] on 222 images, 85.14 % (79.9-89.2)."""
    truth = [1] * 72 + [0] * 150
    predicted = [1] * 56 + [0] * 16 + [1] * 17 + [0] * 133
    table = confusion(truth, predicted)
    assert table == Confusion(56, 16, 17, 133)
    assert table.n == 222
    assert table.accuracy == 189 / 222
    assert table.sensitivity == 56 / 72
    assert table.specificity == 133 / 150
    assert table.balanced_accuracy == (56 / 72 + 133 / 150) / 2
    assert table.majority == 150 / 222
    accuracy = table.intervals()["accuracy"]
    assert accuracy is not None
    assert (round(accuracy.low * 100, 1), round(accuracy.high * 100, 1)) == (79.9, 89.2)
    assert (accuracy.mean, accuracy.n, accuracy.seed) == (189 / 222, 222, None)


def test_an_absent_class_is_unknown_not_zero() -> None:
    table = confusion([False, False], [True, False])
    assert table.sensitivity is None
    assert table.balanced_accuracy is None
    assert table.specificity == 0.5
    assert table.majority == 1.0
    assert table.intervals()["sensitivity"] is None
    assert confusion([1], [1]).specificity is None


def test_auroc_equals_all_pairs() -> None:
    generator = np.random.default_rng(2)
    for levels in (2, 5, 1000):
        truth = generator.random(60) < 0.3
        scores = generator.integers(0, levels, 60) / 7
        pairs = itertools.product(scores[truth], scores[~truth])
        wins = [2 * (positive > negative) + (positive == negative) for positive, negative in pairs]
        assert auroc(truth, scores) == sum(wins) / (2 * len(wins))


def test_auroc_needs_both_classes() -> None:
    assert auroc([True, True], [0.1, 0.2]) is None
    assert auroc([False, False], [0.1, 0.2]) is None
    assert auroc([False, True], [-1e9, 1e9]) == 1.0


def test_refusals() -> None:
    for call in (confusion, auroc):
        with pytest.raises(SettingError, match="do not match"):
            call([1, 0], [1])
        with pytest.raises(SettingError, match="do not match"):
            call([], [])
        with pytest.raises(SettingError, match="do not match"):
            call([[1, 0]], [[1, 0]])
    for truth in ([1, 0], [0, 0]):
        with pytest.raises(SettingError, match="not finite"):
            auroc(truth, [0.5, np.nan])
