from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.errors import InputError, SettingError
from fracview.phantom import VERSION, contact_sheet, draw, write_dataset
from fracview.task import drain


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drain(write_dataset(tmp_path_factory.mktemp("phantoms") / "set", 9, seed=2, size=96))


def test_table_boxes_films_and_truth_agree(folder):
    with (folder / "dataset.csv").open(newline="") as table:
        rows = {row["image_id"]: row for row in csv.DictReader(table)}
    coco = json.loads((folder / "Annotations/COCO JSON/COCO_fracture_masks.json").read_text())
    truth = json.loads((folder / "truth.json").read_text())
    broken = {path.name for path in (folder / "images/Fractured").iterdir()}
    whole = {path.name for path in (folder / "images/Non_fractured").iterdir()}
    assert len(broken) == 4
    assert len(whole) == 5
    assert {name for name, row in rows.items() if row["fractured"] == "1"} == broken
    assert set(rows) == broken | whole
    assert {image["file_name"] for image in coco["images"]} == broken
    assert len(coco["annotations"]) == sum(int(row["fracture_count"]) for row in rows.values())
    assert (truth["version"], truth["seed"], truth["size"]) == (VERSION, 2, 96)
    names = {image["id"]: image["file_name"] for image in coco["images"]}
    boxes: dict[str, list[list[float]]] = {}
    for entry in coco["annotations"]:
        boxes.setdefault(names[entry["image_id"]], []).append(entry["bbox"])
    for case in truth["cases"]:
        name = case["file"].rsplit("/", 1)[1]
        again = draw(case["seed"], size=96, fractured=name in broken)
        assert again.truth.visibility == case["visibility"]
        with Image.open(folder / case["file"]) as film:
            assert np.abs(np.asarray(film).astype(int) - again.pixels).mean() < 3
        if name in broken:
            drawn = [(box.x1, box.y1, box.width, box.height) for box in again.boxes]
            assert len(drawn) == len(boxes[name])
            for entry, box in zip(boxes[name], drawn):
                assert entry == pytest.approx(box)


def test_progress_counts_up_and_nothing_is_left_behind(tmp_path):
    steps = []
    drain(write_dataset(tmp_path / "a" / "set", 3, size=64), lambda news: steps.append(news.step))
    assert steps == [1, 2, 3]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["set"]


def test_a_cancelled_task_leaves_nothing(tmp_path):
    task = write_dataset(tmp_path / "set", 5, size=64)
    next(task)
    task.close()
    assert not list(tmp_path.iterdir())


def test_a_full_folder_is_only_replaced_on_request(tmp_path):
    target = tmp_path / "set"
    target.mkdir()
    (target / "mine.txt").write_text("keep me")
    with pytest.raises(InputError, match=r"not empty.*--force"):
        drain(write_dataset(target, 2, size=64))
    assert (target / "mine.txt").read_text() == "keep me"
    with pytest.raises(InputError, match=r"other things than phantoms"):
        drain(write_dataset(target, 2, size=64, force=True))
    assert (target / "mine.txt").read_text() == "keep me"
    (target / "truth.json").write_text("{}")
    drain(write_dataset(target, 2, size=64, force=True))
    assert not (target / "mine.txt").exists()
    assert (target / "dataset.csv").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "set").mkdir()
    drain(write_dataset(tmp_path / "set", 1, size=64))
    assert (tmp_path / "set" / "truth.json").is_file()


@pytest.mark.parametrize("count", [0, -3, 2_000_000])
def test_counts_out_of_range(tmp_path, count):
    with pytest.raises(SettingError, match="number of phantoms"):
        drain(write_dataset(tmp_path / "set", count))
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file: it is no folder"):
        drain(write_dataset(tmp_path / "file", 2))
    with pytest.raises(InputError, match="no folder can be made here"):
        drain(write_dataset(tmp_path / "file" / "set", 2))


def test_contact_sheet_of_phantoms_and_of_a_folder(folder, tmp_path):
    films = [draw(seed, size=64, fractured=True) for seed in range(3)]
    with Image.open(contact_sheet(films, tmp_path / "a.png", columns=2)) as sheet:
        assert sheet.width < 600
        assert (np.asarray(sheet) == (0, 230, 0)).all(2).any()
    with Image.open(contact_sheet(folder, tmp_path / "b.png")) as sheet:
        assert sheet.height > 700


def test_contact_sheet_bad_input(folder, tmp_path):
    with pytest.raises(SettingError, match="at least one"):
        contact_sheet([], tmp_path / "a.png")
    with pytest.raises(SettingError, match="1 column or more"):
        contact_sheet(folder, tmp_path / "a.png", columns=0)
    with pytest.raises(InputError, match="not a folder of phantoms"):
        contact_sheet(tmp_path, tmp_path / "a.png")
    with pytest.raises(InputError, match="cannot be written"):
        contact_sheet(folder, tmp_path / "none" / "a.png")


@pytest.mark.parametrize(
    ("failing", "left"), [({1}, ["set"]), ({2}, ["set"]), ({2, 3}, [".set.old"])]
)
def test_a_disk_that_fails_loses_nothing(tmp_path, monkeypatch, failing, left):
    """As the old folder moves aside, as the new one moves in, and as the old one comes back."""
    target = tmp_path / "set"
    target.mkdir()
    (target / "mine.txt").write_text("years of work")
    (target / "truth.json").write_text("{}")
    moves = []

    def move(*places):
        moves.extend([places] if target in map(Path, places) else [])
        if target in map(Path, places) and len(moves) in failing:
            raise OSError(5, "Input/output error")
        real(*places)

    real = os.replace
    monkeypatch.setattr("fracview.phantom.dataset.os.replace", move)
    with pytest.raises(InputError, match="cannot be written"):
        drain(write_dataset(target, 1, size=32, force=True))
    (kept,) = tmp_path.rglob("mine.txt")
    assert kept.read_text() == "years of work"
    assert [path.name[: len(left[0])] for path in tmp_path.iterdir()] == left
