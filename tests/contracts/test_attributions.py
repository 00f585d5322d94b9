"""What every attribution method of the registry must keep."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch

from fracview.attribution import ATTRIBUTIONS
from fracview.attribution.explain import build_attribution
from fracview.errors import ModelError
from fracview.request import Method
from fracview.task import drain
from tests.toy import toy_classifier

SETTINGS = {"occlusion": {"window": 5, "stride": 3}, "integrated_gradients": {"steps": 7}}


@pytest.fixture(params=list(ATTRIBUTIONS))
def method(request):
    return build_attribution(Method.of(request.param, **SETTINGS.get(request.param, {})))


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(2)
    x = torch.rand((3, 3, 12, 9), generator=generator, dtype=torch.float64)
    return toy_classifier(normalisation="outside"), x, torch.tensor([0, 1, 0])


def state(classifier):
    hooks = [
        (m.training, len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks))
        for m in classifier.modules()
    ]
    forwards = ["forward" in vars(m) for m in classifier.modules()]
    weights = [(p.requires_grad, p.grad, p.sum().item()) for p in classifier.parameters()]
    return hooks, forwards, weights, [b.sum().item() for b in classifier.buffers()]


@pytest.mark.parametrize("rows", [None, 1, 3])
def test_shape_finite_deterministic(method, batch, rows):
    classifier, x, target = batch
    baseline = None if rows is None else torch.full_like(x[:rows], 0.3)
    torch.manual_seed(0)
    first = drain(method(classifier, x, target, baseline))
    torch.manual_seed(1)
    second = drain(method(classifier, x, target, baseline))
    assert first.values.shape == x.shape
    assert first.values.dtype == x.dtype
    assert not first.values.requires_grad
    assert bool(torch.isfinite(first.values).all())
    assert torch.equal(first.values, second.values)
    assert float(first.values.abs().max()) > 0
    if first.completeness_error is not None:
        assert len(first.completeness_error) == 3


def test_an_image_does_not_depend_on_its_batch(method, batch):
    classifier, x, target = batch
    together = drain(method(classifier, x, target, None)).values
    alone = drain(method(classifier, x[1:2], target[1:2], None)).values
    assert torch.allclose(together[1:2], alone, atol=1e-12)


def test_zero_model_gives_the_zero_map(method, batch):
    classifier, x, target = batch
    for parameter in classifier.parameters():
        torch.nn.init.zeros_(parameter)
    raw = drain(method(classifier, x, target, None))
    assert float(raw.values.abs().max()) == 0
    assert raw.completeness_error in (None, (0.0, 0.0, 0.0))


def test_grad_mode_is_kept_and_progress_ends_at_its_total(method, batch):
    classifier, x, target = batch
    running = method(classifier, x, target, None)
    news = []
    while True:
        try:
            news.append(next(running))
        except StopIteration:
            break
        assert torch.is_grad_enabled()
    assert news[0].step == 0
    assert news[-1].step == news[-1].total > 0
    assert [item.step for item in news] == sorted(item.step for item in news)
    with torch.no_grad():
        assert float(drain(method(classifier, x, target, None)).values.abs().max()) > 0


def test_close_half_way_leaves_no_trace(method, batch):
    classifier, x, target = batch
    before, copy = state(classifier), x.clone()
    running = method(classifier, x, target, None)
    next(running)
    running.close()
    drain(method(classifier, x, target, None))
    assert state(classifier) == before
    assert torch.equal(x, copy)


def test_an_error_leaves_no_hook(method, batch, monkeypatch):
    classifier, x, target = batch
    before = state(classifier)
    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.Linear, "forward", lambda self, z: z / "nonsense")
        with pytest.raises(TypeError):
            drain(method(classifier, x, target, None))
    assert state(classifier) == before
    assert torch.is_grad_enabled()
    drain(method(classifier, x, target, None))


def test_target_and_baseline_are_checked(method, batch):
    from fracview.errors import SettingError

    classifier, x, target = batch
    with pytest.raises(SettingError, match="class indices from 0 to 1"):
        drain(method(classifier, x, target + 2, None))
    if type(method).needs_baseline:
        with pytest.raises(SettingError, match="does not fit"):
            drain(method(classifier, x, target, x[:2]))


def test_settings_carry_what_a_form_needs(method):
    for item in fields(method):
        assert "label" in item.metadata, item.name


def test_broken_net_is_a_model_error(method, batch):
    from fracview.attribution.explain import explain_input

    classifier, x, _ = batch
    torch.nn.init.constant_(classifier.net.first.weight, float("nan"))
    name = next(n for n in ATTRIBUTIONS if ATTRIBUTIONS.load(n) is type(method))
    with pytest.raises(ModelError, match="not finite"):
        drain(explain_input(classifier, x[:1], Method.of(name), 0))
