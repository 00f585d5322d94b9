"""The tour points at what is there, never stands in the way, and does not come twice."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from fracview.gui.style import STYLE
from fracview.gui.tour import STEPS, best_place
from fracview.settings import load_settings


@pytest.fixture
def tour(window, qtbot):
    window.resize(1280, 800)
    window.centre.show_welcome(False)
    qtbot.waitExposed(window)
    yield window.tour
    window.tour.end(remember=False)


def steps_of(tour, qtbot):
    tour.begin()
    for index in range(len(STEPS)):
        qtbot.waitUntil(lambda: not tour._place.isActive())
        yield index
        tour.next()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (1500, 950)])
def test_nothing_is_cut_and_the_parts_stay_free(tour, window, qtbot, theme, size):
    STYLE.apply(theme)
    window.resize(*size)
    for _ in steps_of(tour, qtbot):
        callout = tour._callout
        assert window.rect().contains(callout.geometry())
        for label in (callout.title, callout.text, callout.count):
            assert label.height() >= label.heightForWidth(label.width())
            assert callout.rect().contains(label.geometry())
        for button in (callout.next_button, callout.cross):
            assert button.width() >= button.minimumSizeHint().width()
            assert callout.rect().contains(button.geometry())
        frames = [frame for frame in tour._frames if frame.isVisible()]
        assert len(frames) == len(STEPS[tour.step].parts)
        for frame in frames:
            hidden = frame.geometry().intersected(callout.geometry())
            share = hidden.width() * hidden.height() if hidden.isValid() else 0
            assert share <= 0.1 * frame.width() * frame.height()
    assert not tour.running
    STYLE.apply("light")


def test_it_goes_by_keys_alone(tour, window, qtbot):
    tour.begin()
    callout = tour._callout
    callout.next_button.setFocus()
    qtbot.keyClick(callout.next_button, Qt.Key.Key_Return)
    assert tour.step == 1
    qtbot.keyClick(callout, Qt.Key.Key_Left)
    assert tour.step == 0
    qtbot.keyClick(callout, Qt.Key.Key_Left)
    assert tour.step == 0
    for _ in range(2):
        qtbot.keyClick(callout, Qt.Key.Key_Right)
    assert callout.next_button.text() == "Done"
    qtbot.keyClick(callout.next_button, Qt.Key.Key_Return)
    assert not tour.running


def test_escape_puts_it_away_for_good_and_stops_no_work(tour, window, qtbot, monkeypatch):
    stopped = []
    monkeypatch.setattr(window.conductor, "cancel", lambda: stopped.append(1))
    tour.begin()
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert not tour.running
    assert not stopped
    assert not load_settings()[0].tour
    tour.begin_once()
    assert not tour.running, "it was put away"
    window.action("tour").trigger()
    assert tour.running, "Help brings it back"


def test_the_window_stays_in_use(tour, window, qtbot):
    tour.begin()
    assert QApplication.activeModalWidget() is None
    assert window.isEnabled()
    frame = tour._frames[0]
    assert frame.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    under = window.childAt(frame.geometry().center())
    assert under is not frame


def test_it_follows_the_window(tour, window, qtbot):
    tour.begin()
    before = tour._frames[0].geometry()
    window.resize(1000, 640)
    qtbot.waitUntil(lambda: tour._frames[0].geometry() != before)
    assert window.rect().contains(tour._callout.geometry())


def test_hidden_panels_come_to_the_front(tour, window, qtbot):
    window.coverage.hide()
    window.jobs.raise_()
    window.centre.toggle_film()
    tour.begin()
    tour.next()
    assert window.grid.isVisible()
    tour.next()
    assert window.coverage.isVisible()


def test_a_place_beside_the_part_is_found():
    window, note = QRect(0, 0, 1280, 800), QRect(0, 0, 360, 150)
    for part in (QRect(0, 60, 300, 700), QRect(900, 60, 380, 700), QRect(0, 560, 1280, 240)):
        spot = QRect(best_place(note, [part], window), note.size())
        assert window.contains(spot)
        assert not spot.intersects(part)
    small = QRect(0, 0, 200, 100)
    assert small.contains(best_place(note, [QRect(0, 0, 200, 100)], small) + QPoint(1, 1))
