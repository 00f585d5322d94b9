"""Every probe finds the fault that it is there for, and passes a sound net."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from fracview.errors import ModelError
from fracview.fingerprint import file_sha256
from fracview.models.activations import CAPTUM, RESCALED, find_activations
from fracview.models.card import InputSpec, ModelCard, Normalisation, Weights, write_card
from fracview.models.classifier import Classifier
from fracview.models.load import load_model
from fracview.models.probe import Finding, check_output, probe
from fracview.models.zoo.small import SOURCE
from fracview.paths import model_dir
from tests.toy import toy_classifier

NAMES = [
    "weights", "finite", "classes", "range", "normalisation", "pooling", "frozen", "activations",
]  # fmt: skip


class Net(nn.Module):
    """A small net with one fault at a time."""

    def __init__(self, fault: str = "", activation: type[nn.Module] = nn.ReLU) -> None:
        super().__init__()
        self.fault = fault
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.act = activation()
        self.fc = nn.Linear(4, 2)
        generator = torch.Generator().manual_seed(0)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.5, generator=generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.fault == "normalises":
            x = (x - 0.4) / 0.2
        hidden = self.norm(self.conv(x))
        if self.fault == "loose":
            hidden = torch.relu(hidden)
        hidden = self.act(hidden)
        if self.fault == "twice":
            hidden = self.act(hidden - 0.1)
        if self.fault == "view":  # positions become images, averaged again so that shapes fit
            rows = self.fc(nn.functional.avg_pool2d(hidden, 4).view(-1, 4))
            return rows.view(len(x), -1, 2).mean(1)
        pooled = hidden.mean((2, 3))
        if self.fault == "neighbours":
            pooled = pooled - pooled.mean(0)
        if self.fault == "counts":
            self.norm.running_mean = self.norm.running_mean + 0.1
        return self.fc(pooled)


def model(
    fault: str = "",
    way: Normalisation = "none",
    activation: type[nn.Module] = nn.ReLU,
    **changes: object,
) -> Classifier:
    card = ModelCard(
        "net", "toy", "net", input=InputSpec((64, 64), 3, way), weights=Weights(seed=0)
    )
    return Classifier(Net(fault, activation), replace(card, **changes))


def findings(classifier: Classifier) -> dict[str, Finding]:
    return {finding.name: finding for finding in probe(classifier)}


def test_sound_net() -> None:
    found = findings(model(kind="untrained"))
    assert list(found) == NAMES
    assert [name for name in NAMES if found[name].state != "ok"] == ["weights"]
    assert all(finding.sentence.endswith(".") for finding in found.values())


def test_probing_changes_nothing() -> None:
    for fault in ("", "counts"):
        classifier = model(fault)
        before = {k: v.clone() for k, v in classifier.state_dict().items()}
        first, second = probe(classifier), probe(classifier)
        assert first == second
        assert all(torch.equal(before[k], v) for k, v in classifier.state_dict().items())
        assert all(not m._forward_hooks and not m._forward_pre_hooks for m in classifier.modules())


@pytest.mark.parametrize(
    ("fault", "way", "state", "text"),
    [
        ("", "outside", "ok", "Normalised once, outside"),
        ("normalises", "inside", "ok", "inside the net (mean 0.400, std 0.200)"),
        ("normalises", "both", "caution", "Normalised twice, as the card says"),
        ("normalises", "outside", "fail", "Normalised twice: the net does it, too"),
        ("normalises", "none", "caution", "the card says none"),
        ("", "inside", "fail", "the net does not normalise"),
        ("", "both", "fail", "the net does not normalise"),
        ("", "none", "ok", "Not normalised"),
    ],
)
def test_normalisation(fault: str, way: Normalisation, state: str, text: str) -> None:
    found = findings(model(fault, way))["normalisation"]
    assert (found.state, text in found.sentence) == (state, True), found


def test_range() -> None:
    found = findings(model(way="outside"))["range"]
    assert found.state == "ok"
    assert "-1.989 to 2.126" in found.sentence
    broken = model(way="outside")
    broken.std *= 2
    assert findings(broken)["range"].state == "fail"


@pytest.mark.parametrize(
    ("fault", "name", "text"),
    [
        ("view", "pooling", "64 rows per image of 32 x 32"),
        ("neighbours", "pooling", "depends on the others"),
        ("counts", "frozen", "norm.running_mean"),
    ],
)
def test_faults(fault: str, name: str, text: str) -> None:
    found = findings(model(fault))[name]
    assert found.state == "fail"
    assert text in found.sentence


def test_awake_and_not_finite() -> None:
    classifier = model()
    classifier.net.train()
    assert "move" in findings(classifier)["frozen"].sentence
    classifier.net.eval()
    classifier.net.act.train()
    assert findings(classifier)["frozen"].sentence.startswith("1 modules are in training mode")
    classifier.net.act.eval()
    classifier.net.requires_grad_(True)
    assert findings(classifier)["frozen"].state == "caution"
    with torch.no_grad():
        classifier.net.fc.bias[0] = torch.nan
    found = findings(classifier)
    assert "fc.bias" in found["finite"].sentence
    assert {found["finite"].state, found["classes"].state} == {"fail"}


def test_classes() -> None:
    assert findings(model(kind="standard"))["classes"].state == "caution"
    assert findings(model(measured={"clean": 0.9}))["classes"].state == "ok"
    found = findings(model(classes=("cat", "dog")))["classes"]
    assert found.state == "fail"
    assert "0 cat, 1 dog" in found.sentence
    assert findings(model(classes=("fractured", "b", "c")))["classes"].state == "fail"


def test_hash_that_a_card_vouches_for() -> None:
    file = model_dir() / "w.pth"
    torch.save(SOURCE.build("small-resnet", ("fractured", "not fractured"), {}).state_dict(), file)
    bare = replace(SOURCE.default_card("small-resnet"), weights=Weights(file.name))
    path = model_dir() / "c.toml"
    write_card(bare, path)
    assert findings(load_model(path, "cpu"))["weights"].state == "caution"
    write_card(replace(bare, weights=Weights(file.name, file_sha256(file)), title="vouched"), path)
    found = findings(load_model(path, "cpu"))
    assert found["weights"].state == "ok"
    assert file_sha256(file)[:12] in found["weights"].sentence
    assert findings(toy_classifier())["weights"].state == "caution"


def test_activations_that_captum_does_not_know() -> None:
    found = findings(model(activation=nn.SiLU))["activations"]
    assert found.state == "ok"
    assert "captum's does not know SiLU" in found.sentence
    assert "captum" not in findings(model())["activations"].sentence


@pytest.mark.parametrize("activation", [nn.Mish, nn.Hardswish, nn.SELU])
def test_activations_that_our_deeplift_follows(activation: type[nn.Module]) -> None:
    assert findings(model(activation=activation))["activations"].state == "ok"


@pytest.mark.parametrize(
    ("fault", "activation", "text"),
    [
        ("loose", nn.ReLU, "outside of modules: 1 relu"),
        ("twice", nn.ReLU, "used twice: act"),
        ("", nn.Hardshrink, "no rule for Hardshrink"),
    ],
)
def test_activations_without_a_rule(fault: str, activation: type[nn.Module], text: str) -> None:
    found = findings(model(fault, activation=activation))["activations"]
    assert found.state == "caution"
    assert text in found.sentence


def test_activations_are_counted() -> None:
    small = Classifier(
        SOURCE.build("small-resnet", ("a", "b"), {}), SOURCE.default_card("small-resnet")
    )
    found = find_activations(small, torch.rand(1, 1, 32, 32))
    assert found.modules == {"ReLU": 13, "AdaptiveMaxPool2d": 1}
    assert (found.reused, found.loose, found.unknown) == ((), {}, ())


def test_captums_own_table() -> None:
    deep_lift = pytest.importorskip("captum.attr._core.deep_lift")
    assert {kind.__name__ for kind in deep_lift.SUPPORTED_NON_LINEAR} == set(CAPTUM)
    assert "SiLU" in RESCALED


def test_check_output() -> None:
    check_output(model())
    broken = model()
    with torch.no_grad():
        broken.net.fc.weight.fill_(torch.inf)
    with pytest.raises(ModelError, match="not finite"):
        check_output(broken)
    with pytest.raises(ModelError, match="cannot answer"):
        check_output(Classifier(nn.Conv3d(5, 2, 1), model().card))
    with pytest.raises(ModelError, match="classes; it must pool globally"):
        check_output(Classifier(nn.Conv2d(3, 2, 1), model().card))
