"""Mistakes are written down without identifiers, and the program goes on."""

from __future__ import annotations

import sys
import threading

import pytest
from PySide6.QtCore import qWarning

from fracview.gui.crash import Crashes, without_identifiers
from fracview.gui.dialogs.crash import CrashDialog
from fracview.paths import log_dir


@pytest.fixture
def crashes(qapp):
    made = Crashes()
    made.install()
    yield made
    made.remove()


def log() -> str:
    return (log_dir() / "fracview.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "cannot read /home/anna/Films/MUSTERMANN_Erika.dcm: truncated",
        r"cannot read C:\Films\MUSTERMANN_Erika.dcm",
        "MUSTERMANN_Erika.dcm: truncated.",
        "key error 'MUSTERMANN_Erika.jpeg'",
        "open(PosixPath('/films/MUSTERMANN_Erika'))",
    ],
)
def test_names_of_files_are_taken_out(text):
    clean = without_identifiers(text)
    assert "MUSTERMANN" not in clean
    assert "<file>" in clean


def test_lines_of_the_program_itself_stay():
    line = '  File "/home/anna/fracview/gui/window.py", line 12, in open'
    assert without_identifiers(line) == '  File "fracview/gui/window.py", line 12, in open'


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_mistake_in_the_window_is_logged_and_told(qtbot, crashes):
    error = raised(KeyError("/films/MUSTERMANN.dcm"))
    with qtbot.waitSignal(crashes.happened) as heard:
        sys.excepthook(type(error), error, error.__traceback__)
    summary, details = heard.args
    assert summary.startswith("KeyError")
    assert "test_crash.py" in details or "<file>" in details
    assert "KeyError" in log()
    assert "MUSTERMANN" not in log() + summary + details


def test_a_mistake_in_a_thread_is_told_here(qtbot, crashes):
    def fail():
        raise ZeroDivisionError("in a thread")

    with qtbot.waitSignal(crashes.happened) as heard:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert "ZeroDivisionError" in heard.args[0]


def test_what_qt_says_goes_to_the_log(crashes):
    qWarning("the sky falls on /films/MUSTERMANN.dcm")
    qWarning("This plugin does not support propagateSizeHints()")
    assert "the sky falls" in log()
    assert "MUSTERMANN" not in log()
    assert "propagateSizeHints" not in log()


def test_the_hooks_are_given_back(qapp):
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    made = Crashes()
    made.install()
    assert sys.excepthook is not before[0]
    made.remove()
    made.remove()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_the_dialog_offers_the_details(qtbot, qapp):
    dialog = CrashDialog("KeyError: 3", "Traceback of it")
    qtbot.addWidget(dialog)
    button = next(b for b in dialog.buttons.buttons() if b.text() == "Copy details")
    button.click()
    assert qapp.clipboard().text() == "Traceback of it"
