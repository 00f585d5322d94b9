"""Input times gradient."""

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
class InputXGradient:
    """Pixel times the gradient of the target's logit (Shrikumar et al. 2016, arXiv:1605.01713).

    The pixel is counted from black, so that black pixels get 0 whatever the gradient. On a net of
    ReLUs without biases it equals the sum of their active paths; it promises nothing elsewhere.
    """

    needs_baseline: ClassVar[bool] = False

    def __call__(
        self, classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None = None
    ) -> Task[RawAttribution]:
        """Explain; see :class:`~fracview.attribution.base.Attribution`. The baseline is ignored."""
        x, target, _ = at_model(classifier, x, target)
        yield Progress(0, 1, "input times gradient")
        values = x * classifier.input_gradient(x, target, "logit")
        yield Progress(1, 1, "input times gradient")
        return RawAttribution(values)
