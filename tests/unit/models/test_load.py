"""From a name to a classifier: seeds, files, hashes, memory."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fracview.errors import CardError, CheckpointError, DeviceError, ModelError, UnknownName
from fracview.fingerprint import file_sha256
from fracview.models import load
from fracview.models.calibration import calibrate, clouds
from fracview.models.card import ModelCard, Weights, write_card
from fracview.models.classifier import Classifier
from fracview.models.load import forget_models, load_model
from fracview.models.zoo.small import SOURCE
from fracview.paths import model_dir
from tests.toy import toy_classifier

OPTIONS = {"widths": [4, 8], "blocks": [1, 1]}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget_models()


@pytest.fixture
def card() -> ModelCard:
    """Card named "tiny" in the user's folder, its weights beside it."""
    folder = model_dir()
    net = SOURCE.build("small-resnet", ("fractured", "not fractured"), OPTIONS)
    save_file(net.state_dict(), folder / "tiny.safetensors")
    card = replace(
        SOURCE.default_card("small-resnet"),
        name="tiny",
        kind="standard",
        options=OPTIONS,
        weights=Weights("tiny.safetensors", file_sha256(folder / "tiny.safetensors")),
    )
    return write_card(card, folder / "tiny.toml")


def test_by_name_and_by_file(card: ModelCard) -> None:
    model = load_model("tiny", "cpu")
    assert model.card == card
    held = model.net.state_dict()
    from safetensors.torch import load_file

    for key, value in load_file(model_dir() / "tiny.safetensors").items():
        assert torch.equal(held[key], value)
    again = load_model(model_dir() / "tiny.toml", "cpu")
    assert again is model


def test_hash_is_found_out_where_the_card_is_silent(card: ModelCard) -> None:
    digest = card.weights.sha256
    write_card(replace(card, weights=Weights("tiny.safetensors")), model_dir() / "tiny.toml")
    assert load_model("tiny", "cpu").card.weights.sha256 == digest


def test_other_weights_than_the_card_says(card: ModelCard) -> None:
    weights = Weights("tiny.safetensors", "0" * 64)
    write_card(replace(card, weights=weights), model_dir() / "tiny.toml")
    with pytest.raises(CheckpointError, match=r"not the weights of the card 'tiny'.*says 000000"):
        load_model("tiny", "cpu")


def test_weights_without_card(tmp_path: Path) -> None:
    net = SOURCE.build("small-resnet", ("fractured", "not fractured"), {})
    file = tmp_path / "w.pth"
    torch.save({"model_state_dict": net.half().state_dict()}, file)
    model = load_model(f"small-resnet:{file}", "cpu")
    assert model.dtype == torch.float32
    assert model.card.weights.sha256 == file_sha256(file)
    assert any("No card vouches" in warning for warning in model.card.warnings)
    with pytest.raises(CheckpointError, match="no such file"):
        load_model("small-resnet:absent.pth", "cpu")
    with pytest.raises(CheckpointError, match="does not fit the architecture"):
        load_model(f"Standard:{file}", "cpu")


def test_memory_until_the_file_changes(card: ModelCard) -> None:
    model = load_model("tiny", "cpu")
    assert load_model("tiny", "cpu") is model
    file = model_dir() / "tiny.toml"
    write_card(replace(card, title="new"), file)
    os.utime(file, ns=(1, 1))
    assert load_model("tiny", "cpu").card.title == "new"


def test_memory_is_small(card: ModelCard) -> None:
    first = load_model("tiny", "cpu")
    for seed in range(load.KEPT):
        load_model(f"small-resnet:seed={seed}", "cpu")
    assert load_model("tiny", "cpu") is not first


def test_seed_decides_and_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    first = load_model("small-resnet:seed=0", "cpu")
    assert torch.equal(torch.rand(4), expected)
    forget_models()
    torch.manual_seed(99)
    second = load_model("small-resnet:seed=0", "cpu")
    third = load_model("small-resnet:seed=1", "cpu")
    x = clouds(5, 3, 40)
    assert first is not second
    assert torch.equal(first.logits(x), second.logits(x))
    assert not torch.equal(first.logits(x), third.logits(x))


