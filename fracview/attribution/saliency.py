"""Saliency: the gradient of a logit by the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fracview.attribution.base import RawAttribution
from fracview.attribution.inputs import at_model
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""


@dataclass(frozen=True)
class Saliency:
    """Signed gradient of the target's logit (Simonyan et al. 2014, arXiv:1312.6034).

    Reduced by ``"abs-max"`` it is the published map, the largest modulus over channels.
    """

    needs_baseline: ClassVar[bool] = False
    is_gradient: ClassVar[bool] = True

    def __call__(
        self, classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None = None
    ) -> Task[RawAttribution]:
        """Explain; see :class:`~fracview.attribution.base.Attribution`. The baseline is ignored."""
        x, target, _ = at_model(classifier, x, target)
        yield Progress(0, 1, "saliency")
        values = classifier.input_gradient(x, target, "logit")
        yield Progress(1, 1, "saliency")
        return RawAttribution(values)
