"""How far attributions are from adding up to what they explain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier


def gain(classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor) -> Tensor:
    """Rise of the target's logit from the baseline to the image, (N,) in float64."""
    index = target.cpu()[:, None]
    above = classifier.logits(x).cpu().double().gather(1, index)[:, 0]
    below = classifier.logits(baseline).cpu().double().expand(len(x), -1).gather(1, index)[:, 0]
    return above - below


def completeness_error(values: Tensor, rise: Tensor) -> tuple[float, ...]:
    """``|sum a - (f(x) - f(x'))| / |f(x) - f(x')|`` per image.

    Parameters
    ----------
    values
        (N, C, h, w) attributions.
    rise
        (N,) ``f(x) - f(x')``.

    Returns
    -------
    tuple of float
        0 where both sides are 0; infinite where only the rise is.
    """
    sums = values.cpu().double().flatten(1).sum(1).tolist()
    return tuple(_relative(total, wanted) for total, wanted in zip(sums, rise.tolist()))


def _relative(total: float, wanted: float) -> float:
    if wanted == 0:
        return 0.0 if total == 0 else math.inf
    return abs(total - wanted) / abs(wanted)
