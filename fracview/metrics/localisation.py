"""Single numbers for how well a map finds the boxes; chance is |G|/N for all but AUROC (1/2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from fracview.errors import SettingError
from fracview.metrics.coverage import as_map
from fracview.metrics.ranking import NOT_FINITE, Ranking, as_mask

if TYPE_CHECKING:
    import numpy.typing as npt

Part: TypeAlias = Literal["positive", "absolute"]


@dataclass(frozen=True)
class Localisation:
    """How well one map finds the boxes of one image.

    Parameters
    ----------
    rra, rma
        Relevance rank and mass accuracy, 0 to 1; mass is None where the map holds none.
    pointing
        Pointing game, 0 to 1; between the two only where several pixels share the peak.
    auroc
        Pixel AUROC, 0 to 1; None where the boxes cover the whole map.
    average_precision
        Area under precision against recall, 0 to 1.
    mask_share
        Share of the map under the boxes, |G|/N: what chance gets in all of these but AUROC.
    part
        What counted as mass.
    tolerance
        Distance in pixels that the pointing game forgave.
    """

    rra: float
    rma: float | None
    pointing: float
    auroc: float | None
    average_precision: float
    mask_share: float
    part: Part = "positive"
    tolerance: float = 0.0


def localise(
    values: npt.ArrayLike,
    mask: npt.ArrayLike,
    part: Part = "positive",
    tolerance: float = 0.0,
    ranking: Ranking | None = None,
) -> Localisation:
    """Measure everything of this module at once.

    Parameters
    ----------
    values, mask
        A finite map (H, W), and the union of the boxes in its frame.
    part
        See :func:`rma`.
    tolerance
        See :func:`pointing_game`.
    ranking
        The sorted map, where the caller has it already.

    Raises
    ------
    NoBoxesError
        If the mask is empty.
    SettingError
        If the map is not finite or not (H, W), or a setting is out of range.
    """
    order = Ranking.of(as_map(values), mask) if ranking is None else ranking
    return Localisation(
        rra=_rank_share(order),
        rma=rma(values, mask, part),
        pointing=pointing_game(values, mask, tolerance),
        auroc=order.auroc(),
        average_precision=order.average_precision(),
        mask_share=order.positives / order.size,
        part=part,
        tolerance=tolerance,
    )


def rra(values: npt.ArrayLike, mask: npt.ArrayLike) -> float:
    """Relevance rank accuracy: share of the boxes among the |G| largest values, ties shared.

    Arras, Osman and Samek, "CLEVR-XAI" (Information Fusion 81, 2022). Raises like
    :func:`localise`.
    """
    return _rank_share(Ranking.of(as_map(values), mask))


def rma(values: npt.ArrayLike, mask: npt.ArrayLike, part: Part = "positive") -> float | None:
    """Relevance mass accuracy: share of the map's mass that lies inside the boxes.

    Arras, Osman and Samek, "CLEVR-XAI" (Information Fusion 81, 2022).

    Parameters
    ----------
    values, mask
        A finite map (H, W), and the union of the boxes in its frame.
    part
        What is mass: the ``"positive"`` part of the values, or their ``"absolute"`` size.

    Returns
    -------
    float or None
        0 to 1; None for a map without mass, for which nothing can be said.

    Raises
    ------
    NoBoxesError, SettingError
        As :func:`localise`.
    """
    scores, inside = _finite(values), as_mask(mask, values)
    if part == "positive":
        mass = np.maximum(scores, 0).astype(np.float64)
    elif part == "absolute":
        mass = np.abs(scores).astype(np.float64)
    else:
        raise SettingError(f"part '{part}' is not positive or absolute.")
    largest = mass.max()
    if largest == 0:
        return None
    mass /= largest  # so that no sum overflows and none vanishes
    return float(min(1.0, mass[inside].sum() / mass.sum()))


def pointing_game(values: npt.ArrayLike, mask: npt.ArrayLike, tolerance: float = 0.0) -> float:
    """Whether the map's peak lies in a box; share of the peak's pixels where several tie.

    Zhang et al., "Top-down neural attention by excitation backprop" (IJCV 126, 2018), whose
    tolerance is 15 pixels.

    Parameters
    ----------
    values, mask
        A finite map (H, W), and the union of the boxes in its frame.
    tolerance
        A peak within this Euclidean distance in pixels of a box's pixel still hits, 0 or more.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    NoBoxesError, SettingError
        As :func:`localise`.
    """
    scores, inside = _finite(values), as_mask(mask, values)
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise SettingError(f"a tolerance is a number of pixels from 0, not {tolerance}.")
    if tolerance > 0:
        from scipy.ndimage import distance_transform_edt

        inside = distance_transform_edt(~inside) <= tolerance
    peak = scores == scores.max()
    return float(np.count_nonzero(peak & inside) / np.count_nonzero(peak))


def pixel_auroc(values: npt.ArrayLike, mask: npt.ArrayLike) -> float | None:
    """Chance that a box pixel outranks a pixel outside, ties 1/2; None without an outside.

    Raises like :func:`localise`.
    """
    return Ranking.of(as_map(values), mask).auroc()


def average_precision(values: npt.ArrayLike, mask: npt.ArrayLike) -> float:
    """Mean precision over the box pixels, equal values taken together; chance is |G|/N.

    Raises like :func:`localise`.
    """
    return Ranking.of(as_map(values), mask).average_precision()


def _rank_share(ranking: Ranking) -> float:
    return float(ranking.share_of_top(np.array([ranking.positives]))[0])


def _finite(values: npt.ArrayLike) -> npt.NDArray[np.floating]:
    scores = as_map(values)
    if not np.isfinite(scores).all():
        raise SettingError(NOT_FINITE)
    return scores
