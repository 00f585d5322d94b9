"""The box-occlusion test over a cohort: does a model use what lies in the boxes?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import InputError, NoBoxesError, SettingError
from fracview.evidence.occlusion_test import OcclusionTest
from fracview.evidence.words import number
from fracview.metrics.statistics import Estimate, mean_with_interval, proportion
from fracview.pipeline import explain, hide_box
from fracview.request import FRACTURED, Request
from fracview.studies.comparison import within
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fracview.data.case import Case
    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.models.card import Weights
    from fracview.request import Protocol
    from fracview.task import Task


@dataclass(frozen=True)
class FilmTest:
    """The test of one film (its pixels by their digest) under one model and fill."""

    path: Path
    model: str
    test: BoxOcclusion
    digest: str = ""


@dataclass(frozen=True)
class BoxUse:
    """What the tests of many films say of one model.

    Parameters
    ----------
    model, fill
        Of whom, and how boxes were hidden.
    difference
        Mean over films of (fall of the margin by the box - mean fall by its equal places), with a
        percentile bootstrap over films. Films stand for patients: where a patient has several
        films, the interval is too narrow.
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
        Mean share of them that equal places turn; None likewise.
    flips, control_flips
        Films whose decision changes either way, and the number expected of an equal place.
    contrast_gap, contrast
        How well places matched: mean distance in standard deviation of grey levels, and the mean
        standard deviation under the boxes.
    change, control_change
        Mean of what the fill changed under the boxes and under their equal places, root mean square
        in grey levels. Where the first is much larger, part of the difference is owed to that.
    left_out
        Films without a control, and why, each a sentence.
    """

    model: str
    fill: str
    difference: Estimate
    drop: Estimate
    control_drop: Estimate
    margin_sd: float | None
    detected: int
    lost: Estimate | None
    control_lost: float | None
    flips: int
    control_flips: float
    contrast_gap: float
    contrast: float
    change: float
    control_change: float
    left_out: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of films in the means."""
        return self.difference.n

    @property
    def sentence(self) -> str:
        """What the interval allows to say, and no more."""
        mean, low, high = self.difference.mean, self.difference.low, self.difference.high
        if low is None or high is None:
            return f"{_lowering(mean, None)} (n = {self.n}): too few films to say anything."
        words = f"{_lowering(mean, (low, high))} (n = {self.n})"
        if low > 0:
            verdict = "this model's answer depends on what is in the box"
            if self.margin_sd:
                verdict += f" ({_share(mean / self.margin_sd)} of the margin's SD over films)"
        else:
            verdict = "no sign that this model uses the fracture"
            if high > 0:
                verdict += f", though {number(high)} more is not excluded"
        return f"{words}: {verdict}."


@dataclass(frozen=True)
class EvidenceStudy:
    """The box-occlusion test over a folder.

    Parameters
    ----------
    films
        Every single test.
    models
        One summary per model and fill.
    left_out
        Films that could not be tested, each a sentence.
    without_boxes
        Number of films that have none, so that there is nothing to hide.
    not_drawn
        Number of films with boxes that a limit left out.
    protocol, seed, controls
        Of every test.
    weights
        Hash or seed of each model's weights, by the name that was asked for.
    warnings
        Sentences that must stand beside these numbers.
    """

    films: tuple[FilmTest, ...]
    models: tuple[BoxUse, ...]
    left_out: tuple[str, ...]
    without_boxes: int
    not_drawn: int
    protocol: Protocol
    seed: int
    controls: int
    weights: Mapping[str, Weights]
    warnings: tuple[str, ...] = ()


