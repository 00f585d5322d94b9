"""Integrated gradients."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

import numpy as np
import torch

from fracview.attribution.base import RawAttribution
from fracview.attribution.completeness import completeness_error, gain
from fracview.attribution.inputs import at_model
from fracview.models.batches import in_slices
from fracview.registry import check_settings
from fracview.task import Progress

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""

Rule: TypeAlias = Literal["gauss-legendre", "middle", "trapezoid", "right"]
RULES = ("gauss-legendre", "middle", "trapezoid", "right")

LIMIT = 0.05
"""Above this completeness error the map is marked; nothing is refused."""


def nodes(rule: Rule, steps: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Nodes in 0..1 and weights that add up to 1.

    Parameters
    ----------
    rule
        ``"gauss-legendre"``, ``"middle"``, ``"trapezoid"`` (both ends included, at least two
        nodes) or ``"right"``.
    steps
        Number of nodes.
    """
    if rule == "gauss-legendre":
        points, weights = np.polynomial.legendre.leggauss(steps)
        return (1 + points) / 2, weights / 2
    if rule == "trapezoid":
        weights = np.full(max(2, steps), 1.0)
        weights[[0, -1]] = 0.5
        return np.linspace(0, 1, len(weights)), weights / weights.sum()
    shift = 0.5 if rule == "middle" else 1.0
    return (np.arange(steps) + shift) / steps, np.full(steps, 1 / steps)


@dataclass(frozen=True)
class IntegratedGradients:
    """Mean gradient along the straight path from the baseline, times the way (arXiv:1703.01365).

    Exact attributions add up to ``f(x) - f(x')``. Nets with kinks converge slowly in the number
    of nodes, so the completeness error is always computed.

    Parameters
    ----------
    steps
        Number of nodes.
    rule
        Quadrature; see :func:`nodes`.
    batch
        Nodes that go through the model at once.
    """

    needs_baseline: ClassVar[bool] = True
    is_tiled: ClassVar[bool] = True

    steps: int = field(
        default=50,
        metadata={"label": "Steps", "low": 1, "high": 5000, "help": "Nodes along the path."},
    )
    rule: Rule = field(
        default="gauss-legendre",
        metadata={"label": "Rule", "choices": RULES, "help": "How the path is integrated."},
    )
    batch: int = field(
        default=4,
        metadata={"label": "Batch", "low": 1, "high": 4096, "help": "Nodes at once; memory only."},
    )

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(
        self, classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None
    ) -> Task[RawAttribution]:
        """Explain; see :class:`~fracview.attribution.base.Attribution`."""
        x, target, absent = at_model(classifier, x, target, baseline)
        points, weights = nodes(self.rule, self.steps)
        alphas = torch.from_numpy(points).to(x).view(-1, 1, 1, 1)
        shares = torch.from_numpy(weights).to(x).view(-1, 1, 1, 1)
        total = len(x) * len(alphas)
        means = []
        notes: list[str] = []
        for image in range(len(x)):
            mean = torch.zeros_like(x[image])
            way = x[image] - absent[image % len(absent)]

            def part(start: int, stop: int, image: int = image, way: Tensor = way) -> Tensor:
                path = absent[image % len(absent)] + alphas[start:stop] * way
                wanted = target[image].expand(len(path))
                gradient = classifier.input_gradient(path, wanted, "logit")
                return (shares[start:stop] * gradient).sum(0)

            done = image * len(alphas)
            yield Progress(done, total, "integrated gradients")
            for stop, partial in in_slices(part, len(alphas), self.batch, notes):
                mean = mean + partial
                yield Progress(done + stop, total, f"node {stop} of {len(alphas)}")
            means.append(mean * way)
        values = torch.stack(means)
        error = completeness_error(values, gain(classifier, x, target, absent))
        if max(error) > LIMIT:
            notes.append(
                f"The attributions miss the rise of the logit by {100 * max(error):.2g} %; "
                "more steps or another rule may help."
            )
        return RawAttribution(values, error, tuple(notes))
