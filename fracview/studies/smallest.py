"""The smallest change that flips an answer: one number that a reader can weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fracview.errors import SettingError
from fracview.pipeline import as_attacked, film_of, watched
from fracview.task import Progress

if TYPE_CHECKING:
    from fracview.data.radiograph import Radiograph
    from fracview.pipeline import Attacked
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
    """

    request: Request
    label: str
    epsilon: float | None
    below: float
    attacked: Attacked | None = None


def smallest_flip(
    request: Request, radiograph: Radiograph | None = None, *, device: str | None = None
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
    yield Progress(0, 0, f"loading {request.model}")
    film = film_of(request, radiograph)
    classifier = load_model(request.model, device).under(request.protocol)
    x = classifier.prepare(film, request.protocol)
    label = request.label or classifier.predict(x)[0].label
    attack = build_attack(request.attack, classifier, request.protocol, request.seed)
    y = torch.tensor([classifier.card.index(label)], device=classifier.device)
    found = yield from watched(smallest_epsilon(classifier, x, y, attack))
    attacked = None if found.perturbation is None else as_attacked(found.perturbation, label)
    return SmallestFlip(request, label, found.epsilon, found.below, attacked)
