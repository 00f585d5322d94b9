"""The figures of a card: the finished net on films it has never met, clean and under attack."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.attacks.pgd import PGD
from fracview.attacks.square import Square
from fracview.metrics.classification import auroc, confusion
from fracview.metrics.statistics import Estimate, mean_with_interval, proportion
from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.request import FRACTURED, NOT_FRACTURED
from fracview.training.alignment import NO_MODEL, PERCENTS, box_tests, boxed, coverages
from fracview.training.figures import QUICK
from fracview.training.withstand import margins, spread, withstanding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import torch
    from torch import nn

    from fracview.task import Task
    from fracview.training.alignment import Coverages
    from fracview.training.figures import Figures
    from fracview.training.pool import Pool
    from fracview.training.withstand import Flags

VERSION = 3
"""Raised when the numbers change; a resumed training then measures anew."""
RULE = (
    "L-infinity in pixel units, in float32. A film counts as right only if it is right before the "
    "attack, at its start, after every step or query, and at every smaller radius of the table. "
    "pgd: on the cross-entropy, one random start, step epsilon / 4. strong: the same with more "
    "steps and restarts, after pgd. gradient_free: square attack on the margin, on its own; "
    "beyond_strong counts films that only it fells, of those that strong was tried on. Balanced "
    "accuracy is the mean of sensitivity and specificity; its interval joins their Wilson "
    "intervals (Newcombe's way)."
)
COVERAGE_RULE = (
    "Share of the box's pixels in the top p % of the map (exact K, ties shared), logit "
    "'fractured', fractured films with one box, right or wrong; percentile bootstrap over groups "
    "of near-twin films. "
    "Attacked: each net by its own PGD. A map that does not beat 'centre' has not been shown to "
    "see more."
)


def measure(
    net: nn.Module,
    pool: Pool,
    epsilons: Sequence[float],
    steps: int,
    device: torch.device,
    seed: int = 0,
    figures: Figures = QUICK,
    attacked_at: float | None = None,
) -> Task[dict[str, Any]]:
    """Measure what :class:`~fracview.training.figures.Figures` asks for, each with its interval.

    Parameters
    ----------
    net
        In evaluation mode, float32, its weights frozen; logits of "fractured", "not fractured".
    pool
        The test part.
    epsilons
        Radii in pixel units.
    steps
        Of the PGD of every table but ``strong``.
    device
        Where the net lies.
    seed
        Of random starts, drawn films and bootstraps.
    figures
        What is measured, on how many films.
    attacked_at
        Radius of the attacked films of ``coverage``: what a robust net of the recipe claims. None:
        the middle one of ``epsilons``.

    Returns
    -------
    dict
        ``clean``, ``pgd`` (a row per epsilon), ``rule``, and as asked for ``strong``,
        ``gradient_free`` (rows alike), ``coverage`` and ``occlusion``, as they stand on a card.
    """
    del device  # the classifier asks the net itself
    size = pool.images.shape[1:]
    classifier = Classifier(net, _card(size))
    radii = sorted(epsilons)
    margin = yield from margins(classifier, pool)
    right = (margin > 0) == pool.fractured
    clean = {**answer_row(pool.fractured, margin > 0), **_area(pool, margin, seed)}
    body: dict[str, Any] = {"clean": clean, "rule": RULE}

    rows = spread(pool.fractured, figures.films, seed)
    part = pool.subset(rows)
    attack = partial(pgd, steps=steps, seed=seed)
    held = yield from withstanding(classifier, part, right[rows], attack, radii, f"PGD-{steps}")
    body["pgd"] = attack_rows(part, held, radii, steps=steps)

    body |= yield from _hard(classifier, part, right[rows], held, radii, figures, seed)
    epsilon = radii[len(radii) // 2] if attacked_at is None else attacked_at
    body |= yield from _at_boxes(classifier, pool, epsilon, steps, figures, seed)
    return body


def _hard(
    classifier: Classifier,
    pool: Pool,
    right: Flags,
    weak: Sequence[Flags],
    radii: Sequence[float],
    figures: Figures,
    seed: int,
) -> Task[dict[str, Any]]:
    """Tables of the attacks that a claim must survive; ``weak``: what stands under PGD."""
    body: dict[str, Any] = {}
    chosen = spread(pool.fractured, figures.strong, seed) if figures.strong else np.zeros(0, int)
    strong: list[Flags] = []
    if figures.strong:
        count, again = figures.strong_steps, figures.strong_restarts
        hard, part = partial(pgd, steps=count, restarts=again, seed=seed + 1), pool.subset(chosen)
        # What PGD has felled need not be attacked so hard.
        strong = yield from withstanding(
            classifier, part, right[chosen], hard, radii, f"PGD-{count} x {again}",
            [flags[chosen] for flags in weak],
        )  # fmt: skip
        body["strong"] = attack_rows(part, strong, radii, steps=count, restarts=again)
    if figures.square:
        asked = spread(pool.fractured, figures.square, seed)
        blind, part = partial(square, queries=figures.queries, seed=seed), pool.subset(asked)
        free = yield from withstanding(classifier, part, right[asked], blind, radii, "square")
        body["gradient_free"] = attack_rows(part, free, radii, queries=figures.queries)
        _, here, there = np.intersect1d(asked, chosen, return_indices=True)
        for row, alone, both in zip(body["gradient_free"], free, strong):
            row["beyond_strong"] = int((both[there] & ~alone[here]).sum())
    return body


def _at_boxes(
    classifier: Classifier, pool: Pool, epsilon: float, steps: int, figures: Figures, seed: int
) -> Task[dict[str, Any]]:
    """Tables about what lies in the boxes, where there are any."""
    body: dict[str, Any] = {}
    films = boxed(pool)
    if figures.coverage and len(films):
        some = films[spread(pool.fractured[films], figures.coverage, seed)]
        found = yield from coverages(classifier, pool, some, epsilon, steps, figures.nodes, seed)
        body["coverage"] = coverage_table(pool, found, epsilon, steps, figures.nodes, seed)
    if figures.occlusion and len(films):
        some = films[spread(pool.fractured[films], figures.occlusion, seed)]
        tests = yield from box_tests(classifier, pool, some, seed)
        body["occlusion"] = occlusion_table(pool, some, tests, seed)
    return body


def pgd(epsilon: float, steps: int, seed: int, restarts: int = 1) -> PGD:
    """PGD that succeeds if the answer leaves the label anywhere on its way."""
    return PGD(
        epsilon=epsilon, step_size=epsilon / 4, steps=steps, restarts=restarts, seed=seed,
        keep="strongest", stop_at_flip=True, keep_history=False,
    )  # fmt: skip


def square(epsilon: float, queries: int, seed: int) -> Square:
    """Square attack of the gradient-free table."""
    return Square(epsilon=epsilon, queries=queries, horizon=queries, seed=seed, keep_history=False)


def attack_rows(
    pool: Pool, held: Sequence[Flags], epsilons: Sequence[float], **settings: int
) -> list[dict[str, Any]]:
    """Rows of a table of an attack: what stands at each radius."""
    truth = pool.fractured
    return [
        {"epsilon": radius_text(epsilon), **settings, **answer_row(truth, truth == right)}
        for epsilon, right in zip(epsilons, held, strict=True)
    ]


def answer_row(truth: Flags, said: Flags) -> dict[str, Any]:
    """n, accuracy, balanced accuracy, sensitivity and specificity, each with its interval."""
    row: dict[str, Any] = {"n": len(truth)}
    found = confusion(truth, said).intervals()
    both = (found["sensitivity"], found["specificity"])
    if both[0] is not None and both[1] is not None:
        found = {"accuracy": found["accuracy"], "balanced_accuracy": balanced(both[0], both[1]),
                 "sensitivity": both[0], "specificity": both[1]}  # fmt: skip
    for name, estimate in found.items():
        if estimate is not None:
            row |= _said(name, estimate)
    return row


def balanced(sensitivity: Estimate, specificity: Estimate) -> Estimate:
    """Mean of two independent shares, with the interval that their own ones give.

    The method of variance estimates recovery: Newcombe 1998 (Statistics in Medicine 17, 873) for a
    difference, Zou and Donner 2008 (ibid. 27, 1693) for other sums.
    """

    def reach(ends: tuple[float | None, float | None]) -> float:
        pairs = zip((sensitivity, specificity), ends)
        return math.hypot(*(one.mean - (one.mean if end is None else end) for one, end in pairs))

    mean = (sensitivity.mean + specificity.mean) / 2
    low = mean - reach((sensitivity.low, specificity.low)) / 2
    high = mean + reach((sensitivity.high, specificity.high)) / 2
    count = sensitivity.n + specificity.n
    return Estimate(mean, max(0.0, low), min(1.0, high), count, None, sensitivity.level)


def coverage_table(
    pool: Pool, found: Coverages, epsilon: float, steps: int, nodes: int, seed: int
) -> dict[str, Any]:
    """Mean coverage of every map, as it stands on a card."""
    clusters = pool.groups[found.rows]
    rows = []
    for (name, condition), shares in found.shares.items():
        row: dict[str, Any] = {"map": name, "condition": condition, "n": len(shares)}
        for percent, column in zip(PERCENTS, shares.T):
            estimate = mean_with_interval(column, seed, clusters=clusters)
            row |= _said(f"at_{percent:g}", estimate)
        if (name, condition) in found.errors:
            median = float(np.median(found.errors[name, condition]))
            row["median_completeness_error"] = round(median, 4)
        rows.append(row)
    rows.sort(key=lambda row: row["condition"] == NO_MODEL)
    return {
        "attack": f"PGD-{steps} at {radius_text(epsilon)}, the strongest step",
        "nodes": nodes,
        "rule": COVERAGE_RULE,
        "rows": rows,
    }


def occlusion_table(
    pool: Pool, rows: npt.NDArray[np.intp], tests: Sequence[Any], seed: int
) -> dict[str, Any]:
    """What hiding the box costs, beside equal places elsewhere, as it stands on a card.

    Films without room for an equal place are in no mean; ``without_control`` counts them.
    """
    kept = [index for index, test in enumerate(tests) if test.difference is not None]
    body: dict[str, Any] = {"n": len(kept), "without_control": len(tests) - len(kept)}
    body["fill"] = "blur"
    if not kept:
        return body
    clusters, used = pool.groups[rows[kept]], [tests[index] for index in kept]
    for name, values in (
        ("difference", [test.difference for test in used]),
        ("drop", [test.drop for test in used]),
        ("control_drop", [test.control_drop for test in used]),
    ):
        body |= _said(name, mean_with_interval(values, seed, clusters=clusters))
    if len(used) > 1:
        body["margin_sd"] = round(float(np.std([test.margin for test in used], ddof=1)), 4)
    caught = [index for index, test in enumerate(used) if test.label == FRACTURED]
    body["detected"] = len(caught)
    if caught:
        found = [used[index] for index in caught]
        places = [test.control_flips / len(test.control_labels) for test in found]
        body |= _said("lost", proportion(sum(test.flips for test in found), len(found)))
        body |= _said("control_lost", mean_with_interval(places, seed, clusters=clusters[caught]))
    return body


def radius_text(epsilon: float) -> str:
    """Radius as people write it, such as ``2/255``."""
    share = Fraction(epsilon * 255).limit_denominator(1000)
    return f"{share}/255" if share.denominator == 1 else f"{float(share):g}/255"


def _area(pool: Pool, margin: npt.NDArray[np.float32], seed: int) -> dict[str, Any]:
    """AUROC, with a percentile bootstrap over groups of near-twins."""
    area = auroc(pool.fractured, margin)
    if area is None:
        return {}
    ids, where = np.unique(pool.groups, return_inverse=True)
    members = np.split(np.argsort(where, kind="stable"), np.cumsum(np.bincount(where))[:-1])
    random = np.random.default_rng([seed, 29])
    drawn = []
    for _ in range(1000):
        films = np.concatenate([members[i] for i in random.integers(0, len(ids), len(ids))])
        again = auroc(pool.fractured[films], margin[films])
        if again is not None:
            drawn.append(again)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return _said("auroc", Estimate(area, float(low), float(high), len(pool), seed))


def _said(name: str, estimate: Estimate) -> dict[str, Any]:
    row: dict[str, Any] = {name: round(estimate.mean, 4)}
    if estimate.low is not None and estimate.high is not None:
        row[f"{name}_interval"] = [round(estimate.low, 4), round(estimate.high, 4)]
    return row


def _card(size: tuple[int, ...]) -> ModelCard:
    return ModelCard(
        name="net", source="small", architecture="net", classes=(FRACTURED, NOT_FRACTURED),
        input=InputSpec((size[0], size[1]), 1, "none", (0.0,), (1.0,)),
    )  # fmt: skip
