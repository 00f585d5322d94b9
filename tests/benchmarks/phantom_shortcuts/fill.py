"""The box filled from the twin: with the fracture gone the answer must be that to the twin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fracview.metrics.statistics import Estimate, proportion
from fracview.phantom import SEVERITIES
from tests.benchmarks.phantom_shortcuts.answers import Reader
from tests.benchmarks.phantom_shortcuts.films import Pair
from tests.benchmarks.phantom_shortcuts.patches import Patch, filled, free_place, patches_of
from tests.benchmarks.phantom_shortcuts.verdict import Verdict

MOST, LEAST = 90.0, 10.0
"""Per cent of the answers that must turn where the box is filled, and may where it is not."""
WITHIN = 0.75
"""Share of the twins' difference that lies in the box where the box holds the whole fracture."""


def occlusion_test(pairs: Sequence[Pair], reader: Reader, level: float = 0.95) -> list[Verdict]:
    """Fill the box of the fracture, an equal box elsewhere, and all but the box, from the twin.

    Asked of the pairs that the net tells apart: fractured, and its twin not. Judged is the box
    where it holds the fracture: a displaced fragment is moved beyond the box as well, and what is
    filled in then meets it with steps, which are a fracture to see.
    """
    test = f"occlusion: {reader.name}"
    said = reader.margins([pair.broken.pixels for pair in pairs]) > 0
    said &= reader.margins([pair.normal.pixels for pair in pairs]) <= 0
    told = [pair for pair, right in zip(pairs, said, strict=True) if right]
    asked = [(pair, _elsewhere(pair)) for pair in told]
    asked = [(pair, places) for pair, places in asked if len(places) == len(pair.broken.boxes)]
    held = np.array([within(pair) >= WITHIN for pair, _ in asked], bool)
    apart = _percent(said, level)
    if not held.any():
        return [Verdict(test, "pairs told apart, %", apart, "one with all in its box", False, 1)]
    in_box, elsewhere, alone = [], [], []
    for pair, places in asked:
        broken, normal, boxes = pair.broken.pixels, pair.normal.pixels, patches_of(pair.broken)
        in_box.append(filled(broken, normal, boxes))
        elsewhere.append(filled(broken, normal, places))
        alone.append(filled(normal, broken, boxes))
    healed = reader.margins(in_box) <= 0
    turned, kept = _percent(healed[held], level), _percent(reader.margins(elsewhere) <= 0, level)
    shown = [("box filled, all: normal, %", healed)]
    for severity in SEVERITIES:
        rows = np.array([pair.broken.truth.severity == severity for pair, _ in asked])
        shown += [(f"box filled, {severity}: normal, %", healed[rows])] if rows.any() else []
    shown.append(("box alone in the twin: fractured, %", reader.margins(alone) > 0))
    return [
        Verdict(test, "pairs told apart, %", apart, digits=1),
        Verdict(
            test, "box filled that holds the fracture: normal, %", turned,
            f"at least {MOST:g}", turned.mean >= MOST, 1,
        ),
        Verdict(
            test, "equal box elsewhere filled: normal, %", kept,
            f"at most {LEAST:g}", kept.mean <= LEAST, 1,
        ),
        *(Verdict(test, name, _percent(rows, level), digits=1) for name, rows in shown),
    ]  # fmt: skip


def within(pair: Pair) -> float:
    """Share of the twins' difference that lies in the box."""
    gap = np.abs(pair.broken.pixels.astype(np.int16) - pair.normal.pixels)
    return float(gap[pair.mask].sum() / max(1, gap.sum()))


def _elsewhere(pair: Pair) -> list[Patch]:
    """Equal boxes that meet neither the boxes of the fracture nor each other."""
    rng, side = np.random.default_rng(pair.seed), pair.broken.truth.size
    boxes = patches_of(pair.broken)
    places: list[Patch] = []
    for box in boxes:
        place = free_place(box, [*boxes, *places], side, rng)
        places += [place] if place else []
    return places


def _percent(right: npt.NDArray[np.bool_], level: float) -> Estimate:
    share = proportion(int(right.sum()), len(right), level)
    assert share.low is not None
    assert share.high is not None
    return Estimate(100 * share.mean, 100 * share.low, 100 * share.high, share.n, None, level)
