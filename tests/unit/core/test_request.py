from __future__ import annotations

from pathlib import Path

import pytest

from fracview.errors import CardError, SettingError, UnknownName
from fracview.request import (
    Method,
    Protocol,
    Request,
    load_protocol,
    parse_epsilon,
    protocol_names,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4/255", 4 / 255),
        (" 0.5 ", 0.5),
        ("0.25 / 255", 0.25 / 255),
        ("1e-3", 1e-3),
        (0.25, 0.25),
        (1, 1.0),
    ],
)
def test_epsilon_reads_fractions_and_numbers(text: str | float, value: float) -> None:
    assert parse_epsilon(text) == value


@pytest.mark.parametrize("text", ["0", "-1/255", "four", "1/0", "nan", "inf", "", float("nan"), 0])
def test_a_useless_epsilon_is_refused_with_the_way_out(text: str | float) -> None:
    with pytest.raises(SettingError, match=r"Write 4/255 or 0\.0157"):
        parse_epsilon(text)


def test_methods_are_equal_whatever_the_order_of_their_settings() -> None:
    assert Method.of("pgd", steps=3, epsilon=0.1) == Method.of("pgd", epsilon=0.1, steps=3)


def test_both_protocols_are_shipped_and_differ_where_they_should() -> None:
    assert protocol_names() == ("corrected", "repo")
    repo, corrected = load_protocol("repo"), load_protocol("corrected")
    assert corrected == Protocol()
    differing = [name for name in vars(repo) if vars(repo)[name] != vars(corrected)[name]]
    assert set(differing) == {
        "name", "title", "orientation", "truncated", "size", "resampling", "normalisation",
        "attack_space", "target", "gradient_by", "tile", "ig_steps", "deeplift", "baseline",
        "box_raster", "rule", "warnings",
    }  # fmt: skip
    assert repo.warnings


def test_a_protocol_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\ntyle = 3\n')
    with pytest.raises(CardError, match=r"mine\.toml: unknown fields tyle"):
        load_protocol(file)


def test_a_protocol_of_a_wrong_value_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\nrule = "guess"\n')
    with pytest.raises(CardError, match="rule"):
        load_protocol(file)


def test_an_unknown_protocol_lists_the_shipped_ones() -> None:
    with pytest.raises(UnknownName, match="corrected, repo"):
        load_protocol("paper")


def test_a_request_knows_its_condition() -> None:
    assert Request("a", "d", "m").condition == "clean"
    assert Request("a", "d", "m", attack=Method("fgsm")).condition == "attacked"
