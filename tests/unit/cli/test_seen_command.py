"""Films that a model has learnt from, as the verbs treat them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fracview.data.split import FilmSplit, Part, SplitFilm, write_split
from fracview.fingerprint import file_sha256
from fracview.models.card import write_card
from fracview.models.shelf import find_card
from fracview.paths import model_dir

OTHER = "small-resnet:seed=1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four films with a box each; ``learnt`` has seen the first two."""
    root = tmp_path / "films"
    root.mkdir()
    generator = np.random.default_rng(0)
    body: dict[str, Any] = {"images": [], "annotations": [], "categories": []}
    films = []
    for number in range(4):
        pixels = generator.integers(30, 60, (60, 48), dtype=np.uint8)
        pixels[10:50, 20:28] = 190
        path = root / f"film{number}.png"
        Image.fromarray(pixels).save(path)
        body["images"].append({"id": number, "file_name": path.name, "width": 48, "height": 60})
        box = [18, 20 + number, 10, 6]
        body["annotations"].append(
            {"id": number, "image_id": number, "category_id": 1, "bbox": box}
        )
        part: Part = "train" if number < 2 else "test"
        digest, size = file_sha256(path), path.stat().st_size
        films.append(SplitFilm(f"elsewhere/{number}.png", digest, size, part, number))
    body["categories"] = [{"id": 1, "name": "fractured"}]
    (root / "coco.json").write_text(json.dumps(body))
    split = write_split(FilmSplit("toy", tuple(films)), model_dir() / "toy.json")
    card = find_card("small-resnet:seed=0")
    training = {"split": "toy.json", "split_sha256": split.sha256}
    write_card(replace(card, name="learnt", training=training), model_dir() / "learnt.toml")
    return root


def test_predict_leaves_seen_films_of_a_folder_out(fracview: Any, folder: Path) -> None:
    result = fracview("predict", folder, "-m", "learnt", "-m", OTHER, "--json")
    assert result.exit_code == 0
    assert {Path(row["image"]).name for row in json.loads(result.stdout)} == {
        "film2.png",
        "film3.png",
    }
    assert "2 films left out: seen in training by learnt (film0.png, film1.png)" in " ".join(
        result.stderr.split()
    )


def test_predict_keeps_a_film_that_was_named_and_says_so(fracview: Any, folder: Path) -> None:
    (row, other) = fracview.json("predict", folder / "film0.png", "-m", "learnt", "-m", OTHER)
    assert row["seen_in_training"] is True
    assert any("seen in training by learnt" in text for text in row["warnings"])
    assert other["seen_in_training"] is False
    assert not any("seen in training" in text for text in other["warnings"])


def test_predict_includes_them_on_request(fracview: Any, folder: Path) -> None:
    rows = fracview.json("predict", folder, "-m", "learnt", "--include-seen")
    assert [row["seen_in_training"] for row in rows] == [True, True, False, False]


def test_evidence_rests_on_new_films(fracview: Any, folder: Path, tmp_path: Path) -> None:
    words = ("evidence", folder, "-m", "learnt", "-m", OTHER, "--controls", 2, "--fill", "mean")
    body = fracview.json(*words)
    assert [use["n"] for use in body["models"]] == [2, 2]
    told = body["seen_in_training"]
    assert [Path(film["image"]).name for film in told["films"]] == ["film0.png", "film1.png"]
    assert told["sentences"][0].startswith("2 films left out")
    assert not any(film["seen_in_training"] for film in body["films"])
    out = tmp_path / "out"
    body = fracview.json(*words, "--include-seen", "--out", out)
    assert [use["n"] for use in body["models"]] == [4, 4]
    assert "included though seen" in body["seen_in_training"]["sentences"][0]
    marked = {(Path(row["image"]).name, row["model"]) for row in body["films"]
              if row["seen_in_training"]}  # fmt: skip
    assert marked == {("film0.png", "learnt"), ("film1.png", "learnt")}
    assert "included though seen in training by learnt" in (out / "evidence.csv").read_text()


def test_evidence_without_a_new_film(fracview: Any, folder: Path) -> None:
    for number in (2, 3):
        (folder / f"film{number}.png").unlink()
    result = fracview("evidence", folder, "-m", "learnt")
    assert result.exit_code == 1
    assert "no radiograph with a box is new" in " ".join(result.stderr.split())


def test_explain_says_it(fracview: Any, folder: Path) -> None:
    film = folder.parent / "renamed.png"
    shutil.copy(folder / "film1.png", film)
    (row,) = fracview.json("explain", film, "--model", "learnt")
    assert any("seen in training by learnt" in text for text in row["warnings"])


def test_no_model_named_means_the_fitting_pair(
    fracview: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fracview.models.shelf.FILM_PAIR", ("learnt", OTHER))
    monkeypatch.setattr("fracview.models.shelf.resource", lambda *_: folder / "coco.json")
    from fracview.models import shelf

    assert shelf.default_pair([folder]) == ("learnt", OTHER)
    rows = fracview.json("explain", folder / "film2.png")
    assert [row["model"] for row in rows] == ["learnt", OTHER]


def test_a_card_is_shown_with_its_limits_and_its_split(fracview: Any, folder: Path) -> None:
    shown = " ".join(fracview("models", "show", "learnt").stdout.split())
    said = shown.split("Limits: what this model is not")[1]
    assert "2 seen in training by it, 0 used to choose it, 2 held out from it" in said
    for sentence in find_card("learnt").warnings:
        assert sentence in said
