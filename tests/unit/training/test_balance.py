from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from fracview.training.balance import balance, equal_errors
from fracview.training.fit import new_net
from fracview.training.pool import Pool
from fracview.training.recipe import Recipe

CPU = torch.device("cpu")


def test_equal_errors_by_hand() -> None:
    margins = np.array([-3.0, -2.0, -1.0, 0.5, -1.5, 1.0, 2.0, 3.0])
    fractured = np.array([False] * 4 + [True] * 4)
    # One of four is wrong on either side between -1 and .5.
    assert equal_errors(margins, fractured) == -0.25
    assert equal_errors(np.array([5.0, 7.0]), np.array([False, True])) == 6.0


def test_equal_errors_beats_every_other_line() -> None:
    random = np.random.default_rng(0)
    fractured = random.random(301) < 0.3
    margins = random.normal(size=301) + fractured
    cut = equal_errors(margins, fractured)

    def gap(line: float) -> float:
        return abs((margins[fractured] > line).mean() - (margins[~fractured] <= line).mean())

    assert gap(cut) <= min(gap(line) for line in np.linspace(-4, 5, 400)) + 1e-12


def test_balance_moves_the_line_alone(pool: Pool, recipe: Recipe) -> None:
    net = new_net(recipe).eval().requires_grad_(False)
    with torch.no_grad():
        net.head.bias[0] += 50.0  # type: ignore[union-attr, index]
    state, shift = balance(net, pool, CPU)
    assert shift < -40
    moved = new_net(recipe).eval()
    moved.load_state_dict(state)
    x = torch.from_numpy(pool.images[:20]).float().div(255)[:, None]
    with torch.no_grad():
        before, after = (each(x)[:, 0] - each(x)[:, 1] for each in (net, moved))
    assert torch.allclose(after - before, torch.tensor(shift), atol=1e-4)
    again, more = balance(moved, replace(pool), CPU)
    assert abs(more) < 1e-4
    assert torch.allclose(again["head.bias"], state["head.bias"], atol=1e-4)
