"""An explanation against boxes: scores, maps without a model, the mask they share. No torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fracview.errors import NoBoxesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import numpy.typing as npt

    from fracview.data.boxes import Box
    from fracview.data.frame import InputFrame
    from fracview.explanation import Explanation
    from fracview.metrics.coverage import CoverageCurve
    from fracview.metrics.scores import Scores


def measure(explanation: Explanation, boxes: Iterable[Box]) -> Scores:
    """Measure a heatmap against boxes under the request's protocol, at 1..100 % and its percents.

    Parameters
    ----------
    explanation
        With a heatmap.
    boxes
        In film pixels.

    Raises
    ------
    NoBoxesError
        If there is no heatmap, no box, or no box that covers a pixel of the input.
    """
    from fracview.metrics.coverage import ALL_PERCENTS
    from fracview.metrics.scores import score

    if explanation.heatmap is None:
        raise NoBoxesError("there is no heatmap to measure; ask for an attribution.")
    protocol = explanation.request.protocol
    mask = box_mask_of(explanation, boxes)
    percents = sorted({*ALL_PERCENTS, *protocol.percents})
    return score(explanation.heatmap.reduced, mask, protocol.rule, percents)


def model_free(explanation: Explanation, boxes: Iterable[Box]) -> Mapping[str, CoverageCurve]:
    """Coverage curves of the maps that need no model, on the clean film at the same raster.

    Returns
    -------
    dict
        ``"chance"``, ``"centre"``, ``"brightness"``, ``"sobel"`` and others to curves.
    """
    from fracview.metrics.baselines import baseline_curves
    from fracview.metrics.coverage import ALL_PERCENTS

    mask = box_mask_of(explanation, boxes)
    protocol = explanation.request.protocol
    percents = sorted({*ALL_PERCENTS, *protocol.percents})
    return baseline_curves(clean_input(explanation).mean(axis=0), mask, protocol.rule, percents)


def clean_input(explanation: Explanation) -> npt.NDArray[np.float32]:
    """What the model saw before any attack."""
    attacked = explanation.attacked
    return explanation.image if attacked is None else attacked.frames[0].image


def film_place(frame: InputFrame) -> npt.NDArray[np.bool_]:
    """Where the film lies in the input, bool (h, w)."""
    import numpy as np

    top, left, rows, columns = frame.inner
    inside = np.zeros((frame.model_height, frame.model_width), dtype=np.bool_)
    inside[top : top + rows, left : left + columns] = True
    return inside


def box_mask_of(explanation: Explanation, boxes: Iterable[Box]) -> npt.NDArray[np.bool_]:
    """Mask of boxes in the model's input, bool (h, w).

    Raises
    ------
    NoBoxesError
        If no pixel lies in a box.
    """
    mask = explanation.frame.mask(boxes, explanation.request.protocol.box_raster)
    if not mask.any():
        raise NoBoxesError(
            f"{Path(explanation.request.path).name} has no box that covers a pixel; "
            "draw or load one to measure coverage."
        )
    return mask
