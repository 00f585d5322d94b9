from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from fracview.errors import ModelError, SettingError
from fracview.fingerprint import file_sha256
from fracview.models.card import read_card, write_card
from fracview.models.classifier import Classifier
from fracview.models.zoo.small import SOURCE
from fracview.task import drain
from fracview.training.course import train
from fracview.training.phantoms import phantom_split
from fracview.training.recipe import Adversary, Arm, Phantoms, Recipe

Order = Callable[[], Phantoms]


@pytest.fixture
def pair(recipe: Recipe, drawn: Order) -> Recipe:
    arms = (
        Arm("warm", 20, crops=((0.5, 16),), publish=False),
        Arm("standard", 10, start="warm"),
        Arm("robust", 10, start="warm", adversary=Adversary(steps=1)),
    )
    return replace(recipe, arms=arms, phantoms=drawn(), paired=True)


def test_an_arm_starts_from_a_card(pair: Recipe, tmp_path: Path) -> None:
    first = drain(train(pair, tmp_path / "first")).cards[0]
    again = (
        Arm("a", 1, learning_rate=0.0, weights=str(first.path), publish=False),
        Arm("b", 1, learning_rate=0.0, start="a"),
    )
    card = drain(train(replace(pair, arms=again), tmp_path / "second")).cards[0]
    assert first.weights.sha256 in card.training["started_from"]
    assert "started_from" not in first.training
    nets = []
    for each in (first, card):
        path = each.weights_path()
        assert path is not None
        nets.append(load_file(path))
    assert torch.equal(nets[0]["head.weight"], nets[1]["head.weight"])


def test_an_arm_cannot_start_from_another_net(pair: Recipe, tmp_path: Path) -> None:
    first = drain(train(pair, tmp_path / "first")).cards[0]
    other = replace(
        pair,
        arms=(Arm("a", 1, weights=str(first.path)),),
        options={**pair.options, "widths": (4, 6)},
    )
    with pytest.raises(ModelError, match="another net"):
        drain(train(other, tmp_path / "second"))


def test_an_arm_cannot_start_from_films_of_another_split(pair: Recipe, tmp_path: Path) -> None:
    first = drain(train(pair, tmp_path / "first")).cards[0]
    assert first.path is not None
    write_card(replace(first, training={**first.training, "split": "fracatlas"}), first.path)
    again = replace(pair, arms=(Arm("a", 1, weights=str(first.path)),))
    with pytest.raises(ModelError, match="may be among them"):
        drain(train(again, tmp_path / "second"))


def test_pair_with_cards(pair: Recipe, tmp_path: Path) -> None:
    said = replace(pair, licence="CC BY 4.0", limits=("Hands alone.",))
    outcome = drain(train(said, tmp_path))
    assert [card.name for card in outcome.cards] == ["toy-standard", "toy-robust"]
    assert all(card.licence == "CC BY 4.0" for card in outcome.cards)
    assert all("Hands alone." in card.warnings for card in outcome.cards)
    assert not (tmp_path / "toy-warm.toml").exists()
    for card in outcome.cards:
        again = read_card(tmp_path / f"{card.name}.toml")
        weights = again.weights_path()
        assert weights is not None
        assert again.weights.sha256 == file_sha256(weights)
        net = SOURCE.build(again.architecture, again.classes, again.options)
        net.load_state_dict(load_file(weights), strict=True)
        assert Classifier(net, again)(torch.rand(1, 1, 32, 32)).shape == (1, 2)
        assert again.kind == card.name.removeprefix("toy-")
        assert again.training["boxes_used"].startswith("yes: crops were cut")
        assert [arm["name"] for arm in again.training["arms"]] == ["warm", again.kind]
        assert "phantoms" in again.training["data"]
        assert any("drawn phantoms" in sentence for sentence in again.warnings)
    assert outcome.cards[0].threat_model is None
    assert outcome.cards[1].threat_model is not None
    split = json.loads((tmp_path / "split.json").read_text())
    assert [len(split[part]) for part in ("train", "validation", "test")] == [40, 10, 10]


