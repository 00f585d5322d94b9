"""The balls that an adversary may not leave: where to start, which way to go, how to come back.

Both balls are cut with the image range [0, 1]. A ``channel_scale`` s makes the ball of radius eps
around the tensor that was divided by s, in pixel units: the habit of attacks on normalised
tensors. With ``tied`` the change is the same number in all channels, so a grey film stays grey.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from fracview.errors import SettingError

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.request import ThreatModel

_TINY = 1e-12  # foolbox's guard against a division by a zero norm; kept so that both agree


def ball_around(clean: Tensor, threat: ThreatModel) -> Ball:
    """Build the ball of a threat model around images.

    Parameters
    ----------
    clean
        (N, C, H, W) in [0, 1].
    threat
        Norm, radius (0 is allowed here), channel scale and tying.

    Raises
    ------
    SettingError
        If the norm is unknown, or the scale has another number of channels.
    """
    kinds: dict[str, type[Ball]] = {"Linf": LinfBall, "L2": L2Ball}
    if threat.norm not in kinds:
        raise SettingError(f"norm '{threat.norm}' is not {' or '.join(kinds)}.")
    channels = clean.shape[1]
    scale = threat.channel_scale or (1.0,) * channels
    if len(scale) != channels or min(scale) <= 0:
        raise SettingError(f"channel_scale needs {channels} positive numbers, not {scale}.")
    if threat.tied:
        # The largest change that every channel's own ball allows.
        scale = (min(scale),) * channels
    factors = torch.tensor(scale, dtype=clean.dtype, device=clean.device).view(1, -1, 1, 1)
    return kinds[threat.norm](clean, float(threat.epsilon), factors, threat.tied)


@dataclass(frozen=True, eq=False)
class Ball(ABC):
    """Common to both norms.

    Parameters
    ----------
    clean
        Centre, (N, C, H, W) in [0, 1].
    epsilon
        Radius, at least 0.
    scale
        (1, C, 1, 1) factor on the radius and on steps.
    tied
        Whether all channels change alike.
    """

    clean: Tensor
    epsilon: float
    scale: Tensor
    tied: bool

    def start(self, seed: int, restart: int = 0) -> Tensor:
        """Draw a point uniformly from the ball, then clip to [0, 1].

        Every image draws from its own generator, seeded by its own pixels: its start depends
        neither on the other images of the batch nor on the device.
        """
        shape = (1 if self.tied else self.clean.shape[1], *self.clean.shape[2:])
        draws = [self._draw(shape, generator_of(image, seed, restart)) for image in self.clean]
        noise = torch.stack(draws).to(self.clean)
        return self.project(self.clean + noise.expand_as(self.clean) * self.scale)

    def move(self, x: Tensor, gradient: Tensor, step_size: float) -> Tensor:
        """Go one step up the gradient and come back into the ball."""
        if self.tied:
            gradient = gradient.sum(1, keepdim=True).expand_as(gradient)
        return self.project(x + step_size * self._direction(gradient))

    def project(self, x: Tensor) -> Tensor:
        """Nearest allowed image: into the ball, then into [0, 1]."""
        if not self.tied:
            return self._into(x).clamp(0, 1)
        # One change for all channels, so the range is what every channel can still take.
        low = -self.clean.amin(1, keepdim=True)
        high = 1 - self.clean.amax(1, keepdim=True)
        delta = (self._into(x) - self.clean)[:, :1]
        return (self.clean + torch.minimum(torch.maximum(delta, low), high)).clamp(0, 1)

    @abstractmethod
    def _draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """One image's noise in units of the scale, float64 on the CPU."""

    @abstractmethod
    def _direction(self, gradient: Tensor) -> Tensor:
        """Steepest way of size 1, times the scale."""

    @abstractmethod
    def _into(self, x: Tensor) -> Tensor:
        """Back into the ball, whatever the image range."""


class LinfBall(Ball):
    """No pixel changes by more than epsilon (Madry et al. 2018, arXiv:1706.06083)."""

    def _draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        uniform = torch.rand(shape, generator=generator, dtype=torch.float64)
        return (2 * uniform - 1) * self.epsilon

    def _direction(self, gradient: Tensor) -> Tensor:
        return gradient.sign() * self.scale

    def _into(self, x: Tensor) -> Tensor:
        radius = self.epsilon * self.scale
        return torch.minimum(torch.maximum(x, self.clean - radius), self.clean + radius)


class L2Ball(Ball):
    """The Euclidean norm of the change of an image is at most epsilon."""

    def _draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        # A normal direction and a radius whose n-th power is uniform: uniform in the ball.
        normal = torch.randn(shape, generator=generator, dtype=torch.float64)
        copies = self.clean.shape[1] if self.tied else 1
        norm = (torch.linalg.vector_norm(normal) * copies**0.5).clamp_min(_TINY)
        share = torch.rand((), generator=generator, dtype=torch.float64) ** (1 / normal.numel())
        drawn: Tensor = normal / norm * share * self.epsilon
        return drawn

    def _direction(self, gradient: Tensor) -> Tensor:
        scaled = gradient * self.scale
        return scaled / _norm(scaled) * self.scale

    def _into(self, x: Tensor) -> Tensor:
        delta = (x - self.clean) / self.scale
        factor = (self.epsilon / _norm(delta)).clamp_max(1)
        return self.clean + delta * factor * self.scale


def _norm(x: Tensor) -> Tensor:
    norms = torch.linalg.vector_norm(x.flatten(1), dim=1)
    guarded: Tensor = norms.clamp_min(_TINY).view(-1, 1, 1, 1)
    return guarded


def generator_of(image: Tensor, seed: int, restart: int = 0) -> torch.Generator:
    """Randomness of one image (C, H, W): the same in every batch and on every device."""
    digest = hashlib.sha256(f"{seed}/{restart}/".encode())
    digest.update(image.detach().to("cpu", torch.float32).contiguous().numpy().tobytes())
    root = int.from_bytes(digest.digest()[:8], "little", signed=True)
    return torch.Generator().manual_seed(root)