def gather_evidence(
    cases: Sequence[Case],
    *,
    models: tuple[str, ...],
    fills: tuple[str, ...] = ("blur",),
    controls: int = 8,
    limit: int | None = None,
    protocol: Protocol,
    seed: int = 0,
    device: str | None = None,
) -> Task[EvidenceStudy]:
    """Hide the boxes of many films, one model after the other.

    Parameters
    ----------
    cases
        Those without boxes are counted and left alone.
    models, fills, controls
        What to test; see :class:`~fracview.evidence.occlusion_test.OcclusionTest`.
    limit
        Films to test at most: a draw by the seed, kept in order, as the first ones of a folder may
        be of one kind.
    protocol, seed, device
        Of every test.

    Raises
    ------
    NoBoxesError
        If no case has a box, or none of them could be tested.
    SettingError
        If a setting is out of range.
    FracviewError
        If a model is unusable. An unreadable film is named in the record instead.
    """
    if controls < 1:
        raise SettingError("a cohort needs at least 1 control, or nothing is compared.")
    tests = [OcclusionTest(fill, controls, seed) for fill in dict.fromkeys(fills)]
    boxed = [case for case in cases if case.boxes]
    chosen = _drawn(boxed, limit, seed)
    if not chosen:
        raise NoBoxesError("no radiograph here has a box; draw or load some to test a model.")
    results, names = _Results(), tuple(dict.fromkeys(models))
    total = len(names) * len(chosen)
    for done, (model, case) in enumerate((model, case) for model in names for case in chosen):
        yield Progress(done, total, f"{model}, {case.name}")
        if case.path not in results.lost:
            request = Request(str(case.path), "", model, protocol=protocol, seed=seed)
            yield from within(_test(results, case, request, tests, device), done, total)
    summaries = [
        summarise(films, seed)
        for films in results.groups()
        if any(film.test.control_margins for film in films)
    ]
    if not summaries:
        why = next(iter(results.lost.values()), "No film has room for an equal place elsewhere.")
        raise NoBoxesError(f"no film could be tested. {why}")
    return EvidenceStudy(
        films=tuple(results.films),
        models=tuple(summaries),
        left_out=tuple(results.lost.values()),
        without_boxes=len(cases) - len(boxed),
        not_drawn=len(boxed) - len(chosen),
        protocol=protocol,
        seed=seed,
        controls=controls,
        weights=results.weights,
        warnings=tuple(dict.fromkeys(results.warnings)),
    )


def summarise(films: Sequence[FilmTest], seed: int = 0) -> BoxUse:
    """Sum up the tests of one model and fill.

    Parameters
    ----------
    films
        At least one of them with a control; those without are named and left out of every number.
    seed
        Of the bootstrap.

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
    found = [test for test in tests if test.label == FRACTURED]
    lost = sum(test.label_hidden != FRACTURED for test in found)
    turned = [np.mean([name != FRACTURED for name in test.control_labels]) for test in found]
    return BoxUse(
        model=kept[0].model,
        fill=tests[0].fill,
        difference=mean_with_interval(drops - control_drops, seed),
        drop=mean_with_interval(drops, seed),
        control_drop=mean_with_interval(control_drops, seed),
        margin_sd=float(np.std([t.margin for t in tests], ddof=1)) if len(tests) > 1 else None,
        detected=len(found),
        lost=proportion(lost, len(found)) if found else None,
        control_lost=float(np.mean(turned)) if turned else None,
        flips=sum(test.flips for test in tests),
        control_flips=float(sum(t.control_flips / len(t.control_labels) for t in tests)),
        contrast_gap=float(np.mean([test.contrast_gap for test in tests])),
        contrast=float(np.mean([test.contrast for test in tests])),
        change=float(np.mean([test.change for test in tests])),
        control_change=float(np.mean([test.control_change for test in tests])),
        left_out=tuple(
            f"{film.path.name}: {' '.join(film.test.notes)}"
            for film in films
            if not film.test.control_margins
        ),
    )


@dataclass
class _Results:
    films: list[FilmTest] = field(default_factory=list)
    lost: dict[Path, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    weights: dict[str, Weights] = field(default_factory=dict)

    def groups(self) -> list[list[FilmTest]]:
        """Tests of each model and fill, in the order in which these first appear."""
        found: dict[tuple[str, str], list[FilmTest]] = {}
        for film in self.films:
            found.setdefault((film.model, film.test.fill), []).append(film)
        return list(found.values())


def _test(
    results: _Results, case: Case, request: Request, tests: list[OcclusionTest], device: str | None
) -> Task[None]:
    """Test one film by all fills; a film that cannot be used is noted, not raised."""
    try:
        answer = yield from explain(request, device=device)
        results.warnings.extend(answer.warnings)
        results.weights[request.model] = answer.card.weights
        for test in tests:
            record = yield from hide_box(answer, case.boxes, test, device=device)
            results.films.append(FilmTest(case.path, request.model, record, answer.request.digest))
    except InputError as error:
        if error.path != case.path:
            raise
        results.lost[case.path] = str(error)
    except NoBoxesError as error:
        results.lost[case.path] = str(error)


def _drawn(cases: Sequence[Case], limit: int | None, seed: int) -> list[Case]:
    if limit is not None and limit < 1:
        raise SettingError(f"the limit must be at least 1, not {limit}.")
    if limit is None or limit >= len(cases):
        return list(cases)
    chosen = np.random.default_rng(seed).choice(len(cases), limit, replace=False)
    return [cases[int(place)] for place in sorted(chosen)]


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
