"""PGD: the formula, its cost, restarts, history, the normalised habit."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fracview.attacks.build import build_attack
from fracview.attacks.fgsm import FGSM
from fracview.attacks.noise import Noise
from fracview.attacks.pgd import PGD
from fracview.errors import DeviceError, ModelError, SettingError, UnknownName
from fracview.models.card import CIFAR_MEAN, CIFAR_STD
from fracview.request import Method, load_protocol
from fracview.task import drain
from tests.toy import toy_classifier


def batch(count: int = 4, channels: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(7)
    x = torch.rand((count, channels, 12, 10), generator=generator, dtype=torch.float64)
    return x, toy_classifier().logits(x).argmax(1)


def test_formula_step_by_step():
    classifier = toy_classifier()
    x, y = batch()
    epsilon, alpha = 8 / 255, 2 / 255
    result = drain(
        PGD(epsilon=epsilon, step_size=alpha, steps=5, random_start=False)(classifier, x, y)
    )
    z = x.clone()
    for _ in range(5):
        z.requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(classifier(z), y, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, z)
        z = z.detach() + alpha * gradient.sign()
        z = torch.clamp(torch.clamp(z, x - epsilon, x + epsilon), 0, 1)
    assert torch.equal(result.adversarial, z)
    assert torch.equal(result.logits, classifier.logits(z))
    assert torch.equal(result.clean_logits, classifier.logits(x))
    assert torch.equal(result.delta, z - x)


def test_cost_is_ten_passes_back_and_twelve_forward(monkeypatch):
    classifier = toy_classifier()
    x, y = batch(1)
    forward, back = [], []
    net = classifier.net.forward
    monkeypatch.setattr(classifier.net, "forward", lambda z: forward.append(1) or net(z))
    grad = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *a, **k: back.append(1) or grad(*a, **k))
    drain(PGD(steps=10)(classifier, x, y))
    assert (len(back), len(forward)) == (10, 12)


def test_history_and_progress():
    classifier = toy_classifier()
    x, y = batch(2)
    seen = []
    result = drain(PGD(steps=4)(classifier, x, y), seen.append)
    assert [news.payload.step for news in seen] == [0, 1, 2, 3, 4]
    assert [(news.step, news.total) for news in seen] == [(i, 4) for i in range(5)]
    assert torch.equal(result.history[0].x, x)
    assert torch.equal(result.history[-1].x, result.adversarial)
    for step in result.history:
        assert torch.allclose(classifier.logits(step.x), step.logits)
        wanted = torch.nn.functional.cross_entropy(step.logits, y, reduction="none")
        assert torch.allclose(step.loss, wanted)
    ends = drain(replace(PGD(steps=4), keep_history=False)(classifier, x, y))
    assert [step.step for step in ends.history] == [0, 4]
    assert torch.equal(ends.history[0].x, x)
    assert torch.equal(ends.history[1].x, ends.adversarial)


def test_restarts_keep_each_images_best():
    classifier = toy_classifier()
    x, y = batch(4)
    settings = PGD(epsilon=16 / 255, step_size=6 / 255, steps=2)
    walks = {}

    def keep(news):
        if news.payload.step == settings.steps:
            walks[news.payload.restart] = news.payload

    result = drain(replace(settings, restarts=4)(classifier, x, y), keep)
    assert sorted(walks) == [0, 1, 2, 3]
    losses = torch.stack([walks[restart].loss for restart in range(4)])
    flips = torch.stack([walks[restart].logits.argmax(1) != y for restart in range(4)])
    for image in range(4):
        rank = [(bool(flips[r, image]), float(losses[r, image])) for r in range(4)]
        best = max(range(4), key=rank.__getitem__)
        assert torch.equal(result.adversarial[image], walks[best].x[image])
        assert torch.equal(result.history[-1].x[image], walks[best].x[image])
    one = drain(settings(classifier, x, y))
    assert bool((result.history[-1].loss >= one.history[-1].loss).all())


def test_result_of_an_image_does_not_depend_on_the_batch():
    classifier = toy_classifier()
    x, y = batch(3)
    together = drain(PGD(restarts=2)(classifier, x, y)).adversarial
    alone = drain(PGD(restarts=2)(classifier, x[2:], y[2:])).adversarial
    assert torch.allclose(together[2:], alone, atol=1e-12)


def test_targeted_lowers_the_loss_of_the_wanted_class():
    classifier = toy_classifier()
    x, y = batch(3)
    wanted = 1 - y
    result = drain(PGD(epsilon=0.5, step_size=0.1, targeted=True)(classifier, x, wanted))
    before = torch.nn.functional.cross_entropy(result.clean_logits, wanted, reduction="none")
    after = torch.nn.functional.cross_entropy(result.logits, wanted, reduction="none")
    assert bool((after < before).all())
    assert torch.equal(result.success, result.logits.argmax(1) == wanted)


def test_tied_keeps_a_grey_film_grey():
    classifier = toy_classifier()
    grey = torch.rand((1, 1, 12, 12), dtype=torch.float64).expand(1, 3, 12, 12).contiguous()
    y = classifier.logits(grey).argmax(1)
    for norm, epsilon, step in (("Linf", 8 / 255, 2 / 255), ("L2", 0.5, 0.1)):
        attack = PGD(norm=norm, epsilon=epsilon, step_size=step, tied=True)
        result = drain(attack(classifier, grey, y))
        assert float((result.adversarial - result.adversarial[:, :1]).abs().max()) < 1e-15
        assert bool(result.history[-1].loss > result.history[0].loss)


def test_channel_scale_is_pgd_on_normalised_tensors():
    """Same as the published habit: epsilon and step on the normalised tensor, no random start."""
    classifier = toy_classifier(normalisation="outside")
    protocol = load_protocol("repo")
    x, _ = batch(2)
    x[0, :, :3] = 0.001  # near the border, so that the image of [0, 1] is what clips
    y = classifier.logits(x).argmax(1)
    method = Method.of("pgd", epsilon="8/255", step_size="2/255", steps=7, random_start=False)
    attack = build_attack(method, classifier, protocol)
    assert attack.channel_scale == pytest.approx(CIFAR_STD)
    ours = drain(attack(classifier, x, y)).adversarial

    mean = torch.tensor(CIFAR_MEAN, dtype=torch.float64).view(1, 3, 1, 1)
    std = torch.tensor(CIFAR_STD, dtype=torch.float64).view(1, 3, 1, 1)
    clean, low, high = (x - mean) / std, (0 - mean) / std, (1 - mean) / std
    z = clean.clone()
    for _ in range(7):
        z.requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(classifier.net(z), y)
        (gradient,) = torch.autograd.grad(loss, z)
        z = z.detach() + 2 / 255 * gradient.sign()
        z = torch.clamp(torch.clamp(z, clean - 8 / 255, clean + 8 / 255), low, high)
    assert float((ours - (z * std + mean)).abs().max()) < 1e-14


def test_fgsm_is_one_step_and_noise_is_best_of_draws():
    classifier = toy_classifier()
    x, y = batch(3)
    fast = drain(FGSM(epsilon=8 / 255)(classifier, x, y))
    gradient = classifier.input_gradient(x, y)
    assert torch.equal(fast.adversarial, (x + 8 / 255 * gradient.sign()).clamp(0, 1))
    assert len(fast.history) == 2
    few = drain(Noise(epsilon=8 / 255, draws=1)(classifier, x, y))
    many = drain(Noise(epsilon=8 / 255, draws=20)(classifier, x, y))
    assert bool((many.history[-1].loss >= few.history[-1].loss).all())
    assert torch.equal(many.history[1].x, few.adversarial)
    assert bool((fast.history[-1].loss > many.history[-1].loss).all())


def test_flat_model_is_said():
    classifier = toy_classifier()
    torch.nn.init.zeros_(classifier.net.head.weight)
    x, y = batch(2)
    for norm in ("Linf", "L2"):
        result = drain(PGD(norm=norm)(classifier, x, y))
        assert any("gradient was zero at the start for 2 of 2" in note for note in result.notes)
        assert any("did not rise for 2 of 2" in note for note in result.notes)
        assert bool(torch.isfinite(result.adversarial).all())


def test_steps_too_short_for_the_ball_are_said():
    classifier = toy_classifier()
    x, y = batch(1)
    short = drain(PGD(norm="L2", epsilon=0.5, steps=3)(classifier, x, y))
    assert any("cannot use its whole ball" in note for note in short.notes)
    assert drain(PGD()(classifier, x, y)).notes == ()


def test_nan_weights_are_an_error():
    classifier = toy_classifier()
    torch.nn.init.constant_(classifier.net.head.bias, float("nan"))
    x, y = batch(1)
    with pytest.raises(ModelError, match="not finite"):
        drain(PGD(steps=1)(classifier, x, y))


def test_grey_input_of_a_colour_model_gets_three_channels():
    classifier = toy_classifier()
    x, y = batch(1, channels=1)
    assert drain(PGD(steps=1)(classifier, x, y)).adversarial.shape == (1, 3, 12, 10)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epsilon": 0}, "epsilon must be above 0"),
        ({"epsilon": "-1/255"}, "epsilon must be above 0"),
        ({"epsilon": "four"}, "not a number"),
        ({"step_size": "0"}, "step size must be above 0"),
        ({"steps": 0}, "Steps must be from 1"),
        ({"steps": 2.5}, "Steps must be a whole number"),
        ({"restarts": True}, "Restarts must be a whole number"),
        ({"norm": "L1"}, "Norm must be one of Linf, L2"),
        ({"tied": "yes"}, "Keep grey must be true or false"),
        ({"eps": 0.1}, "no setting 'eps'. It has: .*epsilon"),
    ],
)
def test_bad_settings_are_named(settings, words):
    with pytest.raises(SettingError, match=words):
        build_attack(Method.of("pgd", **settings))


def test_unknown_attack_is_named():
    with pytest.raises(UnknownName, match="pgd, fgsm, square, noise"):
        build_attack(Method.of("cw"))


def test_build_reads_text_and_seed():
    attack = build_attack(Method.of("pgd", epsilon="8/255", step_size="1/510"), seed=9)
    assert (attack.epsilon, attack.step_size, attack.seed) == (8 / 255, 1 / 510, 9)
    assert build_attack(Method.of("noise", seed=4), seed=9).seed == 4


def test_out_of_memory_halves_the_batch_and_says_so(monkeypatch):
    classifier = toy_classifier()
    x, y = batch(4)
    wanted = drain(PGD(steps=2)(classifier, x, y)).adversarial
    net = classifier.net.forward

    def small(z: torch.Tensor) -> torch.Tensor:
        if len(z) > 1:
            raise torch.OutOfMemoryError("out of memory")
        return net(z)

    monkeypatch.setattr(classifier.net, "forward", small)
    result = drain(PGD(steps=2)(classifier, x, y))
    assert torch.allclose(result.adversarial, wanted, atol=1e-12)
    assert any("Memory ran out" in note for note in result.notes)

    def never(z: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(classifier.net, "forward", never)
    with pytest.raises(DeviceError, match="single image"):
        drain(PGD(steps=2)(classifier, x, y))


def test_the_strongest_step_is_found_where_the_last_one_is_not() -> None:
    classifier = toy_classifier(seed=3)
    x = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    y = classifier.logits(x).argmax(1)
    # A step of the whole diameter leaps to and fro, so that the last step is seldom the best.
    leaping = PGD(epsilon=0.2, step_size=0.4, steps=6)
    last = drain(leaping(classifier, x, y))
    strongest = drain(replace(leaping, keep="strongest")(classifier, x, y))
    losses = torch.stack([step.loss for step in last.history[1:]])
    # Success counts before loss; among steps that all fail or all succeed the loss decides.
    wins = torch.stack([step.logits.argmax(1) != y for step in last.history[1:]])
    for image in range(len(x)):
        allowed = wins[:, image] if bool(wins[:, image].any()) else ~wins[:, image]
        best = losses[:, image][allowed].max()
        end = torch.nn.functional.cross_entropy(strongest.logits, y, reduction="none")[image]
        assert end.item() == pytest.approx(best.item(), rel=1e-12)
    weaker = (losses[-1] < losses.max(0).values - 1e-12).any()
    assert bool(weaker) == any("earlier step was stronger" in note for note in last.notes)
    assert not any("earlier step" in note for note in strongest.notes)


def test_stop_at_flip_finds_the_same_flips_and_leaves_them_alone(monkeypatch):
    """Flipped at any step, the random start included; and no pass is spent on what has flipped."""
    classifier = toy_classifier()
    x, y = batch(12)
    settings = PGD(epsilon=28 / 255, step_size=7 / 255, steps=6, restarts=3, keep="strongest")
    whole = drain(settings(classifier, x, y))
    passed = []
    net = classifier.net.forward
    monkeypatch.setattr(classifier.net, "forward", lambda z: passed.append(len(z)) or net(z))
    films = []
    stopped = drain(
        replace(settings, stop_at_flip=True)(classifier, x, y),
        lambda news: films.append((news.payload.x, news.payload.logits.argmax(1) != y)),
    )
    assert torch.equal(stopped.success, whole.success)
    assert 0 < int(whole.success.sum()) < 12
    assert sum(passed) < 12 * (3 * 7 + 1) - 6 * int(whole.success.sum())
    for film, flipped in films:
        if bool(flipped.any()) and film is not films[0][0]:
            assert bool((stopped.success[flipped]).all())
    held = ~whole.success
    assert torch.allclose(stopped.adversarial[held], whole.adversarial[held], atol=1e-12)


def test_strongest_counts_the_random_start():
    """A start that flips and is then left by one tiny step is still a flip."""
    classifier = toy_classifier()
    x, y = batch(1)

    class Alternating(torch.nn.Module):
        """Wrong at its second question alone."""

        def __init__(self):
            super().__init__()
            self.asked, self.weight = 0, torch.nn.Parameter(torch.zeros(1))

        def forward(self, z):
            self.asked += 1
            sign = -1.0 if self.asked == 2 else 1.0
            return (
                sign * torch.tensor([[1.0, -1.0]], dtype=z.dtype) + 0 * z.mean((1, 2, 3))[:, None]
            )

    net = Alternating().double()
    found = drain(PGD(steps=2, keep="strongest")(type(classifier)(net, classifier.card), x, 0 * y))
    assert bool(found.success)
    assert found.history[-1].step in (0, 2)
