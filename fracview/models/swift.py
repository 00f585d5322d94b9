"""A faster twin of a classifier for CPUs: 3x3 convolutions by Winograd's algorithm.

Torch's direct convolutions already run at the peak of a core, so only fewer operations help.
NNPACK, which comes with torch on Linux and macOS, computes 6x6 outputs at once (Lavin and Gray
2016, arXiv:1509.09308) with a fifth of the multiplications. Each layer differs by about 1e-5 of its
largest value, as much as another memory layout or machine does; ReLU gates near 0 may then open
that were closed. So the twin is for *searching* (the steps of an attack); what is reported is
computed by the classifier itself.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from fracview.models.classifier import Classifier

_CHANNELS = 64
_SIDE = 20
"""Smaller layers are faster directly, since transforms cost more than they save."""


def swift(classifier: Classifier) -> Classifier:
    """Twin that shares the weights and is faster on the CPU; the classifier itself elsewhere.

    Parameters
    ----------
    classifier
        Left as it is.

    Returns
    -------
    Classifier
        ``classifier`` where NNPACK, float32 or a CPU is missing, or no layer would gain.
    """
    if not _possible(classifier):
        return classifier
    shared = [*classifier.net.parameters(), *classifier.net.buffers()]
    net = copy.deepcopy(classifier.net, {id(tensor): tensor for tensor in shared})
    layers = [module for module in net.modules() if _gains(module)]
    for layer in layers:
        layer.__class__ = SwiftConv2d
    if not layers:
        return classifier
    twin = copy.copy(classifier)
    twin._modules = {**classifier._modules, "net": net}
    return twin


def _possible(classifier: Classifier) -> bool:
    available = getattr(torch, "_nnpack_available", lambda: False)
    return bool(
        classifier.device.type == "cpu" and classifier.dtype == torch.float32 and available()
    )


def _gains(module: nn.Module) -> bool:
    return (
        type(module) is nn.Conv2d
        and module.kernel_size == (3, 3)
        and module.stride == module.dilation == (1, 1)
        and module.groups == 1
        and module.padding in ((0, 0), (1, 1))
        and module.padding_mode == "zeros"
        and min(module.in_channels, module.out_channels) >= _CHANNELS
        and not module.weight.requires_grad
    )


class SwiftConv2d(nn.Conv2d):
    """A 3x3 convolution with frozen weights, by NNPACK where that is faster."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, h, w) to (N, D, h', w'), as :class:`torch.nn.Conv2d` does."""
        if min(x.shape[2:]) < _SIDE:
            return super().forward(x)
        y: Tensor = _Winograd.apply(x, self.weight, int(self.padding[0]))  # type: ignore[no-untyped-call]
        return y if self.bias is None else y + self.bias[:, None, None]


class _Winograd(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, padding: int) -> Tensor:
        ctx.weight, ctx.padding = weight, padding
        return _convolve(x, weight, padding)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        turned = ctx.weight.flip(2, 3).transpose(0, 1).contiguous()
        return _convolve(gradient, turned, 2 - ctx.padding), None, None


def _convolve(x: Tensor, weight: Tensor, padding: int) -> Tensor:
    x = x.contiguous()
    # One image at a time: NNPACK is fastest so.
    rows = [
        torch._nnpack_spatial_convolution(one, weight, None, [padding, padding], [1, 1])
        for one in torch.split(x, 1)
    ]
    return rows[0] if len(rows) == 1 else torch.cat(rows)
