"""What the box-occlusion tests of many films say of one model: means, intervals, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from fracview.errors import SettingError
from fracview.evidence.words import number
from fracview.metrics.statistics import Estimate, mean_with_interval, proportion
from fracview.request import FRACTURED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from fracview.evidence.occlusion_test import BoxOcclusion

Condition: TypeAlias = Literal["clean", "attacked"]


@dataclass(frozen=True)
class FilmTest:
    """The test of one film (its pixels by their digest) under one model, condition and fill.

    ``seen`` tells whether this very model has learnt from it.
    """

    path: Path
    model: str
    test: BoxOcclusion
    digest: str = ""
    condition: Condition = "clean"
    seen: bool = False


@dataclass(frozen=True)
class BoxUse:
    """What the tests of many films say of one model.

    Parameters
    ----------
    model, condition, fill
        Of whom, on clean or on attacked films, and how boxes were hidden.
    difference
        Mean over films of (fall of the margin by the box - mean fall by its equal places), with a
        percentile bootstrap over groups of near-twin films. Groups stand for patients: where a
        patient has several films that are no near-twins, the interval is too narrow.
    drop, control_drop
        The two means behind it.
    margin_sd
        Standard deviation of the margin over the films: what a fall is to be measured by; None
        for one film.
    detected
        Films called fractured as they are.
    lost
        Share of these that are no longer called so when the box is hidden (Wilson's interval);
        None if nothing was detected.
    control_lost
        Mean share of them that equal places turn, by the same bootstrap; None likewise.
    lost_difference
        The first less the second, paired within each film; None likewise.
    flips, control_flips
        Films whose decision changes either way, and the number expected of an equal place.
    contrast_gap, contrast
        How well places matched: mean distance in standard deviation of grey levels, and the mean
        standard deviation under the boxes.
    change, control_change
        Mean of what the fill changed under the boxes and under their equal places, root mean square
        in grey levels. Where the first is much larger, part of the difference is owed to that.
    groups
        Number of near-twin groups among the films: what the bootstrap draws.
    left_out
        Films without a control, and why, each a sentence.
    """

    model: str
    condition: Condition
    fill: str
    difference: Estimate
    drop: Estimate
    control_drop: Estimate
    margin_sd: float | None
    detected: int
    lost: Estimate | None
    control_lost: Estimate | None
    lost_difference: Estimate | None
    flips: int
    control_flips: float
    contrast_gap: float
    contrast: float
    change: float
    control_change: float
    groups: int
    left_out: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of films in the means."""
        return self.difference.n

    @property
    def sentence(self) -> str:
        """What the interval allows to say, and no more."""
        mean, low, high = self.difference.mean, self.difference.low, self.difference.high
        start = "" if self.condition == "clean" else "Under attack: "
        if low is None or high is None:
            return f"{start}{_lowering(mean, None)} (n = {self.n}): too few films to say anything."
        words = f"{start}{_lowering(mean, (low, high))} (n = {self.n})"
        if low > 0:
            verdict = "this model's answer depends on what is in the box"
            if self.margin_sd:
                verdict += f" ({_share(mean / self.margin_sd)} of the margin's SD over films)"
        else:
            verdict = "no sign that this model uses the fracture"
            if high > 0:
                verdict += f", though {number(high)} more is not excluded"
        return f"{words}: {verdict}."


def summarise(
    films: Sequence[FilmTest], seed: int = 0, twins: Mapping[str, int] | None = None
) -> BoxUse:
    """Sum up the tests of one model, condition and fill.

    Parameters
    ----------
    films
        At least one of them with a control; those without are named and left out of every number.
    seed
        Of the bootstrap.
    twins
        Group of near-twins that a film (by its digest) belongs to; films that are not in it, or all
        of them if None, stand alone.

    Raises
    ------
    SettingError
        If no film has a control.
    """
    kept = [film for film in films if film.test.control_margins]
    if not kept:
        raise SettingError("no film has a control, so there is nothing to compare.")
    tests = [film.test for film in kept]
    drops = np.array([test.drop for test in tests])
    control_drops = np.array([np.mean(test.control_drops) for test in tests])
    groups = _groups(kept, twins)
    found = np.array([test.label == FRACTURED for test in tests])
    lost = np.array([float(test.label_hidden != FRACTURED) for test in tests])[found]
    turned = np.array([_turned(test) for test in tests])[found]

    def over_films(values: npt.NDArray[np.float64]) -> Estimate:
        return mean_with_interval(values, seed, clusters=groups)

    def over_found(values: npt.NDArray[np.float64]) -> Estimate | None:
        return mean_with_interval(values, seed, clusters=groups[found]) if len(values) else None

    return BoxUse(
        model=kept[0].model,
        condition=kept[0].condition,
        fill=tests[0].fill,
        difference=over_films(drops - control_drops),
        drop=over_films(drops),
        control_drop=over_films(control_drops),
        margin_sd=float(np.std([t.margin for t in tests], ddof=1)) if len(tests) > 1 else None,
        detected=len(lost),
        lost=proportion(round(lost.sum()), len(lost)) if len(lost) else None,
        control_lost=over_found(turned),
        lost_difference=over_found(lost - turned),
        flips=sum(test.flips for test in tests),
        control_flips=float(sum(t.control_flips / len(t.control_labels) for t in tests)),
        contrast_gap=float(np.mean([test.contrast_gap for test in tests])),
        contrast=float(np.mean([test.contrast for test in tests])),
        change=float(np.mean([test.change for test in tests])),
        control_change=float(np.mean([test.control_change for test in tests])),
        groups=len(set(groups.tolist())),
        left_out=tuple(
            f"{film.path.name}: {' '.join(film.test.notes)}"
            for film in films
            if not film.test.control_margins
        ),
    )


def _groups(films: Sequence[FilmTest], twins: Mapping[str, int] | None) -> npt.NDArray[np.int64]:
    """A number per film: that of its near-twins, or one of its own."""
    known = {} if twins is None else twins
    labels = [known.get(film.digest, -1 - row) for row, film in enumerate(films)]
    return np.array(labels, dtype=np.int64)


def _turned(test: BoxOcclusion) -> float:
    """Share of the equal places that take the fracture from the answer."""
    return float(np.mean([name != FRACTURED for name in test.control_labels]))


def _lowering(mean: float, interval: tuple[float, float] | None) -> str:
    """``"Hiding the box lowers the margin by 0.02 [-0.01, 0.05] more than ... "``."""
    sign, word = (1, "more") if mean >= 0 else (-1, "less")
    ends = ""
    if interval is not None:
        low, high = sorted(sign * end for end in interval)
        ends = f" [{number(low)}, {number(high)}]"
    place = "than hiding an equal place elsewhere"
    return f"Hiding the box lowers the margin by {number(abs(mean))}{ends} {word} {place}"


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.095 else f"{share:.1%}"
