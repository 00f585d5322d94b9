"""Small films, and a project to work in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.project import AddFilms, Project, read_facts


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    """Three 60 x 48 films of different content."""
    folder = tmp_path / "films"
    folder.mkdir()
    paths = []
    for number in range(3):
        path = folder / f"film{number}.png"
        Image.fromarray(np.full((60, 48), 40 + number, np.uint8)).save(path)
        paths.append(path)
    return paths


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the project lies."""
    return tmp_path / "evening.fracview"


@pytest.fixture
def project(path: Path, films: list[Path]) -> Iterator[Project]:
    """A project of reader R1 with three films."""
    with Project.create(path, "R1") as made:
        made.do(AddFilms(tuple(read_facts(film) for film in films)))
        yield made
