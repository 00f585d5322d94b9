"""Films are read beside the window: the current one first, its neighbours ahead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.boxes import Box
from fracview.data.case import Case
from fracview.workspace import Edits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        pixels = np.full((20, 30), 40 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    (tmp_path / "9.png").write_bytes(b"nothing")
    return tmp_path


@pytest.fixture
def opened(session, films, folder):
    session.open(tuple(Case(path) for path in sorted(folder.glob("*.png"))), (), Edits())
    return session


def shade(session) -> int:
    return int(session.workspace.radiograph.pixels[0, 0])


def test_the_first_film_is_read_on_opening(qtbot, films, opened):
    qtbot.waitUntil(lambda: opened.workspace.radiograph is not None)
    assert shade(opened) == 0


def test_neighbours_are_ready_at_once(qtbot, films, opened):
    qtbot.waitUntil(lambda: not films.lane.jobs)
    films.select(1)
    assert shade(opened) == 40


def test_a_broken_film_is_trouble_and_the_next_is_fine(qtbot, films, opened):
    said = []
    opened.said.connect(lambda text, level: said.append(level))
    with qtbot.waitSignal(films.troubled) as heard:
        films.select(5)
    assert "9.png" in heard.args[1]
    assert opened.workspace.trouble == heard.args[1]
    assert said == ["error"]
    films.select(4)
    qtbot.waitUntil(lambda: opened.workspace.radiograph is not None)
    assert opened.workspace.trouble == ""


def test_a_film_that_was_mended_is_read_again(qtbot, films, opened, folder):
    with qtbot.waitSignal(films.troubled):
        films.select(5)
    Image.fromarray(np.full((9, 9), 7, np.uint8)).save(folder / "9.png")
    with qtbot.waitSignal(films.loaded):
        films.reload()
    assert shade(opened) == 7


def test_undo_on_another_film_brings_its_picture_back(qtbot, films, opened):
    """The film is ready and nobody reads it again: it must appear all the same."""
    qtbot.waitUntil(lambda: not films.lane.jobs)
    opened.set_boxes((Box(1, 1, 5, 5),), "draw a box")
    films.select(1)
    qtbot.waitUntil(lambda: not films.lane.jobs)
    opened.undo()
    assert opened.workspace.current == 0
    qtbot.waitUntil(lambda: opened.workspace.radiograph is not None)
    assert shade(opened) == 0


def test_racing_through_films_ends_on_the_last(qtbot, films, opened):
    for index in (1, 2, 3, 4, 3, 4, 2):
        films.select(index)
    qtbot.waitUntil(lambda: opened.workspace.radiograph is not None)
    qtbot.waitUntil(lambda: not films.lane.jobs)
    assert shade(opened) == 80


def test_without_following_wishes_end_with_the_film(qtbot, films, opened):
    opened.update(wishes=frozenset({"predict", "explain"}), auto=False)
    films.select(1)
    assert opened.workspace.wishes == {"predict"}
    opened.update(wishes=frozenset({"predict", "explain"}), auto=True)
    films.select(2)
    assert opened.workspace.wishes == {"predict", "explain"}


def test_selecting_nothing_shows_nothing(films, opened):
    films.select(99)
    assert opened.workspace.current is None
    assert opened.workspace.radiograph is None


def test_selecting_the_film_that_is_shown_changes_nothing(qtbot, films, opened):
    qtbot.waitUntil(lambda: opened.workspace.radiograph is not None)
    opened.set_boxes((Box(1, 1, 5, 5),), "draw a box", 0)
    films.select(0)
    assert opened.workspace.selected_box == 0
