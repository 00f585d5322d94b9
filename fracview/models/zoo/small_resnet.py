"""The net behind ``"small-resnet"``: pre-activation, every ReLU a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence


class Stem(nn.Conv2d):
    """Convolution of stride 2 whose kernel is smoothed over 2 x 2 pixels first.

    The same numbers as a convolution at full size followed by averaging 2 x 2 pixels, at a
    quarter of the cost: every pixel counts alike, so gradients show no checkerboard.

    Parameters
    ----------
    channels_in, channels_out
        Width before and after.
    kernel
        Side of the kernel, odd; it acts as one of ``kernel + 1``.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(channels_in, channels_out, kernel, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels_in, h, w) to (N, channels_out, ceil(h / 2), ceil(w / 2))."""
        smooth = functional.avg_pool2d(functional.pad(self.weight, (1, 1, 1, 1)), 2, stride=1)
        edge = self.kernel_size[0] // 2
        odd = x.shape[-2] % 2, x.shape[-1] % 2
        x = functional.pad(x, (0, odd[1], 0, odd[0]))
        return functional.conv2d(x, smooth, stride=2, padding=edge)


class Block(nn.Module):
    """Pre-activation residual block (He et al. 2016, arXiv:1603.05027).

    A block that halves the picture averages 2x2 pixels *before* its convolutions: strided 3x3
    kernels see some pixels twice and others once, which leaves a checkerboard in every gradient.

    Parameters
    ----------
    channels_in, channels_out
        Width before and after.
    halve
        Whether to average 2x2 pixels first.
    """

    def __init__(self, channels_in: int, channels_out: int, *, halve: bool) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels_in)
        self.relu1 = nn.ReLU()
        self.pool = nn.AvgPool2d(2, ceil_mode=True) if halve else nn.Identity()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.changes = halve or channels_in != channels_out
        if self.changes:
            self.shortcut = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels_in, h, w) to (N, channels_out, h', w')."""
        active = self.pool(self.relu1(self.norm1(x)))
        straight = self.shortcut(active) if self.changes else x
        bent: Tensor = self.conv2(self.relu2(self.norm2(self.conv1(active))))
        return straight + bent


class SmallResNet(nn.Module):
    """Stem of stride 2, four stages, mean and maximum over the whole picture, one linear layer.

    Every ReLU is a module of its own, used once and never in place, as DeepLIFT needs it.

    Parameters
    ----------
    classes
        Number of logits.
    widths
        Channels of the stages.
    blocks
        Residual blocks of each stage.
    kernel
        Side of the stem's kernel, odd.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        classes: int = 2,
        widths: Sequence[int] = (16, 32, 64, 128),
        blocks: Sequence[int] = (1, 1, 2, 2),
        kernel: int = 5,
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.35))
        self.register_buffer("std", torch.tensor(0.25))
        self.conv = Stem(1, widths[0], kernel)
        stages: list[nn.Module] = []
        width = widths[0]
        for position, (wider, depth) in enumerate(zip(widths, blocks, strict=True)):
            for block in range(depth):
                stages.append(Block(width, wider, halve=position > 0 and block == 0))
                width = wider
        self.stages = nn.Sequential(*stages)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.average = nn.AdaptiveAvgPool2d(1)
        self.maximum = nn.AdaptiveMaxPool2d(1)
        self.head = nn.Linear(2 * width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Map films (N, 1, H, W) in [0, 1] to logits (N, classes)."""
        hidden = self.stages(self.conv((x - self.mean) / self.std))
        hidden = self.relu(self.norm(hidden))
        joined = torch.cat([self.average(hidden), self.maximum(hidden)], dim=1)
        logits: Tensor = self.head(joined.flatten(1))
        return logits
