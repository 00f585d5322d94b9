"""Random noise of the same radius: the control that every attack must beat."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fracview.attacks.norms import ball_around
from fracview.attacks.pursuit import Pursuit, merge
from fracview.attacks.settings import BallSettings
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attacks.base import Perturbation
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""


@dataclass(frozen=True, kw_only=True)
class Noise(BallSettings):
    """Draws from the ball, uniform within it; each image keeps its worst case.

    An attack that does no better than this has found nothing but the model's sensitivity to noise.
    A step of its history is the best of the draws so far.

    Parameters
    ----------
    draws
        Number of draws.
    """

    draws: int = field(
        default=10,
        metadata={"label": "Draws", "low": 1, "high": 100_000, "help": "The best draw counts."},
    )

    def __call__(self, classifier: Classifier, x: Tensor, y: Tensor) -> Task[Perturbation]:
        """Attack; see :class:`~fracview.attacks.base.Attack`."""
        pursuit = Pursuit(classifier, x, y, self.targeted)
        ball = ball_around(pursuit.clean, self.threat)
        start = pursuit.look(pursuit.clean, 0, self.draws)
        history = [start]
        yield Progress(0, self.draws, "clean image", start)
        for draw in range(1, self.draws + 1):
            # The first draw replaces the clean image even if it is weaker: noise is noise.
            new = pursuit.look(ball.start(self.seed, draw - 1), draw, self.draws)
            new = replace(new, restart=0)
            if draw > 1:
                new = merge(history[-1], new, pursuit.better(new, history[-1]))
            history.append(new)
            yield Progress(draw, self.draws, f"noise, draw {draw} of {self.draws}", new)
        return pursuit.record(start, history[-1], history, self.threat, self.seed)
