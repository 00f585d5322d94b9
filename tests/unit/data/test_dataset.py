from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.annotations import write_boxes
from fracview.data.annotations.records import Labelled
from fracview.data.boxes import Box
from fracview.data.dataset import open_folder, open_paths
from fracview.data.gallery import folder_label
from fracview.errors import UnreadableFile

NOISE = np.random.default_rng(2).integers(0, 256, (60, 80), dtype=np.uint8)
BOX = Box(10, 20, 30, 50)


def _film(path: Path, orientation: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(NOISE).save(path, exif=exif)
    return path


def _fracatlas(root: Path) -> Path:
    """A small FracAtlas with every trap of the real one."""
    yes, no = root / "images" / "Fractured", root / "images" / "Non_fractured"
    _film(yes / "IMG1.jpg")
    _film(yes / "IMG2.jpg", orientation=6)
    _film(yes / "IMG3.jpg")
    _film(no / "IMG10.jpg")
    cut = _film(no / "IMG9.jpg")
    cut.write_bytes(cut.read_bytes()[:-900])
    (root / "dataset.csv").write_text(
        "image_id,hand,leg,hip,shoulder,mixed,fractured,fracture_count\n"
        "IMG1.jpg,1,0,0,0,0,1,1\nIMG2.jpg,0,1,0,0,0,1,1\nIMG3.jpg,1,1,0,0,1,0,0\n"
        "IMG9.jpg,0,0,0,0,0,0,0\nIMG10.jpg,0,0,0,0,1,0,0\nIMG77.jpg,0,0,1,0,0,0,0\n"
    )
    films = [
        Labelled("IMG1.jpg", (BOX,), (60, 80)),
        Labelled("IMG2.jpg", (BOX,), (80, 60)),
        Labelled("IMG3.jpg", (BOX,), (60, 80)),
    ]
    write_boxes(films, root / "Annotations" / "COCO JSON", "coco")
    raw = [Labelled("IMG2.jpg", (Box(30, 1, 60, 11),), (60, 80))]
    write_boxes(raw, root / "Annotations" / "YOLO", "yolo")
    return root


def test_fracatlas_traps_are_handled_and_said(tmp_path: Path) -> None:
    dataset = open_folder(_fracatlas(tmp_path))
    assert dataset.source == "FracAtlas"
    assert [case.name for case in dataset] == [
        "IMG1.jpg", "IMG2.jpg", "IMG3.jpg", "IMG9.jpg", "IMG10.jpg",
    ]  # fmt: skip
    cases = {case.path.stem: case for case in dataset}
    assert [case.label for case in dataset] == ["fractured"] * 3 + ["not fractured"] * 2
    assert cases["IMG1"].boxes == (BOX,)
    assert cases["IMG1"].notes == ()
    assert "EXIF orientation 6" in cases["IMG2"].notes[0]
    assert "YOLO file disagrees" in cases["IMG2"].notes[1]
    assert "says not fractured, but" in cases["IMG3"].notes[0]
    assert "truncated" in cases["IMG9"].notes[0]
    assert [case.flag("body part") for case in dataset] == [
        "hand",
        "leg",
        "hand + leg",
        "",
        "mixed",
    ]
    assert dataset.columns[:3] == ("body part", "hand", "leg")
    said = " ".join(dataset.problems)
    for part in ("IMG2.jpg: turned", "IMG3.jpg: dataset.csv clashes", "IMG9.jpg: the JPEG is trunc",
                 "IMG2.jpg: its YOLO", "IMG77.jpg: dataset.csv names it"):  # fmt: skip
        assert part in said
    assert dataset.boxes == 3


def test_a_part_of_fracatlas_keeps_its_boxes(tmp_path: Path) -> None:
    root = _fracatlas(tmp_path)
    part = open_folder(root / "images" / "Fractured")
    assert (len(part), part.boxes) == (3, 3)
    assert "IMG77" not in " ".join(part.problems)
    single = open_paths([root / "images" / "Fractured" / "IMG1.jpg"])
    assert single[0].boxes == (BOX,)
    assert single[0].flag("body part") == "hand"


@pytest.mark.parametrize("to", ["coco", "voc", "yolo", "labelme", "supervisely"])
@pytest.mark.parametrize("where", ["beside", "annotations", "../labels"])
def test_a_plain_folder_finds_its_boxes(tmp_path: Path, to: str, where: str) -> None:
    folder = tmp_path / "images"
    _film(folder / "film2.png")
    _film(folder / "film10.png")
    out = folder if where == "beside" else folder / where
    write_boxes([Labelled("film10.png", (BOX,), (60, 80))], out.resolve(), to)
    dataset = open_folder(folder)
    assert dataset.problems == ()
    assert [case.name for case in dataset] == ["film2.png", "film10.png"]
    assert dataset[0].boxes == ()
    assert dataset[0].label is None
    assert dataset[1].boxes[0].corners == pytest.approx(BOX.corners, abs=1e-5)
    assert dataset[1].label == "fractured"
    single = open_paths([folder / "film10.png"])
    assert len(single[0].boxes) == 1


def test_boxes_of_other_pictures_are_said_and_unused(tmp_path: Path) -> None:
    _film(tmp_path / "a.png")
    write_boxes([Labelled("other.png", (BOX,), (60, 80))], tmp_path, "coco")
    dataset = open_folder(tmp_path)
    assert dataset.boxes == 0
    assert "about other pictures" in dataset.problems[0]


def test_what_is_a_radiograph_in_a_folder(tmp_path: Path) -> None:
    _film(tmp_path / "a.png")
    _film(tmp_path / "deep" / "er" / "b.JPG")
    _film(tmp_path / ".hidden.png")
    _film(tmp_path / ".cache" / "c.png")
    _film(tmp_path / "x.png").rename(tmp_path / "IM000001")
    _film(tmp_path / "y.png").rename(tmp_path / "1.2.840.5")
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "README").write_text("words")
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    (tmp_path / "folder.dcm").mkdir()
    (tmp_path / "broken.dcm").write_text("it has the name, so it is shown with its reason")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
    names = [case.name for case in open_folder(tmp_path)]
    assert names == ["1.2.840.5", "a.png", "broken.dcm", "IM000001", "b.JPG"]


