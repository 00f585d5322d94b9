from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fracview.data.boxes import Box
from fracview.data.case import Case
from fracview.data.radiograph import Radiograph
from fracview.errors import InputError
from fracview.request import Method
from fracview.workspace import Edits, Workspace, load_edits, plan, save_edits


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    film = Radiograph(np.zeros((8, 8), np.uint8))
    case = Case(tmp_path / "a.png", (Box(1, 1, 3, 3),), "fractured")
    return Workspace(
        cases=(case,), current=0, radiograph=film, models=("one", "two"),
        methods=(Method("saliency"), Method("deeplift")),
    )  # fmt: skip


def test_without_a_film_nothing_is_planned(workspace: Workspace) -> None:
    assert plan(replace(workspace, radiograph=None)) == ()
    assert plan(replace(workspace, current=None)) == ()


def test_predictions_come_first_then_attacks_then_clean_maps(workspace: Workspace) -> None:
    wishes = frozenset({"predict", "attack", "explain"})
    requests = plan(replace(workspace, wishes=wishes))
    kinds = [(r.attack is not None, r.attribution is not None) for r in requests]
    assert (
        kinds
        == [(False, False)] * 2 + [(True, False)] * 2 + [(False, True)] * 4 + [(True, True)] * 4
    )
    assert len(set(requests)) == 12


def test_drawing_a_box_asks_for_no_clean_map_anew(workspace: Workspace) -> None:
    wished = replace(workspace, wishes=frozenset({"predict", "explain"}))
    case = wished.cases[0]
    drawn = replace(wished, edits=wished.edits.with_boxes(case.path, (Box(0, 0, 8, 8),)))
    assert plan(drawn) == plan(wished)


def test_a_first_box_makes_the_label(workspace: Workspace) -> None:
    case = replace(workspace.cases[0], boxes=(), label=None)
    bare = replace(workspace, cases=(case,))
    assert bare.label_of(case) is None
    drawn = replace(bare, edits=bare.edits.with_boxes(case.path, (Box(0, 0, 8, 8),)))
    assert drawn.label_of(case) == "fractured"


def test_edits_survive_a_round_trip(tmp_path: Path) -> None:
    box = Box(0.25, 1.5, 3.125, 7.75, certainty="possible", kind="spiral", note="é\n", locked=True)
    edits = Edits().with_boxes(tmp_path / "a.png", (box,)).with_review(tmp_path / "b.png", True)
    save_edits(edits, tmp_path / "edits.json")
    assert load_edits(tmp_path / "edits.json") == edits
    assert [path.name for path in tmp_path.iterdir()] == ["edits.json"]


def test_no_file_means_no_edits(tmp_path: Path) -> None:
    assert load_edits(tmp_path / "none.json") == Edits()


@pytest.mark.parametrize("cut", [0, 1, 10, 40])
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "edits.json"
    save_edits(Edits().with_boxes(tmp_path / "a.png", (Box(0, 0, 1, 1),)), path)
    whole = path.read_text()
    path.write_text(whole[:cut])
    with pytest.raises(InputError, match="left as it is"):
        load_edits(path)
    assert path.read_text() == whole[:cut]


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "edits.json"
    path.write_text(json.dumps({"format": "fracview-edits", "version": 9, "boxes": {}}))
    with pytest.raises(InputError, match="newer version"):
        load_edits(path)


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "edits.json"
    save_edits(Edits().with_review(tmp_path / "a.png", True), path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        save_edits(Edits(), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["edits.json"]


def test_an_attack_flees_the_true_class_and_a_clean_request_knows_none(
    workspace: Workspace,
) -> None:
    wished = replace(workspace, wishes=frozenset({"predict", "attack", "explain"}))
    labels = {(request.condition, request.label) for request in plan(wished)}
    assert labels == {("clean", None), ("attacked", "fractured")}
