"""BatchNorm statistics for nets that were never trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier

_COUNT, _SIDE = 8, 32
_OCTAVES = (2, 4, 8, 16, 32)


def calibrate(classifier: Classifier, seed: int) -> None:
    """Give BatchNorm the statistics of seeded clouds, as a training would have left some.

    Without it the fresh statistics (mean 0, variance 1) let activations grow or fade with depth.

    Parameters
    ----------
    classifier
        Its BatchNorm statistics are set in place; all else stays.
    seed
        Of the clouds.
    """
    norms = [m for m in classifier.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean of all batches, here of one
            norm.train()
        classifier.logits(clouds(seed, _COUNT, _SIDE))
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            norm.eval()


def clouds(seed: int, count: int, side: int) -> Tensor:
    """Seeded grey clouds, (count, 1, side, side) in [0, 1], from misty to grainy.

    The images must differ in texture: a head that normalises over images alike in their features
    would answer anything else with logits in the hundreds, and a saturated softmax has no gradient.
    """
    generator = torch.Generator().manual_seed(seed)
    total = torch.rand(count, 1, 1, 1, generator=generator) * 0.8 + 0.1
    for cells in _OCTAVES:
        weight = torch.rand(count, 1, 1, 1, generator=generator).square() * 2
        coarse = torch.rand(count, 1, cells, cells, generator=generator) - 0.5
        total = total + weight * nn.functional.interpolate(coarse, (side, side), mode="bilinear")
    return total.clamp(0, 1)
