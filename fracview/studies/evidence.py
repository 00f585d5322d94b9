"""The box-occlusion test over a cohort: does a model use what lies in the boxes?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import InputError, NoBoxesError, SettingError
from fracview.evidence.occlusion_test import OcclusionTest
from fracview.models.seen import HeldOut, hold_out
from fracview.pipeline import explain, film_of, hide_box
from fracview.request import FRACTURED, Request
from fracview.studies.box_use import BoxUse, FilmTest, summarise
from fracview.studies.comparison import within
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from fracview.data.case import Case
    from fracview.data.radiograph import Radiograph
    from fracview.explanation import Explanation
    from fracview.models.card import Weights
    from fracview.request import Method, Protocol
    from fracview.task import Task


@dataclass(frozen=True)
class EvidenceStudy:
    """The box-occlusion test over a folder.

    Parameters
    ----------
    films
        Every single test.
    models
        One summary per model, condition and fill.
    left_out
        Films that could not be tested, each a sentence.
    without_boxes
        Number of films that have none, so that there is nothing to hide.
    not_drawn
        Number of films with boxes that a limit left out.
    protocol, seed, controls, attack
        Of every test; the attack is None where only clean films were tested.
    weights
        Hash or seed of each model's weights, by the name that was asked for.
    warnings
        Sentences that must stand beside these numbers.
    held
        Films with boxes that were tested, and those that a model has learnt from.
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
    attack: Method | None = None
    held: HeldOut = field(default_factory=lambda: HeldOut(()))


def gather_evidence(
    cases: Sequence[Case],
    *,
    models: tuple[str, ...],
    fills: tuple[str, ...] = ("blur",),
    controls: int = 8,
    attack: Method | None = None,
    limit: int | None = None,
    protocol: Protocol,
    seed: int = 0,
    device: str | None = None,
    include_seen: bool = False,
) -> Task[EvidenceStudy]:
    """Hide the boxes of many films, one model after the other.

    Parameters
    ----------
    cases
        Those without boxes are counted and left alone.
    models, fills, controls
        What to test; see :class:`~fracview.evidence.occlusion_test.OcclusionTest`.
    attack
        Test each film also under this attack, which flees "fractured" (a film with a box is one),
        at the same places; None leaves that half out.
    limit
        Films to test at most: a draw by the seed, kept in order, as the first ones of a folder may
        be of one kind.
    protocol, seed, device
        Of every test.
    include_seen
        Also test films that a model has learnt from; see :mod:`fracview.models.seen`.

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
    held = hold_out(boxed, models, include_seen=include_seen)
    chosen = _drawn(held.cases, limit, seed)
    if not boxed:
        raise NoBoxesError("no radiograph here has a box; draw or load some to test a model.")
    if not chosen:
        raise NoBoxesError(f"no radiograph with a box is new. {' '.join(held.sentences)}")
    seen = {case.path: by for case, by in held.seen}
    results, names = _Results(seen), tuple(dict.fromkeys(models))
    total = len(names) * len(chosen)
    for done, (model, case) in enumerate((model, case) for model in names for case in chosen):
        yield Progress(done, total, f"{model}, {case.name}")
        if case.path not in results.lost:
            request = Request(str(case.path), "", model, protocol=protocol, seed=seed)
            wanted = _conditions(request, attack)
            yield from within(_test(results, case, wanted, tests, device), done, total)
    twins = results.twins()
    summaries = [
        summarise(films, seed, twins)
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
        not_drawn=len(held.cases) - len(chosen),
        protocol=protocol,
        seed=seed,
        controls=controls,
        weights=results.weights,
        warnings=tuple(dict.fromkeys(results.warnings)),
        attack=results.attack or attack,
        held=held.of(chosen),
    )


@dataclass
class _Results:
    seen: Mapping[Path, tuple[str, ...]]
    films: list[FilmTest] = field(default_factory=list)
    lost: dict[Path, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    weights: dict[str, Weights] = field(default_factory=dict)
    attack: Method | None = None
    pictures: dict[str, npt.NDArray[np.uint8]] = field(default_factory=dict)

    def look_at(self, answer: Explanation) -> None:
        """Keep the picture of a film, so that near-twins can be told."""
        if answer.request.digest not in self.pictures:
            grey = np.rint(255 * answer.image.mean(axis=0)).astype(np.uint8)
            self.pictures[answer.request.digest] = grey

    def twins(self) -> dict[str, int]:
        """Group of near-twins of each film, by digest."""
        from fracview.training.folder import near_twins

        if not self.pictures:
            return {}
        groups = near_twins(np.stack(list(self.pictures.values())))
        return dict(zip(self.pictures, groups.tolist(), strict=True))

    def groups(self) -> list[list[FilmTest]]:
        """Tests of each model, condition and fill, in the order in which these first appear."""
        found: dict[tuple[str, str, str], list[FilmTest]] = {}
        for film in self.films:
            found.setdefault((film.model, film.condition, film.test.fill), []).append(film)
        return list(found.values())


def _conditions(request: Request, attack: Method | None) -> list[Request]:
    if attack is None:
        return [request]
    return [request, replace(request, attack=attack, label=FRACTURED)]


def _test(
    results: _Results,
    case: Case,
    wanted: list[Request],
    tests: list[OcclusionTest],
    device: str | None,
) -> Task[None]:
    """Test one film by all fills; a film that cannot be used is noted, not raised."""
    try:
        film = film_of(wanted[0], None)
        for request in wanted:
            yield from _hide(results, case, film, request, tests, device)
    except InputError as error:
        if error.path != case.path:
            raise
        results.lost[case.path] = str(error)
    except NoBoxesError as error:
        results.lost[case.path] = str(error)


def _hide(
    results: _Results,
    case: Case,
    film: Radiograph,
    request: Request,
    tests: list[OcclusionTest],
    device: str | None,
) -> Task[None]:
    """Test one film in one condition by all fills."""
    answer = yield from explain(request, film, device=device)
    results.warnings.extend(answer.warnings)
    results.weights[request.model] = answer.card.weights
    if answer.attacked is None:
        results.look_at(answer)
    else:
        results.attack = answer.attacked.method
    digest, seen = answer.request.digest, answer.card.name in results.seen.get(case.path, ())
    for test in tests:
        record = yield from hide_box(answer, case.boxes, test, device=device)
        results.films.append(
            FilmTest(case.path, request.model, record, digest, request.condition, seen)
        )


def _drawn(cases: Sequence[Case], limit: int | None, seed: int) -> list[Case]:
    if limit is not None and limit < 1:
        raise SettingError(f"the limit must be at least 1, not {limit}.")
    if limit is None or limit >= len(cases):
        return list(cases)
    chosen = np.random.default_rng(seed).choice(len(cases), limit, replace=False)
    return [cases[int(place)] for place in sorted(chosen)]
