"""A tiny film with a box, and a command line that is called like a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

MODEL = "small-resnet:seed=0"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A 60 x 48 film with a bright bar."""
    pixels = np.full((60, 48), 40, np.uint8)
    pixels[10:50, 20:28] = 190
    pixels[28:31, 20:28] = 90
    path = tmp_path / "film.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def boxes(tmp_path: Path, film: Path) -> Path:
    """COCO file with one box on the film."""
    body = {
        "images": [{"id": 1, "file_name": film.name, "width": 48, "height": 60}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [18, 26, 12, 8]}],
        "categories": [{"id": 1, "name": "fractured"}],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(body))
    return path


class Program:
    """The command line in this process."""

    def __call__(self, *words: object) -> Result:
        from fracview.cli import app

        return CliRunner().invoke(app, [str(word) for word in words])

    def json(self, *words: object) -> Any:
        """Run, expect success, and read what was printed."""
        result = self(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def fracview() -> Program:
    """The program."""
    return Program()
