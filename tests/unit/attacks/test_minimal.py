"""The smallest radius that flips."""

from __future__ import annotations

import pytest
import torch

from fracview.attacks.fgsm import FGSM
from fracview.attacks.minimal import smallest_epsilon
from fracview.attacks.pgd import PGD
from fracview.errors import SettingError
from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.task import drain
from tests.toy import toy_classifier


def linear(radius: float) -> tuple[Classifier, torch.Tensor, torch.Tensor]:
    """A linear net whose exact Linf radius at a grey image is known."""
    head = torch.nn.Linear(16, 2).double()
    with torch.no_grad():
        head.weight.copy_(torch.stack([torch.ones(16), -torch.ones(16)]).double())
        head.bias.copy_(torch.tensor([-16 * (0.5 - radius), 16 * (0.5 - radius)]).double())
    net = torch.nn.Sequential(torch.nn.Flatten(), head)
    spec = InputSpec(size=(4, 4), channels=1, normalisation="none")
    card = ModelCard(name="linear", source="toy", architecture="linear", input=spec)
    return Classifier(net, card), torch.full((1, 1, 4, 4), 0.5).double(), torch.tensor([0])


@pytest.mark.parametrize("attack", [PGD(steps=10), FGSM()])
def test_finds_the_radius_of_a_linear_net(attack):
    classifier, x, y = linear(5.003 / 255)
    seen = []
    found = drain(smallest_epsilon(classifier, x, y, attack, tolerance=0.01 / 255), seen.append)
    assert found.below < 5.003 / 255 < found.epsilon
    assert found.epsilon - found.below <= 0.01 / 255
    assert bool(found.perturbation.success[0])
    assert float(found.perturbation.delta.abs().max()) <= found.epsilon + 1e-12
    assert any(news.payload is not None for news in seen)
    assert seen[0].message.startswith("epsilon 0.25/255: ")


def test_none_when_nothing_flips_and_zero_when_already_wrong():
    classifier, x, y = linear(100 / 255)
    found = drain(smallest_epsilon(classifier, x, y, FGSM(), high=8 / 255))
    assert found.epsilon is None
    assert found.below == 8 / 255
    assert [flips for _, flips in found.tried] == [False] * len(found.tried)
    assert drain(smallest_epsilon(classifier, x, 1 - y, FGSM())).epsilon == 0.0


def test_bad_bounds():
    classifier, x, y = linear(5.003 / 255)
    with pytest.raises(SettingError, match="low must be above 0"):
        drain(smallest_epsilon(classifier, x, y, FGSM(), low=0))
    with pytest.raises(SettingError, match="must not be above high"):
        drain(smallest_epsilon(classifier, x, y, FGSM(), low=0.2, high=0.1))
    toy = toy_classifier()
    with pytest.raises(SettingError, match="one image"):
        drain(smallest_epsilon(toy, torch.rand(2, 3, 8, 8), torch.tensor([0, 1]), FGSM()))
