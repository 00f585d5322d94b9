"""The contract of a Classifier, on the smooth toy in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fracview.data.radiograph import Radiograph, Window
from fracview.errors import ModelError
from fracview.models.card import CIFAR_MEAN, CIFAR_STD, InputSpec, ModelCard
from fracview.models.classifier import Classifier
from fracview.request import Protocol
from tests.toy import SmoothNet, toy_classifier


def batch(count: int = 2, channels: int = 3, side: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.rand(count, channels, side, side, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("way", ["none", "inside", "outside", "both"])
def test_normalises_as_the_card_says(way: str) -> None:
    model, x = toy_classifier(normalisation=way), batch()
    shift = torch.tensor(CIFAR_MEAN, dtype=torch.float64).view(1, 3, 1, 1)
    scale = torch.tensor(CIFAR_STD, dtype=torch.float64).view(1, 3, 1, 1)
    fed = (x - shift) / scale if way in ("outside", "both") else x
    assert torch.allclose(model(x), model.net(fed), atol=1e-14, rtol=0)
    assert model.scale == (CIFAR_STD if way in ("outside", "both") else (1.0, 1.0, 1.0))


def test_protocol_may_normalise_every_net_outside() -> None:
    model = toy_classifier(normalisation="none")
    view = model.under(Protocol(normalisation="cifar"))
    assert model.under(Protocol()) is model
    assert view.net is model.net
    outside = toy_classifier(normalisation="outside")
    assert torch.equal(view(batch()), outside(batch()))
    assert not torch.equal(view(batch()), model(batch()))


def test_weights_are_frozen_and_asleep() -> None:
    model = toy_classifier()
    assert not any(parameter.requires_grad for parameter in model.net.parameters())
    assert not any(module.training for module in model.net.modules())
    model.step(batch(), torch.tensor([0, 1]))
    assert all(parameter.grad is None for parameter in model.net.parameters())


def test_grey_is_repeated() -> None:
    model = toy_classifier(normalisation="outside")
    grey = batch(channels=1)
    assert torch.equal(model(grey), model(grey.expand(-1, 3, -1, -1)))


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 2, 8, 8), (1, 4, 8, 8), (8, 8)])
def test_wrong_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="takes"):
        toy_classifier()(torch.rand(shape))


@pytest.mark.parametrize("loss", ["cross_entropy", "logit", "margin"])
def test_gradient_is_that_of_a_difference(loss: str) -> None:
    model, x, y = toy_classifier(), batch(side=5), torch.tensor([0, 1])
    step = model.step(x, y, loss)
    h = 1e-6
    for index in [(0, 0, 1, 2), (1, 2, 4, 4), (0, 1, 3, 0)]:
        up, down = x.clone(), x.clone()
        up[index] += h
        down[index] -= h
        slope = (model.step(up, y, loss).loss - model.step(down, y, loss).loss)[index[0]] / (2 * h)
        assert step.gradient[index].item() == pytest.approx(slope.item(), rel=1e-5, abs=1e-9)


def test_every_image_has_its_own_loss() -> None:
    model, x, y = toy_classifier(), batch(3), torch.tensor([0, 1, 1])
    together = model.step(x, y)
    for index in range(3):
        alone = model.step(x[index : index + 1], y[index : index + 1])
        assert torch.allclose(together.gradient[index], alone.gradient[0], atol=1e-14)
        assert together.loss[index].item() == pytest.approx(alone.loss.item(), abs=1e-13)


def test_step_inside_no_grad_and_leaves_no_graph() -> None:
    model, x = toy_classifier(), batch()
    with torch.no_grad():
        step = model.step(x, torch.tensor([0, 0]))
        assert not torch.is_grad_enabled()
    assert step.gradient.abs().max() > 0
    assert not any(tensor.requires_grad for tensor in (step.gradient, step.loss, x))


def test_predictions() -> None:
    model = toy_classifier()
    first, second = model.predict(batch())
    for prediction in (first, second):
        assert sum(prediction.probabilities) == pytest.approx(1)
        assert prediction.label == prediction.classes[prediction.index]
        assert prediction.probability("fractured") == prediction.probabilities[0]


class Rows(nn.Module):
    """Breaks the contract: as many rows as asked for, or numbers that are not finite."""

    def __init__(self, factor: int, value: float = 0.0) -> None:
        super().__init__()
        self.factor, self.value = factor, value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.full((len(x) * self.factor, 2), self.value)


def card(**changes: object) -> ModelCard:
    spec = InputSpec((8, 8), 3, "none")
    return ModelCard("broken", "toy", "rows", input=spec, **changes)


def test_more_rows_than_images() -> None:
    with pytest.raises(ModelError, match=r"returned \(98, 2\) for 2 images"):
        Classifier(Rows(49), card())(torch.rand(2, 3, 8, 8))


def test_no_prediction_from_nan() -> None:
    with pytest.raises(ModelError, match="not finite"):
        Classifier(Rows(1, float("nan")), card()).predict(torch.rand(1, 3, 8, 8))


def test_mean_of_another_length() -> None:
    spec = InputSpec((8, 8), 1, "outside")
    with pytest.raises(ModelError, match="need 1 numbers"):
        Classifier(SmoothNet(1), ModelCard("odd", "toy", "smooth", input=spec))


def test_prepare_fits_a_radiograph() -> None:
    model = toy_classifier()
    pixels = np.linspace(0, 1, 40 * 30, dtype=np.float32).reshape(40, 30)
    film = Radiograph(pixels, window=Window(0.0, 1.0))
    x = model.prepare(film)
    assert x.shape == (1, 3, 16, 16)
    assert x.dtype == torch.float64
    assert 0 <= x.min() < 0.1 < 0.9 < x.max() <= 1
    assert model.prepare(film, Protocol(size=(10, 20))).shape == (1, 3, 10, 20)
