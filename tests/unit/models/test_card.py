"""Cards: read back as written, and every false field named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fracview.errors import CardError, UnknownName
from fracview.models.card import InputSpec, ModelCard, Weights, read_card, write_card
from fracview.request import ThreatModel

CARD = ModelCard(
    name="demo",
    source="small",
    architecture="small-resnet",
    kind="robust",
    options={"widths": [4, 8]},
    input=InputSpec((64, 48), 1, "inside", (0.35,), (0.25,)),
    weights=Weights("demo.safetensors", "ab" * 32),
    threat_model=ThreatModel("Linf", 2 / 255),
    training={"seed": 0, "seconds": 12.5},
    measured={"clean": {"n": 40, "accuracy": 0.9}},
    warnings=("Trained on phantoms.",),
)
MINIMAL = 'name = "a"\nsource = "small"\narchitecture = "small-resnet"\n'


def test_round_trip(tmp_path: Path) -> None:
    file = tmp_path / "demo.toml"
    written = write_card(CARD, file)
    assert read_card(file) == written == CARD
    assert written.weights_path() == tmp_path / "demo.safetensors"
    assert [path.name for path in tmp_path.iterdir()] == ["demo.toml"]


def test_write_keeps_the_old_file_when_it_fails(tmp_path: Path) -> None:
    file = tmp_path / "demo.toml"
    write_card(CARD, file)
    with pytest.raises(TypeError):
        write_card(replace(CARD, training={"odd": object()}), file)
    assert read_card(file) == CARD
    assert [path.name for path in tmp_path.iterdir()] == ["demo.toml"]


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ("name = 3", "not a TOML file|lacks"),
        ('name = "a"', "lacks architecture, source"),
        ("][", "not a TOML file"),
        (MINIMAL + "colour = 1", "unknown fields colour"),
        (MINIMAL + 'kind = "sturdy"', "kind must be one of robust, standard, untrained"),
        (MINIMAL + 'classes = ["a", "a"]', "classes must be two or more different names"),
        (MINIMAL + 'classes = "ab"', "classes must be"),
        (MINIMAL + 'warnings = "one"', "warnings must be a list"),
        (MINIMAL + "[input]\nsize = [224]", "input.size must be two whole numbers"),
        (MINIMAL + "[input]\nsize = [0, 9]", "input.size must be two whole numbers"),
        (MINIMAL + "[input]\nchannels = 2", "input.channels must be 1 or 3"),
        (MINIMAL + '[input]\nnormalisation = "outide"', "input.normalisation must be one of"),
        (MINIMAL + "[input]\nmean = [0.5]", "input.mean must be one number per channel"),
        (MINIMAL + "[input]\nstd = [1, 0, 1]", "input.std must be above 0"),
        (MINIMAL + "[input]\nwidth = 3", r"\[input\] must hold only"),
        (MINIMAL + '[weights]\nsha256 = "abc"', "64 hexadecimal digits"),
        (MINIMAL.replace('"a"', '""'), "must be texts"),
    ],
)
def test_false_fields(tmp_path: Path, body: str, match: str) -> None:
    file = tmp_path / "card.toml"
    file.write_text(body)
    with pytest.raises(CardError, match=match) as caught:
        read_card(file)
    assert str(caught.value).startswith("card.toml: ")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="cannot be read"):
        read_card(tmp_path / "absent.toml")


def test_class_by_name() -> None:
    assert (CARD.fracture, CARD.index("not fractured")) == (0, 1)
    with pytest.raises(UnknownName, match=f"no class of {CARD.name} is called 'cat'"):
        CARD.index("cat")
