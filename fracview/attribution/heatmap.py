"""A heatmap and the way from signed attributions to one number per pixel. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from fracview.errors import SettingError

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.data.frame import InputFrame
    from fracview.request import Method

Reduction: TypeAlias = Literal["abs-max", "sum", "signed"]


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Result of an attribution method on one image.

    Parameters
    ----------
    values
        float32 (H, W) in the frame of what was explained: film pixels for a radiograph, input
        pixels for a tensor. Never below 0 unless the reduction is ``"signed"``.
    reduced
        float32 (h, w): the same at the network's input. Coverage is measured here.
    raw
        Signed attributions as the method gave them, (C, h, w), in the network's own precision.
    target
        Index of the explained class.
    method
        The method with all its settings.
    completeness_error
        ``|sum a - (f(x) - f(x'))| / |f(x) - f(x')|`` for methods that promise completeness,
        else None.
    reduction, baseline
        How ``raw`` became ``values``, and what "absent" meant ("" if the method has no baseline;
        of a radiograph of one's own its file's name and digest, of a tensor ``"own"``).
    frame
        From the network's input to the film; None for a tensor.
    notes
        What a reader must know.
    """

    values: npt.NDArray[np.float32]
    reduced: npt.NDArray[np.float32]
    raw: npt.NDArray[np.floating]
    target: int
    method: Method
    completeness_error: float | None = None
    reduction: Reduction = "abs-max"
    baseline: str = ""
    frame: InputFrame | None = None
    notes: tuple[str, ...] = field(default=())


def reduce_channels(
    raw: npt.NDArray[np.floating], reduction: Reduction = "abs-max"
) -> npt.NDArray[np.float32]:
    """Bring (C, h, w) attributions to one number per pixel.

    Parameters
    ----------
    raw
        Signed attributions.
    reduction
        ``"abs-max"``: the largest modulus over channels, as published. ``"sum"``: positive part
        of the sum over channels. ``"signed"``: the sum with its sign.

    Returns
    -------
    ndarray of float32, (h, w)

    Raises
    ------
    SettingError
        For an unknown reduction.
    """
    if reduction == "abs-max":
        flat = np.abs(raw).max(axis=0)
    elif reduction == "sum":
        flat = np.maximum(raw.sum(axis=0), 0)
    elif reduction == "signed":
        flat = raw.sum(axis=0)
    else:
        raise SettingError(f"reduction '{reduction}' is not abs-max, sum or signed.")
    return np.asarray(flat, dtype=np.float32)
