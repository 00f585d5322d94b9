"""An attribution of an image cut into tiles, each explained as if it were the whole image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from fracview.attribution.base import RawAttribution
from fracview.attribution.completeness import completeness_error, gain
from fracview.attribution.inputs import at_model
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attribution.base import Attribution
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""


def explain_tiles(
    method: Attribution,
    classifier: Classifier,
    x: Tensor,
    target: Tensor,
    baseline: Tensor | None,
    side: int,
) -> Task[RawAttribution]:
    """Explain square tiles one at a time and put their maps side by side.

    This is what the published notebooks do with integrated gradients and DeepLIFT. It is another
    function than the whole image's: the net never sees the image, each tile has its own scale,
    and the maps break at the seams. The completeness error is the one against the whole image.

    Parameters
    ----------
    method, classifier, x, target, baseline
        As in :class:`~fracview.attribution.base.Attribution`.
    side
        Of a tile in pixels of the input; tiles at the right and lower border may be smaller.
    """
    x, target, absent = at_model(classifier, x, target, baseline)
    height, width = int(x.shape[2]), int(x.shape[3])
    places = [
        (slice(row, min(row + side, height)), slice(column, min(column + side, width)))
        for row in range(0, height, side)
        for column in range(0, width, side)
    ]
    values = torch.zeros_like(x)
    notes: dict[str, None] = {}
    for number, (rows, columns) in enumerate(places):
        ground = None if baseline is None else absent[:, :, rows, columns]
        running = method(classifier, x[:, :, rows, columns], target, ground)
        try:
            while True:
                news = next(running)
                message = f"tile {number + 1} of {len(places)}: {news.message}"
                step = number * news.total + news.step
                yield Progress(step, len(places) * news.total, message, news.payload)
        except StopIteration as stop:
            raw: RawAttribution = stop.value
        finally:
            running.close()
        values[:, :, rows, columns] = raw.values
        notes.update(dict.fromkeys(raw.notes))
    error = None
    if raw.completeness_error is not None:
        error = completeness_error(values, gain(classifier, x, target, absent))
    seams = (
        f"Explained in {len(places)} tiles of {side} pixels, each on its own: the map breaks at "
        "the seams and scales differ between tiles."
    )
    return RawAttribution(values, error, (*notes, seams))
