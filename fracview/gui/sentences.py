"""One plain sentence per model, of measured parts alone. No Qt here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fracview.recall import KeptRadius

PENDING = "…"
HIGHEST = 8 / 255
"""Largest radius at which a flip is sought for the sentence, in pixel units."""


@dataclass(frozen=True)
class Facts:
    """What is known of one model and one film. A part that is None is on its way.

    Parameters
    ----------
    name
        Of the model, as short as it can be.
    probability
        Of "fractured" on the film as it is, 0 to 1.
    trouble
        Why the model did not answer, or "".
    boxes
        Number of boxes on the film.
    percent, method
        Of the coverage: the p of the top p %, and the heatmap's title; "" if none is chosen.
    coverage, centre
        Share of the boxes in the top p % of the clean heatmap, and of a dot in the centre, 0 to 1.
    mapped, attacked
        Whether heatmaps and attacks are asked for; what is not asked for is not on its way.
    radius
        What the search for the smallest radius found.
    slow
        Whether that search is left out, since it would take long on this device.
    aside
        Further sentences for whoever asks for more.
    """

    name: str
    probability: float | None = None
    trouble: str = ""
    boxes: int = 0
    percent: float = 5.0
    method: str = ""
    coverage: float | None = None
    centre: float | None = None
    mapped: bool = False
    attacked: bool = False
    radius: KeptRadius | None = None
    slow: bool = False
    aside: tuple[str, ...] = ()


def sentences(facts: Facts) -> tuple[str, ...]:
    """What one model said, where it looked and what flips it: the same in two lengths."""
    if facts.trouble:
        return (f"{facts.name}: {facts.trouble}",)
    said = PENDING if facts.probability is None else f"{facts.probability:.2f}"
    flip = _flip(facts)
    long = [f"fracture {said}", *_looked(facts), flip]
    short = [f"fracture {said}", *_looked(facts, brief=True), flip]
    return f"{facts.name}: {'; '.join(long)}", f"{facts.name}: {' · '.join(short)}"


def explanation(facts: Facts) -> str:
    """The whole sentence, and how each of its parts was measured."""
    lines = [sentences(facts)[0]]
    if facts.trouble:
        return lines[0]
    if facts.boxes and facts.method:
        lines.append(
            f"Coverage: share of the {_box(facts)} among the strongest {facts.percent:g} % of the "
            f"{facts.method} map of the film as it is. The dot needs no model."
        )
    lines.append(_search(facts))
    lines += facts.aside
    lines.append("One film: no interval, and nothing about other films.")
    return "\n".join(lines)


def grey_levels(epsilon: float) -> str:
    """A radius such as ``0.8/255``, rounded up: a larger ball holds the smaller one."""
    return f"{math.ceil(2550 * epsilon - 1e-6) / 10:g}/255"


def _looked(facts: Facts, brief: bool = False) -> list[str]:
    if not facts.boxes:
        return ["no box to measure against"]
    if not facts.method or not (facts.mapped or facts.coverage is not None):
        return ["no heatmap asked for (E)"]
    inside, dot, p = _share(facts.coverage), _share(facts.centre), f"{facts.percent:g} %"
    if brief:
        return [f"{inside} of {_box(facts)} in top {p} (centre dot {dot})"]
    return [f"{inside} of the {_box(facts)} in its top {p}", f"a dot in the centre gives {dot}"]


def _flip(facts: Facts) -> str:
    radius = facts.radius
    if radius is None:
        if not facts.attacked:
            return "not attacked (K)"
        return "smallest flip not sought" if facts.slow else f"flips at {PENDING}"
    if radius.epsilon is None:
        return f"flip not reached up to {grey_levels(radius.below)}"
    if radius.epsilon == 0:
        return "wrong before any attack"
    return f"flips at {grey_levels(radius.epsilon)}"


def _search(facts: Facts) -> str:
    radius = facts.radius
    if radius is None:
        if facts.slow and facts.attacked:
            return "The smallest flip is not sought by itself here: see the Attack panel."
        return "The smallest radius that flips is sought once the film has been attacked."
    if radius.epsilon == 0:
        return f"The film as it is was not called '{radius.label}'."
    found = f"Flip: PGD of 10 steps away from '{radius.label}', L-infinity. "
    if radius.epsilon is None:
        return f"{found}None was found up to {grey_levels(radius.below)}; others may find one."
    return (
        f"{found}{255 * radius.epsilon:.2f}/255 did it and {255 * radius.below:.2f}/255 did not; "
        "a stronger attack may need less."
    )


def _share(value: float | None) -> str:
    if value is None:
        return f"{PENDING} %"
    share = 100 * value
    return f"{share:.1f} %" if 0 < share < 9.95 else f"{share:.0f} %"


def _box(facts: Facts) -> str:
    return "box" if facts.boxes == 1 else "boxes"
