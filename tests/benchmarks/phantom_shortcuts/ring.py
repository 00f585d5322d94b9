"""A small net that sees nothing but the border of a film."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.benchmarks.phantom_shortcuts.linear import folds_of
from tests.benchmarks.phantom_shortcuts.tables import border_strips

_FOLDS = 4
_STEPS = 200
_BATCH = 32


class RingNet(nn.Module):
    """Three convolutions along the strip, then mean and maximum."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 8, 5, stride=(2, 2), padding=2), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=(2, 2), padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 16, 3, stride=(1, 2), padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(32, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Score (N,) of strips (N, 1, 12, L)."""
        x = self.body(x)
        return self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))[:, 0]


def ring_scores(
    films: Sequence[npt.NDArray[np.uint8]],
    labels: npt.NDArray[np.bool_],
    seed: int = 0,
    steps: int = _STEPS,
) -> npt.NDArray[np.float64]:
    """Score every film by a net that was trained on the borders of others, (films,)."""
    strips = torch.from_numpy(np.stack([border_strips(film) for film in films]))[:, None]
    truth = torch.from_numpy(labels.astype(np.float32))
    fold, scores = torch.from_numpy(folds_of(labels, _FOLDS)), np.zeros(len(labels))
    for k in range(_FOLDS):
        train, test = (fold != k).nonzero()[:, 0], (fold == k).nonzero()[:, 0]
        found = _trained(strips[train], truth[train], strips[test], seed + k, steps)
        scores[test.numpy()] = (found - found.mean()) / (found.std() or 1.0)
    return scores


def _trained(
    strips: Tensor, truth: Tensor, unseen: Tensor, seed: int, steps: int
) -> npt.NDArray[np.float64]:
    chance = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        net = RingNet().train()
        descent = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
        pace = torch.optim.lr_scheduler.OneCycleLR(descent, 3e-3, total_steps=steps)
        for _ in range(steps):
            rows = torch.randint(len(strips), (_BATCH,), generator=chance)
            loss = functional.binary_cross_entropy_with_logits(
                net(_scaled(strips[rows])), truth[rows]
            )
            descent.zero_grad()
            loss.backward()
            descent.step()
            pace.step()
    with torch.no_grad():
        net.eval()
        parts = [net(_scaled(part)) for part in unseen.split(256)]
    return torch.cat(parts).double().numpy()


def _scaled(strips: Tensor) -> Tensor:
    return strips.float() / 128 - 0.5
