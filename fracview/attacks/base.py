"""What an attack is, what it yields and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier
    from fracview.request import ThreatModel
    from fracview.task import Task


@dataclass(frozen=True)
class AttackStep:
    """State after one step; the payload of an attack's Progress.

    Parameters
    ----------
    step, steps
        0 is the clean image, 1 is after the first step.
    restart
        Which restart this belongs to, from 0.
    x
        (N, C, H, W) in [0, 1]: where the attack stands, detached and never written to again.
    logits
        (N, classes) at ``x``.
    loss
        (N,) the loss that the attack raises, at ``x``.
    """

    step: int
    steps: int
    restart: int
    x: Tensor
    logits: Tensor
    loss: Tensor


@dataclass(frozen=True)
class Perturbation:
    """An adversarial input and how it was made.

    Parameters
    ----------
    clean, adversarial
        (N, C, H, W) in [0, 1].
    clean_logits, logits
        (N, classes) before and after.
    label
        (N,) class index that was fled from, or sought if ``targeted``.
    targeted
        Whether ``label`` was sought.
    success
        (N,) bool: the prediction left the label (or reached it, if targeted).
    history
        The steps that were kept, for scrubbing: of the winning restart, the clean image first; at
        least that and the result.
    threat
        The ball.
    seed
        Root of the random start.
    notes
        What a reader must know: flat loss, gradient zero, weaker than noise, halved batch.
    """

    clean: Tensor
    adversarial: Tensor
    clean_logits: Tensor
    logits: Tensor
    label: Tensor
    targeted: bool
    success: Tensor
    history: tuple[AttackStep, ...]
    threat: ThreatModel
    seed: int
    notes: tuple[str, ...] = ()

    @property
    def delta(self) -> Tensor:
        """What was added, (N, C, H, W), within -1..1."""
        return self.adversarial - self.clean


@runtime_checkable
class Attack(Protocol):
    """A frozen dataclass of settings that can be called."""

    def __call__(self, classifier: Classifier, x: Tensor, y: Tensor) -> Task[Perturbation]:
        """Yield a Progress with an :class:`AttackStep` per step; return the Perturbation.

        Parameters
        ----------
        classifier
            Takes [0, 1].
        x
            (N, C, H, W) in [0, 1].
        y
            (N,) true class indices, or the wanted ones for a targeted attack.
        """
        ...
