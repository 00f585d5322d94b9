"""DeepLIFT: exact wherever a net bends, refused where it cannot be."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from fracview.attribution.deeplift import DeepLift
from fracview.attribution.sites import twin
from fracview.errors import ModelError
from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.models.zoo.small import SOURCE
from fracview.task import drain
from tests.toy import toy_classifier


class Own(nn.Module):
    """A net whose bend is given as a function of the hidden maps."""

    def __init__(self, bend) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.first = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 2)
        self.bend = bend
        self.double()
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator))

    def forward(self, x):
        hidden = self.bend(self.norm(self.first(x)))
        return self.head(self.bend(self.second(hidden)).mean((2, 3)))


def classifier_of(net: nn.Module) -> Classifier:
    spec = InputSpec((12, 12), channels=1, normalisation="none")
    return Classifier(net, ModelCard("own", "toy", "own", input=spec))


def explain(classifier: Classifier, rows: int | None = None, batch: int = 8):
    generator = torch.Generator().manual_seed(6)
    x = torch.rand((3, 1, 12, 12), generator=generator, dtype=torch.float64)
    baseline = None
    if rows is not None:
        baseline = torch.rand((rows, 1, 12, 12), generator=generator, dtype=torch.float64)
    return drain(DeepLift(batch)(classifier, x, torch.tensor([0, 1, 1]), baseline))


MODULES = [
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.SiLU, nn.Mish, nn.GELU, nn.Tanh, nn.Sigmoid, nn.ELU,
    nn.CELU, nn.SELU, nn.Softplus, nn.Softsign, nn.Hardtanh, nn.Hardswish, nn.Hardsigmoid,
    nn.LogSigmoid, nn.Identity,
]  # fmt: skip


@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.parametrize("rows", [None, 1, 3])
def test_complete_on_every_activation(kind, rows):
    raw = explain(classifier_of(Own(kind())), rows)
    assert max(raw.completeness_error) < 1e-10
    assert raw.notes == ()


FUNCTIONS = {
    "functional": functional.relu,
    "functional in place": lambda z: functional.relu(z, inplace=True),
    "method": lambda z: z.relu(),
    "method in place": lambda z: z.relu_(),
    "torch": torch.relu,
    "in place, result unused": lambda z: (z.relu_(), z)[1],
    "silu in place": lambda z: functional.silu(z, inplace=True),
    "leaky with slope": lambda z: functional.leaky_relu(z, 0.3),
    "gelu tanh": lambda z: functional.gelu(z, approximate="tanh"),
    "max pool": lambda z: functional.max_pool2d(z, 2),
    "max pool overlapping": lambda z: functional.max_pool2d(z, 3, 2, 1),
    "global max": lambda z: functional.adaptive_max_pool2d(z, 1) + z,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("rows", [None, 3])
def test_complete_on_functions_that_no_hook_sees(name, rows):
    assert max(explain(classifier_of(Own(FUNCTIONS[name])), rows).completeness_error) < 1e-10


class _Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        ctx.save_for_backward(i)
        return i * torch.sigmoid(i)

    @staticmethod
    def backward(ctx, grad):
        (i,) = ctx.saved_tensors
        s = torch.sigmoid(i)
        return grad * (s * (1 + i * (1 - s)))


class Swish(nn.Module):
    def forward(self, z):
        return _Swish.apply(z)


class Bent(nn.Module):
    def forward(self, z):
        return torch.where(z > 0, z**2, z / 3)


@pytest.mark.parametrize("kind", [Swish, Bent])
def test_home_made_activation_modules(kind):
    assert max(explain(classifier_of(Own(kind())), 3).completeness_error) < 1e-10


def test_swish_equals_silu():
    ours = explain(classifier_of(Own(Swish()))).values
    assert torch.allclose(ours, explain(classifier_of(Own(nn.SiLU()))).values, atol=1e-14)


@pytest.mark.parametrize(
    ("bend", "words"),
    [
        (lambda z: z * z, "no rule for"),
        (lambda z: torch.exp(z / 10), "no rule for 'exp'"),
        (lambda z: z * torch.sigmoid(z), "no rule for"),
        (lambda z: z.softmax(1), "no rule for 'softmax'"),
        (lambda z: _Swish.apply(z), "keeps no gradient"),
        (lambda z: functional.max_pool2d(z, 2, return_indices=True)[0], "places of a max"),
        (nn.GroupNorm(2, 4).double(), "no rule for 'group_norm'"),
    ],
)
def test_refuses_what_it_cannot_follow(bend, words):
    with pytest.raises(ModelError, match=words):
        explain(classifier_of(Own(bend)))


def test_a_missed_bend_is_noted():
    def hidden_bend(z):
        with torch._C.DisableTorchFunction():
            return z.abs()

    raw = explain(classifier_of(Own(hidden_bend)))
    assert max(raw.completeness_error) > 1e-3
    assert "miss the rise" in raw.notes[0]


def test_max_pooling_by_hand():
    """A rise goes to today's maximum, a fall to the baseline's; captum's rule is not complete."""
    pool = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 2, bias=False)).double()
    with torch.no_grad():
        pool[2].weight.copy_(torch.tensor([[1.0, 10.0], [0.0, 0.0]]))
    x = torch.tensor([[0.9, 0.1, 0.2, 0.3], [0.2, 0.3, 0.1, 0.0]]).double().view(1, 1, 2, 4)
    b = torch.tensor([[0.1, 0.1, 0.8, 0.3], [0.4, 0.3, 0.1, 0.0]]).double().view(1, 1, 2, 4)
    raw = drain(DeepLift()(classifier_of(pool), x, torch.tensor([0]), b))
    wanted = torch.zeros(1, 1, 2, 4, dtype=torch.float64)
    wanted[0, 0, 0, 0] = 0.9 - 0.4
    wanted[0, 0, 0, 2] = 10 * (0.3 - 0.8)
    assert torch.allclose(raw.values, wanted, atol=1e-15)


