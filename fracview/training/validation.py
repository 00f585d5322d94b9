"""How good the averaged weights are on films that no gradient has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from fracview.metrics.classification import confusion
from fracview.training.adversary import harden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fracview.training.pool import Pool
    from fracview.training.recipe import Adversary

_BATCH = 64


@dataclass(frozen=True)
class Verdict:
    """Balanced accuracies of a validation, 0 to 1.

    Parameters
    ----------
    clean
        On untouched films.
    attacked
        Under the arm's own attack at its full radius; None for a standard arm.
    """

    clean: float
    attacked: float | None = None

    @property
    def score(self) -> float:
        """What best weights and early stopping go by: clean, or the mean of clean and attacked."""
        return self.clean if self.attacked is None else (self.clean + self.attacked) / 2

    def row(self) -> dict[str, float]:
        """Numbers for the history."""
        numbers = {"clean": self.clean, "score": self.score}
        return numbers if self.attacked is None else {**numbers, "attacked": self.attacked}


def validate(
    net: nn.Module,
    pool: Pool,
    adversary: Adversary | None,
    device: torch.device,
    precision: torch.dtype = torch.float32,
) -> Verdict:
    """Judge a net; the same noise starts every attack of every validation."""
    clean, attacked = [], []
    generator = torch.Generator().manual_seed(77)
    for x, y in films(pool, device):
        clean.append(answers(net, x))
        if adversary is not None:
            hard = harden(net, x, y, adversary, adversary.epsilon, generator, precision)
            attacked.append(answers(net, hard))
    truth = pool.fractured
    first = confusion(truth, torch.cat(clean).numpy()).balanced_accuracy or 0.0
    if adversary is None:
        return Verdict(first)
    return Verdict(first, confusion(truth, torch.cat(attacked).numpy()).balanced_accuracy or 0.0)


def films(pool: Pool, device: torch.device) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of a pool in its order: films (n, 1, H, W) in [0, 1] and class indices (n,)."""
    for first in range(0, len(pool), _BATCH):
        pixels = torch.from_numpy(pool.images[first : first + _BATCH]).to(device)
        fractured = torch.from_numpy(pool.fractured[first : first + _BATCH]).to(device)
        yield pixels.float().div_(255)[:, None], (~fractured).long()


def answers(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Whether the net says "fractured", (n,) bool on the CPU."""
    with torch.no_grad():
        said: torch.Tensor = net(x).argmax(1) == 0
    return said.cpu()
