"""The whole window: parts, menus, keys, dropping, saving, closing."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDockWidget, QLineEdit

from fracview.data.boxes import Box
from fracview.gui.style import DARK, LIGHT, STYLE
from fracview.gui.window import Window, default_workspace
from fracview.models.card import ModelCard, write_card
from fracview.settings import Settings, load_settings
from fracview.task import Progress

BOX = Box(5, 5, 40, 50)


def drop(window: Window, *paths: Path) -> QDropEvent:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)
    return event


# Parts ----------------------------------------------------------------------------------------


def test_every_dock_has_a_name_and_is_in_the_menu(window):
    docks = window.findChildren(QDockWidget)
    names = [dock.objectName() for dock in docks]
    assert len(docks) == len(window.docks) == len(set(names))
    assert all(names)


def test_everything_to_press_has_an_accessible_name(window):
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for kind in (QAbstractButton, QComboBox, QLineEdit)
        for widget in window.findChildren(kind)
        if not widget.objectName().startswith("qt_")
        and not widget.isHidden()
        and not (widget.accessibleName() or widget.toolTip() or getattr(widget, "text", str)())
        and not isinstance(widget.parent(), QComboBox)
    ]
    ours = [name for name in nameless if "ScrollButton" not in name]
    assert [n for n in ours if "QSpinBox" not in n and "QAbstractSpinBox" not in n] == []


def test_the_research_line_is_there_and_cannot_be_put_away(window):
    assert window.strip.research.isVisibleTo(window)
    assert "Research use only" in window.strip.research.text()
    for action in (*window.actions(), *window.menuBar().actions()):
        assert "research" not in action.text().lower()
    window.deeds.reset_layout()
    assert window.strip.research.isVisibleTo(window)


@pytest.mark.parametrize("size", [(1280, 800), (1500, 900)])
def test_it_fits_on_small_screens(qtbot, opened, size):
    opened.resize(*size)
    for dock in opened.docks:
        dock.raise_()
        QApplication.processEvents()
        hint = opened.minimumSizeHint()
        assert (hint.width() <= size[0], hint.height() <= size[1]) == (True, True), dock
    assert (opened.width(), opened.height()) == size


def test_the_first_paint_is_told_once(qtbot):
    window = Window(Settings(), replace(default_workspace(Settings()), models=()))
    qtbot.addWidget(window)
    heard = []
    window.painted.connect(lambda: heard.append(1))
    with qtbot.waitSignal(window.painted):
        window.show()
    window.repaint()
    assert heard == [1]
    window.close()


# Opening --------------------------------------------------------------------------------------


def test_opening_shows_title_count_and_recents(opened, gallery):
    assert opened.windowTitle().startswith("ankle.png – films – fracview")
    assert opened.browser.count.text() == "4 of 4"
    assert opened.recents.paths == (gallery,)
    assert opened.recent_menu.actions()[0].text() == str(gallery)
    opened.recents.clear()
    assert not opened.recent_menu.isEnabled()


def test_an_empty_window_offers_what_can_be_opened(qtbot, window, gallery, tmp_path):
    centre = window.centre
    assert centre.pages.currentWidget() is centre.welcome
    with qtbot.waitSignal(window.library.failed):
        window.open([tmp_path / "gone"])
    assert "gone" in centre.welcome.sentence.text()
    with qtbot.waitSignal(window.library.opened):
        window.open([gallery])
    assert centre.pages.currentWidget() is centre.split


def test_a_broken_path_is_one_sentence_and_nothing_changes(qtbot, opened, tmp_path):
    before = opened.session.workspace
    with qtbot.waitSignal(opened.library.failed):
        opened.open([tmp_path / "gone.png"])
    assert opened.session.workspace is before
    assert "gone.png" in opened.strip.text.text()
    assert opened.strip.messages[-1].level == "error"


def test_films_folders_models_and_boxes_can_be_dropped(qtbot, opened, gallery, tmp_path):
    card = ModelCard(name="dropped", source="small", architecture="small-resnet")
    write_card(card, tmp_path / "dropped.toml")
    body = {
        "images": [{"id": 7, "file_name": "ankle.png", "width": 90, "height": 120}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 10, 20]}],
        "categories": [{"id": 1, "name": "fractured"}],
    }
    (tmp_path / "more.json").write_text(json.dumps(body))
    with qtbot.waitSignal(opened.session.edited):
        assert drop(opened, tmp_path / "dropped.toml", tmp_path / "more.json").isAccepted()
    assert opened.session.workspace.models == (str(tmp_path / "dropped.toml"),)
    assert opened.session.workspace.boxes[0].corners == (1, 2, 11, 22)
    assert opened.session.undo_text == "import boxes of 1 films"
    with qtbot.waitSignal(opened.library.opened):
        drop(opened, gallery / "hip.png")
    assert [case.name for case in opened.session.workspace.cases] == ["hip.png"]


def test_boxes_of_films_that_are_not_open_are_refused(qtbot, opened, tmp_path):
    body = {
        "images": [{"id": 7, "file_name": "elsewhere.png", "width": 9, "height": 9}],
        "annotations": [],
        "categories": [],
    }
    (tmp_path / "more.json").write_text(json.dumps(body))
    before = opened.session.workspace
    with qtbot.waitSignal(opened.library.lane.failed):
        drop(opened, tmp_path / "more.json")
    assert opened.session.workspace is before
    assert "elsewhere.png" in opened.strip.text.text()


@pytest.mark.parametrize("kind", ["coco", "voc", "yolo", "labelme", "supervisely"])
def test_boxes_are_written_and_read_again(qtbot, opened, tmp_path, kind):
    opened.session.set_boxes((BOX,), "draw a box")
    out = tmp_path / ("out.json" if kind == "coco" else "out")
    with qtbot.waitSignal(opened.library.lane.succeeded):
        opened.files.write_boxes(out, kind)
    assert "2 boxes of 4 films" in opened.strip.text.text()
    opened.session.undo()
    source = out if kind == "coco" else next(p for p in sorted(out.rglob("ankle*")) if p.is_file())
    with qtbot.waitSignal(opened.session.edited):
        opened.files.read_boxes(source)
    assert opened.session.workspace.boxes[0].iou(BOX) > 0.95


# Keys -----------------------------------------------------------------------------------------


def press(window, key, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.view.viewport(), key, modifier)


def test_keys_go_from_film_to_film(opened):
    opened.activateWindow()
    opened.view.viewport().setFocus()
    press(opened, Qt.Key.Key_D)
    assert opened.session.workspace.current == 1
    press(opened, Qt.Key.Key_PageDown)
    press(opened, Qt.Key.Key_A)
    assert opened.session.workspace.current == 1
    press(opened, Qt.Key.Key_End)
    assert opened.session.workspace.current == 3
    press(opened, Qt.Key.Key_Home)
    assert opened.session.workspace.current == 0


def test_letters_typed_into_the_filter_are_letters(qtbot, opened):
    opened.activateWindow()
    opened.browser.text.setFocus()
    QTest.keyClicks(opened.browser.text, "dhx")
    assert opened.browser.text.text() == "dhx"
    assert opened.session.workspace.current == 0
    assert opened.session.workspace.show_boxes


def test_a_short_press_switches_and_a_long_one_peeks(opened):
    now = [0.0]
    opened.peek._clock = lambda: now[0]
    opened.activateWindow()
    view = opened.view.viewport()
    view.setFocus()

    def hold(seconds):
        QTest.keyPress(view, Qt.Key.Key_X)
        now[0] += seconds
        QTest.keyRelease(view, Qt.Key.Key_X)

    hold(0.1)
    assert not opened.session.workspace.show_boxes
    hold(0.1)
    assert opened.session.workspace.show_boxes
    QTest.keyPress(view, Qt.Key.Key_X)
    assert not opened.session.workspace.show_boxes
    repeat = QKeyEvent(
        QKeyEvent.Type.KeyRelease, Qt.Key.Key_X, Qt.KeyboardModifier.NoModifier, "x", True
    )
    QApplication.sendEvent(view, repeat)
    assert not opened.session.workspace.show_boxes, "a repeated key is still held"
    now[0] += 2
    QTest.keyRelease(view, Qt.Key.Key_X)
    assert opened.session.workspace.show_boxes


def test_undo_says_what_and_is_grey_without(opened):
    undo = opened.action("undo")
    assert not undo.isEnabled()
    opened.session.set_boxes((BOX,), "draw a box", 0)
    assert undo.text() == "&Undo: draw a box"
    assert undo.isEnabled()
    undo.trigger()
    assert not undo.isEnabled()
    assert opened.action("redo").text() == "&Redo: draw a box"


def test_escape_gives_up_drawing_first_and_stops_work_next(qtbot, opened):
    gate = threading.Event()

    def work():
        for step in range(1000):
            yield Progress(step, 1000)
            assert gate.wait(10)

    with qtbot.waitSignal(opened.runner.started):
        job = opened.runner.submit("work", work)
    opened.action("draw").trigger()
    assert opened.action("draw").isChecked()
    opened.action("cancel").trigger()
    assert not opened.action("draw").isChecked()
    assert not job.stop.is_set()
    opened.action("cancel").trigger()
    assert job.stop.is_set()
    with qtbot.waitSignal(opened.runner.cancelled):
        gate.set()


def test_review_marks_the_film(opened, gallery):
    opened.action("review").trigger()
    assert opened.session.workspace.edits.reviewed == {str(gallery / "ankle.png")}
    assert opened.action("review").isChecked()
    opened.action("next_unreviewed").trigger()
    assert opened.session.workspace.current == 1
    assert not opened.action("review").isChecked()


def test_opacity_keys_stay_in_range(opened):
    for _ in range(15):
        opened.action("stronger").trigger()
    assert opened.session.workspace.opacity == 1.0
    for _ in range(15):
        opened.action("fainter").trigger()
    assert opened.session.workspace.opacity == 0.0


def test_asking_without_a_film_or_a_model_says_what_is_missing(window, opened):
    for name in ("predict", "attack", "explain"):
        opened.action(name).trigger()
        assert "Choose a model first" in opened.strip.text.text()
    opened.session.open((), (), opened.session.workspace.edits)
    assert not opened.action("predict").isEnabled()


# Appearance, state, settings ------------------------------------------------------------------


def test_light_and_dark_are_switched_and_kept(window):
    window.action("theme_dark").trigger()
    assert STYLE.colours is DARK
    assert window.action("theme_dark").isChecked()
    assert not window.action("theme_light").isChecked()
    assert load_settings()[0].theme == "dark"
    assert QApplication.palette().window().color().name() == DARK.window
    window.action("theme_light").trigger()
    assert STYLE.colours is LIGHT


def test_the_arrangement_is_there_again(qtbot, window):
    window.jobs.raise_()
    window.info.close()
    window.close()
    again = Window(Settings(theme="light"), window.session.workspace)
    qtbot.addWidget(again)
    assert again.info.isHidden()
    assert not again.models.isHidden()
    again.deeds.reset_layout()
    assert not again.info.isHidden()
    again.close()


def test_a_panel_behind_a_tab_has_no_second_title(qtbot, window):
    title = window.models.titleBarWidget()
    qtbot.waitUntil(lambda: title.sizeHint().height() == 0)
    window.browser.titleBarWidget()
    assert window.browser.titleBarWidget().sizeHint().height() > 0
    window.models.setFloating(True)
    qtbot.waitUntil(lambda: title.sizeHint().height() > 0)
    window.models.setFloating(False)


def test_double_click_gives_a_view_the_whole_centre(opened):
    QTest.mouseDClick(opened.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert opened.grid.isHidden()
    QTest.mouseDClick(opened.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert not opened.grid.isHidden()


# Trouble and closing --------------------------------------------------------------------------


def test_a_failed_save_stays_in_sight_until_it_succeeds(qtbot, opened, monkeypatch):
    import fracview.gui.autosave as saving
    from fracview.errors import InputError

    real = saving.save_edits

    def full(edits, path):
        raise InputError(path, "your boxes could not be saved (No space left on device)")

    monkeypatch.setattr(saving, "save_edits", full)
    opened.session.set_boxes((BOX,), "draw a box")
    assert not opened.centre.banner.isHidden()
    assert "No space left" in opened.centre.banner.sentence.text()
    monkeypatch.setattr(saving, "save_edits", real)
    opened.centre.banner.button.click()
    assert opened.centre.banner.isHidden()


def test_leaving_with_unsaved_boxes_asks(opened, monkeypatch):
    import fracview.gui.autosave as saving
    from fracview.errors import InputError

    def full(edits, path):
        raise InputError(path, "your boxes could not be saved (disk full)")

    monkeypatch.setattr(saving, "save_edits", full)
    opened.session.set_boxes((BOX,), "draw a box")
    monkeypatch.setattr(Window, "_leave_anyway", lambda self: False)
    assert not opened.close()
    assert opened.isVisible()
    monkeypatch.setattr(Window, "_leave_anyway", lambda self: True)
    assert opened.close()


def test_closing_with_a_job_in_flight_stops_it_without_asking(qtbot, opened):
    closed = threading.Event()

    def work():
        try:
            for step in range(10**9):
                yield Progress(step, 10**9)
        finally:
            closed.set()

    with qtbot.waitSignal(opened.runner.progressed):
        opened.runner.submit("work", work)
    assert opened.close()
    assert closed.is_set()
    assert opened.runner.jobs == ()


def test_a_mistake_shows_one_dialog_and_the_window_goes_on(qtbot, window, monkeypatch):
    from fracview.gui.dialogs.crash import CrashDialog

    shown = []

    def answer(self):
        shown.append(self)
        window.show_crash("again", "while the dialog is open")
        return 0

    monkeypatch.setattr(CrashDialog, "exec", answer)
    window.show_crash("KeyError: 1", "details")
    assert len(shown) == 1
    assert window.strip.messages[-1].level == "error"


@pytest.mark.parametrize("name", ["guide", "keys", "messages", "about", "settings", "export_boxes"])
def test_every_dialog_opens(opened, monkeypatch, name):
    from fracview.gui.dialogs.base import PlainDialog

    shown = []
    monkeypatch.setattr(PlainDialog, "exec", lambda self: shown.append(self.windowTitle()) or 0)
    opened.action(name).trigger()
    assert len(shown) == 1


def test_about_names_whose_films_the_models_were_trained_on(qtbot):
    from PySide6.QtWidgets import QLabel

    from fracview.gui.dialogs.about import AboutDialog

    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    said = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for words in ("Abedeen et al.", "10.1038/s41597-023-02432-4", "CC BY 4.0"):
        assert words in said


def test_about_names_the_licences_of_the_parts(qapp):
    from fracview.gui.dialogs.about import parts

    found = {name.lower(): licence for name, _, licence in parts()}
    assert "BSD" in found["numpy"]
    assert found["torch"] != "not stated"
    assert "LGPL" in found["pyside6_essentials"]
    assert "pytest" not in found
