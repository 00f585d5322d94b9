"""Undo and redo without end: over restarts, along branches, and exactly."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fracview.data.boxes import Box
from fracview.errors import SettingError
from fracview.project import (
    AddBox,
    ChangeBox,
    FilmRead,
    Project,
    RemoveBox,
    SetBoxes,
    SetRead,
)
from fracview.project.rows import find
from fracview.project.schema import KEYS

BOX = Box(1, 2, 10, 20)


def state(project: Project) -> dict[str, Any]:
    """Everything that gestures change, row by row."""
    return {table: find(project._connection, table) for table in KEYS}


def test_undo_and_redo_survive_a_restart(project: Project, path: Path) -> None:
    states = [state(project)]
    for number in range(20):
        project.do(AddBox(1, BOX.moved(number, 0)))
        states.append(state(project))
    for _ in range(7):
        project.undo()
    project.close()
    with Project.open(path, "R1") as again:
        assert state(again) == states[13]
        for number in range(14, 21):
            again.redo()
            assert state(again) == states[number]
        assert again.redo() is None
        for number in range(19, -1, -1):
            again.undo()
            assert state(again) == states[number]


def test_a_new_gesture_ends_the_line_of_redo_but_loses_nothing(project: Project) -> None:
    first = project.do(AddBox(1, BOX))
    second = project.do(AddBox(1, BOX.moved(1, 0)))
    left = state(project)
    project.undo()
    project.do(AddBox(1, BOX.moved(9, 0)))
    now = state(project)
    assert project.redo() is None
    assert first is not None
    assert second is not None
    project.go_to(second.seq)
    assert state(project) == left
    assert project.redo() is None
    project.undo()
    assert project.redo() is not None  # along the line that was gone to
    assert state(project) == left
    project.go_to(project.history()[4].seq)
    assert state(project) == now
    assert project.check().faults == ()


def test_going_back_keeps_the_way_forward(project: Project) -> None:
    entries = [project.do(AddBox(1, BOX.moved(number, 0))) for number in range(5)]
    end = state(project)
    assert entries[1] is not None
    project.go_to(entries[1].seq)
    assert len(project.boxes(1)) == 2
    while project.redo():
        pass
    assert state(project) == end
    project.go_to(0)
    assert project.films() == ()
    assert project.undo() is None
    assert project.go_to(0) is None
    while project.redo():
        pass
    assert state(project) == end
    with pytest.raises(SettingError, match="no gesture 999"):
        project.go_to(999)


def test_the_history_says_who_did_what_when(project: Project) -> None:
    project.do(AddBox(2, BOX))
    project.undo()
    steps = [(entry.step, entry.text, entry.reader, entry.film) for entry in project.history()]
    assert steps == [
        ("do", "Add 3 films", "R1", None),
        ("do", "Draw a box", "R1", 2),
        ("undo", "Draw a box", "R1", 2),
    ]
    assert project.history()[2].gesture == project.history()[1].seq
    assert [entry.seq for entry in project.history(last=2)] == [2, 3]


def test_nobody_undoes_anothers_work(project: Project, path: Path) -> None:
    done = project.do(AddBox(1, BOX))
    assert done is not None
    (first,) = done.touched
    project.close()
    with Project.open(path, "R2") as second:
        assert second.readers() == ("R1", "R2")
        assert second.boxes(1) == ()
        assert [box.reader for box in second.boxes(1, "R1")] == ["R1"]
        assert second.undo() is None
        assert second.undo_text == ""
        with pytest.raises(SettingError, match="another reader"):
            second.do(RemoveBox(first))
        with pytest.raises(SettingError, match="another reader"):
            second.go_to(0)
        second.do(AddBox(1, BOX))
        second.do(SetBoxes(1, ()))
        assert len(second.all_boxes(1)) == 1
    with Project.open(path, "R1") as again:
        assert again.undo() is None


def test_the_history_can_neither_be_changed_nor_cut(project: Project) -> None:
    project.do(AddBox(1, BOX))
    for statement in ("UPDATE history SET text = 'x'", "DELETE FROM history"):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            project._connection.execute(statement)


edges = st.floats(-1e4, 1e4, allow_nan=False)
spans = st.floats(1e-3, 1e4)
boxes = st.builds(
    lambda x, y, w, h, note, lock: Box(x, y, x + w, y + h, note=note, locked=lock),
    edges, edges, spans, spans, st.text(max_size=5), st.booleans(),
)  # fmt: skip
actions = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 3), boxes),
    st.tuples(st.just("change"), st.integers(0, 9), boxes),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("set"), st.integers(1, 3), st.lists(boxes, max_size=4)),
    st.tuples(st.just("read"), st.integers(1, 3), st.sampled_from(["open", "reviewed", "discuss"])),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
    st.tuples(st.just("go"), st.integers(0, 30)),
)


def perform(project: Project, action: tuple[Any, ...]) -> Any:
    kind, *rest = action
    ids = [box.id for film in (1, 2, 3) for box in project.all_boxes(film)]
    if kind == "add":
        return project.do(AddBox(*rest))
    if kind == "set":
        return project.do(SetBoxes(rest[0], tuple(rest[1])))
    if kind == "read":
        return project.do(SetRead(rest[0], FilmRead(None, rest[1])))
    if kind in ("change", "remove") and ids:
        box_id = ids[rest[0] % len(ids)]
        gesture = RemoveBox(box_id) if kind == "remove" else ChangeBox(box_id, rest[1])
        return project.do(gesture)
    return None


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(actions, max_size=30))
def test_any_sequence_is_taken_back_exactly(
    project: Project, sequence: list[tuple[Any, ...]]
) -> None:
    """Compare with a slower definition: a tree of whole states."""
    project._connection.execute("PRAGMA synchronous = OFF")
    project.do(AddBox(1, BOX))  # ends the line of redo of the example before
    head = tip = start = _head(project)
    states: dict[int, Any] = {head: state(project)}
    parents: dict[int, int] = {}

    def line(seq: int) -> list[int]:
        return [seq, *line(parents[seq])] if seq in parents else [seq]

    for action in sequence:
        if action[0] == "undo":
            if head != start:
                assert project.undo() is not None
                head = parents[head]
        elif action[0] == "redo":
            ahead = [seq for seq in line(tip) if parents.get(seq) == head]
            assert (project.redo() is not None) == bool(ahead)
            head = ahead[0] if ahead else head
        elif action[0] == "go":
            known = sorted(states)
            head = known[action[1] % len(known)]
            project.go_to(head)
            tip = tip if head in line(tip) else head
        else:
            try:
                entry = perform(project, action)
            except SettingError:
                entry = None
            if entry is not None:
                parents[entry.seq] = head
                head = tip = entry.seq
                states[head] = state(project)
        assert state(project) == states[head]
        assert _head(project) == head
    assert project.check().faults == ()
    while head != start:
        project.undo()
        head = parents[head]
        assert state(project) == states[head]


def _head(project: Project) -> int:
    from fracview.project.journal import position

    return position(project._connection).head
