"""What README says can be done: its Python runs as it stands, its verbs exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from fracview.cli import app

README = Path(__file__).resolve().parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 64), np.uint8)).save("film.png")
    body = {
        "images": [{"id": 1, "file_name": "film.png", "width": 64, "height": 80}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 20, 16, 12]}],
        "categories": [{"id": 1, "name": "fractured"}],
    }
    Path("coco.json").write_text(json.dumps(body))
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    coverage, error = capsys.readouterr().out.split()
    assert 0 <= float(coverage) <= 1
    assert float(error) < 1e-4


def verbs() -> list[str]:
    lines = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]
    commands = [part.strip() for line in lines for part in line.split("#")[0].split(";")]
    return [command for command in commands if command.startswith("fracview ")]


@pytest.mark.parametrize("command", verbs())
def test_every_option_in_the_readme_exists(command: str) -> None:
    words = shlex.split(command)[1:]
    verb = words[:2] if words[0] == "models" and len(words) > 1 else words[:1]
    help_text = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "300"})
    assert help_text.exit_code == 0, help_text.output
    for option in (word for word in words if word.startswith("--")):
        assert option in help_text.output, f"{option} of {' '.join(verb)}"


def test_ci_runs_the_readmes_test_command() -> None:
    ci = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    (tests,) = [line for block in blocks("sh") for line in block.splitlines() if "pytest" in line]
    for step in ("sh packaging/debian.sh", "pip install -c constraints.txt -e '.[dev]'"):
        assert step.split("pip")[-1] in tests
    for step in ("packaging/debian.sh", "-c constraints.txt -e '.[dev]'", "-m pytest -n auto"):
        assert step in tests
        assert step in ci
