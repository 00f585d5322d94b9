"""The smallest change that flips an answer: one number that a reader can weigh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fracview.errors import SettingError
from fracview.pipeline import as_attacked, explain, watched
from fracview.request import Method

if TYPE_CHECKING:
    from fracview.data.radiograph import Radiograph
    from fracview.pipeline import Attacked, Explanation
    from fracview.request import Request
    from fracview.task import Task


@dataclass(frozen=True, eq=False)
class SmallestFlip:
    """What a search for the smallest radius found. Nothing of torch stands in it.

    Parameters
    ----------
    request
        What was asked; its attack's epsilon was not used.
    label
        Class that was fled from, or sought.
    epsilon
        Smallest radius tried that flips, in pixel units; 0 if the clean answer is already wrong;
        None if none flips. An upper bound: a stronger attack may need less.
    below
        Largest radius below it that did not flip; the largest tried if none flips.
    attacked
        The attack at ``epsilon``, or None.
    clean
        The answer to the film as it is, with the warnings that must stand beside the radius.
    attack
        The attack with all its settings; radius and step are the search's own.
    """

    request: Request
    label: str
    epsilon: float | None
    below: float
    attacked: Attacked | None = None
    clean: Explanation | None = None
    attack: Method | None = None


def smallest_flip(
    request: Request,
    radiograph: Radiograph | None = None,
    *,
    device: str | None = None,
    high: float = 32 / 255,
) -> Task[SmallestFlip]:
    """Search for the smallest radius at which the request's attack flips the model.

    Parameters
    ----------
    request
        With an attack.
    radiograph
        The film, if it is already read in the oriented frame.
    device
        Name of a device, or None for the best there is.
    high
        Largest radius tried, in pixel units.

    Yields
    ------
    Progress
        Its payload is an :class:`~fracview.pipeline.AttackFrame` while an attack runs.

    Raises
    ------
    SettingError
        If the request has no attack, or the attack no epsilon.
    """
    import torch

    from fracview.attacks.build import build_attack
    from fracview.attacks.minimal import smallest_epsilon
    from fracview.models.load import load_model

    if request.attack is None:
        raise SettingError("there is no attack whose epsilon could be sought. Choose one.")
    asked = replace(request, attack=None, attribution=None)
    clean = yield from explain(asked, radiograph, device=device)
    classifier = load_model(request.model, device).under(request.protocol)
    x = torch.from_numpy(clean.image)[None].to(classifier.device, classifier.dtype)
    label = request.label or clean.clean.label
    attack = build_attack(request.attack, classifier, request.protocol, request.seed)
    y = torch.tensor([classifier.card.index(label)], device=classifier.device)
    found = yield from watched(smallest_epsilon(classifier, x, y, attack, high=high))
    attacked = None if found.perturbation is None else as_attacked(found.perturbation, label)
    whole = Method.of_record(request.attack.name, attack)
    return SmallestFlip(request, label, found.epsilon, found.below, attacked, clean, whole)
