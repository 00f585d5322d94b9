"""``fracview split``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fracview.data.split import load_split


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten films of each class, one of them broken."""
    random = np.random.default_rng(1)
    for kind in ("Fractured", "Non_fractured"):
        (tmp_path / "films" / kind).mkdir(parents=True)
        for number in range(10):
            pixels = random.integers(0, 255, (40, 30), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "films" / kind / f"{kind}{number}.png")
    broken = tmp_path / "films" / "Fractured" / "Fractured3.png"
    broken.write_bytes(broken.read_bytes()[:60])
    return tmp_path / "films"


def test_a_folder_is_divided_and_the_same_again(fracview: Any, folder: Path) -> None:
    out = folder.parent / "mine.json"
    words = ("split", folder, "--out", out, "--validation", 0.2, "--test", 0.3, "--seed", 4)
    said = fracview.json(*words)
    assert said["films"] == {"train": 9, "validation": 4, "test": 6}
    assert said["not_usable"] == 1
    split = load_split(out)
    assert split.name == said["name"] == "mine"
    assert split.sha256 == said["sha256"]
    assert fracview.json(*words)["sha256"] == split.sha256
    assert "mine.json" in fracview(*words).stdout


def test_what_is_wrong_is_one_line(fracview: Any, folder: Path) -> None:
    out = folder.parent / "mine.json"
    wrong = fracview("split", folder, "--out", out, "--test", "0.6")
    assert wrong.exit_code == 2
    assert "between 0 and 0.5" in wrong.stderr
    nowhere = fracview("split", folder, "--out", folder.parent / "no" / "mine.json")
    assert nowhere.exit_code == 1
    assert "there is no such folder" in nowhere.stderr
    assert fracview("split", folder.parent / "gone", "--out", out).exit_code == 1
    assert not out.exists()
