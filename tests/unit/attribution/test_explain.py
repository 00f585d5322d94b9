"""The whole way from an input to a heatmap; baselines and tiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from fracview.attribution.baselines import BASELINES, make_baseline
from fracview.attribution.deeplift import DeepLift
from fracview.attribution.explain import build_attribution, explain_input
from fracview.attribution.tiles import explain_tiles
from fracview.data.frame import InputFrame
from fracview.errors import SettingError, UnknownName
from fracview.models.card import CIFAR_MEAN, CIFAR_STD
from fracview.request import Method, Protocol, load_protocol
from fracview.task import drain
from tests.toy import toy_classifier


def image(height: int = 16, width: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(8)
    return torch.rand((1, 3, height, width), generator=generator, dtype=torch.float64)


def test_heatmap_of_a_tensor():
    classifier, x = toy_classifier(), image()
    method = Method.of("integrated_gradients", steps=6)
    heatmap = drain(explain_input(classifier, x, method, 1, baseline="mean"))
    assert heatmap.raw.shape == (3, 16, 12)
    assert heatmap.raw.dtype == np.float64
    assert heatmap.values.dtype == heatmap.reduced.dtype == np.float32
    assert np.array_equal(heatmap.reduced, np.abs(heatmap.raw).max(0).astype(np.float32))
    assert np.array_equal(heatmap.values, heatmap.reduced)
    assert heatmap.completeness_error < 1e-3
    assert (heatmap.target, heatmap.baseline, heatmap.reduction) == (1, "mean", "abs-max")
    assert heatmap.method == Method.of(
        "integrated_gradients", steps=6, rule="gauss-legendre", batch=4
    )


def test_heatmap_of_a_film_is_in_film_pixels():
    frame = InputFrame(40, 30, 16, 12)
    heatmap = drain(explain_input(toy_classifier(), image(), Method.of("saliency"), 0, frame=frame))
    assert heatmap.values.shape == (40, 30)
    assert heatmap.reduced.shape == (16, 12)
    assert np.array_equal(heatmap.values, frame.restore(heatmap.reduced))
    assert heatmap.baseline == ""
    assert heatmap.completeness_error is None


def test_own_baseline():
    classifier, x = toy_classifier(), image()
    own = torch.full_like(x, 0.25)
    heatmap = drain(explain_input(classifier, x, Method.of("deeplift"), 0, baseline=own))
    assert heatmap.baseline == "own"
    wanted = drain(DeepLift()(classifier, x, torch.tensor([0]), own)).values[0].numpy()
    assert np.array_equal(heatmap.raw, wanted)


def test_gradient_by_normalised_input():
    classifier, x = toy_classifier(normalisation="outside"), image()
    habit = replace(Protocol(), gradient_by="normalised")
    by_pixel, by_normalised = (
        drain(explain_input(classifier, x, Method.of("saliency"), 0, protocol=protocol)).raw
        for protocol in (None, habit)
    )
    std = np.array(CIFAR_STD).reshape(3, 1, 1)
    assert np.allclose(by_normalised, by_pixel * std, rtol=1e-12)
    z = ((x - classifier.mean) / classifier.std).requires_grad_(True)
    classifier.net(z)[0, 0].backward()
    assert np.allclose(by_normalised, z.grad[0].numpy(), atol=1e-14)
    same = [
        drain(explain_input(classifier, x, Method.of("deeplift"), 0, protocol=protocol)).raw
        for protocol in (None, habit)
    ]
    assert np.array_equal(*same)


def test_published_protocol_has_tiles_steps_and_grey():
    classifier = toy_classifier(normalisation="outside")
    protocol = replace(load_protocol("repo"), tile=8)
    x, seen = image(16, 16), []
    heatmap = drain(
        explain_input(
            classifier, x, Method.of("integrated_gradients"), 0,
            baseline=protocol.baseline, protocol=protocol,
        ),
        seen.append,
    )  # fmt: skip
    assert ("steps", 10) in heatmap.method.parameters
    assert heatmap.baseline == "grey"
    assert any("4 tiles of 8 pixels" in note for note in heatmap.notes)
    assert heatmap.completeness_error > 1e-2
    assert seen[-1].step == seen[-1].total
    whole = drain(explain_input(classifier, x, Method.of("saliency"), 0, protocol=protocol))
    assert not any("tiles" in note for note in whole.notes)


def test_tiles_are_explained_one_by_one():
    classifier, x = toy_classifier(), image(16, 12)
    target, grey = torch.tensor([1]), torch.full((1, 3, 16, 12), 0.5, dtype=torch.float64)
    raw = drain(explain_tiles(DeepLift(), classifier, x, target, grey, 8))
    corner = drain(DeepLift()(classifier, x[:, :, 8:, 8:], target, grey[:, :, 8:, 8:]))
    assert torch.equal(raw.values[:, :, 8:, 8:], corner.values)
    assert float((raw.values == 0).double().mean()) < 0.01


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_have_shape_and_range(name):
    x = image().expand(2, -1, -1, -1)
    made = make_baseline(name, x, toy_classifier(normalisation="outside"))
    assert made.shape[1:] == x.shape[1:]
    assert len(made) == (1 if name in ("black", "grey") else 2)
    assert made.dtype == x.dtype
    assert 0 <= float(made.min()) <= float(made.max()) <= 1


def test_baseline_values():
    x = image(20, 32)
    outside, inside = toy_classifier(normalisation="outside"), toy_classifier()
    assert not make_baseline("black", x, outside).any()
    for classifier in (outside, inside):
        grey = make_baseline("grey", x, classifier)
        assert grey[0, :, 3, 4].tolist() == pytest.approx(CIFAR_MEAN)
    one = toy_classifier(channels=1)
    level = float(make_baseline("grey", x[:, :1], one)[0, 0, 0, 0])
    assert level == pytest.approx(sum(CIFAR_MEAN) / 3)
    mean = make_baseline("mean", x, outside)
    assert torch.allclose(mean[0, :, 5, 5], x.mean((2, 3))[0])
    blur = make_baseline("blur", x, outside)[0, 1].numpy()
    wanted = gaussian_filter(x[0, 1].numpy(), 20 / 16, radius=round(3 * 20 / 16), mode="reflect")
    assert np.allclose(blur, wanted, atol=1e-12)
    assert make_baseline("blur", x[..., :1, :2], outside).shape == (1, 3, 1, 2)
    with pytest.raises(SettingError, match="black, mean, blur, grey"):
        make_baseline("white", x, outside)


@pytest.mark.parametrize(
    ("method", "changes", "error", "words"),
    [
        (Method.of("lime"), {}, UnknownName, "saliency, input_x_gradient"),
        (Method.of("occlusion", size=3), {}, SettingError, "no setting 'size'. It has: window"),
        (Method.of("saliency", steps=3), {}, SettingError, "It has: none"),
        (Method.of("saliency"), {"reduction": "l2"}, SettingError, "reduction 'l2'"),
        (Method.of("deeplift"), {"baseline": "white"}, SettingError, "baseline 'white'"),
        (Method.of("deeplift"), {"baseline": torch.zeros(1, 3, 4, 4)}, SettingError, "not fit"),
    ],
)
def test_bad_requests(method, changes, error, words):
    with pytest.raises(error, match=words):
        drain(explain_input(toy_classifier(), image(), method, 0, **changes))


def test_one_image_and_one_class():
    x = image().expand(2, -1, -1, -1)
    with pytest.raises(SettingError, match="one image"):
        drain(explain_input(toy_classifier(), x, Method.of("saliency"), 0))
    with pytest.raises(SettingError, match="class indices from 0 to 1"):
        drain(explain_input(toy_classifier(), x[:1], Method.of("saliency"), 2))


def test_steps_of_the_protocol_yield_to_the_method():
    protocol = load_protocol("repo")
    assert build_attribution(Method.of("integrated_gradients"), protocol).steps == 10
    assert build_attribution(Method.of("integrated_gradients", steps=3), protocol).steps == 3
    assert build_attribution(Method.of("integrated_gradients")).steps == 50