def test_labels_come_from_folders(tmp_path: Path) -> None:
    for name, label in [("Fractured", "fractured"), ("fracture", "fractured"),
                        ("Non_fractured", "not fractured"), ("not fractured", "not fractured"),
                        ("normal", "not fractured"), ("films", None)]:  # fmt: skip
        assert folder_label(tmp_path / name) == label


def test_paths_are_opened_in_order_once_with_missing_ones_kept(tmp_path: Path) -> None:
    b, a = _film(tmp_path / "one" / "b.png"), _film(tmp_path / "two" / "a.png")
    write_boxes([Labelled("b.png", (BOX,), (60, 80))], tmp_path / "boxes.json", "coco")
    gone = tmp_path / "gone.png"
    dataset = open_paths([b, tmp_path / "two", a, gone, tmp_path / "boxes.json"])
    assert [case.path for case in dataset] == [b, a, gone]
    assert dataset[0].boxes == (BOX,)
    assert dataset.problems == ("gone.png: there is no such file.",)


def test_a_missing_folder_is_an_error_and_an_empty_one_is_empty(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such folder"):
        open_folder(tmp_path / "gone")
    assert len(open_folder(tmp_path)) == 0
    assert len(open_paths([])) == 0


def test_the_real_fracatlas_opens_quickly_and_completely(fracatlas: Path) -> None:
    open_folder(fracatlas / "images" / "Fractured")  # imports
    start = time.perf_counter()
    dataset = open_folder(fracatlas)
    assert time.perf_counter() - start < 2
    assert (len(dataset), dataset.boxes) == (3225, 644)
    assert sum(case.label == "fractured" for case in dataset) == 500
    assert sum("truncated" in " ".join(case.notes) for case in dataset) == 10
    assert sum("EXIF" in case.notes[0] for case in dataset if case.notes) == 10
    clash = next(case for case in dataset if case.name == "IMG0003298.jpg")
    assert clash.label == "fractured"
    assert "says not fractured" in clash.notes[0]
    assert len(dataset.problems) == 3
