"""Quadrature and completeness of integrated gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fracview.attribution.integrated_gradients import RULES, IntegratedGradients, nodes
from fracview.errors import SettingError
from fracview.task import drain
from tests.toy import toy_classifier


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("steps", [1, 2, 13])
def test_nodes_lie_in_range_and_weigh_one(rule, steps):
    points, weights = nodes(rule, steps)
    assert len(points) == len(weights) >= steps
    assert points.min() >= 0
    assert points.max() <= 1
    assert weights.sum() == pytest.approx(1, abs=1e-14)


def test_orders_of_the_rules():
    def integral(rule: str, power: int) -> float:
        points, weights = nodes(rule, 6)
        return float((weights * points**power).sum())

    assert integral("gauss-legendre", 11) == pytest.approx(1 / 12, abs=1e-14)
    assert integral("middle", 1) == pytest.approx(1 / 2, abs=1e-14)
    assert integral("trapezoid", 1) == pytest.approx(1 / 2, abs=1e-14)
    assert integral("right", 1) == pytest.approx(7 / 12, abs=1e-14)
    assert np.array_equal(nodes("trapezoid", 3)[0], [0, 0.5, 1])


def test_smooth_net_is_complete_and_error_falls_with_steps():
    classifier = toy_classifier()
    x = torch.rand((2, 3, 10, 10), generator=torch.Generator().manual_seed(0)).double()
    target = torch.tensor([0, 1])
    errors = [
        max(drain(IntegratedGradients(n)(classifier, x, target, None)).completeness_error)
        for n in (1, 4, 20)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-10


def test_a_gap_is_said():
    classifier = toy_classifier()
    x = torch.rand((1, 3, 10, 10), generator=torch.Generator().manual_seed(0)).double()
    rough = drain(IntegratedGradients(1, "right")(classifier, x, torch.tensor([0]), None))
    assert rough.completeness_error[0] > 0.05
    assert "miss the rise" in rough.notes[0]
    assert drain(IntegratedGradients(20)(classifier, x, torch.tensor([0]), None)).notes == ()


def test_batch_only_changes_memory():
    classifier = toy_classifier()
    x = torch.rand((1, 3, 10, 10), generator=torch.Generator().manual_seed(0)).double()
    one, all_at_once = (
        drain(IntegratedGradients(9, batch=batch)(classifier, x, torch.tensor([0]), None)).values
        for batch in (1, 9)
    )
    assert torch.allclose(one, all_at_once, atol=1e-14)


@pytest.mark.parametrize("settings", [{"steps": 0}, {"rule": "simpson"}, {"batch": 0}])
def test_bad_settings(settings):
    with pytest.raises(SettingError):
        IntegratedGradients(**settings)
