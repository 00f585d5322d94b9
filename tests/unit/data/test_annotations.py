from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fracview.data.annotations import AnnotationWarning, read_box_file, read_boxes
from fracview.data.annotations.coco import FORMAT as COCO
from fracview.data.annotations.records import Labelled
from fracview.data.annotations.voc import read as read_voc
from fracview.data.annotations.voc import write as write_voc
from fracview.data.annotations.yolo import find_classes
from fracview.data.annotations.yolo import read as read_yolo
from fracview.data.boxes import Box
from fracview.errors import AnnotationError


def _image(path: Path, height: int = 100, width: int = 200, orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.zeros((height, width), np.uint8)).save(path, exif=exif)
    return path


def _coco(path: Path, boxes: list[Any], **more: Any) -> Path:
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 100}],
        "categories": [{"id": 0, "name": "fractured"}],
        "annotations": [
            {"id": i, "image_id": 1, "category_id": 0, "bbox": b} for i, b in enumerate(boxes)
        ],
        **more,
    }
    path.write_text(json.dumps(document))
    return path


# --- COCO ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([10, 10, -5, 5], "reversed"),
        ([10, 10, 0, 5], "no area"),
        ([300, 10, 5, 5], "outside its picture of 200 x 100"),
        (["10", 10, 5, 5], "a text stands where a number belongs"),
        ([float("nan"), 10, 5, 5], "not a finite number"),
        ([1e308, 1, 1e308, 5], "not a finite number"),
        ([None, 10, 5, 5], "nothing stands"),
        ([True, 10, 5, 5], "no number stands"),
        ([10, 10, 5], "no box of four numbers"),
        ("10 10 5 5", "no box of four numbers"),
    ],
)
def test_coco_lists_a_bad_box_and_keeps_the_good_one(tmp_path: Path, bad: Any, said: str) -> None:
    path = _coco(tmp_path / "boxes.json", [bad, [10, 20, 30, 40]])
    with pytest.warns(AnnotationWarning, match="boxes.json, annotation 1: ") as caught:
        assert read_boxes(path, "a.png") == (Box(10, 20, 40, 60),)
    assert said in str(caught[0].message)


