"""The tests that need no net: statistics, border, twins, metadata, centre."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fracview.metrics.baselines import baseline_map
from fracview.metrics.coverage import top_counts
from fracview.metrics.ranking import Ranking
from fracview.metrics.statistics import Estimate, mean_with_interval, wilson
from fracview.phantom import Truth
from tests.benchmarks.phantom_shortcuts.films import Pair
from tests.benchmarks.phantom_shortcuts.linear import area_under_curve, ridge_scores
from tests.benchmarks.phantom_shortcuts.tables import border_blocks, global_statistics, metadata
from tests.benchmarks.phantom_shortcuts.verdict import Verdict, no_better_than_chance

CELLS = 5
MIDDLE = 0.84
"""Share of the side of a film in which the centres of boxes should lie evenly."""
_OTHERS = 10
"""Films whose boxes are the negatives of the shuffled AUROC."""
_OF_FRACTURE = {
    "bone",
    "kind",
    "severity",
    "gap_mm",
    "shift_mm",
    "angle_deg",
    "visibility",
    "partner",
}


def labels_of(pairs: Sequence[Pair]) -> npt.NDArray[np.bool_]:
    """Labels of the single films."""
    return np.array([pair.fractured for pair in pairs])


def global_test(pairs: Sequence[Pair], level: float = 0.95) -> list[Verdict]:
    """Statistics of the whole film."""
    table = np.array([global_statistics(pair.film.pixels) for pair in pairs])
    labels = labels_of(pairs)
    area = area_under_curve(labels, ridge_scores(table, labels), level)
    return [no_better_than_chance("global", "AUC, ridge, 16 statistics and squares", area, 0.55)]


def border_test(pairs: Sequence[Pair], level: float = 0.95) -> list[Verdict]:
    """Ridge and a small net on the outer 12 pixels.

    Seeds whose fracture lies there are left out whatever their label: it is no shortcut.
    """
    from tests.benchmarks.phantom_shortcuts.ring import ring_scores

    clear = [pair for pair in pairs if not pair.meets_border]
    labels = labels_of(clear)
    blocks = np.array([border_blocks(pair.film.pixels) for pair in clear])
    ridge = area_under_curve(labels, ridge_scores(blocks, labels), level)
    net = area_under_curve(labels, ring_scores([pair.film.pixels for pair in clear], labels), level)
    labels = labels_of(pairs)
    blocks = np.array([border_blocks(pair.film.pixels) for pair in pairs])
    all_films = area_under_curve(labels, ridge_scores(blocks, labels), level)
    return [
        no_better_than_chance("border", "AUC, ridge, blocks of 4 px", ridge),
        no_better_than_chance("border", "AUC, small net", net),
        Verdict("border", "AUC, ridge, films with a fracture there as well", all_films),
    ]


def twin_test(pairs: Sequence[Pair], level: float = 0.95) -> list[Verdict]:
    """Difference of the twins inside the box, outside, and where no fragment touches."""
    rows = []
    for pair in pairs:
        gap = np.abs(pair.broken.pixels.astype(np.int16) - pair.normal.pixels)
        mask, free = pair.mask, ~pair.touched
        rows.append(
            (
                np.count_nonzero(gap[free]),
                gap[free].max(initial=0),
                known_differs(pair.broken.truth, pair.normal.truth),
                gap[mask].mean(),
                gap[~mask].mean(),
                100 * gap[~mask].sum() / max(1, gap.sum()),
                100 * pair.touched.mean(),
            )
        )
    table = np.array(rows, dtype=np.float64)
    count = len(pairs)
    exact = [
        ("pixels that differ where no fragment touches", table[:, 0].sum()),
        ("largest difference there, levels", table[:, 1].max()),
        ("pairs that differ in what is known beside the film", table[:, 2].sum()),
    ]
    shown = (
        "mean difference in the box, levels",
        "mean difference outside the box, levels",
        "share of all difference outside the box, %",
        "share of the film that a fragment touches, %",
    )
    found = [
        Verdict("twins", name, Estimate(float(v), None, None, count), "exactly 0", bool(v == 0), 0)
        for name, v in exact
    ]
    for name, column in zip(shown, table[:, 3:].T, strict=True):
        mean = mean_with_interval(column, seed=0, level=level)
        found.append(Verdict("twins", name, mean, digits=2))
    return found


def known_differs(one: Truth, other: Truth) -> bool:
    """Whether two twins differ in anything but the fracture."""
    names = set(one.__dataclass_fields__) - _OF_FRACTURE
    return any(getattr(one, name) != getattr(other, name) for name in names)


def metadata_test(pairs: Sequence[Pair], level: float = 0.95) -> list[Verdict]:
    """View, age, field, size, marker, hardware and lookalikes."""
    table = np.array([metadata(pair.film.truth) for pair in pairs])
    labels = labels_of(pairs)
    area = area_under_curve(labels, ridge_scores(table, labels), level)
    return [no_better_than_chance("metadata", "AUC, ridge, all pairs of entries", area)]


def centre_test(pairs: Sequence[Pair], level: float = 0.95) -> list[Verdict]:
    """Coverage of a dot in the middle, and how evenly the boxes lie."""
    masks = [pair.mask for pair in pairs]
    dot = baseline_map("centre", np.zeros(masks[0].shape, np.float32))
    everywhere, counts = np.sort(dot, axis=None), top_counts(np.array([5.0, 25.0, 50.0]), dot.size)
    curves = np.array(
        [100 * Ranking(everywhere, np.sort(dot[m])).share_of_top(counts) for m in masks]
    )
    found = []
    for column, percent in zip(curves.T, (5, 25, 50), strict=True):
        mean = mean_with_interval(column, seed=0, level=level)
        assert mean.high is not None
        rule, passed = ("whole interval below 40", mean.high < 40) if percent == 25 else ("", None)
        found.append(Verdict("centre", f"centre dot @{percent}, %", mean, rule, passed, 1))
    for name, cell, rule, passed in extreme_cells(_centres(pairs), level):
        found.append(Verdict("centre", f"{name} of 5 x 5 cells over even", cell, rule, passed, 2))
    areas = shuffled_auroc(dot, masks)
    if areas:  # none where all boxes are one
        shuffled = mean_with_interval(areas, seed=0, level=level)
        found.append(Verdict("centre", "shuffled AUROC of the dot", shuffled))
    return found


def _centres(pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
    """Middles of the boxes as shares of the side, (n, 2): x, y."""
    boxes = [(box, pair.broken.truth.size) for pair in pairs for box in pair.broken.boxes]
    return np.array([((b.x1 + b.x2) / 2 / s, (b.y1 + b.y2) / 2 / s) for b, s in boxes])


def extreme_cells(
    centres: npt.NDArray[np.float64], level: float = 0.95
) -> list[tuple[str, Estimate, str, bool]]:
    """Emptiest and fullest cell of the middle 84 % of the film, over an even share."""
    edge = (1 - MIDDLE) / 2
    limits = ((edge, 1 - edge), (edge, 1 - edge))
    counts, _, _ = np.histogram2d(*centres.T, bins=CELLS, range=limits)
    total = int(counts.sum())
    found = []
    for name, count, rule in (
        ("emptiest", int(counts.min()), "at least .5"),
        ("fullest", int(counts.max()), "at most 2"),
    ):
        low, high = (CELLS**2 * end for end in wilson(count, total, level))
        ratio = CELLS**2 * count / total
        passed = ratio >= 0.5 if name == "emptiest" else ratio <= 2
        found.append((name, Estimate(ratio, low, high, total, None, level), rule, passed))
    return found


def shuffled_auroc(
    values: npt.NDArray[np.floating], masks: Sequence[npt.NDArray[np.bool_]]
) -> list[float]:
    """AUROC of one map on each film; its negatives are the boxes of ten other films.

    Zhang et al., "SUN: a Bayesian framework for saliency" (Journal of Vision 8, 2008): what all
    films share, such as boxes in the middle, gains nothing.
    """
    rng = np.random.default_rng(0)
    areas = []
    for number, mask in enumerate(masks):
        others = rng.choice(len(masks) - 1, min(_OTHERS, len(masks) - 1), replace=False)
        others += others >= number
        negatives = np.any([masks[other] for other in others], axis=0) & ~mask
        use = mask | negatives
        area = Ranking.of(values[use], mask[use]).auroc()
        if area is not None:
            areas.append(area)
    return areas
