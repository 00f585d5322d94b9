"""Square attack: random search that asks for answers alone, never for a gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from fracview.attacks.norms import ball_around, generator_of
from fracview.attacks.pursuit import Pursuit, merge
from fracview.attacks.settings import BallSettings
from fracview.attacks.squares import bump, inside, signs_of, tiles
from fracview.task import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.attacks.base import AttackStep, Perturbation
    from fracview.attacks.norms import Ball
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""

FRAMES = 50
"""Steps that a history keeps beside the first and the last."""
_HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Queries of 10,000 after which the share of a square is halved, as published."""
_PLACES = 5  # two corners of two numbers, and a way to lie


@dataclass(frozen=True, kw_only=True)
class Square(BallSettings):
    """Random search over squares (Andriushchenko et al. 2020, arXiv:1912.00049).

    Each query paints one square, at a random place and with a random sign per channel, at the edge
    of the ball, and keeps it where the margin (logit of the label minus the largest other) falls.
    A net whose robustness comes from useless gradients is found out here. An image that has
    flipped is left alone. Linf starts from vertical stripes; L2 moves the mass of one window into
    another. Places reach every pixel; the reference spares the last row and column.

    Parameters
    ----------
    queries
        Answers that are asked for per image, the first point included. Budgets are nested: a
        larger one begins with the same queries as a smaller one.
    share
        Area of the first squares as a share of the image.
    horizon
        Queries over which squares shrink to 1/512 of that; afterwards they stay small.
    keep_history
        Keep :data:`FRAMES` steps on the way, not only the clean image and the result.
    """

    queries: int = field(
        default=500,
        metadata={"label": "Queries", "low": 1, "high": 100_000, "help": "Answers asked for."},
    )
    share: float = field(
        default=0.8,
        metadata={"label": "First square", "low": 0.001, "high": 1.0, "help": "Share of the film."},
    )
    horizon: int = field(
        default=500,
        metadata={
            "label": "Shrink over",
            "low": 1,
            "high": 1_000_000,
            "help": "Queries over which the squares become small.",
        },
    )
    keep_history: bool = field(default=True, metadata={"form": False})

    def __call__(self, classifier: Classifier, x: Tensor, y: Tensor) -> Task[Perturbation]:
        """Attack; see :class:`~fracview.attacks.base.Attack`. A query is one forward pass."""
        pursuit = Pursuit(classifier, x, y, self.targeted)
        ball = ball_around(pursuit.clean, self.threat)
        search = _Search(self, ball)
        start = self._look(pursuit, pursuit.clean, 0, None)
        history = [start]
        yield Progress(0, self.queries, "clean image", start)
        best = self._look(pursuit, search.first(), 1, start)
        every = math.ceil(self.queries / FRAMES)
        for query in range(1, self.queries + 1):
            if query > 1 and not bool(pursuit.success(best.logits).all()):
                new = self._look(pursuit, search.next(best.x, query), query, best)
                best = merge(best, new, pursuit.better(new, best))
            last = query == self.queries
            if (last or (self.keep_history and query % every == 0)) and history[-1] is not best:
                history.append(best)
            yield Progress(query, self.queries, f"square, query {query} of {self.queries}", best)
        return pursuit.record(start, best, history, self.threat, self.seed)

    def side(self, query: int, height: int, width: int) -> int:
        """Side of the square of a query, from 2 on, in pixels."""
        place = (query - 2) / self.horizon * 10_000
        halvings = sum(int(place) > limit for limit in _HALVINGS)
        wanted = math.sqrt(self.share / 2**halvings * height * width)
        return max(1, min(round(wanted), height, width))

    def _look(self, pursuit: Pursuit, x: Tensor, query: int, rest: AttackStep | None) -> AttackStep:
        """Answer at ``x``; its loss is the margin with its sign turned, since attacks climb."""
        step = pursuit.look(x, query, self.queries, rest=rest)
        of_label = step.logits.gather(1, pursuit.label[:, None])[:, 0]
        others = step.logits.scatter(1, pursuit.label[:, None], -torch.inf).amax(1)
        return replace(step, loss=pursuit.sign * (others - of_label))


