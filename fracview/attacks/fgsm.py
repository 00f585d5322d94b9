"""The fast gradient sign method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fracview.attacks.pgd import PGD
from fracview.attacks.settings import BallSettings

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attacks.base import Perturbation
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""


@dataclass(frozen=True, kw_only=True)
class FGSM(BallSettings):
    """One step of length epsilon from the clean image (Goodfellow et al. 2015, arXiv:1412.6572).

    With ``norm="L2"`` it is the fast gradient method: epsilon along the gradient.
    """

    def __call__(self, classifier: Classifier, x: Tensor, y: Tensor) -> Task[Perturbation]:
        """Attack; see :class:`~fracview.attacks.base.Attack`."""
        once = PGD(
            norm=self.norm,
            epsilon=self.epsilon,
            step_size=self.epsilon,
            steps=1,
            random_start=False,
            targeted=self.targeted,
            tied=self.tied,
            channel_scale=self.channel_scale,
            seed=self.seed,
        )
        for_all = once(classifier, x, y)
        try:
            while True:
                news = next(for_all)
                yield replace(news, message=news.message.replace("PGD", "FGSM"))
        except StopIteration as stop:
            perturbation: Perturbation = stop.value
        finally:
            for_all.close()
        return perturbation
