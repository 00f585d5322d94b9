"""What is measured of one film, as rows of a table. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fracview.gui.titles import short_method, short_models
from fracview.gui.views.curve_style import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.gui.views.cells import Cell
    from fracview.metrics.coverage import CoverageCurve
    from fracview.metrics.scores import Scores
    from fracview.pipeline import Explanation

NO_MODEL = "(no model)"


@dataclass(frozen=True, eq=False)
class Measured:
    """One known map with its scores, and its drift from the clean one if it was attacked."""

    cell: Cell
    answer: Explanation
    scores: Scores | None
    drift: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    texts
        Model, method, condition, as they are copied.
    numbers
        In the order of :func:`titles`; None where there is no number.
    model_free
        Whether it is a map that needs no model.
    """

    texts: tuple[str, str, str]
    numbers: tuple[float | None, ...]
    model_free: bool = False
    short: tuple[str, str, str] = ("", "", "")

    @property
    def shown(self) -> tuple[str, str, str]:
        """Model, method, condition, in as few letters as can be understood."""
        return self.short if any(self.short) else self.texts


FIRST = (5.0, 25.0, 50.0)
"""Percentages that are read most; the others of a protocol stand at the end of the table."""


def _halves(percents: Sequence[float]) -> tuple[list[float], list[float]]:
    """Percentages that come first, and those that come last."""
    first = [p for p in percents if p in FIRST] or list(percents[:3])
    return first, [p for p in percents if p not in first]


def titles(percents: Sequence[float], percent: float) -> list[tuple[str, str]]:
    """Title and explanation of each numeric column."""
    first, last = _halves(percents)
    return [
        *map(_percent_title, first),
        *OCCLUSION,
        (f"lift @{percent:g}", f"Points above the best map without a model, at top {percent:g} %."),
        ("RRA", "Relevance rank accuracy, 0 to 1; chance is the box's share of the image."),
        ("RMA", "Relevance mass accuracy, 0 to 1; chance is the box's share of the image."),
        ("pointing", "Pointing game: does the peak lie in a box? 0 to 1."),
        ("AUROC", "Pixel AUROC, 0 to 1; chance is 0.5."),
        ("AP", "Average precision over pixels, 0 to 1; chance is the box's share of the image."),
        ("compl. error", "Completeness error of the attribution, relative; 0 is exact."),
        ("Spearman", "Rank correlation of the attacked map with the clean one, -1 to 1."),
        (f"overlap @{percent:g}", f"Share of the top {percent:g} % kept under attack, 0 to 1."),
        *map(_percent_title, last),
    ]


OCCLUSION = (
    ("box hidden", "Fall of the model's margin when the box is hidden; the same for all its maps."),
    ("elsewhere", "Mean fall when an equal place elsewhere is hidden instead (box test)."),
    ("lowest", "Smallest fall among the equal places elsewhere."),
    ("highest", "Largest fall among them: where it reaches 'box hidden', there is no sign of use."),
    ("places", "Number of equal places elsewhere, n of 'elsewhere'."),
)
"""What the answer rests on, beside where its map lies."""


def _percent_title(p: float) -> tuple[str, str]:
    tip = f"Share of the box in the top {p:g} % of the map, in %; chance is {p:g}."
    return f"@{p:g} %", tip


def rows_of(
    measured: Iterable[Measured],
    free: Mapping[str, CoverageCurve],
    percents: Sequence[float],
    percent: float,
    tests: Mapping[tuple[str, str], BoxOcclusion] | None = None,
) -> list[Row]:
    """One row per map, then one per map without a model.

    Parameters
    ----------
    measured
        All known maps of the film.
    free
        Curves of the maps that need no model; empty without boxes.
    percents, percent
        Of the coverage columns; of lift and overlap.
    tests
        Box-occlusion tests by model and condition, as far as they are known.
    """
    best = best_free(free, percent)
    maps = list(measured)
    names = short_models(list(dict.fromkeys(one.cell.key[0] for one in maps)))
    known = tests or {}
    rows = [
        _row(one, percents, percent, best, names[one.cell.key[0]], known.get(one.cell.row))
        for one in maps
    ]
    for name, curve in free.items():
        first, last = _shares(curve, percents)
        title = NAMES.get(name, name)
        numbers = (*first, *[None] * (9 + len(OCCLUSION)), *last)
        rows.append(Row((NO_MODEL, title, "clean"), numbers, True, ("no model", title, "")))
    return rows


def best_free(free: Mapping[str, CoverageCurve], percent: float) -> tuple[str, float] | None:
    """Name and coverage of the best map without a model at p; None without any."""
    if not free:
        return None
    name = max(free, key=lambda known: _at(free[known], percent))
    return name, _at(free[name], percent)


def _row(
    one: Measured,
    percents: Sequence[float],
    percent: float,
    best: tuple[str, float] | None,
    name: str,
    test: BoxOcclusion | None = None,
) -> Row:
    scores, heatmap = one.scores, one.answer.heatmap
    assert heatmap is not None
    first: list[float] | list[None]
    last: list[float] | list[None]
    first, last = ([None] * len(half) for half in _halves(percents))
    single: tuple[float | None, ...] = (None,) * 6
    if scores is not None:
        first, last = _shares(scores.curve, percents)
        lift = None if best is None else 100 * (_at(scores.curve, percent) - best[1])
        place = (scores.rra, scores.rma, scores.pointing, scores.auroc, scores.average_precision)
        single = (lift, *place)
    numbers = (*first, *_falls(test), *single, heatmap.completeness_error, *one.drift, *last)
    condition = one.cell.key[2]
    short = (name, short_method(one.cell.request.attribution), condition)
    return Row(one.cell.key, numbers, short=short)


def _falls(test: BoxOcclusion | None) -> tuple[float | None, ...]:
    """The columns of :data:`OCCLUSION`."""
    if test is None:
        return (None,) * len(OCCLUSION)
    places = len(test.control_margins)
    return test.drop, test.control_drop, test.control_low, test.control_high, places


def _shares(curve: CoverageCurve, percents: Sequence[float]) -> tuple[list[float], list[float]]:
    """Coverage in per cent at the percentages that come first, and at those that come last."""
    first, last = _halves(percents)
    return [100 * curve.at(p) for p in first], [100 * curve.at(p) for p in last]


def _at(curve: CoverageCurve, percent: float) -> float:
    """Coverage at the curve's percentage nearest to p: curves hold every whole one."""
    return float(curve.coverage[abs(curve.percents - percent).argmin()])
