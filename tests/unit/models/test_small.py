"""The small net: contract, any size, and what attribution and attacks need of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from fracview.errors import CardError, UnknownName
from fracview.models import ARCHITECTURES
from fracview.models.classifier import Classifier
from fracview.models.zoo.small import SOURCE
from fracview.models.zoo.small_resnet import SmallResNet, Stem

CLASSES = ("fractured", "not fractured")


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return SOURCE.build("small-resnet", CLASSES, {}).eval()


def test_registry_knows_it() -> None:
    assert ARCHITECTURES.load("small") is SOURCE
    assert SOURCE.names() == ("small-resnet",)


@pytest.mark.parametrize("size", [(128, 128), (97, 33), (5, 4), (1, 1)])
def test_any_size(net: nn.Module, size: tuple[int, int]) -> None:
    with torch.no_grad():
        assert net(torch.rand(2, 1, *size)).shape == (2, 2)


def test_is_small(net: nn.Module) -> None:
    count = sum(parameter.numel() for parameter in net.parameters())
    assert 300_000 < count < 750_000


def test_default_card_makes_a_classifier(net: nn.Module) -> None:
    card = SOURCE.default_card("small-resnet")
    model = Classifier(net, card)
    assert card.kind == "untrained"
    x = torch.rand(3, 1, 32, 32)
    with torch.no_grad():
        assert torch.equal(model(x), net(x))  # nothing is normalised a second time outside


def test_every_relu_is_used_once_and_copies(net: nn.Module) -> None:
    relus = [module for module in net.modules() if isinstance(module, nn.ReLU)]
    calls: list[nn.Module] = []
    for relu in relus:
        assert not relu.inplace
        relu.register_forward_hook(lambda module, _x, _y: calls.append(module))
    with torch.no_grad():
        net(torch.rand(1, 1, 16, 16))
    assert sorted(map(id, calls)) == sorted(map(id, relus))


def test_no_functional_activation(net: nn.Module) -> None:
    """With every ReLU module made linear the net is piecewise linear only by its max pool."""
    for name, module in list(net.named_modules()):
        if isinstance(module, nn.ReLU):
            parent = net.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], nn.Identity())
    net.maximum = nn.AdaptiveAvgPool2d(1)
    net.double()
    a, b = torch.rand(1, 1, 16, 16).double(), torch.rand(1, 1, 16, 16).double()
    with torch.no_grad():
        assert torch.allclose(net((a + b) / 2), (net(a) + net(b)) / 2, atol=1e-9)


def test_no_checkerboard() -> None:
    """With equal weights everywhere all pixels count the same; strides break it by tens of %."""
    net = SmallResNet(blocks=(1, 1, 1, 1)).eval().double()
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 0.01)
    nn.init.constant_(net.head.weight, 1.0)
    net.maximum = nn.AdaptiveAvgPool2d(1)  # the maximum rightly looks at one place alone
    x = torch.full((1, 1, 128, 128), 0.9, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(net(x)[0, 0], x)
    inner = gradient[0, 0, 56:72, 56:72]
    assert inner.abs().min() > 0
    assert torch.allclose(inner, inner.mean().expand_as(inner), rtol=5e-3)


def test_seed_decides_weights() -> None:
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(SOURCE.build("small-resnet", CLASSES, {"widths": (4, 8), "blocks": (1, 1)}))
    first, second = (net.state_dict() for net in states)
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_wrong_names_and_options() -> None:
    with pytest.raises(UnknownName, match="small-resnet"):
        SOURCE.build("huge", CLASSES, {})
    with pytest.raises(CardError, match="unknown options depth"):
        SOURCE.build("small-resnet", CLASSES, {"depth": 3})
    with pytest.raises(CardError, match="do not fit"):
        SOURCE.build("small-resnet", CLASSES, {"widths": (4, 8), "blocks": (1,)})


def test_stem_is_a_convolution_then_an_average() -> None:
    """The cheap form is the same map; an odd edge is met as if one more row were black."""
    stem = Stem(1, 4, 5).double()
    x = torch.rand(2, 1, 20, 14, dtype=torch.float64)
    with torch.no_grad():
        slow = functional.avg_pool2d(functional.conv2d(x, stem.weight, padding=2), 2)
        assert torch.allclose(stem(x), slow, atol=1e-12)
        odd = functional.pad(x, (0, 1, 0, 1))[..., :19, :13]
        assert stem(odd).shape == (2, 4, 10, 7)
