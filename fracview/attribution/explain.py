"""From an input to a heatmap: build the method, choose the baseline, run, reduce, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fracview.attribution import ATTRIBUTIONS
from fracview.attribution.baselines import make_baseline
from fracview.attribution.heatmap import Heatmap, reduce_channels
from fracview.attribution.inputs import at_model
from fracview.attribution.tiles import explain_tiles
from fracview.errors import ModelError, SettingError
from fracview.request import Method

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attribution.base import Attribution, RawAttribution
    from fracview.attribution.heatmap import Reduction
    from fracview.data.frame import InputFrame
    from fracview.models.classifier import Classifier
    from fracview.request import Protocol
    from fracview.task import Task


def build_attribution(method: Method, protocol: Protocol | None = None) -> Attribution:
    """Build an attribution method from the registry.

    Parameters
    ----------
    method
        Name and settings.
    protocol
        Its ``ig_steps`` are the steps of integrated gradients, and its ``deeplift`` the rule of
        DeepLIFT, unless the method names them.

    Raises
    ------
    UnknownName
        If there is no such method.
    SettingError
        If the method has no such setting, or a value is out of range.
    """
    settings: dict[str, Any] = dict(method.settings())
    if protocol is not None and method.name == "integrated_gradients":
        settings.setdefault("steps", protocol.ig_steps)
    if protocol is not None and method.name == "deeplift":
        settings.setdefault("rule", protocol.deeplift)
    built: Attribution = ATTRIBUTIONS.build(method.name, settings)
    return built


def explain_input(
    classifier: Classifier,
    x: Tensor,
    method: Method,
    target: int,
    *,
    baseline: str | Tensor = "black",
    reduction: Reduction = "abs-max",
    protocol: Protocol | None = None,
    frame: InputFrame | None = None,
) -> Task[Heatmap]:
    """Explain one logit of one image.

    Parameters
    ----------
    classifier
        Under the protocol already, see :meth:`~fracview.models.classifier.Classifier.under`.
    x
        (1, C, h, w) in [0, 1].
    method
        A name of :data:`~fracview.attribution.ATTRIBUTIONS` with its settings.
    target
        Index of the class whose logit is explained.
    baseline
        A name of :data:`~fracview.attribution.baselines.BASELINES`, or one's own (1, C, h, w).
    reduction
        From (C, h, w) to one number per pixel.
    protocol
        Tiles, steps, and by what a gradient is taken; None: the whole image, by the pixels.
    frame
        Where the input lies on the film; None keeps the map in the input's pixels.

    Yields
    ------
    Progress
        Of the method.

    Raises
    ------
    SettingError
        If a name, a setting or a shape does not fit.
    ModelError
        If the method cannot follow the net, or its map is not finite.
    """
    attribution = build_attribution(method, protocol)
    reduce_channels(np.zeros((1, 1, 1)), reduction)  # refuses an unknown one before the work
    if len(x) != 1:
        raise SettingError(f"one image is explained at a time, not {len(x)}.")
    wanted = torch.tensor([target], device=classifier.device)
    needs = bool(getattr(attribution, "needs_baseline", True))
    own = make_baseline(baseline, x, classifier) if isinstance(baseline, str) else baseline
    x, wanted, ground = at_model(classifier, x, wanted, own if needs else None)
    side = protocol.tile if protocol is not None else None
    if side and side < max(x.shape[2:]) and getattr(attribution, "is_tiled", False):
        raw = yield from explain_tiles(attribution, classifier, x, wanted, ground, side)
    else:
        raw = yield from attribution(classifier, x, wanted, ground if needs else None)
    values = _array(raw, attribution, classifier, protocol)
    reduced = reduce_channels(values, reduction)
    named = baseline if isinstance(baseline, str) else "own"
    return Heatmap(
        values=reduced if frame is None else frame.restore(reduced),
        reduced=reduced,
        raw=values,
        target=target,
        method=Method.of_record(method.name, attribution),
        completeness_error=raw.completeness_error[0] if raw.completeness_error else None,
        reduction=reduction,
        baseline=named if needs else "",
        frame=frame,
        notes=raw.notes,
    )


def _array(
    raw: RawAttribution, method: Attribution, classifier: Classifier, protocol: Protocol | None
) -> np.ndarray[Any, np.dtype[np.floating[Any]]]:
    values = raw.values
    by_normalised = protocol is not None and protocol.gradient_by == "normalised"
    if by_normalised and getattr(method, "is_gradient", False):
        # d/d(normalised) = std * d/d(pixel), channel by channel.
        values = values * classifier.std
    if not bool(torch.isfinite(values).all()):
        raise ModelError(
            f"{classifier.card.name} gave a map with numbers that are not finite; "
            "its weights or its input are broken."
        )
    array: np.ndarray[Any, np.dtype[np.floating[Any]]] = values[0].to("cpu").numpy().copy()
    return array
