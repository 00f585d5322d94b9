"""Occlusion: cover a window, look how the logit falls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import torch

from fracview.attribution.base import RawAttribution
from fracview.attribution.inputs import at_model
from fracview.errors import SettingError
from fracview.models.batches import in_slices
from fracview.registry import check_settings
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""


@dataclass(frozen=True)
class Occlusion:
    """Fall of the target's logit when a window shows the baseline (arXiv:1311.2901).

    A pixel gets the mean over the windows that cover it, in every channel alike.

    Parameters
    ----------
    window
        Side of the square window in pixels of the input; cut at the right and lower border.
    stride
        Way from one window to the next, at most the window.
    batch
        Windows that go through the model at once.
    """

    needs_baseline: ClassVar[bool] = True

    window: int = field(
        default=15,
        metadata={"label": "Window", "unit": "px", "low": 1, "high": 4096, "help": "Its side."},
    )
    stride: int = field(
        default=8,
        metadata={"label": "Stride", "unit": "px", "low": 1, "high": 4096, "help": "At most it."},
    )
    batch: int = field(
        default=16,
        metadata={"label": "Batch", "low": 1, "high": 4096, "help": "Windows at once."},
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if self.stride > self.window:
            raise SettingError(
                f"Stride ({self.stride}) must not be above the window ({self.window}), "
                "or pixels stay uncovered."
            )

    def corners(self, height: int, width: int) -> list[tuple[int, int]]:
        """Upper left corners of the windows, row by row, until the last pixel is covered."""
        rows, columns = (
            range(0, max(1, side - self.window + self.stride), self.stride)
            for side in (height, width)
        )
        return [(row, column) for row in rows for column in columns]

    def __call__(
        self, classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None
    ) -> Task[RawAttribution]:
        """Explain; see :class:`~fracview.attribution.base.Attribution`."""
        x, target, absent = at_model(classifier, x, target, baseline)
        corners = self.corners(x.shape[2], x.shape[3])
        clean = classifier.logits(x)
        maps = []
        notes: list[str] = []
        for image in range(len(x)):
            chosen, hidden = int(target[image]), absent[image % len(absent)]

            def part(start: int, stop: int, image: int = image, hidden: Tensor = hidden) -> Tensor:
                copies = x[image].repeat(stop - start, 1, 1, 1)
                for copy, (row, column) in zip(copies, corners[start:stop]):
                    place = (slice(None), *self._place(row, column))
                    copy[place] = hidden[place]
                return classifier.logits(copies)

            falls: list[float] = []
            total = len(x) * len(corners)
            done = image * len(corners)
            yield Progress(done, total, "occlusion")
            for stop, logits in in_slices(part, len(corners), self.batch, notes):
                falls += (clean[image, chosen] - logits[:, chosen]).tolist()
                yield Progress(done + stop, total, f"window {stop} of {len(corners)}")
            maps.append(self._mean(falls, corners, x[image, 0]))
        values = torch.stack(maps)[:, None].expand_as(x).contiguous()
        return RawAttribution(values, notes=tuple(notes))

    def _mean(self, falls: list[float], corners: list[tuple[int, int]], like: Tensor) -> Tensor:
        total = torch.zeros(like.shape, dtype=torch.float64)
        count = torch.zeros_like(total)
        for fall, (row, column) in zip(falls, corners, strict=True):
            total[self._place(row, column)] += fall
            count[self._place(row, column)] += 1
        return (total / count).to(like)

    def _place(self, row: int, column: int) -> tuple[slice, slice]:
        return slice(row, row + self.window), slice(column, column + self.window)
