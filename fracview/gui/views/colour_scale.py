"""Which numbers the colours mean, for one map or for many that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import numpy.typing as npt

    from fracview.pipeline import Explanation

Key = TypeVar("Key")
Sharing: TypeAlias = Literal["all", "row", "method", "panel"]

SHARINGS: dict[Sharing, str] = {
    "method": "one scale per method",
    "all": "one scale for all maps",
    "row": "one scale per row",
    "panel": "one scale per map",
}
"""What the reader may choose; the first is the default."""

TOP = 99.5
"""The scale ends at this percentile of all maps that share it: single hot pixels, which gradients
have, would darken all others."""


@dataclass(frozen=True)
class Scale:
    """From ``low`` (first colour) to ``high`` (last colour); symmetric where the sign counts."""

    low: float
    high: float
    signed: bool = False


def scale_of(maps: list[npt.NDArray[np.float32]], signed: bool) -> Scale:
    """The scale of several maps: up to the :data:`TOP` percentile of all their pixels."""
    if not maps:
        return Scale(-1.0 if signed else 0.0, 1.0, signed)
    sizes = np.abs(np.concatenate([values.ravel() for values in maps]))
    # The largest value, of maps that are nought nearly everywhere.
    high = float(np.percentile(sizes, TOP)) or float(sizes.max()) or 1.0
    return Scale(-high if signed else 0.0, high, signed)


def shared_scales(
    cells: Mapping[Key, Explanation], groups: Mapping[Key, Hashable]
) -> dict[Key, Scale]:
    """A scale for each cell, the same for all cells of a group.

    Parameters
    ----------
    cells
        Key to an answer with a heatmap.
    groups
        Key to the group whose scale it shares.
    """
    members: dict[Hashable, list[Key]] = {}
    for key in cells:
        members.setdefault(groups[key], []).append(key)
    scales: dict[Key, Scale] = {}
    for keys in members.values():
        maps = [heatmap.reduced for key in keys if (heatmap := cells[key].heatmap) is not None]
        signed = any(is_signed(cells[key]) for key in keys)
        scale = scale_of(maps, signed)
        scales.update(dict.fromkeys(keys, scale))
    return scales


def is_signed(answer: Explanation) -> bool:
    """Whether the map has a sign."""
    return answer.heatmap is not None and answer.heatmap.reduction == "signed"


def unit_of(answer: Explanation) -> str:
    """What a number of the map is, in words."""
    heatmap = answer.heatmap
    if heatmap is None:
        return ""
    size = "" if heatmap.reduction == "signed" else "size of "
    name = heatmap.method.name.replace("_", " ")
    return f"{size}{name}, logit of '{answer.card.classes[heatmap.target]}' per pixel"
