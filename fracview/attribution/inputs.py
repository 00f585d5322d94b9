"""What every method does first: bring image, target and baseline to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from fracview.errors import SettingError

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier


def at_model(
    classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Move to the model's device and type, with all its channels; a missing baseline is black.

    Returns
    -------
    x, target, baseline
        (N, C, h, w), (N,), and (1 or N, C, h, w).

    Raises
    ------
    SettingError
        If the baseline's shape does not fit the image's, or a target is no class.
    """
    x = _fit(classifier, x)
    target = target.to(classifier.device)
    classes = len(classifier.card.classes)
    if target.shape != (len(x),) or int(target.min()) < 0 or int(target.max()) >= classes:
        raise SettingError(f"target must be {len(x)} class indices from 0 to {classes - 1}.")
    absent = torch.zeros_like(x[:1]) if baseline is None else _fit(classifier, baseline)
    if absent.shape[1:] != x.shape[1:] or len(absent) not in (1, len(x)):
        raise SettingError(
            f"the baseline's shape {tuple(absent.shape)} does not fit the image's {tuple(x.shape)}."
        )
    return x, target, absent


def _fit(classifier: Classifier, x: Tensor) -> Tensor:
    x = x.detach().to(classifier.device, classifier.dtype)
    channels = classifier.card.input.channels
    return x.expand(-1, channels, -1, -1).contiguous() if x.shape[1] == 1 != channels else x
