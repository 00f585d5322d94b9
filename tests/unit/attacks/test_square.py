"""Square attack: the search step by step, its budget, and what it finds without a gradient."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from fracview.attacks.norms import generator_of
from fracview.attacks.pgd import PGD
from fracview.attacks.square import FRAMES, Square
from fracview.attacks.squares import bump, tiles
from fracview.models.card import InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.task import drain
from tests.toy import toy_classifier


def batch(count: int = 4, channels: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    x = torch.rand((count, channels, 12, 10), generator=generator, dtype=torch.float64)
    return x, toy_classifier(channels=channels).logits(x).argmax(1)


def margin(logits: torch.Tensor, y: int) -> float:
    others = [float(value) for index, value in enumerate(logits) if index != y]
    return float(logits[y]) - max(others)


def slow_linf(attack: Square, classifier: Classifier, image: torch.Tensor, y: int) -> torch.Tensor:
    """The published algorithm for one image, pixel by pixel."""
    channels, height, width = image.shape
    epsilon = attack.epsilon
    random = generator_of(image, attack.seed)
    stripes = torch.rand((channels, width), generator=random, dtype=torch.float64)
    rows = torch.rand((attack.queries, 5 + channels), generator=random, dtype=torch.float64)
    best = image.clone()
    for c in range(channels):
        for j in range(width):
            best[c, :, j] += epsilon if stripes[c, j] >= 0.5 else -epsilon
    best = best.clamp(0, 1)
    lowest = margin(classifier.logits(best[None])[0], y)
    for query in range(2, attack.queries + 1):
        if lowest < 0:
            break
        place = int((query - 2) / attack.horizon * 10_000)
        share = attack.share
        for limit in (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000):
            share = share / 2 if place > limit else share
        side = max(1, min(round(math.sqrt(share * height * width)), height, width))
        row = rows[query - 1]
        top, left = int(row[0] * (height - side + 1)), int(row[1] * (width - side + 1))
        new = best.clone()
        for c in range(channels):
            sign = 1 if row[5 + c] >= 0.5 else -1
            for i in range(top, top + side):
                for j in range(left, left + side):
                    value = float(new[c, i, j]) + 2 * epsilon * sign
                    low, high = float(image[c, i, j]) - epsilon, float(image[c, i, j]) + epsilon
                    new[c, i, j] = min(max(min(max(value, low), high), 0.0), 1.0)
        found = margin(classifier.logits(new[None])[0], y)
        if found < lowest:
            best, lowest = new, found
    return best


@pytest.mark.parametrize("epsilon", [2 / 255, 24 / 255])
def test_search_square_by_square(epsilon: float) -> None:
    classifier = toy_classifier()
    x, y = batch()
    attack = Square(epsilon=epsilon, queries=60, horizon=80, seed=4)
    result = drain(attack(classifier, x, y))
    for index, image in enumerate(x):
        slow = slow_linf(attack, classifier, image, int(y[index]))
        assert float((result.adversarial[index] - slow).abs().max()) < 1e-12


@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_margin_never_grows_and_a_flipped_image_is_left_alone(norm: str) -> None:
    classifier = toy_classifier()
    x, y = batch(6)
    attack = Square(norm=norm, epsilon={"Linf": 40 / 255, "L2": 8.0}[norm], queries=80)
    losses, films, flips = [], [], []

    def keep(news) -> None:
        losses.append(news.payload.loss)
        films.append(news.payload.x)
        flips.append(news.payload.logits.argmax(1) != y)

    result = drain(attack(classifier, x, y), keep)
    assert bool((torch.stack(losses[1:]).diff(dim=0) >= 0).all())
    assert 0 < int(result.success.sum())
    for before, after, flipped in zip(films, films[1:], flips):
        assert torch.equal(before[flipped], after[flipped])
    for index in range(len(x)):
        logits = result.logits[index]
        assert float(losses[-1][index]) == pytest.approx(-margin(logits, int(y[index])))


@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_a_larger_budget_begins_with_the_smaller(norm: str) -> None:
    classifier = toy_classifier()
    x, y = batch()
    small = Square(norm=norm, epsilon=2 / 255, queries=20)
    steps: list[torch.Tensor] = []
    drain(replace(small, queries=50)(classifier, x, y), lambda news: steps.append(news.payload.x))
    assert torch.equal(drain(small(classifier, x, y)).adversarial, steps[20])


def test_result_of_an_image_does_not_depend_on_the_batch() -> None:
    classifier = toy_classifier()
    x, y = batch()
    attack = Square(queries=40)
    together = drain(attack(classifier, x, y)).adversarial
    assert torch.allclose(together[3:], drain(attack(classifier, x[3:], y[3:])).adversarial)


def test_no_gradient_is_ever_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = toy_classifier()
    x, y = batch(1)
    asked: list[int] = []
    net = classifier.net.forward
    monkeypatch.setattr(classifier.net, "forward", lambda z: asked.append(len(z)) or net(z))

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a gradient was asked for")

    monkeypatch.setattr(torch.autograd, "grad", never)
    drain(Square(epsilon=1e-4, queries=30)(classifier, x, y))
    assert len(asked) == 31, "a query is one answer, and the clean image costs one more"


class Linear(nn.Module):
    """Two logits that are linear in the pixels; flips at a radius that is known."""

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        score = (x * self.weights).sum((1, 2, 3))
        return torch.stack([score, -score], dim=1)


@pytest.mark.parametrize("share", [0.8, 1.2])
def test_flips_a_linear_net_where_pgd_does_and_never_where_nothing_can(share: float) -> None:
    """Smooth weights, as a net has that looks for something larger than a pixel."""
    side = 16
    ramp = torch.linspace(-1, 1, side, dtype=torch.float64)
    weights = (ramp[:, None] + ramp[None, :]).expand(1, side, side).clone()
    card = ModelCard(
        name="linear", source="toy", architecture="linear",
        input=InputSpec((side, side), 1, "none", (0.0,), (1.0,)),
    )  # fmt: skip
    classifier = Classifier(Linear(weights), card)
    x = torch.full((5, 1, side, side), 0.5, dtype=torch.float64)
    x += 0.01 * torch.arange(1, 6, dtype=torch.float64).view(-1, 1, 1, 1) * weights
    y = torch.zeros(5, dtype=torch.long)
    # The margin falls by at most 2 * epsilon * sum |w|.
    edge = classifier.logits(x)[:, 0] / weights.abs().sum()
    for index in range(5):
        epsilon = share * float(edge[index])
        settings = {"epsilon": epsilon, "seed": 1}
        one = x[index : index + 1], y[:1]
        pgd = drain(PGD(step_size=epsilon / 4, **settings)(classifier, *one)).success
        square = drain(Square(queries=600, **settings)(classifier, *one)).success
        assert bool(pgd) == bool(square) == (share > 1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("norm", "epsilon"), [("Linf", 6 / 255), ("L2", 0.3)])
def test_as_strong_as_the_reference(norm: str, epsilon: float) -> None:
    """Other random numbers, the same search: the mean fall of the margin is the same."""
    reference = pytest.importorskip("pyautoattack.square").SquareAttack
    classifier = toy_classifier()
    generator = torch.Generator().manual_seed(9)
    x = torch.rand((24, 3, 20, 20), generator=generator, dtype=torch.float64)
    y = classifier.logits(x).argmax(1)
    margins = classifier.step(x, y, "margin").loss
    strong = margins > margins.median()  # none of these flips, so that the fall can be compared
    x, y, margins = x[strong], y[strong], margins[strong]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = reference(classifier, norm=norm, eps=epsilon, n_queries=300)
        theirs.init_hyperparam(x)
        _, their_x = theirs.attack_single_run(x, y)
    ours = drain(Square(norm=norm, epsilon=epsilon, queries=300, horizon=300)(classifier, x, y))
    our_fall = margins - classifier.step(ours.adversarial, y, "margin").loss
    their_fall = margins - classifier.step(their_x, y, "margin").loss
    assert float(our_fall.mean()) == pytest.approx(float(their_fall.mean()), rel=0.1)


def test_targeted_seeks_the_label() -> None:
    classifier = toy_classifier(classes=("fractured", "not fractured", "other"))
    x, _ = batch()
    wanted = (classifier.logits(x).argmax(1) + 1) % 3
    result = drain(Square(epsilon=0.5, queries=200, targeted=True)(classifier, x, wanted))
    assert bool((result.history[-1].loss > result.history[0].loss).all())
    assert torch.equal(result.success, result.logits.argmax(1) == wanted)


def test_history_is_thinned() -> None:
    classifier = toy_classifier()
    x, y = batch(1)
    attack = Square(epsilon=1 / 255, queries=400)
    result = drain(attack(classifier, x, y))
    steps = [step.step for step in result.history]
    assert steps == sorted(set(steps))
    assert 3 <= len(steps) <= FRAMES + 1
    assert len(drain(replace(attack, keep_history=False)(classifier, x, y)).history) == 2


@pytest.mark.parametrize("side", [1, 2, 3, 7, 12])
def test_bumps_as_the_reference_draws_them(side: int) -> None:
    reference = pytest.importorskip("pyautoattack.square").SquareAttack
    theirs = reference(None, norm="L2")
    theirs.device = "cpu"
    top = theirs.eta_rectangles(side // 2, side) if side > 1 else torch.zeros(0, side)
    wanted = torch.cat([top, -theirs.eta_rectangles(side - side // 2, side)])
    wanted = wanted / wanted.square().sum().sqrt()
    assert torch.allclose(bump(side, False).float(), wanted, atol=1e-6)
    assert torch.equal(bump(side, True), bump(side, False).T)


def test_tiles_cover_small_and_long_images() -> None:
    for height, width in ((3, 40), (10, 12), (20, 20)):
        grid = tiles(height, width, torch.rand(2, height * width, dtype=torch.float64))
        assert grid.shape == (1, height, width)
        assert float((grid != 0).double().mean()) > 0.5