@pytest.mark.parametrize("name", ["Standard", "Rade2021Helper_extra"])
def test_seeded_nets_answer_within_reason(name: str) -> None:
    """A saturated softmax has no gradient; untouched BatchNorm statistics lead there."""
    model = load_model(f"{name}:seed=0", "cpu")
    assert model.card.kind == "untrained"
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.momentum == 0.1
            assert not module.training
    generator = torch.Generator().manual_seed(1)
    x = torch.cat([torch.rand(1, 1, 40, 40, generator=generator), clouds(7, 2, 40)])
    step = model.step(x, torch.tensor([0, 1, 0]))
    assert step.logits.abs().max() < 30
    assert (step.logits[:, 0] - step.logits[:, 1]).abs().max() < 15
    assert (step.gradient.abs().amax((1, 2, 3)) > 1e-7).all()
    assert torch.get_default_dtype() == torch.float32


def test_calibration_sets_the_statistics_of_one_batch() -> None:
    norm = nn.BatchNorm2d(3)
    net = nn.Sequential(
        norm, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.9), nn.Linear(3, 2)
    )
    model = Classifier(net, replace(toy_classifier().card))
    calibrate(model, 4)
    x = clouds(4, 8, 32).expand(-1, 3, -1, -1)
    assert torch.allclose(norm.running_mean, x.mean((0, 2, 3)), atol=1e-6)
    assert torch.allclose(norm.running_var, x.var((0, 2, 3)), atol=1e-6)


def test_clouds_are_seeded_grey_images() -> None:
    first = clouds(0, 4, 20)
    assert first.shape == (4, 1, 20, 20)
    assert torch.equal(first, clouds(0, 4, 20))
    assert not torch.equal(first, clouds(1, 4, 20))
    assert first.min() >= 0
    assert first.max() <= 1


def test_names_and_devices_that_do_not_exist() -> None:
    with pytest.raises(UnknownName):
        load_model("nothing")
    with pytest.raises(UnknownName, match="no device"):
        load_model("small-resnet:seed=0", "abacus")


def test_card_without_weights(tmp_path: Path) -> None:
    write_card(SOURCE.default_card("small-resnet"), tmp_path / "c.toml")
    with pytest.raises(CheckpointError, match="names no weights"):
        load_model(tmp_path / "c.toml", "cpu")


def test_card_with_an_unknown_source(card: ModelCard) -> None:
    write_card(replace(card, source="zoo"), model_dir() / "tiny.toml")
    with pytest.raises(UnknownName, match="source of architectures"):
        load_model("tiny", "cpu")
    write_card(replace(card, options={"depth": 1}), model_dir() / "tiny.toml")
    with pytest.raises(CardError, match="unknown options"):
        load_model("tiny", "cpu")


class Source:
    """A source with one faulty net."""

    def __init__(self, net: nn.Module) -> None:
        self.net = net

    def build(self, *_: object) -> nn.Module:
        return self.net


class View(nn.Module):
    """Pools 8 x 8 and flattens with a view, as the published nets do."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(x, 8).reshape(-1, 3)[:, :2]


class Hungry(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")


@pytest.mark.parametrize(
    ("net", "error", "match"),
    [
        (View(), ModelError, "must pool globally"),
        (nn.Linear(7, 2), ModelError, "cannot answer"),
        (Hungry(), DeviceError, "does not fit into the memory of cpu"),
    ],
)
def test_nets_that_break_the_contract(
    net: nn.Module,
    error: type[Exception],
    match: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Registry(dict[str, str]):
        def load(self, _name: str) -> Source:
            return Source(net)

    monkeypatch.setattr(load, "ARCHITECTURES", Registry())
    spec = replace(toy_classifier().card.input, size=(64, 64))
    card = ModelCard("odd", "toy", "odd", input=spec, weights=Weights(seed=0))
    write_card(card, model_dir() / "odd.toml")
    with pytest.raises(error, match=match):
        load_model("odd", "cpu")


def test_random_filling_is_skipped_before_weights_are_read() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    with load._Unfilled():
        nn.Conv2d(3, 4, 3)
        nn.Linear(3, 4)
        nn.init.kaiming_normal_(torch.empty(3, 3))
        torch.empty(3).normal_()
        norm = nn.BatchNorm2d(2)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(norm.weight, torch.ones(2))
