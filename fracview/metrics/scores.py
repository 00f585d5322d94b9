"""Everything that one map yields against one set of boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fracview.metrics.coverage import CoverageCurve, as_map, curve_of
from fracview.metrics.localisation import Localisation, Part, localise
from fracview.metrics.ranking import Ranking

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.request import Rule


@dataclass(frozen=True, eq=False)
class Scores:
    """A map against boxes.

    Parameters
    ----------
    curve
        Coverage and realised area over the percentages.
    localisation
        The single numbers, with their settings and the chance level.
    rule
        The coverage rule.
    """

    curve: CoverageCurve
    localisation: Localisation
    rule: Rule = "exact"

    @property
    def rra(self) -> float:
        """Relevance rank accuracy, 0 to 1."""
        return self.localisation.rra

    @property
    def rma(self) -> float | None:
        """Relevance mass accuracy, 0 to 1; None for a map without mass."""
        return self.localisation.rma

    @property
    def pointing(self) -> float:
        """Pointing game, 0 to 1."""
        return self.localisation.pointing

    @property
    def auroc(self) -> float | None:
        """Pixel AUROC, 0 to 1; None if the boxes cover the whole map."""
        return self.localisation.auroc

    @property
    def average_precision(self) -> float:
        """Average precision over pixels, 0 to 1."""
        return self.localisation.average_precision

    @property
    def mask_share(self) -> float:
        """Share of the map under the boxes, 0 to 1: the chance level of all but AUROC."""
        return self.localisation.mask_share


def score(
    values: npt.ArrayLike,
    mask: npt.ArrayLike,
    rule: Rule = "exact",
    percents: npt.ArrayLike | None = None,
    part: Part = "positive",
    tolerance: float = 0.0,
) -> Scores:
    """Measure a map against boxes; the map is sorted once.

    Parameters
    ----------
    values
        A finite map, (H, W).
    mask
        Union of the boxes in the same frame, (H, W).
    rule, percents
        See :func:`fracview.metrics.coverage.coverage_curve`.
    part
        Mass of RMA: ``"positive"`` part or ``"absolute"`` values.
    tolerance
        Of the pointing game, in pixels.

    Raises
    ------
    NoBoxesError
        If the mask is empty.
    SettingError
        If the map is not finite or not (H, W), or a setting is out of range.
    """
    ranking = Ranking.of(as_map(values), mask)
    return Scores(
        curve=curve_of(ranking, percents, rule),
        localisation=localise(values, mask, part, tolerance, ranking),
        rule=rule,
    )
