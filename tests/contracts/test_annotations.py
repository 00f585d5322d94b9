from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fracview.data.annotations import (
    ANNOTATIONS,
    find_format,
    read_box_file,
    read_boxes,
    write_boxes,
)
from fracview.data.annotations.records import Format, Labelled
from fracview.data.boxes import Box
from fracview.errors import AnnotationError, UnknownName

FORMATS = list(ANNOTATIONS)
DETAILED = Box(10, 20, 30, 50, certainty="possible", kind="spiral", note="a <b> & 'c'", locked=True)


@st.composite
def films(draw: st.DrawFn) -> Labelled:
    height, width = draw(st.integers(8, 3000)), draw(st.integers(8, 3000))

    def side(size: int) -> tuple[float, float]:
        low = draw(st.floats(0, size - 2, allow_subnormal=False))
        return low, draw(st.floats(low + 1, size, allow_subnormal=False))

    boxes = []
    for _ in range(draw(st.integers(0, 4))):
        (x1, x2), (y1, y2) = side(width), side(height)
        boxes.append(Box(x1, y1, x2, y2, draw(st.sampled_from(["fractured", "metal"]))))
    return Labelled("IMG0000001.png", tuple(boxes), (height, width))


@pytest.mark.parametrize("name", FORMATS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(film=films())
def test_round_trip_within_the_stated_rounding(name: str, film: Labelled, tmp_path: Path) -> None:
    form: Format = ANNOTATIONS.load(name)
    for old in tmp_path.rglob("*.*"):
        old.unlink()
    form.write([film, Labelled("other.png", (), (10, 10))], tmp_path)
    said = read_box_file(tmp_path, lambda stem: film.size if stem == "IMG0000001" else (10, 10))
    assert said.format == name
    assert said.all_problems == ()
    entry = said.find(Path("somewhere/IMG0000001.png"))
    assert entry is not None
    assert [box.label for box in entry.boxes] == [box.label for box in film.boxes]
    allowed = form.rounding * max(1.0, max(film.size or (0, 0)) / 1000) + 1e-9
    for read, written in zip(entry.boxes, film.boxes, strict=True):
        assert max(abs(a - b) for a, b in zip(read.corners, written.corners)) <= allowed
    empty = said.find(Path("other.png"))
    assert empty is not None
    assert empty.boxes == ()


@pytest.mark.parametrize("name", FORMATS)
def test_details_survive_where_the_format_says_so(name: str, tmp_path: Path) -> None:
    form: Format = ANNOTATIONS.load(name)
    write_boxes([Labelled("a.png", (DETAILED,), (100, 100))], tmp_path, name)
    entry = read_box_file(tmp_path, lambda stem: (100, 100)).find(Path("a.png"))
    assert entry is not None
    (box,) = entry.boxes
    assert (box == DETAILED) == form.keeps_details
    assert box.iou(DETAILED) > 0.99


@pytest.mark.parametrize("name", FORMATS)
def test_a_single_file_is_recognised(name: str, tmp_path: Path) -> None:
    form: Format = ANNOTATIONS.load(name)
    out = tmp_path / "a.png.json" if name == "supervisely" else tmp_path / f"a{form.suffix}"
    written = form.write([Labelled("a.png", (Box(1, 2, 3, 4),), (10, 10))], out)
    assert out in written
    assert find_format(out).name == name
    others = [other for other in FORMATS if other != name]
    assert not any(ANNOTATIONS.load(other).sniff(out) for other in others)
    from PIL import Image

    Image.new("L", (10, 10)).save(tmp_path / "a.png")
    assert read_boxes(out, tmp_path / "a.png")[0].corners == pytest.approx((1, 2, 3, 4))
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\0\xff\xfe", b"{", b"<annotation", b"[1]", b"0 0 0"])
def test_rubbish_is_a_named_error_or_holds_no_box(
    name: str, content: bytes, tmp_path: Path
) -> None:
    form: Format = ANNOTATIONS.load(name)
    path = tmp_path / f"rubbish{form.suffix}"
    path.write_bytes(content)
    try:
        said = form.read(path, lambda stem: (10, 10))
    except AnnotationError as error:
        assert str(error).startswith(path.name)  # noqa: PT017
        return
    assert name == "yolo"
    assert not any(film.boxes for film in said.films)


@pytest.mark.parametrize("name", FORMATS)
def test_a_failed_write_leaves_the_old_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = Labelled("a.png", (Box(1, 2, 3, 4),), (10, 10))
    files = write_boxes([film], tmp_path, name)
    before = {path: path.read_bytes() for path in files}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fracview.files.os.replace", full)
    with pytest.raises(AnnotationError, match="No space left"):
        write_boxes([Labelled("a.png", (Box(5, 5, 9, 9),), (10, 10))], tmp_path, name)
    assert {path: path.read_bytes() for path in files} == before
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


def test_an_unknown_format_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="coco"):
        write_boxes([], tmp_path, "csv")


@pytest.mark.parametrize("name", [name for name in FORMATS if not ANNOTATIONS.load(name).single])
def test_two_pictures_never_share_a_file(name: str, tmp_path: Path) -> None:
    twins = [Labelled("A.png", (), (9, 9)), Labelled("x/a.jpg", (), (9, 9))]
    with pytest.raises(AnnotationError, match="share one file"):
        write_boxes(twins, tmp_path, name)


def test_formats_agree_on_fracatlas(fracatlas: Path) -> None:
    notes = fracatlas / "Annotations"
    for stem in ("IMG0000019", "IMG0002628", "IMG0002588", "IMG0003298"):
        image = fracatlas / "images" / "Fractured" / f"{stem}.jpg"
        coco = read_boxes(notes / "COCO JSON" / "COCO_fracture_masks.json", image)
        voc = read_boxes(notes / "PASCAL VOC" / f"{stem}.xml", image)
        yolo = read_boxes(notes / "YOLO" / f"{stem}.txt", image)
        for one, two, three in zip(coco, voc, yolo, strict=True):
            assert all(0 <= a - b < 1.2 for a, b in zip(one.corners, two.corners))
            assert one.iou(three) > 0.95
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert read_boxes(notes, image) == coco
            assert read_boxes(notes / "PASCAL VOC", image) == voc