def test_coco_huge_numbers_duplicates_and_strangers(tmp_path: Path) -> None:
    path = _coco(tmp_path / "boxes.json", [[10, 20, 30, 40]])
    text = path.read_text().replace("[10, 20", f"[1{'0' * 5000}, 20")
    path.write_text(text)
    with pytest.raises(AnnotationError, match="none of its boxes"):
        read_boxes(path, "a.png")
    images = [{"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "b.png"}, {"id": 2}]
    annotations = [{"image_id": 9, "bbox": [1, 2, 3, 4], "category_id": 0}, 5]
    said = read_box_file(
        _coco(tmp_path / "b.json", [], images=images, annotations=annotations, categories=[])
    )
    assert [film.name for film in said.films] == ["a.png"]
    text = " ".join(said.problems)
    assert "taken by a.png" in text
    assert "no id or no file name" in text
    assert "no image has the id 9" in text


def test_coco_of_other_pictures_names_what_it_has(tmp_path: Path) -> None:
    path = _coco(tmp_path / "boxes.json", [[10, 20, 30, 40]])
    with pytest.raises(AnnotationError, match=r"says nothing of other\.png; it is about a\.png"):
        read_boxes(path, tmp_path / "other.png")


def test_partly_outside_is_clipped_and_said(tmp_path: Path) -> None:
    path = _coco(tmp_path / "boxes.json", [[-5, 20, 30, 40]])
    with pytest.warns(AnnotationWarning, match="stood 5 pixels out"):
        assert read_boxes(path, "a.png") == (Box(0, 20, 25, 60),)


def test_namesakes_in_folders_are_told_apart(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "left/a.png"}, {"id": 2, "file_name": "right/a.png"}]
    annotations = [
        {"image_id": 1, "bbox": [1, 1, 2, 2], "category_id": 0},
        {"image_id": 2, "bbox": [5, 5, 2, 2], "category_id": 0},
    ]
    path = _coco(tmp_path / "boxes.json", [], images=images, annotations=annotations)
    assert read_boxes(path, "data/left/a.png") == (Box(1, 1, 3, 3),)
    assert read_boxes(path, "data/right/a.png") == (Box(5, 5, 7, 7),)


def test_broken_json_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text('{"images": [],\n "annotations": oops}')
    with pytest.raises(AnnotationError, match="line 2, column 17"):
        read_boxes(path, "a.png")
    path.write_text("[" * 100_000)
    with pytest.raises(AnnotationError, match="nested too deep"):
        read_boxes(path, "a.png")
    path.write_text('{"regions": {}}')
    with pytest.raises(AnnotationError, match="no file of boxes"):
        read_boxes(path, "a.png")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = _coco(tmp_path / "boxes.json", [[10, 20, 30, 40]])
    assert len(read_boxes(path, "a.png")) == 1
    _coco(path, [[10, 20, 30, 40], [1, 2, 3, 4]])
    assert len(read_boxes(path, "a.png")) == 2


def test_boxes_drawn_on_another_size_are_suspected(tmp_path: Path) -> None:
    image = _image(tmp_path / "a.png", 100, 200, orientation=6)
    path = _coco(tmp_path / "boxes.json", [[10, 20, 30, 40]])
    with pytest.warns(AnnotationWarning, match="100 x 200 pixels upright.*drawn on 200 x 100"):
        read_boxes(path, image)


def test_many_pictures_need_a_name(tmp_path: Path) -> None:
    COCO.write([Labelled("a.png"), Labelled("b.png")], tmp_path / "two.json")
    with pytest.raises(AnnotationError, match="about 2 pictures"):
        read_boxes(tmp_path / "two.json")
    with pytest.raises(AnnotationError, match="no such file"):
        read_boxes(tmp_path / "gone.json")


# --- VOC -------------------------------------------------------------------------------------

VOC = """<annotation><filename>a.png</filename><source><database>{db}</database></source>
<size><width>200</width><height>100</height></size>{objects}</annotation>"""


def _voc(path: Path, *corners: tuple[Any, ...], db: str = "mine") -> Path:
    words = ("xmin", "ymin", "xmax", "ymax")
    objects = ""
    for values in corners:
        inner = "".join(f"<{word}>{value}</{word}>" for word, value in zip(words, values))
        objects += f"<object><name>fractured</name><bndbox>{inner}</bndbox></object>"
    path.write_text(VOC.format(db=db, objects=objects))
    return path


def test_voc_counts_from_one_and_fracatlas_from_zero(tmp_path: Path) -> None:
    assert read_boxes(_voc(tmp_path / "a.xml", (1, 1, 3, 5))) == (Box(0, 0, 3, 5),)
    assert read_boxes(_voc(tmp_path / "a.xml", (5, 5, 5, 5))) == (Box(4, 4, 5, 5),)
    path = _voc(tmp_path / "a.xml", (1, 1, 3, 5), db="MLBFR")
    assert read_boxes(path) == (Box(1, 1, 3, 5),)
    assert read_voc(path, origin=1).films[0].boxes == (Box(0, 0, 3, 5),)


def test_voc_from_zero_by_mistake_is_suspected(tmp_path: Path) -> None:
    with pytest.warns(AnnotationWarning, match="starts at 0"):
        assert read_boxes(_voc(tmp_path / "a.xml", (0, 4, 10, 12))) == (Box(0, 3, 10, 12),)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ((30, 1, 3, 5), "reversed"),
        (("nan", 1, 3, 5), "'nan' is not a number"),
        (("1,5", 1, 3, 5), "decimal comma"),
        (("1_0", 1, 30, 5), "is not a number"),
        (("", 1, 3, 5), "a number is missing"),
        ((500, 1, 600, 5), "outside"),
    ],
)
def test_voc_lists_a_bad_box_and_keeps_the_good_one(
    tmp_path: Path, bad: tuple[Any, ...], said: str
) -> None:
    path = _voc(tmp_path / "a.xml", bad, (1, 1, 3, 5))
    with pytest.warns(AnnotationWarning, match="object 1") as caught:
        assert read_boxes(path) == (Box(0, 0, 3, 5),)
    assert said in str(caught[0].message)


def test_voc_refuses_entities(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text('<!DOCTYPE a [<!ENTITY x "y">]><annotation>&x;</annotation>')
    with pytest.raises(AnnotationError, match="DTD"):
        read_boxes(path)


def test_voc_origin_zero_is_cut_as_fracatlas_did(tmp_path: Path) -> None:
    film = Labelled("a.png", (Box(10.9, 20.2, 10.95, 30.7),), (100, 200))
    write_voc([film], tmp_path / "a.xml", origin=0)
    assert read_boxes(tmp_path / "a.xml") == (Box(10, 20, 11, 30),)


# --- YOLO ------------------------------------------------------------------------------------


def test_yolo_uses_the_upright_picture(tmp_path: Path) -> None:
    image = _image(tmp_path / "a.png", 100, 200, orientation=8)  # upright: 200 x 100
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf0 0.5 0.25 0.2 0.1\r\n")
    assert read_boxes(tmp_path / "a.txt", image)[0].corners == pytest.approx((40, 40, 60, 60))
    assert read_boxes(tmp_path / "a.txt")[0].corners == pytest.approx((40, 40, 60, 60))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 0.1", "4 columns instead of 5"),
        ("7 0.5 0.5 0.1 0.1", "class 7 is not in the list of 2"),
        ("-1 0.5 0.5 0.1 0.1", "no whole number from 0"),
        ("0 90 40 20 10", "wants shares"),
        ("0 0,5 0.5 0.1 0.1", "decimal comma"),
        ("0 nan 0.5 0.1 0.1", "'nan' is not a number"),
        ("0 0.5 0.5 0 0.1", "no area"),
        ("0 0.5 0.5 -0.1 0.1", "reversed"),
        ("0 1.5 0.5 0.1 0.1", "outside"),
    ],
)
def test_yolo_lists_a_bad_line_and_keeps_the_good_one(tmp_path: Path, line: str, said: str) -> None:
    image = _image(tmp_path / "a.png")
    (tmp_path / "classes.txt").write_text("fractured\nmetal\n")
    (tmp_path / "a.txt").write_text(f"1 0.5 0.5 0.1 0.2\n\n{line}\n")
    with pytest.warns(AnnotationWarning, match=r"a\.txt, line 3") as caught:
        (box,) = read_boxes(tmp_path / "a.txt", image)
    assert said in str(caught[0].message)
    assert box.label == "metal"
    assert box.corners == pytest.approx((90, 40, 110, 60))


