"""The table of boxes: every change is one step that can be undone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from fracview.data.boxes import Box
from fracview.gui.docks.box_table import COLUMNS, LOCK, SIZE
from fracview.gui.docks.boxes import BoxesDock
from fracview.gui.session import Session
from tests.gui import fakes

BOXES = (Box(10, 20, 60, 90), Box(100, 100, 180, 160, certainty="possible", kind="spiral"))


@pytest.fixture
def session(qapp):
    return Session(fakes.workspace(boxes=BOXES))


@pytest.fixture
def dock(qtbot, session):
    made = BoxesDock(session)
    qtbot.addWidget(made)
    return made


def put(dock, row, column, value):
    return dock.model.setData(dock.model.index(row, COLUMNS.index(column)), value)


def test_all_fields_are_shown(dock):
    texts = [dock.model.index(1, column).data() for column in range(SIZE + 1)]
    assert texts == [
        "fractured", "possible", "spiral", "", "100.0", "100.0", "180.0", "160.0", "80 × 60 px",
    ]  # fmt: skip


def test_size_is_in_millimetres_where_the_film_tells_them(dock, session):
    session.update(radiograph=fakes.film(spacing=(0.2, 0.1)))
    assert dock.model.index(1, SIZE).data() == "8.0 × 12.0 mm"


@pytest.mark.parametrize(
    ("column", "value", "name", "kept"),
    [
        ("Certainty", "probable", "certainty", "probable"),
        ("Note", "see lateral view", "note", "see lateral view"),
        ("Left", "12,5", "x1", 12.5),
    ],
)
def test_an_edit_is_one_step_back(dock, session, column, value, name, kept):
    assert put(dock, 0, column, value)
    assert getattr(session.workspace.boxes[0], name) == kept
    assert session.workspace.boxes[1] == BOXES[1]
    assert session.workspace.selected_box == 0
    session.undo()
    assert session.workspace.boxes == BOXES


@pytest.mark.parametrize("value", ["wide", "nan", "1000000", "5"])
def test_corners_that_make_no_box_are_refused(dock, session, value):
    said = []
    session.said.connect(lambda text, level: said.append(level))
    assert not put(dock, 0, "Left" if value != "5" else "Right", value)
    assert session.workspace.boxes == BOXES
    assert said == ["warning"]
    assert session.undo_text == ""


def test_corners_are_cut_to_the_film(dock, session):
    put(dock, 0, "Left", "-30")
    assert session.workspace.boxes[0].x1 == 0


def test_the_same_value_is_no_edit(dock, session):
    assert not put(dock, 0, "Certainty", "definite")
    assert session.undo_text == ""


def test_a_locked_box_can_only_be_unlocked(dock, session):
    session.update(selected_box=0)
    lock = dock.model.index(0, LOCK)
    dock.model.setData(lock, Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert session.workspace.boxes[0].locked
    flags = dock.model.flags(dock.model.index(0, 0))
    assert not flags & Qt.ItemFlag.ItemIsEditable
    dock.delete()
    assert len(session.workspace.boxes) == 2
    dock.model.setData(lock, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    session.update(selected_box=0)
    dock.delete()
    assert session.workspace.boxes == BOXES[1:]


def test_selection_goes_both_ways(qtbot, dock, session):
    session.update(selected_box=1)
    assert dock.table.selectionModel().selectedRows()[0].row() == 1
    dock.table.selectRow(0)
    qtbot.waitUntil(lambda: session.workspace.selected_box == 0)


def test_the_caption_says_whose_boxes_they_are(dock, session):
    dock.set_origin("FracAtlas: boxes by two radiologists")
    assert dock.caption.text() == (
        "film.png: fractured, 2 boxes (FracAtlas: boxes by two radiologists)"
    )
    session.set_boxes(BOXES[:1], "delete a box")
    assert "1 box (changed by you)" in dock.caption.text()
    assert not dock.restore_button.isHidden()
    dock.restore_button.click()
    assert session.workspace.boxes == BOXES
    assert dock.restore_button.isHidden()


def test_without_boxes_it_says_how_to_draw_one(dock, session):
    session.set_boxes((), "delete")
    assert dock.pages.currentWidget() is dock.empty
    assert "Press R" in dock.empty.sentence.text()
    session.update(cases=(), current=None, radiograph=None)
    assert dock.empty.title.text() == "No radiograph"


def test_another_film_shows_its_own_boxes(dock, session):
    session.update(current=1, radiograph=replace(fakes.film()))
    assert dock.model.rowCount() == 0
