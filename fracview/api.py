"""The three verbs of the library: load a model, attack an input, attribute a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from fracview.errors import SettingError
from fracview.models.load import load_model as load_model
from fracview.request import Method, Protocol, parse_epsilon
from fracview.task import drain

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attacks.base import Perturbation
    from fracview.attribution.heatmap import Heatmap, Reduction
    from fracview.data.frame import InputFrame
    from fracview.data.radiograph import Radiograph
    from fracview.models.classifier import Classifier
    from fracview.request import Scalar


def attack(
    model: Classifier,
    x: Radiograph | Tensor,
    label: str | int | Tensor,
    method: str = "pgd",
    *,
    eps: float | str = 4 / 255,
    step_size: float | str | None = None,
    steps: int | None = None,
    seed: int = 0,
    **settings: Scalar,
) -> Perturbation:
    """Attack an input of a model.

    Parameters
    ----------
    model
        From :func:`load_model`.
    x
        A radiograph, or float (N, C, H, W) or (C, H, W) in [0, 1] of any size.
    label
        The true class, by name or index (or one index per image); the wanted class if
        ``targeted=True``.
    method
        A name of :data:`fracview.attacks.ATTACKS`.
    eps
        Radius in pixel units, such as ``"4/255"``.
    step_size, steps
        Of iterated methods; None leaves the method's own default.
    seed
        Root of the random start.
    **settings
        Further fields of the method, such as ``norm="L2"`` or ``restarts=5``.

    Returns
    -------
    Perturbation

    Raises
    ------
    SettingError
        If a value is out of range, or the method has no such setting.
    UnknownName
        If there is no such method.
    """
    from fracview.attacks.build import build_attack

    settings = {"epsilon": parse_epsilon(eps), **settings}
    if step_size is not None:
        settings["step_size"] = parse_epsilon(step_size, "step size")
    if steps is not None:
        settings["steps"] = steps
    pixels, _ = _input(model, x)
    chosen = build_attack(Method.of(method, **settings), model, Protocol(), seed)
    return drain(chosen(model, pixels, _labels(model, label, len(pixels))))


def attribute(
    model: Classifier,
    x: Radiograph | Tensor,
    method: str,
    target: str | int,
    baseline: str | Tensor = "black",
    *,
    reduction: Reduction = "abs-max",
    **settings: Scalar,
) -> Heatmap:
    """Explain a logit of a model.

    Parameters
    ----------
    model
        From :func:`load_model`.
    x
        A radiograph, or one image as float (1, C, H, W) or (C, H, W) in [0, 1] of any size.
    method
        A name of :data:`fracview.attribution.ATTRIBUTIONS`.
    target
        The class whose logit is explained, by name or index.
    baseline
        ``"black"``, ``"mean"``, ``"blur"``, ``"grey"``, or a tensor in the shape of ``x``.
    reduction
        From (C, h, w) to one number per pixel.
    **settings
        Fields of the method, such as ``steps=50``.

    Returns
    -------
    Heatmap
        ``values`` are in film pixels for a radiograph and in the pixels of ``x`` for a tensor.
    """
    from fracview.attribution.explain import explain_input

    pixels, frame = _input(model, x)
    if len(pixels) != 1:
        raise SettingError(f"attribute explains one image at a time, not {len(pixels)}.")
    index = int(_labels(model, target, 1, "target"))
    if not isinstance(baseline, str):
        baseline = _pixels(model, baseline, "baseline")
    return drain(
        explain_input(
            model,
            pixels,
            Method.of(method, **settings),
            index,
            baseline=baseline,
            reduction=reduction,
            frame=frame,
        )
    )


@overload
def _input(model: Classifier, x: Radiograph) -> tuple[Tensor, InputFrame]: ...
@overload
def _input(model: Classifier, x: Any) -> tuple[Tensor, InputFrame | None]: ...
def _input(model: Classifier, x: Any) -> tuple[Tensor, InputFrame | None]:

    from fracview.data.radiograph import Radiograph

    if isinstance(x, Radiograph):
        return model.prepare(x), model.frame(x)
    return _pixels(model, x, "x"), None


def _pixels(model: Classifier, x: Any, name: str) -> Tensor:
    """Bring a tensor or array to (N, C, H, W) as the model takes it, or refuse it."""
    import numpy as np
    import torch

    wanted = f"{name} must be a Radiograph or a float tensor (N, C, H, W) in [0, 1]"
    wanted = wanted if name == "x" else wanted.replace("Radiograph", "name")
    pixels = torch.as_tensor(x) if isinstance(x, torch.Tensor | np.ndarray) else torch.tensor(0)
    if pixels.ndim == 3:
        pixels = pixels[None]
    dense = pixels.layout == torch.strided and not pixels.is_meta
    if pixels.ndim != 4 or not pixels.is_floating_point() or not dense:
        raise SettingError(f"{wanted}.")
    if not pixels.numel():
        raise SettingError(f"{wanted}, not an empty one of shape {tuple(pixels.shape)}.")
    if not bool(torch.isfinite(pixels).all()):
        raise SettingError(f"{name} holds numbers that are not finite.")
    if pixels.amin() < 0 or pixels.amax() > 1:
        raise SettingError(
            f"{name} leaves [0, 1]; divide by 255 and do not normalise, the model does."
        )
    channels = model.card.input.channels
    if pixels.shape[1] == 1 and channels != 1:
        pixels = pixels.expand(-1, channels, -1, -1).contiguous()
    return pixels.detach().to(device=model.device, dtype=model.dtype)


def _labels(model: Classifier, label: Any, count: int, name: str = "label") -> Tensor:
    """Index of a class per image, from a name, a number or one number per image."""
    import torch

    classes = model.card.classes
    index = model.card.index(label) if isinstance(label, str) else label
    try:
        y = torch.as_tensor(index).flatten().to(model.device)
    except (TypeError, ValueError, RuntimeError):
        y = torch.zeros(0)
    whole = not (y.is_floating_point() or y.is_complex() or y.dtype == torch.bool)
    if len(y) == 1:
        y = y.expand(count)
    if not whole or len(y) != count or int(y.min()) < 0 or int(y.max()) >= len(classes):
        raise SettingError(f"{name} must be one of {', '.join(classes)} (or its index) per image.")
    return y.long()
