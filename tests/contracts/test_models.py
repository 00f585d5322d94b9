"""What every architecture of every source, and every shipped card, must keep."""

from __future__ import annotations

import pytest
import torch

from fracview.models import ARCHITECTURES
from fracview.models.card import ModelCard, read_card
from fracview.models.classifier import Classifier
from fracview.models.load import forget_models, load_model
from fracview.models.probe import probe
from fracview.models.shelf import find_card, list_cards
from fracview.paths import resource

EVERY = [(source, name) for source in ARCHITECTURES for name in ARCHITECTURES.load(source).names()]
CARDS = {path.stem: path for path in sorted(resource("models").glob("*.toml"))}
TEMPLATES = {path.stem: path for path in sorted(resource("models").glob("*/*.toml"))}


def on_meta(source: str, name: str) -> Classifier:
    """Build a classifier without memory behind its numbers."""
    entry = ARCHITECTURES.load(source)
    card = entry.default_card(name)
    with torch.device("meta"):
        net = entry.build(name, card.classes, card.options)
    return Classifier(net, card)


def test_names_are_unique() -> None:
    names = [name for _, name in EVERY]
    assert len(names) == len(set(names)) >= 7


@pytest.mark.parametrize(("source", "name"), EVERY)
def test_default_card(source: str, name: str) -> None:
    card = ARCHITECTURES.load(source).default_card(name)
    assert (card.source, card.architecture, card.name) == (source, name, name)
    assert card.classes == ("fractured", "not fractured")
    assert card.path is None
    assert card.title
    assert card.licence
    assert find_card(f"{name}:seed=0").kind == "untrained"


@pytest.mark.parametrize(("source", "name"), EVERY)
def test_one_row_per_image_at_the_cards_size_and_any_other(source: str, name: str) -> None:
    model = on_meta(source, name)
    channels = model.card.input.channels
    for size in (model.card.input.size, (33, 47), (64, 128)):
        assert model(torch.empty(3, channels, *size, device="meta")).shape == (3, 2)


@pytest.mark.parametrize(("source", "name"), EVERY)
def test_options_are_checked(source: str, name: str) -> None:
    with pytest.raises(Exception, match="unknown options"):
        ARCHITECTURES.load(source).build(name, ("a", "b"), {"no such option": 1})


@pytest.mark.parametrize("spec", ["small-resnet:seed=0", "Standard:seed=0"])
def test_seeded_nets_pass_their_probes(spec: str) -> None:
    states = {finding.name: finding.state for finding in probe(load_model(spec, "cpu"))}
    assert states.pop("weights") == "caution"
    assert set(states.values()) == {"ok"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Huang2021Exploring_ema", "Rade2021Helper_extra"])
def test_the_other_two_kinds_of_net_pass_their_probes(name: str) -> None:
    states = {finding.name: finding.state for finding in probe(load_model(f"{name}:seed=0", "cpu"))}
    twice = name.startswith("Rade")
    assert states.pop("weights") == "caution"
    assert states.pop("normalisation") == ("caution" if twice else "ok")
    assert set(states.values()) == {"ok"}
    forget_models()


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates(name: str) -> None:
    card = read_card(TEMPLATES[name])
    assert card.source == TEMPLATES[name].parent.name
    assert card.name == card.architecture == name
    assert card.name not in [listed.name for listed in list_cards()]  # it has no weights to load


@pytest.mark.parametrize("name", CARDS)
def test_shipped_cards(name: str) -> None:
    card: ModelCard = read_card(CARDS[name])
    assert card.name == name
    assert card.weights.sha256
    weights = card.weights_path()
    assert weights is not None
    assert weights.stat().st_size <= 6_000_000
    assert card.measured, "a shipped card states what it can do"
    assert card.licence != "unverified"
    model = load_model(name, "cpu")
    assert model.card.weights.sha256 == card.weights.sha256
    states = {finding.name: finding.state for finding in probe(model)}
    assert "fail" not in states.values()
    assert states["weights"] == states["classes"] == "ok"
