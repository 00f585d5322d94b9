from __future__ import annotations

import torch
from torch.nn import functional

from fracview.training.adversary import first_radius, harden, next_radius
from fracview.training.fit import new_net
from fracview.training.recipe import Adversary, Recipe


def _net(recipe: Recipe) -> torch.nn.Module:
    return new_net(recipe).train()


def test_stays_in_the_ball_and_raises_the_loss(recipe: Recipe) -> None:
    net = _net(recipe)
    x = torch.rand(8, 1, 32, 32)
    y = torch.arange(8) % 2
    hard = harden(net, x, y, Adversary(steps=5), 0.03, torch.Generator().manual_seed(0))
    assert float((hard - x).abs().max()) <= 0.03 + 1e-6
    assert 0 <= float(hard.min()) <= float(hard.max()) <= 1
    net.eval()
    with torch.no_grad():
        before, after = (functional.cross_entropy(net(z), y) for z in (x, hard))
    assert after > before


def test_leaves_the_net_as_it_was(recipe: Recipe) -> None:
    net = _net(recipe)
    first = next(net.parameters()).requires_grad_(False)
    state = {key: value.clone() for key, value in net.state_dict().items()}
    harden(net, torch.rand(4, 1, 16, 16), torch.zeros(4).long(), Adversary(), 0.1,
           torch.Generator())  # fmt: skip
    assert net.training
    assert not first.requires_grad
    assert all(parameter.requires_grad for parameter in list(net.parameters())[1:])
    assert all(parameter.grad is None for parameter in net.parameters())
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())


def _radii(adversary: Adversary, accuracy: float, steps: int) -> list[float]:
    radii = [first_radius(adversary)]
    while len(radii) < steps:
        radii.append(next_radius(adversary, radii[-1], accuracy, steps))
    return radii


def test_radius_grows_then_holds() -> None:
    radii = _radii(Adversary(epsilon=0.1, ramp=0.5), 0.0, 100)
    assert radii[0] == 0.1 / 10
    assert radii == sorted(radii)
    assert radii[49] < 0.1
    assert set(radii[51:]) == {0.1}
    assert _radii(Adversary(epsilon=0.1, ramp=0), 0.0, 2) == [0.1, 0.1]


def test_radius_falls_while_the_net_stands_no_chance() -> None:
    adversary = Adversary(epsilon=0.1, ramp=0.5, floor=0.6)
    assert next_radius(adversary, 0.05, 0.61, 100) > 0.05
    assert next_radius(adversary, 0.05, 0.59, 100) < 0.05
    assert next_radius(adversary, 0.01, 0.0, 100) == first_radius(adversary)


def test_no_steps_is_a_blind_corner_of_the_ball(recipe: Recipe) -> None:
    x = torch.full((4, 1, 16, 16), 0.5)
    blind = harden(_net(recipe), x, torch.zeros(4).long(), Adversary(steps=0), 0.1,
                   torch.Generator().manual_seed(0))  # fmt: skip
    assert torch.allclose((blind - x).abs(), torch.tensor(0.1))
    assert 0.4 < float((blind > x).float().mean()) < 0.6
