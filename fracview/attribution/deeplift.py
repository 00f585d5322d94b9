"""DeepLIFT."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, cast

import torch

from fracview.attribution.base import RawAttribution
from fracview.attribution.completeness import completeness_error
from fracview.attribution.inputs import at_model
from fracview.attribution.sites import Baseline, Rescaled, twin
from fracview.models.batches import in_slices
from fracview.registry import check_settings
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""

LIMIT = 1e-3
"""Above this completeness error the map is marked: a bend of the net was missed."""


@dataclass(frozen=True)
class DeepLift:
    """DeepLIFT with the rescale rule (Shrikumar et al. 2017, arXiv:1704.02685).

    Exact on every elementwise activation that torch knows, also as a function or in place, on
    home-made ones such as robustbench's ``Swish``, and on max pooling. A net that bends otherwise
    is refused. The baseline goes through the net once for all images that share it: N images cost
    2N + 1 passes.

    Parameters
    ----------
    batch
        Images that go through the model at once.
    rule
        ``"rescale"``, or ``"captum"``: at activations that captum does not list, such as Swish and
        SiLU, the plain gradient, as in the published notebooks; attributions do not add up there.
    """

    needs_baseline: ClassVar[bool] = True
    is_tiled: ClassVar[bool] = True

    batch: int = field(
        default=8,
        metadata={"label": "Batch", "low": 1, "high": 4096, "help": "Images at once; memory only."},
    )
    rule: Literal["rescale", "captum"] = field(
        default="rescale",
        metadata={
            "label": "Rule",
            "choices": ("rescale", "captum"),
            "help": "captum: the plain gradient at Swish and SiLU, as published.",
        },
    )

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(
        self, classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None
    ) -> Task[RawAttribution]:
        """Explain; see :class:`~fracview.attribution.base.Attribution`.

        Raises
        ------
        ModelError
            If the net bends where there is no rule.
        """
        x, target, absent = at_model(classifier, x, target, baseline)
        yield Progress(0, len(x), "DeepLIFT")
        net = cast("Classifier", twin(classifier))
        shared = _Ground(net, absent) if len(absent) == 1 else None

        def part(start: int, stop: int) -> tuple[Tensor, Tensor]:
            ground = shared or _Ground(net, absent[start:stop])
            return _explain(net, x[start:stop], target[start:stop], ground, self.rule == "captum")

        maps, rises = [], []
        notes: list[str] = []
        for stop, (values, rise) in in_slices(part, len(x), self.batch, notes):
            maps.append(values)
            rises.append(rise)
            yield Progress(stop, len(x), f"DeepLIFT, image {stop} of {len(x)}")
        values = torch.cat(maps)
        error = completeness_error(values, torch.cat(rises))
        if max(error) > LIMIT:
            notes.append(
                f"The attributions miss the rise of the logit by {100 * max(error):.2g} %: "
                "the net bends where DeepLIFT does not see it, or the rise is near 0."
            )
        return RawAttribution(values, error, tuple(notes))


class _Ground:
    """What a baseline does in a net."""

    def __init__(self, net: Classifier, absent: Tensor) -> None:
        with torch.no_grad(), Baseline() as seen:
            self.logits = net(absent)
        self.absent, self.reached = absent, seen.reached


def _explain(
    net: Classifier, x: Tensor, target: Tensor, ground: _Ground, as_captum: bool
) -> tuple[Tensor, Tensor]:
    """Attributions and the rise of the logit of a few images."""
    index = target[:, None]
    with torch.enable_grad():
        pixels = x.detach().requires_grad_(True)
        with Rescaled(ground.reached, as_captum):
            logits = net(pixels)
        chosen = logits.gather(1, index)[:, 0]
        (multiplier,) = torch.autograd.grad(chosen.sum(), pixels)
    below = ground.logits.expand(len(x), -1).gather(1, index)[:, 0]
    rise = chosen.detach().cpu().double() - below.cpu().double()
    return multiplier * (x - ground.absent), rise
