"""One table of commands: no key twice, every slot there, every key on the sheet."""

from __future__ import annotations

from operator import attrgetter

import pytest
from PySide6.QtGui import QKeySequence

from fracview.gui.actions import MENUS, MOUSE, TABLE, TOOLBAR, conflicts, tip_of
from fracview.gui.dialogs.key_sheet import KeySheet, sheet

WANTED = {
    "Shift+R": "auto_window", "1": "preset_1", "5": "preset_5", "I": "invert", "F": "fit",
    "Ctrl+0": "one_to_one", "+": "zoom_in", "-": "zoom_out", "D": "next", "A": "previous",
    "PgDown": "next", "PgUp": "previous", "Home": "first", "End": "last",
    "Ctrl+Shift+D": "next_unreviewed", "Ctrl+Shift+A": "previous_unreviewed", "R": "draw",
    "B": "draw", "Ctrl+C": "copy", "Ctrl+V": "paste", "Ctrl+D": "duplicate", "Del": "delete",
    "Backspace": "delete", "Ctrl+Z": "undo", "Ctrl+Shift+Z": "redo", "Ctrl+Y": "redo",
    "Esc": "cancel", "H": "heatmaps", "X": "boxes", "[": "fainter", "]": "stronger",
    "F11": "maximise_film", "Ctrl+S": "save", "P": "predict", "E": "explain", "K": "attack",
    "M": "next_model", ",": "step_back", ".": "step_forward", "?": "keys",
}  # fmt: skip


def test_no_key_belongs_to_two_commands():
    assert conflicts() == []


def test_names_are_unique_and_menus_known():
    names = [command.name for command in TABLE]
    assert len(names) == len(set(names))
    assert {command.menu.split("/")[0] for command in TABLE} <= set(MENUS)
    assert set(TOOLBAR) - {"", ">"} <= set(names)


@pytest.mark.parametrize(("key", "name"), WANTED.items())
def test_the_keys_of_the_design(key, name):
    owner = {QKeySequence(k).toString(): c.name for c in TABLE for k in c.keys}
    assert owner[QKeySequence(key).toString()] == name


def test_digits_never_delete():
    delete = next(command for command in TABLE if command.name == "delete")
    assert not any(key.isdigit() for key in delete.keys)


def test_every_command_says_what_it_does_and_its_keys():
    for command in TABLE:
        assert command.tip
        assert all(QKeySequence(key).toString() for key in command.keys)
    assert tip_of(next(c for c in TABLE if c.name == "draw")).endswith("(R or B)")


def test_every_slot_is_there(window):
    for command in TABLE:
        assert callable(attrgetter(command.slot)(window)), command.slot


def test_the_sheet_holds_every_key_and_gesture():
    page = sheet()
    for command in TABLE:
        if command.keys:
            assert command.tip.split(";")[0].split("<")[0] in page.replace("&#x27;", "'")
    assert all(gesture in page for gesture, _ in MOUSE)


def test_the_sheet_can_be_searched(qtbot):
    dialog = KeySheet()
    qtbot.addWidget(dialog)
    dialog.search.setText("black and white")
    assert dialog.page.toPlainText().split()[:2] == ["Film", "I"]
    dialog.search.setText("no such thing")
    assert "No key does this" in dialog.page.toPlainText()
