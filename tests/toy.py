"""A tiny smooth float64 classifier for numerics: its gradients are exact to rounding."""

from __future__ import annotations

import torch
from torch import nn

from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier


class SmoothNet(nn.Module):
    """Two convolutions, SiLU (or ReLU), global mean, linear: (N, C, H, W) -> (N, classes)."""

    def __init__(self, channels: int = 3, classes: int = 2, activation: type[nn.Module] = nn.SiLU):
        super().__init__()
        self.first = nn.Conv2d(channels, 6, 3, padding=1)
        self.act1 = activation()
        self.second = nn.Conv2d(6, 8, 3, padding=1, stride=2)
        self.act2 = activation()
        self.head = nn.Linear(8, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.act2(self.second(self.act1(self.first(x))))
        return self.head(hidden.mean((2, 3)))


def toy_classifier(
    seed: int = 0,
    channels: int = 3,
    classes: tuple[str, ...] = ("fractured", "not fractured"),
    activation: type[nn.Module] = nn.SiLU,
    normalisation: str = "none",
) -> Classifier:
    """Seeded float64 classifier; gain is raised so that gradients are far from rounding."""
    generator = torch.Generator().manual_seed(seed)
    net = SmoothNet(channels, len(classes), activation).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(
                torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.5
            )
    spec = InputSpec(
        size=(16, 16), channels=channels, normalisation=normalisation,
        mean=(0.4914, 0.4822, 0.4465)[:channels], std=(0.2470, 0.2435, 0.2616)[:channels],
    )  # fmt: skip
    card = ModelCard(name="toy", source="toy", architecture="smooth", classes=classes, input=spec)
    return Classifier(net, card)
