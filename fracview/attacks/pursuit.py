"""What all attacks share: the loss they raise, who won, and the record at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import torch
from torch.nn import functional

from fracview.attacks.base import AttackStep, Perturbation
from fracview.errors import ModelError
from fracview.models.batches import in_slices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from fracview.models.classifier import Classifier
    from fracview.request import ThreatModel

T = TypeVar("T")


class Pursuit:
    """One run of an attack on one batch.

    Parameters
    ----------
    classifier
        Who is attacked.
    x
        (N, C, H, W) in [0, 1].
    y
        (N,) class to flee from, or to reach if ``targeted``.
    targeted
        Whether ``y`` is sought.
    """

    def __init__(self, classifier: Classifier, x: Tensor, y: Tensor, targeted: bool) -> None:
        self.classifier, self.targeted = classifier, targeted
        channels = classifier.card.input.channels
        self.clean = x.detach().to(classifier.device, classifier.dtype)
        if self.clean.shape[1] == 1 != channels:
            self.clean = self.clean.expand(-1, channels, -1, -1).contiguous()
        self.label = y.to(classifier.device)
        self.sign = -1.0 if targeted else 1.0
        self.size = len(x)
        self.halved = False

    def look(
        self, x: Tensor, step: int, steps: int, restart: int = 0, rest: AttackStep | None = None
    ) -> AttackStep:
        """Logits and loss at ``x``, by one pass forward.

        Images that are won at ``rest`` are not asked again: they stay as they were there.
        """
        awake, x = self._awake(x, rest)
        y = self.label if awake is None else self.label[awake]
        seen = x if awake is None else x[awake]
        parts = self._pass(lambda a, b: self.classifier.logits(seen[a:b]), len(seen))
        if rest is not None and not parts:
            return replace(rest, step=step, steps=steps, restart=restart, x=x)
        logits = torch.cat(parts)
        loss = self.sign * functional.cross_entropy(logits, y, reduction="none")
        if rest is not None and awake is not None:
            logits = rest.logits.index_copy(0, awake, logits)
            loss = rest.loss.index_copy(0, awake, loss)
        return AttackStep(step, steps, restart, x, logits, loss)

    def climb(
        self, x: Tensor, step: int, steps: int, restart: int, rest: AttackStep | None = None
    ) -> tuple[AttackStep, Tensor]:
        """The same with the gradient of the loss, by one pass forward and back; 0 at rest."""
        awake, x = self._awake(x, rest)
        y = self.label if awake is None else self.label[awake]
        seen = x if awake is None else x[awake]
        parts = self._pass(lambda a, b: self.classifier.step(seen[a:b], y[a:b]), len(seen))
        if rest is None or awake is None:
            logits = torch.cat([part.logits for part in parts])
            loss = self.sign * torch.cat([part.loss for part in parts])
            gradient = self.sign * torch.cat([part.gradient for part in parts])
            return AttackStep(step, steps, restart, x, logits, loss), gradient
        logits, loss, gradient = rest.logits.clone(), rest.loss.clone(), torch.zeros_like(x)
        if parts:
            logits[awake] = torch.cat([part.logits for part in parts])
            loss[awake] = self.sign * torch.cat([part.loss for part in parts])
            gradient[awake] = self.sign * torch.cat([part.gradient for part in parts])
        return AttackStep(step, steps, restart, x, logits, loss), gradient

    def success(self, logits: Tensor) -> Tensor:
        """(N,) bool: the label is left, or reached if it is sought."""
        return (logits.argmax(1) == self.label) == self.targeted

    def better(self, new: AttackStep, old: AttackStep) -> Tensor:
        """(N,) bool: success counts first, then the higher loss."""
        won, had = self.success(new.logits), self.success(old.logits)
        return (won & ~had) | ((won == had) & (new.loss > old.loss))

    def record(
        self,
        start: AttackStep,
        end: AttackStep,
        history: Sequence[AttackStep],
        threat: ThreatModel,
        seed: int,
        notes: Sequence[str] = (),
    ) -> Perturbation:
        """Write down how it ended.

        Raises
        ------
        ModelError
            If a logit is not finite.
        """
        if not bool(torch.isfinite(start.logits).all() & torch.isfinite(end.logits).all()):
            name = self.classifier.card.name
            raise ModelError(f"{name} answered with a number that is not finite while attacked.")
        flat = int((end.loss <= start.loss).sum())
        said = list(notes)
        if flat:
            said.append(f"The loss did not rise for {flat} of {len(self.clean)} images.")
        if self.halved:
            said.append(f"Memory ran out; the batch was cut into slices of {self.size}.")
        return Perturbation(
            clean=self.clean,
            adversarial=end.x,
            clean_logits=start.logits,
            logits=end.logits,
            label=self.label,
            targeted=self.targeted,
            success=self.success(end.logits),
            history=tuple(history),
            threat=threat,
            seed=seed,
            notes=tuple(said),
        )

    def _awake(self, x: Tensor, rest: AttackStep | None) -> tuple[Tensor | None, Tensor]:
        """Which images are still attacked (None: all), and ``x`` with the others as at rest."""
        if rest is None:
            return None, x
        won = self.success(rest.logits)
        return (~won).nonzero()[:, 0], torch.where(won.view(-1, 1, 1, 1), rest.x, x)

    def _pass(self, call: Callable[[int, int], T], count: int) -> list[T]:
        parts, previous = [], 0
        for stop, part in in_slices(call, count, self.size):
            if stop < count and stop - previous < self.size:
                self.size, self.halved = stop - previous, True
            parts.append(part)
            previous = stop
        return parts


def merge(old: AttackStep, new: AttackStep, chosen: Tensor) -> AttackStep:
    """Take the rows of ``new`` where ``chosen``, else of ``old``."""
    picture = chosen.view(-1, 1, 1, 1)
    return AttackStep(
        step=new.step,
        steps=new.steps,
        restart=new.restart if bool(chosen[0]) else old.restart,
        x=torch.where(picture, new.x, old.x),
        logits=torch.where(chosen[:, None], new.logits, old.logits),
        loss=torch.where(chosen, new.loss, old.loss),
    )
