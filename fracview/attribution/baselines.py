"""What "absent" looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from fracview.errors import SettingError
from fracview.models.card import CIFAR_MEAN
from fracview.request import BASELINES

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier

BLUR_SHARE = 1 / 16
"""Standard deviation of the blur as a share of the shorter side: 14 px of 224."""


def make_baseline(name: str, x: Tensor, classifier: Classifier) -> Tensor:
    """Build a baseline in [0, 1].

    Parameters
    ----------
    name
        ``"black"``: 0. ``"mean"``: each image's own mean per channel. ``"blur"``: the image behind
        a Gaussian of :data:`BLUR_SHARE` of its shorter side, borders mirrored. ``"grey"``: 0 in
        normalised space, that is the mean that is subtracted outside of the net (of CIFAR-10
        where nothing is subtracted there).
    x
        (N, C, h, w) in [0, 1].
    classifier
        Gives the grey.

    Returns
    -------
    Tensor
        (1, C, h, w) where it does not depend on the image, else (N, C, h, w).

    Raises
    ------
    SettingError
        If the name is unknown.
    """
    if name == "black":
        return torch.zeros_like(x[:1])
    if name == "mean":
        return x.mean((2, 3), keepdim=True).expand_as(x).contiguous()
    if name == "blur":
        return _blur(x, BLUR_SHARE * min(x.shape[2:]))
    if name == "grey":
        return _grey(x, classifier)
    raise SettingError(f"baseline '{name}' is not one of {', '.join(BASELINES)}.")


def _grey(x: Tensor, classifier: Classifier) -> Tensor:
    mean = classifier.mean
    if not bool(mean.any()):
        cifar = torch.tensor(CIFAR_MEAN, dtype=torch.float64)
        levels = cifar if x.shape[1] == len(CIFAR_MEAN) else cifar.mean().expand(x.shape[1])
        mean = levels.view(1, -1, 1, 1)
    return mean.to(x).expand(1, *x.shape[1:]).contiguous()


def _blur(x: Tensor, sigma: float) -> Tensor:
    reach = max(1, round(3 * sigma))
    places = torch.arange(-reach, reach + 1, dtype=torch.float64)
    kernel = torch.exp(-0.5 * (places / max(sigma, 1e-6)) ** 2)
    kernel = (kernel / kernel.sum()).to(x)
    flat = x.flatten(0, 1)[:, None]
    for dim in (2, 3):
        size = flat.shape[dim]
        turned = flat if dim == 3 else flat.transpose(2, 3)
        index = _mirrored(torch.arange(-reach, size + reach, device=x.device), size)
        turned = functional.conv2d(turned[..., index], kernel.view(1, 1, 1, -1))
        flat = turned if dim == 3 else turned.transpose(2, 3)
    return flat.reshape(x.shape).clamp(0, 1)


def _mirrored(index: Tensor, size: int) -> Tensor:
    """Reflect about the pixel edges as often as needed, so that no film is too small."""
    folded = index.remainder(2 * size)
    return torch.where(folded < size, folded, 2 * size - 1 - folded)