def test_shared_baseline_equals_pairs_and_batches_do_not_matter():
    classifier = toy_classifier()
    generator = torch.Generator().manual_seed(1)
    x = torch.rand((5, 3, 12, 12), generator=generator, dtype=torch.float64)
    baseline = torch.rand((1, 3, 12, 12), generator=generator, dtype=torch.float64)
    target = torch.tensor([0, 1, 0, 1, 1])
    shared = drain(DeepLift()(classifier, x, target, baseline)).values
    pairs = drain(DeepLift()(classifier, x, target, baseline.repeat(5, 1, 1, 1))).values
    cut = drain(DeepLift(batch=2)(classifier, x, target, baseline)).values
    assert torch.allclose(shared, pairs, atol=1e-13)
    assert torch.allclose(shared, cut, atol=1e-13)


def test_costs_two_passes_per_image_and_one_for_the_baseline(monkeypatch):
    classifier = toy_classifier()
    rows = []
    forward = type(classifier.net).forward
    monkeypatch.setattr(
        type(classifier.net), "forward", lambda self, z: rows.append(len(z)) or forward(self, z)
    )
    x = torch.rand((6, 3, 12, 12), dtype=torch.float64)
    drain(DeepLift(batch=3)(classifier, x, torch.zeros(6, dtype=torch.long), None))
    assert rows == [1, 3, 3]


def test_image_equal_to_the_baseline_gives_zero():
    x = torch.rand((1, 3, 12, 12), dtype=torch.float64)
    raw = drain(DeepLift()(toy_classifier(), x, torch.tensor([0]), x.clone()))
    assert float(raw.values.abs().max()) == 0
    assert raw.completeness_error == (0.0,)


def test_small_net_with_global_maximum_in_float32():
    net = SOURCE.build("small-resnet", ("a", "b"))
    classifier = Classifier(net, SOURCE.default_card("small-resnet"))
    x = torch.rand((2, 1, 64, 64), generator=torch.Generator().manual_seed(0))
    raw = drain(DeepLift()(classifier, x, torch.tensor([0, 1]), None))
    assert raw.values.dtype == torch.float32
    assert max(raw.completeness_error) < 1e-4


def test_twin_shares_weights_and_nothing_else():
    net = Own(Swish())
    before = copy.copy(net._modules)
    other = twin(net)
    assert other is not net
    assert isinstance(other.bend, nn.SiLU)
    assert isinstance(net.bend, Swish)
    assert net._modules == before
    assert other.first.weight is net.first.weight
    assert other.first._forward_hooks is not net.first._forward_hooks


def test_halves_its_batch_when_memory_runs_out(monkeypatch):
    classifier = toy_classifier()
    x = torch.rand((4, 3, 12, 12), dtype=torch.float64)
    target = torch.zeros(4, dtype=torch.long)
    wanted = drain(DeepLift()(classifier, x, target, None)).values
    forward = type(classifier.net).forward

    def small(self, z):
        if len(z) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return forward(self, z)

    monkeypatch.setattr(type(classifier.net), "forward", small)
    assert torch.allclose(drain(DeepLift()(classifier, x, target, None)).values, wanted, atol=1e-13)
