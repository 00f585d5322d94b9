"""The figures of a card: the finished net on films it has never met, clean and under PGD."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fracview.metrics.classification import auroc, confusion
from fracview.task import Progress
from fracview.training.adversary import harden
from fracview.training.recipe import Adversary
from fracview.training.validation import films

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import nn

    from fracview.task import Task
    from fracview.training.pool import Pool


def measure(
    net: nn.Module,
    pool: Pool,
    epsilons: Sequence[float],
    steps: int,
    device: torch.device,
    seed: int = 0,
) -> Task[dict[str, Any]]:
    """Measure accuracy, sensitivity and specificity with Wilson's 95 % intervals.

    Parameters
    ----------
    net
        In evaluation mode, float32.
    pool
        The test part.
    epsilons
        Radii in pixel units.
    steps
        Of PGD (L-infinity, cross-entropy, one random start, step epsilon / 4). A film counts as
        right under attack only if it is right before and after.
    device
        Where the net lies.
    seed
        Of the random starts.

    Returns
    -------
    dict
        ``clean`` and ``pgd`` (a row per epsilon), as it stands on a card.
    """
    total = (1 + len(epsilons)) * len(pool)
    margins: list[npt.NDArray[np.float32]] = []
    done = 0
    for x, _ in films(pool, device):
        margins.append(_margin(net, x))
        done += len(x)
        yield Progress(done, total, "measuring clean accuracy")
    margin = np.concatenate(margins)
    truth = pool.fractured
    area = auroc(truth, margin)
    clean = {**_row(truth, margin > 0), "auroc": round(area, 4) if area is not None else None}
    rows = []
    for epsilon in epsilons:
        adversary = Adversary(epsilon, steps, stride=0.25)
        generator = torch.Generator().manual_seed(seed)
        attacked = []
        for x, y in films(pool, device):
            attacked.append(_margin(net, harden(net, x, y, adversary, epsilon, generator)))
            done += len(x)
            yield Progress(done, total, f"measuring under PGD-{steps} at {_radius(epsilon)}")
        after = np.concatenate(attacked) > 0
        # A film that is wrong at the start of the ball is not right within the ball.
        held = np.where((margin > 0) == truth, after, ~truth)
        rows.append({"epsilon": _radius(epsilon), "steps": steps, **_row(truth, held)})
    return {"clean": {key: value for key, value in clean.items() if value is not None}, "pgd": rows}


def _margin(net: nn.Module, x: torch.Tensor) -> npt.NDArray[np.float32]:
    with torch.no_grad():
        logits = net(x)
    margin: npt.NDArray[np.float32] = (logits[:, 0] - logits[:, 1]).float().cpu().numpy()
    return margin


def _row(truth: npt.NDArray[np.bool_], said: npt.NDArray[np.bool_]) -> dict[str, Any]:
    row: dict[str, Any] = {"n": len(truth)}
    for name, estimate in confusion(truth, said).intervals().items():
        if estimate is not None:
            row[name] = round(estimate.mean, 4)
            row[f"{name}_interval"] = [round(estimate.low or 0, 4), round(estimate.high or 0, 4)]
    return row


def _radius(epsilon: float) -> str:
    """Radius as people write it, such as ``2/255``."""
    share = Fraction(epsilon * 255).limit_denominator(1000)
    return f"{share}/255" if share.denominator == 1 else f"{float(share):g}/255"
