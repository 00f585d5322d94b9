from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.annotations import read_boxes, write_boxes
from fracview.data.annotations.records import Labelled
from fracview.data.boxes import Box
from fracview.data.convert import Conversion, convert
from fracview.errors import AnnotationError, UnknownName, UnreadableFile
from fracview.task import drain

BOX = Box(10, 20, 30, 50)


def _folder(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((60, 80), np.uint8)).save(root / name)
    return root


def _run(source: Path, target: Path, to: str) -> Conversion:
    return drain(convert(source, target, to))


@pytest.mark.parametrize("to", ["coco", "voc", "yolo", "labelme", "supervisely"])
@pytest.mark.parametrize("source", ["coco", "voc", "yolo", "labelme", "supervisely"])
def test_every_format_into_every_other(tmp_path: Path, source: str, to: str) -> None:
    films = _folder(tmp_path / "films", "a.png", "b.png")
    write_boxes([Labelled("a.png", (BOX,), (60, 80))], films / "boxes", source)
    result = _run(films, tmp_path / "out", to)
    assert (result.images, result.boxes) == (2, 1)
    assert read_boxes(tmp_path / "out", films / "a.png")[0].corners == pytest.approx(
        BOX.corners, abs=1e-4
    )
    assert read_boxes(tmp_path / "out", films / "b.png") == ()


def test_a_file_alone_is_enough_where_it_says_the_size(tmp_path: Path) -> None:
    write_boxes(
        [Labelled("a.png", (BOX,), (60, 80)), Labelled("b.png")], tmp_path / "a.json", "coco"
    )
    result = _run(tmp_path / "a.json", tmp_path / "out", "yolo")
    assert result.images == 1
    assert "b.png: left out, its size is unknown" in " ".join(result.problems)
    write_boxes([Labelled("b.png")], tmp_path / "b.json", "coco")
    with pytest.raises(AnnotationError, match="no size of any picture"):
        _run(tmp_path / "b.json", tmp_path / "out2", "supervisely")


def test_what_is_lost_is_said(tmp_path: Path) -> None:
    films = _folder(tmp_path / "films", "a.png", "sub/A.png")
    sure = Box(10.4, 20, 30, 50, certainty="possible")
    write_boxes([Labelled("a.png", (sure, BOX), (60, 80))], films, "coco")
    said = " ".join(_run(films, tmp_path / "yolo", "yolo").problems)
    assert "1 boxes lost theirs" in said
    assert "left out, another picture has its name" in said
    assert "rounded" in " ".join(_run(films, tmp_path / "voc", "voc").problems)
    assert _run(films, tmp_path / "all.json", "coco").images == 2


def test_broken_boxes_and_pictures_are_listed(tmp_path: Path) -> None:
    films = _folder(tmp_path / "films", "a.png")
    (films / "broken.png").write_bytes(b"no picture")
    (films / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n0 0.5 0.5\n")
    result = _run(films, tmp_path / "out", "supervisely")
    assert (result.images, result.boxes) == (1, 1)
    said = " ".join(result.problems)
    assert "a.txt, line 2" in said
    assert "broken.png" in said


def test_mistakes_have_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="annotation format is called 'csv'"):
        _run(tmp_path, tmp_path / "out", "csv")
    with pytest.raises(UnreadableFile, match="no such file"):
        _run(tmp_path / "gone", tmp_path / "out", "voc")
    (tmp_path / "words.json").write_text('{"a": 1}')
    with pytest.raises(AnnotationError, match="no file of boxes"):
        _run(tmp_path / "words.json", tmp_path / "out", "voc")


def test_to_cancel_leaves_nothing_half_written(tmp_path: Path) -> None:
    films = _folder(tmp_path / "films", "a.png")
    write_boxes([Labelled("a.png", (BOX,), (60, 80))], films, "coco")
    task = convert(films, tmp_path / "out", "voc")
    next(task)
    task.close()
    assert not (tmp_path / "out").exists()
