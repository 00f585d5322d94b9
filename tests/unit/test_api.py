"""The public verbs: what they promise of shapes, seeds and ranges, and how they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import fracview
from fracview.errors import DeviceError, FracviewError, NoBoxesError, SettingError, UnknownName
from tests.toy import toy_classifier

MODEL = "small-resnet:seed=0"
METHODS = ("saliency", "input_x_gradient", "integrated_gradients", "deeplift", "occlusion",
           "grad_cam")  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Any:
    return fracview.load_model(MODEL, "cpu")


@pytest.fixture
def toy() -> Any:
    return toy_classifier()


@pytest.fixture
def film(tmp_path: Path) -> fracview.Radiograph:
    pixels = np.random.default_rng(0).integers(0, 255, (60, 48)).astype(np.uint8)
    path = tmp_path / "film.png"
    Image.fromarray(pixels).save(path)
    return fracview.read_radiograph(path)


def image(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def test_a_classifier_keeps_its_contract(model: Any, film: fracview.Radiograph) -> None:
    assert isinstance(model, torch.nn.Module)
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert model.card.classes == ("fractured", "not fractured")
    x = model.prepare(film)
    assert x.shape == (1, model.card.input.channels, *model.card.input.size)
    assert 0 <= float(x.min()) <= float(x.max()) <= 1
    gradient = model.input_gradient(x, torch.tensor([0]))
    assert gradient.shape == x.shape
    assert bool(gradient.any())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_a_map_of_a_film_lies_in_film_pixels(
    model: Any, film: fracview.Radiograph, method: str
) -> None:
    heatmap = fracview.attribute(model, film, method, "fractured")
    assert heatmap.values.shape == (film.height, film.width) == (60, 48)
    assert heatmap.values.dtype == np.float32
    assert heatmap.raw.shape == (model.card.input.channels, *model.card.input.size)
    assert heatmap.values.min() >= 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(16, 16), (7, 13)])
def test_a_map_of_a_tensor_lies_in_its_pixels(toy: Any, method: str, size: tuple[int, int]) -> None:
    heatmap = fracview.attribute(toy, image(1, 3, *size), method, "fractured")
    assert heatmap.values.shape == size
    assert heatmap.raw.shape == (3, *size)
    assert heatmap.target == 0
    assert heatmap.method.name == method


def test_raw_maps_are_signed_and_complete(toy: Any) -> None:
    x = image(3, 16, 16)
    heatmap = fracview.attribute(toy, x, "integrated_gradients", 0, steps=50)
    assert heatmap.raw.min() < 0 < heatmap.raw.max()
    rise = toy.logits(x[None])[0, 0] - toy.logits(torch.zeros(1, 3, 16, 16))[0, 0]
    assert heatmap.raw.sum() == pytest.approx(float(rise), rel=1e-6)
    assert heatmap.completeness_error is not None
    assert heatmap.completeness_error < 1e-6
    assert fracview.attribute(toy, x, "saliency", 0).completeness_error is None


def test_the_baseline_is_a_name_or_a_tensor_like_x(toy: Any) -> None:
    x = image(3, 16, 16)
    named = fracview.attribute(toy, x, "deeplift", 0, "black")
    zeros: list[Any] = [torch.zeros(3, 16, 16), torch.zeros(1, 1, 16, 16), np.zeros((3, 16, 16))]
    for own in zeros:
        given = fracview.attribute(toy, x, "deeplift", 0, own)
        np.testing.assert_allclose(given.raw, named.raw, atol=1e-12)
        assert (named.baseline, given.baseline) == ("black", "own")
    for bad in (x * torch.nan, x + 2, (x * 255).int(), None, 5, "x", torch.zeros(3, 8, 8)):
        with pytest.raises(SettingError, match="baseline"):
            fracview.attribute(toy, x, "deeplift", 0, bad)  # type: ignore[arg-type]


def test_grey_and_colour_tensors_are_one(toy: Any) -> None:
    grey = image(1, 1, 16, 16)
    one = fracview.attack(toy, grey, "fractured", steps=3)
    three = fracview.attack(toy, grey.expand(-1, 3, -1, -1), "fractured", steps=3)
    assert torch.equal(one.adversarial, three.adversarial)
    assert one.adversarial.shape == (1, 3, 16, 16)


def test_an_attack_keeps_its_ball_and_its_seed(toy: Any) -> None:
    x = image(2, 3, 16, 16)
    kept = x.clone()
    once = fracview.attack(toy, x, [0, 1], eps="4/255", step_size="1/255", steps=5, seed=3)
    again = fracview.attack(toy, x, torch.tensor([0, 1]), eps=4 / 255, step_size=1 / 255,
                            steps=5, seed=3)  # fmt: skip
    other = fracview.attack(toy, x, [0, 1], steps=5, step_size="1/255", seed=4)
    assert torch.equal(once.adversarial, again.adversarial)
    assert not torch.equal(once.adversarial, other.adversarial)
    assert float(once.delta.abs().max()) <= 4 / 255 + 1e-12
    assert 0 <= float(once.adversarial.min()) <= float(once.adversarial.max()) <= 1
    assert len(once.history) == 6
    assert torch.equal(x, kept), "the input was written to"
    assert not any(parameter.requires_grad for parameter in toy.parameters())


def test_epsilon_by_its_other_name_is_not_passed_over(toy: Any) -> None:
    made = fracview.attack(toy, image(1, 3, 16, 16), 0, steps=1, epsilon=0.1)
    assert made.threat.epsilon == 0.1


X = image(1, 3, 16, 16)


@pytest.mark.parametrize(
    "x",
    [X + 1, X - 1, X * torch.nan, X / 0, X[0, 0], X[None], (X * 255).byte(), X > 0.5,
     torch.zeros(1, 3, 0, 0), torch.zeros(0, 3, 16, 16), X.to(torch.complex64), X.to_sparse(),
     torch.zeros(1, 3, 4, 4, device="meta"), np.zeros((3, 4, 4), int), [[1.0]], "film.png", None],
    ids=["bright", "dark", "nan", "infinite", "flat", "deep", "bytes", "flags", "empty", "none",
         "complex", "sparse", "meta", "whole", "list", "name", "nothing"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(toy: Any, x: Any) -> None:
    with pytest.raises(SettingError, match=r"\bx "):
        fracview.attack(toy, x, "fractured", steps=1)
    with pytest.raises(SettingError, match=r"\bx "):
        fracview.attribute(toy, x, "saliency", "fractured")


def test_other_numbers_of_channels_are_refused(toy: Any) -> None:
    with pytest.raises(FracviewError, match=r"takes \(N, 3, H, W\)"):
        fracview.attack(toy, image(1, 2, 16, 16), 0)


@pytest.mark.parametrize("label", [2, -1, None, 1.5, True, [0, 1], [], torch.tensor(0.5)])
def test_a_label_is_a_class(toy: Any, label: Any) -> None:
    with pytest.raises(SettingError, match="label must be one of fractured, not fractured"):
        fracview.attack(toy, X, label, steps=1)
    with pytest.raises(SettingError, match="target must be one of"):
        fracview.attribute(toy, X, "saliency", label)


def test_an_unknown_class_lists_the_known(toy: Any) -> None:
    with pytest.raises(UnknownName, match="fractured, not fractured"):
        fracview.attack(toy, X, "broken")


@pytest.mark.parametrize(
    "settings",
    [{"eps": 0}, {"eps": -1}, {"eps": None}, {"eps": "a"}, {"eps": 4}, {"steps": 0},
     {"steps": 2.5}, {"step_size": 0}, {"norm": "L9"}, {"seed": -1}, {"seed": None},
     {"restarts": 0}, {"colour": 3}, {"channel_scale": 3}, {"channel_scale": (1.0,)}],
    ids=str,
)  # fmt: skip
def test_settings_out_of_range_are_refused(toy: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        fracview.attack(toy, X, 0, **settings)


def test_unknown_methods_and_devices(toy: Any) -> None:
    with pytest.raises(UnknownName, match="pgd"):
        fracview.attack(toy, X, 0, "magic")
    with pytest.raises(UnknownName, match="saliency"):
        fracview.attribute(toy, X, "magic", 0)
    with pytest.raises(SettingError, match="one image at a time"):
        fracview.attribute(toy, image(2, 3, 16, 16), "saliency", 0)
    with pytest.raises(FracviewError):
        fracview.load_model("nobody")
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError):
            fracview.load_model(MODEL, "cuda")


def test_coverage_curve() -> None:
    values = np.arange(100, dtype=np.float32).reshape(10, 10)
    mask = np.zeros((10, 10), bool)
    mask[9] = True  # the ten brightest pixels
    curve = fracview.coverage_curve(values, mask)
    np.testing.assert_array_equal(curve.percents, np.arange(1, 101))
    np.testing.assert_allclose(curve.coverage[:10], np.arange(1, 11) / 10)
    np.testing.assert_allclose(curve.coverage[10:], 1)
    np.testing.assert_allclose(curve.area, np.arange(1, 101) / 100)
    few = fracview.coverage_curve(values, mask, percents=[5, 50], rule="repo")
    assert list(few.percents) == [5, 50]
    assert few.coverage.shape == few.area.shape == (2,)
    for bad in ({"percents": [0]}, {"percents": []}, {"rule": "paper"}):
        with pytest.raises(SettingError):
            fracview.coverage_curve(values, mask, **bad)  # type: ignore[arg-type]
    with pytest.raises(SettingError):
        fracview.coverage_curve(values * np.nan, mask)
    with pytest.raises(SettingError):
        fracview.coverage_curve(values, mask[:5])
    with pytest.raises(NoBoxesError):
        fracview.coverage_curve(values, mask & False)
