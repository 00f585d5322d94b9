"""Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from fracview.attribution.base import RawAttribution
from fracview.attribution.inputs import at_model
from fracview.attribution.sites import twin
from fracview.errors import ModelError, SettingError
from fracview.models.batches import in_slices
from fracview.registry import check_settings
from fracview.task import Progress

if TYPE_CHECKING:
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""

_NO_LAYER = (
    nn.Identity, nn.Dropout, nn.Dropout2d, nn.AvgPool2d, nn.MaxPool2d, nn.AdaptiveAvgPool2d,
    nn.AdaptiveMaxPool2d, nn.Upsample, nn.Flatten,
)  # fmt: skip


@dataclass(frozen=True)
class GradCam:
    """Positive part of a layer's channels, weighted by their mean gradient (arXiv:1610.02391).

    The map of the layer is brought to the input's size bilinearly and stands in every channel
    alike. Hooks are set on a copy that shares the weights, never on the network itself.

    Parameters
    ----------
    layer
        Dotted name of a module of the net; empty: the last one with more than one pixel.
    batch
        Images that go through the model at once.
    """

    needs_baseline: ClassVar[bool] = False

    layer: str = field(
        default="", metadata={"label": "Layer", "help": "Empty: the last one that has pixels."}
    )
    batch: int = field(
        default=8,
        metadata={"label": "Batch", "low": 1, "high": 4096, "help": "Images at once; memory only."},
    )

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(
        self, classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None = None
    ) -> Task[RawAttribution]:
        """Explain; see :class:`~fracview.attribution.base.Attribution`. The baseline is ignored.

        Raises
        ------
        SettingError
            If the net has no such layer.
        ModelError
            If no layer has more than one pixel.
        """
        x, target, _ = at_model(classifier, x, target)
        yield Progress(0, len(x), "Grad-CAM")
        copy = cast("Classifier", twin(classifier))
        name = self.layer or last_layer(copy, x[:1])
        layer = dict(copy.net.named_modules()).get(name)
        if layer is None:
            raise SettingError(f"the net has no layer '{name}'. {_some(copy.net)}")

        def part(start: int, stop: int) -> Tensor:
            return _map(copy, layer, name, x[start:stop], target[start:stop])

        maps = []
        notes: list[str] = []
        for stop, small in in_slices(part, len(x), self.batch, notes):
            maps.append(small)
            yield Progress(stop, len(x), f"Grad-CAM, image {stop} of {len(x)}")
        small = torch.cat(maps)
        notes.append(f"Grad-CAM at layer {name}, {small.shape[2]} x {small.shape[3]} pixels.")
        size = (int(x.shape[2]), int(x.shape[3]))
        large = functional.interpolate(small, size=size, mode="bilinear", align_corners=False)
        return RawAttribution(large.expand_as(x).contiguous(), None, tuple(notes))


def last_layer(classifier: Classifier, x: Tensor) -> str:
    """Name of the last module that returns a picture of more than one pixel.

    Poolings, dropouts and the like do not count, so for a net that activates before it pools it
    is the last activation, and for a chain of residual blocks the last block.

    Raises
    ------
    ModelError
        If there is none.
    """
    found: list[str] = []
    handles = [
        module.register_forward_hook(_noting(found, name))
        for name, module in classifier.net.named_modules()
        if name and not isinstance(module, _NO_LAYER)
    ]
    try:
        classifier.logits(x)
    finally:
        for handle in handles:
            handle.remove()
    if not found:
        raise ModelError(f"{classifier.card.name} has no layer with pixels for Grad-CAM.")
    return found[-1]


def _noting(found: list[str], name: str) -> Any:
    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output[0, 0].numel() > 1:
            found.append(name)

    return note


def _map(classifier: Classifier, layer: nn.Module, name: str, x: Tensor, target: Tensor) -> Tensor:
    """Positive map of the layer, (N, 1, h', w')."""
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> Any:
        if not isinstance(output, Tensor) or output.ndim != 4:
            raise SettingError(f"layer '{name}' returns no picture. {_some(classifier.net)}")
        kept[:] = [output]
        return output.clone()  # whatever follows may write into its input

    handle = layer.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            # Weights are frozen, so the graph must begin at the pixels.
            logits = classifier(x.detach().requires_grad_(True))
            if not kept:
                raise SettingError(f"layer '{name}' is not used. {_some(classifier.net)}")
            chosen = logits.gather(1, target[:, None]).sum()
            (gradient,) = torch.autograd.grad(chosen, kept[0])
    finally:
        handle.remove()
    weight = gradient.mean((2, 3), keepdim=True)
    return functional.relu((weight * kept[0].detach()).sum(1, keepdim=True))


def _some(net: nn.Module) -> str:
    names = [name for name, _ in net.named_modules() if name and name.count(".") < 2]
    return f"Among others there are {', '.join(names[:12])}."
