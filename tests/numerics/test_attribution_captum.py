"""Own attributions against captum in float64."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from fracview.attribution.deeplift import DeepLift
from fracview.attribution.grad_cam import GradCam
from fracview.attribution.input_x_gradient import InputXGradient
from fracview.attribution.integrated_gradients import IntegratedGradients
from fracview.attribution.occlusion import Occlusion
from fracview.attribution.saliency import Saliency
from fracview.task import drain
from tests.toy import toy_classifier

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    attr = pytest.importorskip("captum.attr")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def captum_in_double(monkeypatch):
    """Keep captum from rounding its weights and counts to float32, which costs it eight digits."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    yield
    torch.set_default_dtype(before)


def case(activation=nn.SiLU, normalisation="outside"):
    classifier = toy_classifier(activation=activation, normalisation=normalisation)
    generator = torch.Generator().manual_seed(4)
    x = torch.rand((3, 3, 21, 18), generator=generator, dtype=torch.float64)
    baseline = torch.rand((3, 3, 21, 18), generator=generator, dtype=torch.float64)
    return classifier, x, torch.tensor([0, 1, 1]), baseline


def close(ours: torch.Tensor, wanted: torch.Tensor) -> None:
    assert float(wanted.abs().max()) > 1e-5
    assert float((ours - wanted).abs().max()) < 1e-9


def test_saliency():
    classifier, x, target, _ = case()
    close(
        drain(Saliency()(classifier, x, target)).values,
        attr.Saliency(classifier).attribute(x.requires_grad_(), target, abs=False),
    )


def test_input_x_gradient():
    classifier, x, target, _ = case()
    ours = drain(InputXGradient()(classifier, x, target)).values
    close(ours, attr.InputXGradient(classifier).attribute(x.requires_grad_(), target).detach())


@pytest.mark.parametrize(
    ("rule", "name", "factor"),
    [
        ("gauss-legendre", "gausslegendre", 1.0),
        ("middle", "riemann_middle", 1.0),
        ("right", "riemann_right", 1.0),
        # captum divides n nodes by n where n - 1 intervals lie between them.
        ("trapezoid", "riemann_trapezoid", 20 / 19),
    ],
)
@pytest.mark.usefixtures("captum_in_double")
def test_integrated_gradients(rule, name, factor):
    classifier, x, target, baseline = case()
    raw = drain(IntegratedGradients(20, rule, batch=7)(classifier, x, target, baseline))
    reference = attr.IntegratedGradients(classifier)
    close(
        raw.values,
        factor * reference.attribute(x, baseline, target=target, n_steps=20, method=name),
    )


@pytest.mark.usefixtures("captum_in_double")
def test_completeness_error_is_captums_delta():
    classifier, x, target, baseline = case()
    raw = drain(IntegratedGradients(5)(classifier, x, target, baseline))
    _, delta = attr.IntegratedGradients(classifier).attribute(
        x, baseline, target=target, n_steps=5, return_convergence_delta=True
    )
    rise = (classifier.logits(x) - classifier.logits(baseline)).gather(1, target[:, None])[:, 0]
    assert raw.completeness_error == pytest.approx((delta.abs() / rise.abs()).tolist(), abs=1e-9)


@pytest.mark.parametrize(("window", "stride"), [(5, 2), (15, 8), (4, 4), (40, 8)])
@pytest.mark.usefixtures("captum_in_double")
def test_occlusion(window, stride):
    classifier, x, target, baseline = case()
    ours = drain(Occlusion(window, stride, batch=5)(classifier, x, target, baseline)).values
    side = tuple(min(window, n) for n in x.shape[2:])
    steps = tuple(min(stride, n) for n in side)
    wanted = attr.Occlusion(classifier).attribute(
        x, (3, *side), (3, *steps), baselines=baseline, target=target
    )
    close(ours, wanted)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("kind", ["relu", "tanh", "elu", "softplus"])
def test_deeplift(kind, rows):
    kinds = {"relu": nn.ReLU, "tanh": nn.Tanh, "elu": nn.ELU, "softplus": nn.Softplus}
    classifier, x, target, baseline = case(kinds[kind])
    baseline = baseline[:rows]
    ours = drain(DeepLift()(classifier, x, target, baseline)).values
    wanted = attr.DeepLift(classifier).attribute(x.requires_grad_(), baseline, target=target)
    close(ours, wanted.detach())


def test_grad_cam():
    classifier, x, target, _ = case()
    ours = drain(GradCam("second")(classifier, x, target)).values
    reference = attr.LayerGradCam(classifier, classifier.net.second)
    small = reference.attribute(x, target, relu_attributions=True)
    wanted = attr.LayerAttribution.interpolate(small.detach(), x.shape[2:], "bilinear")
    close(ours, wanted.expand_as(x))


SMALL = ("Standard", "Zhang2020Geometry", "Rade2021Helper_extra", "Huang2021Exploring_ema")
LARGE = ("Chen2024Data_WRN_34_20", "Rebuffi2021Fixing_70_16_cutmix_extra")


@pytest.mark.parametrize(
    "architecture",
    [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)],
)
def test_deeplift_is_complete_on_all_six_architectures(architecture):
    from fracview.models.load import forget_models, load_model

    classifier = load_model(f"{architecture}:seed=0", "cpu")
    generator = torch.Generator().manual_seed(0)
    x = torch.rand((1, 3, 32, 32), generator=generator)
    raw = drain(DeepLift()(classifier, x, torch.tensor([0]), None))
    assert classifier.dtype == torch.float32
    assert raw.completeness_error[0] <= 1e-4
    assert raw.notes == ()
    forget_models()


def test_captum_is_silently_wrong_on_swish_and_we_are_not():
    """The reason for an own DeepLIFT: the plain gradient at an activation captum does not know."""
    classifier, x, target, baseline = case(nn.SiLU)
    ours = drain(DeepLift()(classifier, x, target, baseline))
    theirs = attr.DeepLift(classifier).attribute(x.requires_grad_(), baseline, target=target)
    rise = (classifier.logits(x) - classifier.logits(baseline)).gather(1, target[:, None])[:, 0]
    assert max(ours.completeness_error) < 1e-12
    assert float(((theirs.sum((1, 2, 3)) - rise) / rise).abs().max()) > 1e-2


@pytest.mark.parametrize("kind", [nn.SiLU, nn.ReLU, nn.GELU])
@pytest.mark.parametrize("rows", [1, 3])
def test_captums_habit_can_be_had_for_the_published_protocol(kind, rows):
    classifier, x, target, baseline = case(kind)
    baseline = baseline[:rows]
    ours = drain(DeepLift(rule="captum")(classifier, x, target, baseline)).values
    wanted = attr.DeepLift(classifier).attribute(x.requires_grad_(), baseline, target=target)
    close(ours, wanted.detach())
