"""The attack inside the training loop: short, on a net whose statistics stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from fracview.training.recipe import Adversary


def first_radius(adversary: Adversary) -> float:
    """Epsilon of the first step: a tenth of the full one, or the full one without a ramp."""
    return adversary.epsilon / 10 if adversary.ramp > 0 else adversary.epsilon


def next_radius(adversary: Adversary, epsilon: float, accuracy: float, steps: int) -> float:
    """Epsilon of the step after one at ``epsilon``.

    It rises on a line to its full value, and falls back at the same pace while the net stands no
    chance: a net that is pressed too early ends as a constant and never recovers.

    Parameters
    ----------
    adversary
        See :class:`~fracview.training.recipe.Adversary`.
    epsilon
        Radius of this step.
    accuracy
        Running accuracy under attack, 0 to 1.
    steps
        Of the whole arm.
    """
    if adversary.ramp <= 0:
        return adversary.epsilon
    pace = 0.9 * adversary.epsilon / max(1.0, adversary.ramp * steps)
    if accuracy < adversary.floor:
        return max(first_radius(adversary), epsilon - pace)
    return min(adversary.epsilon, epsilon + pace)


def harden(
    net: nn.Module,
    x: Tensor,
    y: Tensor,
    adversary: Adversary,
    epsilon: float,
    generator: torch.Generator,
    precision: torch.dtype = torch.float32,
) -> Tensor:
    """Films within ``epsilon`` of ``x`` that the net finds harder (Madry et al. 2018).

    Batch norm uses its running statistics and does not update them, and no gradient of a weight
    is made. The net is left as it was found.

    Parameters
    ----------
    net
        Takes (N, 1, H, W) in [0, 1].
    x, y
        Films and class indices.
    adversary
        Number of steps and their size.
    epsilon
        Radius now.
    generator
        Of the random start, on the CPU.
    precision
        Of the convolutions.

    Returns
    -------
    Tensor
        In the shape of ``x``, detached, within [0, 1].
    """
    training = net.training
    wanted = [parameter.requires_grad for parameter in net.parameters()]
    net.eval()
    net.requires_grad_(False)
    try:
        noise = torch.rand(x.shape, generator=generator).to(x.device) * 2 - 1
        if adversary.steps == 0:  # as far away as a strong attack ends, but blindly
            noise = noise.sign()
        adversarial = (x + epsilon * noise).clamp(0, 1)
        for _ in range(adversary.steps):
            pixels = adversarial.detach().requires_grad_(True)
            with (
                torch.enable_grad(),
                torch.autocast(x.device.type, torch.bfloat16, enabled=precision != torch.float32),
            ):
                loss = functional.cross_entropy(net(pixels).float(), y, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, pixels)
            ahead = pixels.detach() + adversary.stride * epsilon * gradient.sign()
            adversarial = torch.maximum(torch.minimum(ahead, x + epsilon), x - epsilon).clamp(0, 1)
        return adversarial.detach()
    finally:
        net.train(training)
        for parameter, flag in zip(net.parameters(), wanted, strict=True):
            parameter.requires_grad_(flag)
