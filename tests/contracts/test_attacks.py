"""What every attack of the registry must keep."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product

import pytest
import torch

from fracview.attacks import ATTACKS
from fracview.attacks.base import Attack, AttackStep
from fracview.attacks.build import build_attack
from fracview.errors import SettingError
from fracview.request import Method
from fracview.task import drain
from tests.toy import toy_classifier

CASES = list(product(ATTACKS, ("Linf", "L2"), (False, True)))
EPSILON = {"Linf": 8 / 255, "L2": 0.5}


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}{'-tied' * case[2]}")
def attack(request) -> Attack:
    name, norm, tied = request.param
    further = {"step_size": 0.15} if (name, norm) == ("pgd", "L2") else {}
    method = Method.of(name, norm=norm, tied=tied, epsilon=EPSILON[norm], **further)
    return build_attack(method, seed=3)


@pytest.fixture
def batch():
    classifier = toy_classifier()
    generator = torch.Generator().manual_seed(2)
    x = torch.rand((3, 3, 10, 12), generator=generator, dtype=torch.float64)
    return classifier, x, classifier.logits(x).argmax(1)


def state(classifier):
    flags = [
        (m.training, len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks))
        for m in classifier.modules()
    ]
    weights = [(p.requires_grad, p.grad, p.sum().item()) for p in classifier.parameters()]
    return flags, weights, [b.sum().item() for b in classifier.buffers()]


def test_inside_ball_and_range(attack, batch):
    classifier, x, y = batch
    result = drain(attack(classifier, x, y))
    delta = result.adversarial - x
    size = delta.abs().amax((1, 2, 3)) if attack.norm == "Linf" else delta.flatten(1).norm(dim=1)
    assert bool((size <= attack.epsilon * (1 + 1e-9)).all())
    assert bool((result.adversarial >= 0).all() & (result.adversarial <= 1).all())
    assert float(delta.abs().max()) > 0
    if attack.tied:
        assert float((delta - delta[:, :1]).abs().max()) < 1e-14
    assert torch.equal(result.success, result.logits.argmax(1) != y)
    assert result.threat == attack.threat


def test_same_seed_same_result(attack, batch):
    classifier, x, y = batch
    torch.manual_seed(0)
    first = drain(attack(classifier, x, y))
    torch.manual_seed(1)
    second = drain(attack(classifier, x, y))
    assert torch.equal(first.adversarial, second.adversarial)


def test_randomness_of_others_is_left_alone(attack, batch):
    classifier, x, y = batch
    torch.manual_seed(0)
    before = torch.get_rng_state()
    drain(attack(classifier, x, y))
    assert torch.equal(before, torch.get_rng_state())


def test_vanishing_radius_gives_the_clean_image(attack, batch):
    classifier, x, y = batch
    tiny = replace(attack, epsilon=1e-300)
    assert torch.equal(drain(tiny(classifier, x, y)).adversarial, x)
    with pytest.raises(SettingError, match="epsilon must be above 0"):
        replace(attack, epsilon=0.0)


def test_every_step_is_told_and_grad_mode_is_kept(attack, batch):
    classifier, x, y = batch
    with torch.set_grad_enabled(True):
        running = attack(classifier, x, y)
        steps = []
        while True:
            try:
                news = next(running)
            except StopIteration:
                break
            assert torch.is_grad_enabled()
            assert isinstance(news.payload, AttackStep)
            assert not news.payload.x.requires_grad
            steps.append((news.step, news.total))
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1] == len(steps) - 1
    with torch.no_grad():
        assert bool((drain(attack(classifier, x, y)).adversarial != x).any())


def test_first_step_is_the_clean_image_and_kept_steps_are_not_written_to(attack, batch):
    classifier, x, y = batch
    kept = []
    result = drain(
        attack(classifier, x, y), lambda news: kept.append((news.payload, news.payload.x.clone()))
    )
    assert torch.equal(kept[0][0].x, x)
    assert all(torch.equal(step.x, copy) for step, copy in kept)
    assert torch.equal(result.history[0].x, x)
    assert torch.equal(result.history[-1].x, result.adversarial)


def test_close_half_way_leaves_no_trace(attack, batch):
    classifier, x, y = batch
    before, copy = state(classifier), x.clone()
    running = attack(classifier, x, y)
    next(running)
    next(running)
    running.close()
    assert state(classifier) == before
    assert torch.equal(x, copy)


def test_an_error_leaves_no_trace(attack, batch, monkeypatch):
    classifier, x, y = batch
    before = state(classifier)
    running = attack(classifier, x, y)
    next(running)
    monkeypatch.setattr(classifier.net.act1, "forward", lambda z: z / "nonsense")
    with pytest.raises(TypeError):
        drain(running)
    assert state(classifier) == before
    assert torch.is_grad_enabled()


def test_loss_is_not_lower_than_at_the_start(attack, batch):
    classifier, x, y = batch
    if type(attack).__name__ == "Noise":
        attack = replace(attack, draws=50)
    result = drain(attack(classifier, x, y))
    rise = result.history[-1].loss - result.history[0].loss
    assert bool((rise > 0).all())


def test_settings_carry_what_a_form_needs(attack):
    for item in fields(attack):
        assert item.metadata.get("form") is False or "label" in item.metadata, item.name
