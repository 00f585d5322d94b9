"""The smallest radius at which an attack flips the prediction."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from fracview.errors import SettingError
from fracview.request import parse_epsilon
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attacks.base import Attack, Perturbation
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""


@dataclass(frozen=True)
class MinimalRadius:
    """What the search found for one image.

    Parameters
    ----------
    epsilon
        Smallest radius tried that flips, in pixel units; 0 if the clean image is already wrong;
        None if none flips. It is an upper bound: a stronger attack may need less.
    below
        Largest radius tried below it at which the attack failed; 0 if there is none.
    perturbation
        The attack at ``epsilon``.
    tried
        Every radius in the order tried, and whether it flipped.
    """

    epsilon: float | None
    below: float
    perturbation: Perturbation | None
    tried: tuple[tuple[float, bool], ...]


def smallest_epsilon(
    classifier: Classifier,
    x: Tensor,
    y: Tensor,
    attack: Attack,
    low: float = 0.25 / 255,
    high: float = 32 / 255,
    tolerance: float = 0.05 / 255,
) -> Task[MinimalRadius]:
    """Double the radius until the attack flips the label, then bisect.

    Steps of iterated attacks grow with the radius (2.5 * epsilon / steps, Madry et al. 2018), the
    strongest step counts, and the seed stays the same, so the search is reproducible.

    Parameters
    ----------
    classifier, x, y
        One image (1, C, H, W) in [0, 1] and its class index (1,).
    attack
        Any attack with a field ``epsilon``.
    low, high
        First and last radius of the doubling, in pixel units.
    tolerance
        Width at which the bisection ends.

    Yields
    ------
    Progress
        Of the attacks, with their steps as payload; the total is not known.

    Raises
    ------
    SettingError
        If a bound is not above 0, low is above high, or there is more than one image.
    """
    for value, what in ((low, "low"), (high, "high"), (tolerance, "tolerance")):
        parse_epsilon(value, what)
    if low > high:
        raise SettingError(f"low ({low:g}) must not be above high ({high:g}).")
    if len(x) != 1:
        raise SettingError(f"the smallest epsilon is sought for one image, not {len(x)}.")
    if bool(classifier.logits(x).argmax(1).cpu() == y.cpu()) == getattr(attack, "targeted", False):
        return MinimalRadius(0.0, 0.0, None, ())
    tried: list[tuple[float, bool]] = []
    failed, found = 0.0, None
    epsilon = low
    while True:
        result = yield from _trial(_scaled(attack, epsilon), classifier, x, y, epsilon)
        flips = bool(result.success[0])
        tried.append((epsilon, flips))
        if flips:
            found = (epsilon, result)
        else:
            failed = epsilon
        if found is None:
            if epsilon >= high:
                return MinimalRadius(None, failed, None, tuple(tried))
            epsilon = min(high, 2 * epsilon)
        elif found[0] - failed <= tolerance:
            return MinimalRadius(found[0], failed, found[1], tuple(tried))
        else:
            epsilon = (failed + found[0]) / 2


def _scaled(attack: Attack, epsilon: float) -> Attack:
    record: Any = attack
    names = {item.name for item in fields(record)}
    if "epsilon" not in names:
        raise SettingError(f"{type(attack).__name__} has no epsilon to search over.")
    changes: dict[str, Any] = {"epsilon": epsilon}
    if {"step_size", "steps"} <= names:
        changes["step_size"] = 2.5 * epsilon / record.steps
    if "keep" in names:
        # "Does anything in this ball flip it?" is asked, and on a rugged loss the last step of a
        # walk may lie below an earlier one.
        changes["keep"] = "strongest"
    scaled: Attack = replace(record, **changes)
    return scaled


def _trial(
    attack: Attack, classifier: Classifier, x: Tensor, y: Tensor, epsilon: float
) -> Task[Perturbation]:
    running = attack(classifier, x, y)
    try:
        while True:
            news = next(running)
            yield Progress(0, 0, f"epsilon {255 * epsilon:.2f}/255: {news.message}", news.payload)
    except StopIteration as stop:
        result: Perturbation = stop.value
    finally:
        running.close()
    return result
