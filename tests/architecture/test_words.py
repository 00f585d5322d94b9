"""The word list holds: no class is called what ``docs/words.md`` avoids."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AVOIDED = (
    "Manager", "Handler", "Utils", "Helper", "Controller", "Context", "Wrapper", "Sample", "Config",
)  # fmt: skip
MODULES = sorted((ROOT / "fracview").rglob("*.py"))


def class_names(source: str) -> list[str]:
    return [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]


def test_the_list_in_the_test_is_the_list_in_the_document() -> None:
    line = (
        (ROOT / "docs" / "words.md").read_text(encoding="utf-8").split("Avoided as class names")[1]
    )
    assert tuple(re.findall(r"[A-Z][a-z]+", line.split(":")[1])) == AVOIDED


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_class_bears_an_avoided_word(module: Path) -> None:
    names = class_names(module.read_text(encoding="utf-8"))
    assert [name for name in names for word in AVOIDED if word in name] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_four_hundred_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400
