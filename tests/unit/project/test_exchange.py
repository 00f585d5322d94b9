"""Boxes in and out: looked at first, one step, undone without a trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fracview.data.annotations import read_box_file
from fracview.data.boxes import Box
from fracview.errors import AnnotationError, SettingError, UnreadableFile
from fracview.project import (
    AddBox,
    ChangeBox,
    Import,
    ImportPlan,
    Project,
    export,
    plan_export,
    plan_import,
    snapshots,
)
from fracview.project.rows import find
from fracview.project.schema import KEYS
from fracview.task import drain

BOX = Box(1.5, 2, 10, 20, certainty="possible", kind="spiral")
OTHER = Box(20, 20, 30, 30)


def coco(path: Path, boxes: dict[str, list[list[float]]], size: tuple[int, int] = (60, 48)) -> Path:
    names = list(boxes)
    body = {
        "images": [
            {"id": n, "file_name": name, "height": size[0], "width": size[1]}
            for n, name in enumerate(names)
        ],
        "annotations": [
            {"id": 10 * n + k, "image_id": n, "category_id": 1, "bbox": bbox}
            for n, name in enumerate(names)
            for k, bbox in enumerate(boxes[name])
        ],
        "categories": [{"id": 1, "name": "fractured"}],
    }
    path.write_text(json.dumps(body))
    return path


def state(project: Project) -> object:
    return {table: find(project._connection, table) for table in KEYS}


def plan(project: Project, source: Path, **words: object) -> ImportPlan:
    return drain(plan_import(project, source, **words))  # type: ignore[arg-type]


def test_a_plan_says_everything_and_does_nothing(project: Project, tmp_path: Path) -> None:
    project.do(AddBox(2, OTHER))
    before = state(project), project.history()
    source = coco(tmp_path / "b.json", {
        "film0.png": [[1, 2, 3, 4], [5, 6, 0, 1]], "film1.png": [[1, 1, 2, 2]],
        "stranger.png": [[1, 1, 2, 2]],
    })  # fmt: skip
    said = plan(project, source)
    assert [(film.path.name, film.fate) for film in said.boxes] == [
        ("film0.png", "new"), ("film1.png", "kept"),
    ]  # fmt: skip
    assert "1 box for reader R1" in said.sentence
    assert "1 keep others and get none" in said.sentence
    assert any("no area" in problem for problem in said.problems)
    assert any("1 film of b.json are not" in problem for problem in said.problems)
    assert (state(project), project.history()) == before


@pytest.mark.parametrize(
    ("clash", "left"),
    [("keep", [OTHER]), ("add", [OTHER, Box(1, 1, 3, 3)]), ("replace", [Box(1, 1, 3, 3)])],
)
def test_an_import_is_one_step_behind_a_snapshot(
    project: Project, path: Path, tmp_path: Path, clash: str, left: list[Box]
) -> None:
    project.do(AddBox(2, OTHER))
    before, copies = state(project), len(snapshots(path))
    source = coco(tmp_path / "b.json", {"film0.png": [[1, 2, 3, 4]], "film1.png": [[1, 1, 2, 2]]})
    project.do(Import(plan(project, source, clash=clash)))
    assert [kept.box for kept in project.boxes(1)] == [Box(1, 2, 4, 6)]
    assert project.boxes(1)[0].origin == "import: b.json"
    assert [kept.box for kept in project.boxes(2)] == left
    assert len(snapshots(path)) == copies + 1
    after = state(project)
    project.undo()
    assert state(project) == before
    project.redo()
    assert state(project) == after
    again = plan(project, source, clash=clash)
    fates = [film.fate for film in again.boxes]
    assert fates == ["same", "kept" if clash == "keep" else "same"]
    assert project.do(Import(again)) is None
    assert project.check().faults == ()


def test_a_folder_brings_films_and_boxes_for_another_reader(path: Path, films: list[Path]) -> None:
    coco(films[0].parent / "b.json", {"film0.png": [[1, 2, 3, 4]]})
    (films[0].parent / "broken.png").write_bytes(b"no picture")
    with Project.create(path, "R1") as project:
        said = plan(project, films[0].parent, reader="dataset")
        assert len(said.films) == 3
        project.do(Import(said))
        assert len(project.films()) == 3
        assert project.boxes(1) == ()
        assert [kept.box for kept in project.boxes(1, "dataset")] == [Box(1, 2, 4, 6)]
        assert project.films()[0].facts.label == "fractured"
        assert project.undo() is not None
        assert project.films() == ()


def test_what_does_not_fit_is_left_out(project: Project, tmp_path: Path) -> None:
    source = coco(tmp_path / "b.json", {"film0.png": [[1, 2, 3, 4]]}, size=(48, 60))
    said = plan(project, source)
    assert said.boxes == ()
    assert "48 x 60 pixels upright" in said.problems[0]
    strangers = coco(tmp_path / "c.json", {"other.png": [[1, 2, 3, 4]]})
    with pytest.raises(AnnotationError, match="none of the films"):
        plan(project, strangers)
    with pytest.raises(UnreadableFile, match="no such"):
        plan(project, tmp_path / "gone.json")
    with pytest.raises(SettingError, match="none of"):
        plan(project, source, clash="maybe")


def test_a_plan_that_is_out_of_date_does_nothing(project: Project, tmp_path: Path) -> None:
    source = coco(tmp_path / "b.json", {"film0.png": [[1, 2, 3, 4]]})
    old = plan(project, source)
    project.do(AddBox(1, OTHER))
    before = state(project)
    with pytest.raises(SettingError, match="Look anew"):
        project.do(Import(old))
    assert state(project) == before


def test_namesakes_never_share_boxes(project: Project, films: list[Path], tmp_path: Path) -> None:
    twin = tmp_path / "more" / "film0.png"
    twin.parent.mkdir()
    twin.write_bytes(films[1].read_bytes())
    project.do(Import(plan(project, twin.parent)))
    bare = plan(project, coco(tmp_path / "b.json", {"film0.png": [[1, 2, 3, 4]]}))
    assert bare.boxes == ()
    assert "2 films of the project have this name" in bare.problems[0]
    named = plan(project, coco(tmp_path / "c.json", {"more/film0.png": [[1, 2, 3, 4]]}))
    assert [film.path for film in named.boxes] == [twin]


@pytest.mark.parametrize("to", ["coco", "voc", "yolo", "labelme", "supervisely"])
def test_what_goes_out_comes_back(
    project: Project, tmp_path: Path, films: list[Path], to: str
) -> None:
    project.do(AddBox(1, BOX))
    project.do(AddBox(1, OTHER))
    project.do(AddBox(3, OTHER))
    out = tmp_path / "out"
    said = plan_export(project, to)
    assert (said.boxes, len(said.films)) == (3, 3)
    assert export(said, out)
    with Project.create(tmp_path / "second.fracview", "R2") as second:
        second.do(Import(plan(second, films[0].parent)))
        second.do(Import(plan(second, out)))
        for film in (1, 2, 3):
            back = [kept.box for kept in second.boxes(film)]
            there = [kept.box for kept in project.boxes(film)]
            assert len(back) == len(there)
            for one, other in zip(back, there):
                assert one.corners == pytest.approx(
                    other.corners, abs=0.51 if to == "voc" else 0.01
                )
    assert bool(said.problems) == (to in ("voc", "yolo"))


def test_nothing_is_written_over_unasked(project: Project, tmp_path: Path) -> None:
    project.do(AddBox(1, BOX))
    target = tmp_path / "boxes.json"
    export(plan_export(project, "coco"), target)
    first = target.read_bytes()
    project.do(ChangeBox(project.boxes(1)[0].id, OTHER))
    with pytest.raises(AnnotationError, match="there is such a file"):
        export(plan_export(project, "coco"), target)
    assert target.read_bytes() == first
    export(plan_export(project, "coco"), target, replace=True)
    assert read_box_file(target).films[0].boxes == (OTHER,)
