"""The figures of a card: the finished net on films it has never met, clean and under PGD."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from fracview.metrics.classification import auroc, confusion
from fracview.task import Progress
from fracview.training.validation import films

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import Tensor, nn

    from fracview.task import Task
    from fracview.training.pool import Pool

RULE = (
    "L-infinity PGD on the cross-entropy, one random start, step epsilon / 4, in float32. A film "
    "counts as right only if it is right before the attack, at its random start, after every "
    "step, and at every smaller radius of this table."
)


def measure(
    net: nn.Module,
    pool: Pool,
    epsilons: Sequence[float],
    steps: int,
    device: torch.device,
    seed: int = 0,
) -> Task[dict[str, Any]]:
    """Measure accuracy, sensitivity and specificity with Wilson's 95 % intervals.

    Balls are nested, so a film that has fallen need not be attacked again; see :data:`RULE`.

    Parameters
    ----------
    net
        In evaluation mode, float32.
    pool
        The test part.
    epsilons
        Radii in pixel units.
    steps
        Of PGD.
    device
        Where the net lies.
    seed
        Of the random starts.

    Returns
    -------
    dict
        ``clean``, ``pgd`` (a row per epsilon) and ``rule``, as they stand on a card.
    """
    total = (1 + len(epsilons)) * len(pool)
    truth = pool.fractured
    margin = np.zeros(len(pool), np.float32)
    done = 0
    for x, _ in films(pool, device):
        margin[done : done + len(x)] = _margin(net, x).cpu().numpy()
        done += len(x)
        yield Progress(done, total, "measuring clean accuracy")
    area = auroc(truth, margin)
    clean = {**_row(truth, margin > 0), **({} if area is None else {"auroc": round(area, 4)})}
    right = (margin > 0) == truth
    rows = []
    for epsilon in sorted(epsilons):
        generator = torch.Generator().manual_seed(seed)
        place = 0
        for x, y in films(pool, device):
            standing = np.flatnonzero(right[place : place + len(x)])
            if len(standing):
                held = _withstands(net, x[standing], y[standing], epsilon, steps, generator)
                right[place + standing] = held
            place, done = place + len(x), done + len(x)
            yield Progress(done, total, f"measuring under PGD-{steps} at {radius_text(epsilon)}")
        row = _row(truth, np.where(right, truth, ~truth))
        rows.append({"epsilon": radius_text(epsilon), "steps": steps, **row})
    return {"clean": clean, "pgd": rows, "rule": RULE}


def radius_text(epsilon: float) -> str:
    """Radius as people write it, such as ``2/255``."""
    share = Fraction(epsilon * 255).limit_denominator(1000)
    return f"{share}/255" if share.denominator == 1 else f"{float(share):g}/255"


def _withstands(
    net: nn.Module, x: Tensor, y: Tensor, epsilon: float, steps: int, generator: torch.Generator
) -> npt.NDArray[np.bool_]:
    """Whether each film stays right at every step, (n,)."""
    noise = torch.rand(x.shape, generator=generator).to(x.device) * 2 - 1
    now = (x + epsilon * noise).clamp(0, 1)
    alive = torch.arange(len(x), device=x.device)
    for step in range(steps + 1):
        pixels = now[alive].requires_grad_(True)
        with torch.set_grad_enabled(step < steps):
            logits = net(pixels)
        still = (logits[:, 0] > logits[:, 1]) == (y[alive] == 0)
        if step == steps or not bool(still.any()):
            alive = alive[still]
            break
        loss = functional.cross_entropy(logits, y[alive], reduction="sum")
        (gradient,) = torch.autograd.grad(loss, pixels)
        alive = alive[still]
        clean = x[alive]
        ahead = now[alive] + epsilon / 4 * gradient[still].sign()
        inside = torch.maximum(torch.minimum(ahead, clean + epsilon), clean - epsilon)
        now[alive] = inside.clamp(0, 1)
    held = np.zeros(len(x), dtype=np.bool_)
    held[alive.cpu().numpy()] = True
    return held


def _margin(net: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        logits: Tensor = net(x)
    return (logits[:, 0] - logits[:, 1]).float()


def _row(truth: npt.NDArray[np.bool_], said: npt.NDArray[np.bool_]) -> dict[str, Any]:
    row: dict[str, Any] = {"n": len(truth)}
    for name, estimate in confusion(truth, said).intervals().items():
        if estimate is not None:
            row[name] = round(estimate.mean, 4)
            row[f"{name}_interval"] = [
                round(estimate.low or 0.0, 4),
                round(estimate.high or 0.0, 4),
            ]
    return row
