"""What ``docs/demo.md`` tells to type exists, and so do its pictures."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fracview.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "demo.md"


def commands() -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line.split("#")[0].strip() for line in lines if "fracview " in line]


@pytest.mark.parametrize("command", commands())
def test_every_option_of_the_page_exists(command: str) -> None:
    words = shlex.split(command)[1:]
    verb = words[:2] if words[0] == "models" else words[:1]
    shown = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "300"})
    assert shown.exit_code == 0, shown.output
    for option in (word for word in words if word.startswith("--")):
        assert option in shown.output, f"{option} of {' '.join(verb)}"


def test_pictures_and_files_of_the_page_are_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert pictures
    for name in pictures:
        assert (PAGE.parent / name).is_file(), name
    for name in set(re.findall(r"(?:resources|tests)/\S+?\.(?:toml|py)", text)):
        assert (PAGE.parents[1] / name).is_file(), name
