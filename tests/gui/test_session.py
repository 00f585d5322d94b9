"""One workspace, one signal, one history."""

from __future__ import annotations

from pathlib import Path

import pytest

from fracview.data.boxes import Box
from fracview.data.case import Case
from fracview.gui.session import Session
from fracview.workspace import Edits, Workspace

BOX = Box(1, 2, 3, 4)
CASES = (Case(Path("/films/a.png")), Case(Path("/films/b.png"), (BOX,), "fractured"))


@pytest.fixture
def session(qapp) -> Session:
    made = Session()
    made.open(CASES, ("hand",), Edits())
    return made


def test_update_tells_old_and_new_once(session):
    heard = []
    session.changed.connect(lambda old, new: heard.append((old.percent, new.percent)))
    session.update(percent=10.0)
    session.update(percent=10.0)
    assert heard == [(5.0, 10.0)]


def test_equal_numbers_of_another_type_are_a_change(session):
    heard = []
    session.changed.connect(lambda old, new: heard.append(new.selected_box))
    session.update(selected_box=1)
    session.update(selected_box=True)
    assert heard == [1, True]


def test_watch_reacts_only_to_its_own_part_and_ends(session):
    heard = []
    end = session.watch(lambda w: w.percent, heard.append)
    session.update(opacity=0.1)
    session.update(percent=20.0)
    end()
    session.update(percent=30.0)
    assert heard == [5.0, 20.0]


def test_a_listener_that_changes_in_turn_leaves_nobody_with_stale_news(session):
    """Were changes told at once, the second listener would end with the first change's value."""
    session.changed.connect(
        lambda old, new: session.update(percent=50.0) if new.percent == 10.0 else None
    )
    heard = []
    session.watch(lambda w: w.percent, heard.append, now=False)
    session.update(percent=10.0)
    assert heard == [10.0, 50.0]
    assert session.workspace.percent == 50.0


def test_undo_and_redo_without_limit(session):
    for number in range(1, 201):
        session.set_boxes((Box(0, 0, number, number),), f"draw {number}", 0)
    assert session.undo_text == "draw 200"
    for _ in range(200):
        session.undo()
    assert session.workspace.boxes == ()
    assert session.undo_text == ""
    session.undo()
    for _ in range(200):
        session.redo()
    assert session.workspace.boxes == (Box(0, 0, 200, 200),)
    assert session.redo_text == ""


def test_a_new_edit_ends_redo(session):
    session.set_boxes((BOX,), "draw a box")
    session.undo()
    assert session.redo_text == "draw a box"
    session.set_reviewed(CASES[0].path, True)
    assert session.redo_text == ""
    assert session.undo_text == "mark as reviewed"


def test_undo_goes_to_the_film_where_it_was(session):
    session.set_boxes((BOX,), "draw a box")
    session.update(current=1)
    session.undo()
    assert session.workspace.current == 0
    assert session.workspace.edits == Edits()


def test_undo_tells_that_edits_changed(session):
    saved = []
    session.edited.connect(saved.append)
    session.set_boxes((BOX,), "draw a box")
    session.undo()
    session.redo()
    assert [dict(edits.boxes) for edits in saved] == [
        {str(CASES[0].path): (BOX,)},
        {},
        {str(CASES[0].path): (BOX,)},
    ]


def test_boxes_of_the_data_set_can_be_deleted_and_come_back(session):
    session.update(current=1)
    session.set_boxes((), "delete a box")
    assert session.workspace.boxes == ()
    assert session.workspace.label_of(CASES[1]) == "fractured"
    session.undo()
    assert session.workspace.boxes == (BOX,)


def test_opening_something_else_ends_the_history(session):
    session.set_boxes((BOX,), "draw a box")
    session.open(CASES[1:], (), Edits())
    assert session.undo_text == ""
    session.undo()
    assert session.workspace.cases == CASES[1:]
    assert session.workspace.current == 0


def test_without_a_case_boxes_go_nowhere(qapp):
    session = Session(Workspace())
    session.set_boxes((BOX,), "draw a box")
    assert session.workspace.edits == Edits()
    assert session.undo_text == ""