class _Search:
    """Where the squares of a batch lie; every image has its own randomness."""

    def __init__(self, attack: Square, ball: Ball) -> None:
        self.attack, self.ball = attack, ball
        _, channels, self.height, self.width = ball.clean.shape
        self.channels = 1 if ball.tied else channels
        generators = [generator_of(image, attack.seed) for image in ball.clean]
        # The first point is drawn apart from the rest, and a query has one row, so that no budget
        # changes what an earlier query does.
        linf = attack.norm == "Linf"
        signs = (
            (self.channels, self.width) if linf else (self.channels + 1, self.height * self.width)
        )
        self._first = torch.stack([_uniform(signs, random) for random in generators])
        row = (attack.queries, _PLACES + self.channels)
        self._rows = torch.stack([_uniform(row, random) for random in generators])

    def first(self) -> Tensor:
        """(N, C, H, W): stripes, or bumps on a grid, at the edge of the ball."""
        if self.attack.norm == "Linf":
            signs = signs_of(self._first)[:, :, None, :].to(self.ball.clean)
            whole = signs.expand(-1, -1, self.height, -1)
            return self._painted(self.ball.clean, whole * self.attack.epsilon)
        grids = [tiles(self.height, self.width, draws) for draws in self._first]
        return self._filled(torch.stack(grids).to(self.ball.clean))

    def next(self, x: Tensor, query: int) -> Tensor:
        """(N, C, H, W): ``x`` with one more square each."""
        side = self.attack.side(query, self.height, self.width)
        rows = self._rows[:, query - 1]
        if self.attack.norm == "Linf":
            where = inside(self._corner(rows, 0, side), side, self.height, self.width)
            signs = signs_of(rows[:, _PLACES:])[:, :, None, None]
            step = (2 * self.attack.epsilon * signs * where[:, None]).to(self.ball.clean)
            return self._painted(x, step)
        if side < min(self.height, self.width):
            side = max(3, side + 1 - side % 2)  # odd, so that a bump has a middle
        side = min(side, self.height, self.width)
        here, there = self._corner(rows, 0, side), self._corner(rows, 2, side)
        change = ((x - self.ball.clean) / self.ball.scale)[:, : self.channels]
        moved = [self._moved(*each, side) for each in zip(change, here, there, rows, strict=True)]
        return self._filled(torch.stack(moved))

    def _moved(self, change: Tensor, here: Tensor, there: Tensor, row: Tensor, side: int) -> Tensor:
        """One image's change, its mass in the window ``there`` brought to ``here`` as a bump."""
        (top, left), (far, off) = here.tolist(), there.tolist()
        new = slice(top, top + side), slice(left, left + side)
        old = slice(far, far + side), slice(off, off + side)
        both = torch.zeros_like(change[:1], dtype=torch.bool)
        both[(slice(None), *new)] = both[(slice(None), *old)] = True
        mass = (change * both).square().sum((1, 2), keepdim=True)
        spare = (self._radius**2 - change.square().sum()).clamp_min(0) / self.channels
        signs = signs_of(row[_PLACES:]).view(-1, 1, 1)
        shape = (bump(side, bool(row[4] < 0.5)) * signs).to(change)
        shape = _unit(shape + _unit(change[(slice(None), *new)]))
        result = change.clone()
        result[(slice(None), *old)] = 0
        result[(slice(None), *new)] = shape * (spare + mass).sqrt()
        return result

    @property
    def _radius(self) -> float:
        """Of the change as it is kept here: one channel stands for all where they are tied."""
        copies = self.ball.clean.shape[1] if self.ball.tied else 1
        return self.attack.epsilon / math.sqrt(copies)

    def _filled(self, change: Tensor) -> Tensor:
        """(N, C, H, W): a change blown up to the edge of the ball, then cut to [0, 1]."""
        return self._painted(self.ball.clean, _unit(change, (1, 2, 3)) * self._radius)

    def _painted(self, x: Tensor, change: Tensor) -> Tensor:
        return self.ball.project(x + change.expand_as(x) * self.ball.scale)

    def _corner(self, rows: Tensor, first: int, side: int) -> Tensor:
        """(N, 2): top and left of a window, evenly over all places where it fits."""
        room = torch.tensor([self.height - side + 1, self.width - side + 1])
        return (rows[:, first : first + 2] * room).long()


def _uniform(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator, dtype=torch.float64)


def _unit(values: Tensor, dims: tuple[int, ...] = (1, 2)) -> Tensor:
    """Divided by its Euclidean norm; what is zero stays zero."""
    norm = values.square().sum(dims, keepdim=True).sqrt()
    unit: Tensor = values / norm.clamp_min(torch.finfo(values.dtype).tiny)
    return unit
