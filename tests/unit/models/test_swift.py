"""The faster twin: shared weights and names, nearly the same numbers, nothing else touched."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.models.swift import SwiftConv2d, swift
from tests.toy import toy_classifier

pytestmark = pytest.mark.skipif(
    not getattr(torch, "_nnpack_available", lambda: False)(), reason="this torch has no NNPACK"
)


class Wide(nn.Module):
    """Smooth, so that rounding cannot open a gate."""

    def __init__(self, padding: int = 1) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 3, padding=1)
        self.wide = nn.Conv2d(64, 80, 3, padding=padding)
        self.stride = nn.Conv2d(80, 64, 3, padding=1, stride=2)
        self.fc = nn.Linear(64, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = nn.functional.silu(self.wide(nn.functional.silu(self.stem(x))))
        return self.fc(self.stride(hidden).mean((2, 3)))


def wide(padding: int = 1) -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        net = Wide(padding)
    return Classifier(
        net, ModelCard("wide", "toy", "wide", input=InputSpec((32, 32), 3, "outside"))
    )


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("size", [(24, 33), (40, 21), (12, 40)])
def test_nearly_the_same_numbers(padding: int, size: tuple[int, int]) -> None:
    model = wide(padding)
    twin = swift(model)
    x = torch.rand(3, 3, *size, generator=torch.Generator().manual_seed(1))
    y = torch.tensor([0, 1, 0])
    exact, quick = model.step(x, y), twin.step(x, y)
    assert torch.allclose(quick.logits, exact.logits, atol=1e-4)
    gap = (quick.gradient - exact.gradient).abs().amax((1, 2, 3))
    assert (gap <= 1e-3 * exact.gradient.abs().amax((1, 2, 3))).all()
    assert torch.equal(quick.gradient, exact.gradient) == (min(size) < 20)


def test_weights_are_shared_and_the_model_is_left_alone() -> None:
    model = wide()
    twin = swift(model)
    assert type(model.net.wide) is nn.Conv2d
    assert [type(m) for m in (twin.net.stem, twin.net.wide, twin.net.stride)] == [
        nn.Conv2d, SwiftConv2d, nn.Conv2d,
    ]  # fmt: skip
    assert twin.card is model.card
    assert list(twin.state_dict()) == list(model.state_dict())
    for key, value in model.state_dict().items():
        assert twin.state_dict()[key].data_ptr() == value.data_ptr()


def test_classifier_itself_where_nothing_is_gained() -> None:
    double = toy_classifier()
    assert swift(double) is double
    narrow = Classifier(nn.Conv2d(3, 8, 3), wide().card)
    assert swift(narrow) is narrow
    awake = wide()
    awake.net.requires_grad_(True)  # its weights want gradients, which the twin never makes
    assert swift(awake) is awake
