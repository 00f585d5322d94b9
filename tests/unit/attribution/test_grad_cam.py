"""Grad-CAM: which layer, and that it touches nothing."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from fracview.attribution.grad_cam import GradCam, last_layer
from fracview.errors import ModelError, SettingError
from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.models.zoo.small import SOURCE
from fracview.task import drain
from tests.toy import toy_classifier


class Residual(nn.Module):
    """Ends with an addition and a ReLU that are no modules."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        return functional.relu_(self.conv(x) + x)


class Chain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.block = Residual()
        self.unused = nn.Conv2d(4, 4, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.pool(self.block(self.stem(x))).flatten(1))


def classifier_of(net: nn.Module) -> Classifier:
    spec = InputSpec((8, 8), channels=1, normalisation="none")
    return Classifier(net.double(), ModelCard("net", "toy", "net", input=spec))


def test_last_layer():
    x = torch.rand((1, 1, 32, 32))
    assert last_layer(classifier_of(Chain()), x) == "block"
    assert last_layer(toy_classifier(), x) == "act2"
    small = Classifier(SOURCE.build("small-resnet", "ab"), SOURCE.default_card("small-resnet"))
    assert last_layer(small, x) == "relu"


def test_map_is_positive_and_named_in_a_note():
    classifier = toy_classifier()
    x = torch.rand((1, 3, 16, 12), dtype=torch.float64)
    raw = drain(GradCam()(classifier, x, torch.tensor([0])))
    assert float(raw.values.min()) >= 0
    assert torch.equal(raw.values[:, 0], raw.values[:, 2])
    assert raw.notes == ("Grad-CAM at layer act2, 8 x 6 pixels.",)
    named = drain(GradCam("act2")(classifier, x, torch.tensor([0])))
    assert torch.equal(named.values, raw.values)


def test_a_layer_that_is_written_into_keeps_its_own_values():
    torch.manual_seed(0)
    net = Chain()
    x = torch.rand((1, 1, 8, 8), dtype=torch.float64)
    raw = drain(GradCam("block.conv")(classifier_of(net), x, torch.tensor([0])))
    kept = net.block.conv(net.stem(x)).detach()
    gate = (kept + net.stem(x).detach() > 0).double()
    weight = (gate * net.head.weight[0].view(1, 4, 1, 1) / 64).mean((2, 3), keepdim=True)
    wanted = torch.relu((weight * kept).sum(1, keepdim=True)).detach()
    assert torch.allclose(raw.values, wanted, atol=1e-14)


@pytest.mark.parametrize(
    ("layer", "words"),
    [("nope", "no layer 'nope'"), ("unused", "not used"), ("head", "no picture")],
)
def test_wrong_layers_are_named(layer, words):
    with pytest.raises(SettingError, match=words):
        drain(GradCam(layer)(classifier_of(Chain()), torch.rand(1, 1, 8, 8), torch.tensor([0])))


def test_net_without_pictures():
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with pytest.raises(ModelError, match="no layer with pixels"):
        drain(GradCam()(classifier_of(net), torch.rand(1, 1, 8, 8), torch.tensor([0])))
