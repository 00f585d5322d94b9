"""``fracview train`` as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from fracview.cli.train import train
from fracview.training.recipe import Phantoms, Recipe
from fracview.training.toml import write_recipe


@pytest.fixture
def run() -> Callable[..., Result]:
    app = typer.Typer()
    app.command()(train)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def file(recipe: Recipe, drawn: Callable[[], Phantoms], tmp_path: Path) -> Path:
    from dataclasses import replace

    path = tmp_path / "toy.toml"
    write_recipe(replace(recipe, phantoms=drawn(), paired=True), path)
    return path


def test_recipe_to_json(run: Callable[..., Result], file: Path, tmp_path: Path) -> None:
    result = run("--recipe", file, "--out", tmp_path / "o", "--device", "cpu", "--seed", 5,
                 "--steps", 12, "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    (card,) = json.loads(result.stdout)["cards"]
    assert card["name"] == "toy-standard"
    assert card["training"]["seeds"] == [5]
    assert card["training"]["arms"][0]["steps"] == 12
    assert card["measured"]["clean"]["n"] == 10
    assert Path(card["card"]).is_file()


def test_table_for_people(run: Callable[..., Result], file: Path, tmp_path: Path) -> None:
    result = run("--recipe", file, "-o", tmp_path / "o", "--device", "cpu", "--name", "mine")
    assert result.exit_code == 0, result.output
    assert "mine-standard" in result.stdout
    assert "Research use only" in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence", "code"),
    [
        ([], "nothing to train on", 2),
        (["--steps", "0"], "at least 1", 2),
        (["nowhere"], "no such folder", 1),
        (["--recipe", "none.toml"], "none.toml: cannot be read", 1),
        (["--device", "toaster"], "toaster", 2),
    ],
)
def test_mistakes_are_one_line(
    run: Callable[..., Result], tmp_path: Path, words: list[str], sentence: str, code: int
) -> None:
    result = run(*words, "--out", tmp_path / "o")
    assert result.exit_code == code, result.output
    assert sentence in result.stderr.replace("\n", " ")


def test_recipe_says_itself_what_is_adversarial(run: Callable[..., Result], file: Path) -> None:
    result = run("--recipe", file, "--adversarial")
    assert result.exit_code == 2
    assert "leave one out" in result.stderr.replace("\n", " ")


def test_help_needs_no_torch() -> None:
    code = "import sys, fracview.cli.train; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
