"""What a typed name means."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fracview.errors import CardError, UnknownName
from fracview.models import shelf
from fracview.models.card import ModelCard, Weights, write_card
from fracview.models.shelf import (
    DEMO_PAIR,
    FILM_PAIR,
    default_pair,
    find_card,
    list_cards,
    read_shelf,
)
from fracview.paths import model_dir

CARD = ModelCard("mine", "small", "small-resnet", weights=Weights(seed=1))


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder in the place of the shipped cards."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(shelf, "resource", lambda *parts: folder)
    return folder


def test_shipped_cards_come_first(shipped: Path) -> None:
    write_card(replace(CARD, name="zulu"), shipped / "zulu.toml")
    write_card(replace(CARD, name="alpha"), model_dir() / "alpha.toml")
    (model_dir() / "run").mkdir()
    write_card(replace(CARD, name="beta"), model_dir() / "run" / "beta.toml")
    assert [card.name for card in list_cards()] == ["zulu", "alpha", "beta"]
    assert find_card("beta").path == model_dir() / "run" / "beta.toml"


def test_broken_cards_are_left_out_and_kept_in_mind(
    shipped: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_card(CARD, shipped / "mine.toml")
    write_card(CARD, model_dir() / "twin.toml")
    (model_dir() / "bad.toml").write_text("name = 1")
    found = read_shelf()
    assert [card.name for card in found.cards] == ["mine"]
    assert [error.path.name for error in found.broken] == ["bad.toml", "twin.toml"]
    assert "bad.toml" not in caplog.text  # names of files stay out of logs
    with pytest.raises(CardError, match="lacks"):
        find_card("bad")


def test_card_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    write_card(CARD, file)
    assert find_card(file) == find_card(str(file)) == CARD
    with pytest.raises(CardError, match="cannot be read"):
        find_card(str(tmp_path / "no.toml"))


def test_seeded() -> None:
    card = find_card("Rebuffi2021Fixing_70_16_cutmix_extra:seed=12")
    assert card.name == "Rebuffi2021Fixing_70_16_cutmix_extra:seed=12"
    assert (card.kind, card.weights.seed, card.threat_model) == ("untrained", 12, None)
    assert any("learnt nothing" in warning for warning in card.warnings)
    assert card.weights_path() is None


def test_weights_without_a_card() -> None:
    card = find_card("Chen2024Data_WRN_34_20:best.pth")
    assert card.kind == "robust"
    assert card.weights_path() == Path.cwd() / "best.pth"
    assert any("No card vouches for best.pth" in warning for warning in card.warnings)
    assert find_card("small-resnet:w.safetensors").kind == "standard"


def test_colons_in_paths_are_kept() -> None:
    assert find_card("Standard:C:/w.pth").weights.file.endswith("C:/w.pth")


@pytest.mark.parametrize("spec", ["Standard", "Standard:"])
def test_architecture_alone(spec: str) -> None:
    with pytest.raises(CardError, match="Standard:seed=0"):
        find_card(spec)


def test_unknown_names_list_what_there_is(shipped: Path) -> None:
    write_card(CARD, shipped / "mine.toml")
    for spec in ("minne", "minne:seed=0", "C:/w.pth"):
        with pytest.raises(UnknownName, match="There are: mine, or ARCHITECTURE:weights-file"):
            find_card(spec)


def test_the_shelf_needs_no_torch() -> None:
    code = (
        "import sys\nfrom fracview.models.shelf import find_card, list_cards\nlist_cards()\n"
        "find_card('Standard:seed=0')\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_pair_follows_what_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = tmp_path / "models"
    cards.mkdir()
    monkeypatch.setattr(shelf, "resource", lambda *parts: tmp_path.joinpath(*parts))
    film, drawn = tmp_path / "film.png", tmp_path / "phantoms" / "images" / "Fractured"
    drawn.mkdir(parents=True)
    (tmp_path / "phantoms" / "truth.json").write_text('{"version": 3, "seed": 0, "cases": []}')
    assert default_pair([film]) == DEMO_PAIR, "the film pair is not there"
    for name in FILM_PAIR:
        (cards / f"{name}.toml").write_text("")
    assert default_pair([film]) == FILM_PAIR
    assert default_pair([drawn / "IMG0.jpg"]) == DEMO_PAIR
    assert default_pair([tmp_path / "phantoms", film]) == FILM_PAIR
    assert default_pair([]) == DEMO_PAIR
    (tmp_path / "phantoms" / "truth.json").write_text('{"truth": "of somebody else"}')
    assert default_pair([drawn / "IMG0.jpg"]) == FILM_PAIR
