"""Projected gradient descent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fracview.attacks.norms import ball_around
from fracview.attacks.pursuit import Pursuit, merge
from fracview.attacks.settings import GREY, BallSettings
from fracview.request import parse_epsilon
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attacks.base import AttackStep, Perturbation
    from fracview.attacks.norms import Ball
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 2
"""Raised when the numbers change."""


@dataclass(frozen=True, kw_only=True)
class PGD(BallSettings):
    """Projected gradient descent on the cross-entropy (Madry et al. 2018, arXiv:1706.06083).

    ``x_0 = clip(x + U(ball))``, ``x_(t+1) = clip(project(x_t + step_size * direction))``, where
    the direction is the sign of the gradient (Linf) or the gradient divided by its norm (L2). The
    last point counts, not the best one, as in the reference implementations, unless ``keep`` says
    otherwise; on a rugged loss the last step may be far from the strongest, and a note says so.

    Parameters
    ----------
    step_size
        Length of a step in pixel units.
    steps
        Steps of each restart.
    random_start
        Start at a random point of the ball instead of the clean image.
    restarts
        Independent runs; each image keeps its best: success first, then the higher loss.
    keep
        ``"last"`` step of each image, or the ``"strongest"``, a random start included: success
        first, then the higher loss.
    stop_at_flip
        Leave an image alone, through all restarts, once it has flipped: the answer to "does it
        flip?" comes sooner, and how far the loss could rise stays unknown.
    keep_history
        Keep every step of the winning restart (steps + 1 batches of images), not only the clean
        image and the result.
    """

    step_size: float = field(
        default=1 / 255,
        metadata={
            "label": "Step size", "unit": GREY, "low": 0.0, "high": 1000.0,
            "help": "How far one step goes.",
        },
    )  # fmt: skip
    steps: int = field(
        default=10,
        metadata={"label": "Steps", "low": 1, "high": 10_000, "help": "Steps of each restart."},
    )
    random_start: bool = field(
        default=True,
        metadata={"label": "Random start", "help": "Start at a random point of the ball."},
    )
    restarts: int = field(
        default=1,
        metadata={"label": "Restarts", "low": 1, "high": 1000, "help": "Runs; the best counts."},
    )
    keep: Literal["last", "strongest"] = field(
        default="last",
        metadata={
            "label": "Result",
            "choices": ("last", "strongest"),
            "help": "The last step, as published, or the strongest of all steps.",
        },
    )
    stop_at_flip: bool = field(default=False, metadata={"form": False})
    keep_history: bool = field(default=True, metadata={"form": False})

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_epsilon(self.step_size, "step size")

    def __call__(self, classifier: Classifier, x: Tensor, y: Tensor) -> Task[Perturbation]:
        """Attack; see :class:`~fracview.attacks.base.Attack`.

        A restart costs ``steps`` passes forward and back and one forward; the clean image costs
        one forward more, once.
        """
        pursuit = Pursuit(classifier, x, y, self.targeted)
        ball = ball_around(pursuit.clean, self.threat)
        start = pursuit.look(pursuit.clean, 0, self.steps)
        best: list[AttackStep] = []
        peak: AttackStep | None = None
        stuck = 0
        for restart in range(self.restarts):
            rest = (peak or start) if self.stop_at_flip else None
            walk, highest, still = yield from self._walk(pursuit, ball, start, restart, rest)
            stuck = max(stuck, still)
            peak = highest if peak is None else _higher(pursuit, peak, highest)
            if best:
                chosen = pursuit.better(walk[-1], best[-1])
                best = [merge(old, new, chosen) for old, new in zip(best, walk, strict=True)]
            else:
                best = walk
        notes = []
        if self.steps * self.step_size < self.epsilon:
            notes.append(
                f"{self.steps} steps of {self.step_size:.4g} are shorter than epsilon "
                f"{self.epsilon:.4g}: the attack cannot use its whole ball."
            )
        if stuck:
            notes.append(
                f"The gradient was zero at the start for {stuck} of {len(pursuit.clean)} images; "
                "the attack could not move there."
            )
        assert peak is not None
        end = best[-1]
        missed = int(pursuit.better(peak, end).sum())
        if self.keep == "strongest":
            end = peak
        elif missed:
            notes.append(
                f"An earlier step was stronger than the last one for {missed} of "
                f"{len(pursuit.clean)} images; the setting keep=strongest returns it."
            )
        history = best if self.keep_history else (start, end)
        return pursuit.record(start, end, history, self.threat, self.seed, notes)

    def _walk(
        self,
        pursuit: Pursuit,
        ball: Ball,
        start: AttackStep,
        restart: int,
        rest: AttackStep | None,
    ) -> Task[tuple[list[AttackStep], AttackStep, int]]:
        """One restart: its steps, clean image first, the strongest, and how many were stuck."""
        done, total = restart * (self.steps + 1), self.restarts * (self.steps + 1) - 1
        walk = [start]
        yield Progress(done, total, "clean image", start)
        x = ball.start(self.seed, restart) if self.random_start else pursuit.clean
        still = 0
        peak: AttackStep | None = None
        for step in range(self.steps):
            here, gradient = pursuit.climb(x, step, self.steps, restart, rest)
            if step or self.random_start:
                peak = here if peak is None else _higher(pursuit, peak, here)
            if step:
                walk = self._kept(walk, here)
                yield Progress(done + step, total, self._message(step, restart), here)
            else:
                flat = (gradient.flatten(1) == 0).all(1)
                still = int((flat if rest is None else flat & ~pursuit.success(rest.logits)).sum())
            rest = here if self.stop_at_flip else None
            x = ball.move(x, gradient, self.step_size)
        last = pursuit.look(x, self.steps, self.steps, restart, rest)
        walk = self._kept(walk, last)
        yield Progress(done + self.steps, total, self._message(self.steps, restart), last)
        return walk, last if peak is None else _higher(pursuit, peak, last), still

    def _kept(self, walk: list[AttackStep], step: AttackStep) -> list[AttackStep]:
        return [*walk, step] if self.keep_history else [step]

    def _message(self, step: int, restart: int) -> str:
        text = f"PGD step {step} of {self.steps}"
        return text if self.restarts == 1 else f"{text}, restart {restart + 1} of {self.restarts}"


def _higher(pursuit: Pursuit, old: AttackStep, new: AttackStep) -> AttackStep:
    """Of each image the stronger of two steps."""
    return merge(old, new, pursuit.better(new, old))