def test_yolo_without_a_picture_says_so_and_empty_means_no_box(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.1 0.2\n")
    with pytest.raises(AnnotationError, match="shares of a picture"):
        read_boxes(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_text("")
    assert read_boxes(tmp_path / "a.txt") == ()


def test_yolo_polygons_and_scores(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 .1 .1 .3 .1 .3 .5 .1 .4\n3 .5 .5 .2 .2 .97\n")
    boxes = read_yolo(tmp_path / "a.txt", lambda stem: (100, 100)).films[0].boxes
    assert boxes[0].corners == pytest.approx((10, 10, 30, 50))
    assert boxes[1].corners == pytest.approx((40, 40, 60, 60))
    assert [box.label for box in boxes] == ["fractured", "class 3"]


@pytest.mark.parametrize(
    "text",
    [
        "nc: 2\nnames: ['fractured', \"metal\"]\n",
        "names:\n  - fractured\n  - metal\nnc: 2\n",
        "names:\n  0: fractured\n  1: metal\ntrain: images\n",
        "names: {0: fractured, 1: metal}\n",
        "names: [fractured,\n  metal]\n",
    ],
)
def test_yolo_classes_of_a_data_yaml(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "data.yaml").write_text(text)
    assert find_classes(tmp_path / "labels" / "train") == ("fractured", "metal")


# --- LabelMe and Supervisely -----------------------------------------------------------------


def test_labelme_points_in_any_order_and_windows_paths(tmp_path: Path) -> None:
    shapes = [
        {"label": "fractured", "points": [[30, 5], [10, 25]], "shape_type": "rectangle"},
        {"label": "x", "points": [[1, 1], [2, 2], [3, 1]], "shape_type": "polygon"},
        {"label": "x", "points": [[1, 1], ["2", 2]], "shape_type": "rectangle"},
    ]
    document = {"shapes": shapes, "imagePath": "..\\films\\a.png", "imageHeight": 100,
                "imageWidth": 200, "imageData": None}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.warns(AnnotationWarning, match="a polygon is no box.*a text stands"):
        assert read_boxes(tmp_path / "a.json", "a.png") == (Box(10, 5, 30, 25),)


def test_supervisely_polygon_counts_only_without_rectangles(tmp_path: Path) -> None:
    polygon = {"classTitle": "fractured", "geometryType": "polygon",
               "points": {"exterior": [[10, 10], [30, 12], [20, 40]], "interior": []}}  # fmt: skip
    rectangle = {"classTitle": "fractured", "geometryType": "rectangle",
                 "points": {"exterior": [[50, 60], [70, 90]], "interior": []}}  # fmt: skip
    path = tmp_path / "a.png.json"
    document: dict[str, Any] = {"size": {"height": 100, "width": 200}, "objects": [polygon]}
    path.write_text(json.dumps(document))
    assert read_boxes(path, "a.png") == (Box(10, 10, 30, 40),)
    path.write_text(json.dumps({**document, "objects": [polygon, rectangle]}))
    with pytest.warns(AnnotationWarning, match="a polygon is no box"):
        assert read_boxes(path, "films/a.png") == (Box(50, 60, 70, 90),)


# --- folders ---------------------------------------------------------------------------------


def test_a_folder_is_matched_by_stem_and_says_what_it_did_not_use(tmp_path: Path) -> None:
    _voc(tmp_path / "b.xml", (1, 1, 3, 5))  # the file speaks of a.png but is called b
    _coco(tmp_path / "all.json", [[10, 20, 30, 40]])
    said = read_box_file(tmp_path)
    assert said.format == "coco"
    assert "b.xml not used" in " ".join(said.problems)
    (tmp_path / "all.json").unlink()
    with pytest.warns(AnnotationWarning, match=r"b\.xml speaks of a\.png"):
        assert read_boxes(tmp_path, "b.png") == (Box(0, 0, 3, 5),)
    with pytest.raises(AnnotationError, match=r"says nothing of c\.png"):
        read_boxes(tmp_path, "c.png")


def test_one_broken_file_does_not_spoil_a_folder(tmp_path: Path) -> None:
    _voc(tmp_path / "a.xml", (1, 1, 3, 5))
    (tmp_path / "b.xml").write_text("<annotation><oops>")
    said = read_box_file(tmp_path)
    assert [film.name for film in said.films] == ["a.png"]
    assert "b.xml: it is no XML: line 1" in " ".join(said.problems)
    (tmp_path / "empty").mkdir()
    with pytest.raises(AnnotationError, match="no file of boxes"):
        read_box_file(tmp_path / "empty")
