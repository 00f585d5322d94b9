"""The rescale rule of DeepLIFT, one activation or one max pooling at a time.

Each function runs forward as the original does and remembers one number per unit: by how much
its output differs from that at the baseline, divided by how much its input does (Shrikumar et
al. 2017, arXiv:1704.02685, equation 11). Backward it multiplies by that number instead of the
slope, so that what comes out at the pixels, times ``x - x'``, adds up to ``f(x) - f(x')``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Activation = Callable[[Tensor], Tensor]
    Pool = Callable[[Tensor], tuple[Tensor, Tensor]]

# Where image and baseline come closer than this share of their size, the difference quotient
# loses its digits and the slope half way takes its place: it is exact to the square of the way,
# but not across a kink, where the quotient of two straight lines keeps its digits anyway.
# (float32, float64)
_SMOOTH = (3e-3, 1e-5)
_KINKED = (1e-6, 1e-12)


def rescale(z: Tensor, absent: Tensor, activation: Activation, *, smooth: bool) -> Tensor:
    """Apply an elementwise activation whose gradient is the rescale multiplier.

    Parameters
    ----------
    z
        (N, ...) what reaches the activation.
    absent
        (1 or N, ...) what reaches it at the baseline.
    activation
        Elementwise and not in place.
    smooth
        Whether its slope has no jumps.
    """
    share = (_SMOOTH if smooth else _KINKED)[z.dtype == torch.float64]
    result: Tensor = _Rescale.apply(z, absent, activation, share)  # type: ignore[no-untyped-call]
    return result


def rescale_pool(z: Tensor, absent: Tensor, pool: Pool) -> Tensor:
    """Apply a max pooling whose gradient is the rescale multiplier.

    Parameters
    ----------
    z, absent
        As in :func:`rescale`, (N, C, h, w).
    pool
        Returns the maxima and their places as flat indices into h * w.
    """
    result: Tensor = _RescalePool.apply(z, absent, pool)  # type: ignore[no-untyped-call]
    return result


class _Rescale(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, z: Tensor, absent: Tensor, activation: Activation, share: float
    ) -> Tensor:
        y = activation(z)
        ctx.save_for_backward(_multiplier(z, absent, y, activation, share))
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (multiplier,) = ctx.saved_tensors
        return gradients[0] * multiplier, None, None, None


def _multiplier(
    z: Tensor, absent: Tensor, y: Tensor, activation: Activation, share: float
) -> Tensor:
    way = z - absent
    small = way.abs() <= share * (1 + torch.maximum(z.abs(), absent.abs()))
    quotient = (y - activation(absent)) / torch.where(small, torch.ones_like(way), way)
    if not bool(small.any()):
        return quotient
    return torch.where(small, _slope(z, absent, activation), quotient)


def _slope(z: Tensor, absent: Tensor, activation: Activation) -> Tensor:
    with torch.enable_grad():
        middle = ((z + absent) / 2).detach().requires_grad_(True)
        (slope,) = torch.autograd.grad(activation(middle).sum(), middle)
    return slope


class _RescalePool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, absent: Tensor, pool: Pool) -> Tensor:
        y, place = pool(z)
        ground, ground_place = pool(absent)
        rise = y - ground
        # A rise is credited to the pixel that holds the maximum now, a fall to the one that held
        # it at the baseline; each moved at least as far as the maximum did, so 0 <= share <= 1.
        chosen = torch.where(rise >= 0, place, ground_place)
        flat = (z - absent).flatten(2)
        way = flat.gather(2, chosen.flatten(2)).view_as(rise)
        share = torch.where(way == 0, torch.ones_like(rise), rise / _without_zero(way))
        ctx.save_for_backward(share, chosen)
        ctx.shape = z.shape
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        share, chosen = ctx.saved_tensors
        shape = ctx.shape
        back = gradients[0].new_zeros(*shape[:2], shape[2] * shape[3])
        back.scatter_add_(2, chosen.flatten(2), (gradients[0] * share).flatten(2))
        return back.view(shape), None, None


def _without_zero(way: Tensor) -> Tensor:
    return torch.where(way == 0, torch.ones_like(way), way)


def max_pool(*args: Any, **settings: Any) -> Pool:
    """Max pooling with places, from the arguments after the input of ``torch.max_pool2d``."""
    settings.pop("return_indices", None)
    return lambda z: functional.max_pool2d(z, *args, **settings, return_indices=True)


def adaptive_max_pool(output_size: Any, **_: Any) -> Pool:
    """Adaptive max pooling with places."""
    return lambda z: functional.adaptive_max_pool2d(z, output_size, return_indices=True)
