"""The browser lists what its filters let through, in thousands if need be."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fracview.data.boxes import Box
from fracview.data.case import Case
from fracview.gui.docks.browser import BrowserDock
from fracview.gui.docks.case_list import BOXES, REVIEWED, Filter
from fracview.gui.navigator import Navigator
from fracview.gui.thumbnails import Thumbnails
from fracview.workspace import Edits


def cases(count: int) -> tuple[Case, ...]:
    made = []
    for number in range(count):
        broken = number % 3 == 0
        flags = (
            ("hand", str(int(number % 2 == 0))),
            ("leg", str(int(number % 2))),
            ("split", "train" if number % 5 else "test"),
        )
        boxes = (Box(1, 1, 2, 2),) if broken else ()
        label = "fractured" if broken else "not fractured" if number % 4 else None
        made.append(Case(Path(f"/films/IMG{number:05d}.png"), boxes, label, flags))
    return tuple(made)


@pytest.fixture
def thumbnails(qapp):
    made = Thumbnails()
    yield made
    made.shutdown()


@pytest.fixture
def browser(qtbot, session, films, thumbnails):
    dock = BrowserDock(session, films, thumbnails)
    qtbot.addWidget(dock)
    session.open(cases(60), ("hand", "leg", "split"), Edits())
    return dock


def choose(combo, text):
    combo.setCurrentIndex(combo.findText(text))


def test_everything_is_listed_at_first(browser):
    assert browser.order() == list(range(60))
    assert browser.count.text() == "60 of 60"
    assert browser.pages.currentWidget() is browser.list


def test_filters_are_joined_by_and(browser):
    choose(browser.label, "fractured")
    assert browser.order() == list(range(0, 60, 3))
    choose(browser.part, "hand")
    assert browser.order() == list(range(0, 60, 6))
    choose(browser.flags, "split: test")
    assert browser.order() == [0, 30]
    assert browser.count.text() == "2 of 60"
    browser.clear.click()
    assert browser.order() == list(range(60))


def test_the_name_filter_waits_for_the_typing_to_end(qtbot, browser):
    qtbot.keyClicks(browser.text, "img0004")
    qtbot.waitUntil(lambda: browser.order() == list(range(40, 50)))


def test_unknown_labels_can_be_found(browser):
    choose(browser.label, "unknown")
    assert browser.order() == [n for n in range(60) if n % 3 and n % 4 == 0]


def test_reviewed_ones_can_be_left_out(browser, session):
    session.set_reviewed(cases(60)[3].path, True)
    choose(browser.reviewed, "not reviewed")
    assert 3 not in browser.order()
    choose(browser.reviewed, "reviewed")
    assert browser.order() == [3]


def test_nothing_found_says_so_and_offers_the_way_back(browser):
    browser.text.setText("no such film")
    browser.apply_filter()
    assert browser.pages.currentWidget() is browser.filtered
    browser.filtered.button.click()
    assert len(browser.order()) == 60


def test_nothing_open_says_so(qtbot, session, films, thumbnails):
    dock = BrowserDock(session, films, thumbnails)
    qtbot.addWidget(dock)
    assert dock.pages.currentWidget() is dock.nothing
    assert not dock.bar.isEnabled()


def test_marks_follow_the_edits(browser, session):
    index = browser.model.index(1)
    assert index.data(BOXES) == 0
    session.update(current=1)
    session.set_boxes((Box(1, 1, 5, 5), Box(2, 2, 6, 6)), "draw")
    session.set_reviewed(cases(60)[1].path, True)
    assert index.data(BOXES) == 2
    assert index.data(REVIEWED) is True
    session.undo()
    assert index.data(REVIEWED) is False


def test_a_click_shows_the_film_and_the_film_is_marked(browser, session):
    browser.list.setCurrentIndex(browser.model.index(7))
    assert session.workspace.current == 7
    session.update(current=9)
    assert browser.list.currentIndex().row() == 9


def test_opening_something_else_ends_the_filter(browser, session):
    choose(browser.label, "fractured")
    session.open(cases(4), (), Edits())
    assert browser.filter == Filter()
    assert browser.order() == [0, 1, 2, 3]
    assert not browser.part.isEnabled()


def test_next_and_previous_follow_the_filter(browser, session, films):
    navigator = Navigator(session, films, browser)
    choose(browser.label, "fractured")
    navigator.next()
    assert session.workspace.current == 3
    navigator.last()
    assert session.workspace.current == 57
    said = []
    session.said.connect(lambda text, _: said.append(text))
    navigator.next()
    assert session.workspace.current == 57
    assert said == ["This is the last film of the list."]
    navigator.first()
    assert session.workspace.current == 0


def test_a_film_that_the_filter_hides_still_has_a_next(browser, session, films):
    session.update(current=1)
    choose(browser.label, "fractured")
    Navigator(session, films, browser).next()
    assert session.workspace.current == 0


def test_next_unreviewed_skips(browser, session, films):
    edits = Edits(reviewed=frozenset(str(case.path) for case in cases(60)[:5]))
    session.update(edits=edits)
    navigator = Navigator(session, films, browser)
    navigator.next_unreviewed()
    assert session.workspace.current == 5
    session.update(current=4)
    navigator.previous_unreviewed()
    assert session.workspace.current == 4


def test_ten_thousand_cases_are_listed_and_filtered_in_no_time(browser, session):
    session.open(cases(10_000), ("hand", "leg", "split"), Edits())
    began = time.process_time()
    choose(browser.label, "fractured")
    assert time.process_time() - began < 1.0
    assert browser.count.text() == "3,334 of 10,000"


def test_thumbnails_come_for_what_is_seen_and_trouble_is_marked(
    qtbot, session, films, thumbnails, gallery
):
    broken = gallery / "broken.png"
    broken.write_bytes(b"no picture")
    session.open((Case(gallery / "ankle.png"), Case(broken)), (), Edits())
    with qtbot.waitSignal(thumbnails.lane.idle):
        thumbnails.get(gallery / "ankle.png")
        thumbnails.get(broken)
    picture = thumbnails.get(gallery / "ankle.png")
    assert picture is not None
    assert max(picture.width(), picture.height()) <= 96
    assert thumbnails.get(broken) is None
    assert "broken.png" in thumbnails.trouble(broken)


def test_problems_are_told_and_can_be_put_away(qtbot, browser):
    browser.show_problems(("one", "two"))
    assert not browser.banner.isHidden()
    with qtbot.waitSignal(browser.problems_asked):
        browser.banner.button.click()
    browser.banner.cross.click()
    assert browser.banner.isHidden()
    browser.show_problems(())
    assert browser.banner.isHidden()