def test_figures_on_the_card_are_those_of_the_weights(pair: Recipe, tmp_path: Path) -> None:
    card = drain(train(pair, tmp_path)).cards[0]
    assert pair.phantoms is not None
    split = drain(phantom_split(pair.phantoms, pair.size, pair.paired))
    net = SOURCE.build(card.architecture, card.classes, card.options)
    weights = card.weights_path()
    assert weights is not None
    net.load_state_dict(load_file(weights))
    x = torch.from_numpy(split.test.images)[:, None] / 255
    said = Classifier(net, card).logits(x).argmax(1).numpy() == card.fracture
    clean = card.measured["clean"]
    assert clean["n"] == 10
    assert clean["accuracy"] == pytest.approx(np.mean(said == split.test.fractured))
    low, high = clean["accuracy_interval"]
    assert low <= clean["accuracy"] <= high
    (attacked,) = card.measured["pgd"]
    assert attacked["epsilon"] == "2/255"
    assert attacked["accuracy"] <= clean["accuracy"]


def test_parts_share_no_phantom(pair: Recipe) -> None:
    assert pair.phantoms is not None
    split = drain(phantom_split(pair.phantoms, pair.size, pair.paired))
    parts = [set(part.groups.tolist()) for part in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 40
    assert split.test.fractured.sum() == 5
    assert np.isnan(split.test.boxes[~split.test.fractured]).all()


KILLER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import conftest
from fracview.task import drain
from fracview.training import phantoms
from fracview.training.course import train
from fracview.training.toml import read_recipe

phantoms._drawn = conftest.drawn_films
phantoms._version = lambda: "toy"
out = Path(sys.argv[1])

def report(progress):
    if progress.message.startswith("robust") and progress.step == 7:
        os.kill(os.getpid(), signal.SIGKILL)

drain(train(read_recipe(out / "recipe.toml"), out), report)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_process_ends_with_the_same_weights(pair: Recipe, tmp_path: Path) -> None:
    from fracview.training.toml import read_recipe, write_recipe

    cut, whole = tmp_path / "cut", tmp_path / "whole"
    cut.mkdir()
    write_recipe(pair, cut / "recipe.toml")
    again = read_recipe(cut / "recipe.toml")
    here = Path(__file__)
    command = [sys.executable, "-c", KILLER, str(cut), str(here.parent)]
    done = subprocess.run(command, cwd=here.parents[3], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert (cut / "robust.checkpoint").exists()
    assert not (cut / "toy-robust.toml").exists()
    assert not list(cut.glob(".*")), "half-written files were left"
    resumed = drain(train(again, cut, resume=True))
    direct = drain(train(again, whole))
    for mine, theirs in zip(resumed.cards, direct.cards, strict=True):
        assert mine.weights.sha256 == theirs.weights.sha256
        assert mine.measured == theirs.measured


def test_second_training_into_one_folder_is_refused(pair: Recipe, tmp_path: Path) -> None:
    task = train(pair, tmp_path)
    for _ in range(45):  # forty films, then steps
        next(task)
    task.close()
    with pytest.raises(SettingError, match="--resume"):
        next(train(pair, tmp_path))


def test_finished_training_is_only_read_again(pair: Recipe, tmp_path: Path) -> None:
    first = drain(train(pair, tmp_path))
    messages: list[str] = []
    again = drain(train(pair, tmp_path, resume=True), lambda news: messages.append(news.message))
    assert again.cards == first.cards
    assert not any("measuring" in message or "loss" in message for message in messages)


def test_maps_of_all_arms_are_measured_under_one_radius(pair: Recipe, tmp_path: Path) -> None:
    """Also where an arm with a larger one joins a training that was finished."""
    names = [arm.name for arm in pair.arms]
    assert names == ["warm", "standard", "robust"]
    drain(train(replace(pair, arms=pair.arms[:2]), tmp_path))
    strong = replace(pair.arms[2], adversary=Adversary(epsilon=3 / 255, steps=1))
    again = replace(pair, arms=(*pair.arms[:2], strong))
    cards = drain(train(again, tmp_path, resume=True)).cards
    attacks = [card.measured["coverage"]["attack"] for card in cards]
    assert attacks == [f"PGD-{pair.attack_steps} at 3/255, the strongest step"] * 2


def test_nothing_or_too_much_to_train_on(recipe: Recipe, pair: Recipe, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="nothing to train on"):
        next(train(recipe, tmp_path))
    with pytest.raises(SettingError, match="takes no data set"):
        next(train(pair, tmp_path, tmp_path))
