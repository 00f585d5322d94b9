"""Opening is all or nothing, and what was edited is there again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.boxes import Box
from fracview.gui.autosave import Autosave, edits_file
from fracview.gui.docks.film_info import film_page
from fracview.gui.library import Library
from fracview.workspace import Edits, load_edits, save_edits

BOX = Box(1, 2, 30, 40, note="seen")


@pytest.fixture
def autosave(session):
    made = Autosave(session)
    yield made
    made.leave()


@pytest.fixture
def library(session, autosave):
    made = Library(session, autosave)
    yield made
    made.shutdown()


def open_(qtbot, library, *paths):
    with qtbot.waitSignal(library.opened, timeout=10_000) as heard:
        library.open(list(paths))
    return heard.args[0]


def test_a_folder_with_its_boxes(qtbot, session, library, gallery):
    opened = open_(qtbot, library, gallery)
    assert [case.name for case in opened.cases] == ["ankle.png", "hand.png", "hip.png", "knee.png"]
    assert session.workspace.cases == opened.cases
    assert session.workspace.current == 0
    assert session.workspace.cases[1].boxes[0].corners == (20, 40, 50, 60)
    assert opened.title == "films"


@pytest.mark.parametrize("kind", ["missing", "empty file", "text", "empty folder"])
def test_what_cannot_be_opened_leaves_everything_as_it_was(
    qtbot, session, library, gallery, tmp_path, kind
):
    open_(qtbot, library, gallery)
    session.update(current=2)
    session.set_boxes((BOX,), "draw a box", 0)
    before = session.workspace
    path = tmp_path / "broken.png"
    if kind == "empty file":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("this is no radiograph")
    elif kind == "empty folder":
        path = tmp_path / "nothing"
        path.mkdir()
    said = []
    session.said.connect(lambda text, level: said.append((text, level)))
    with qtbot.waitSignal(library.failed):
        library.open([path])
    assert session.workspace is before
    assert session.undo_text == "draw a box"
    assert len(said) == 1
    text, level = said[0]
    assert level == "error"
    assert path.name in text
    assert "\n" not in text


def test_the_last_of_two_openings_wins(qtbot, session, library, gallery, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(other / "x.png")
    library.open([gallery])
    opened = open_(qtbot, library, other)
    qtbot.waitUntil(lambda: not library.lane.jobs)
    assert opened.title == "other"
    assert session.workspace.cases[0].name == "x.png"


def test_edits_are_on_the_disk_before_the_next_one(qtbot, session, library, autosave, gallery):
    open_(qtbot, library, gallery)
    session.set_boxes((BOX,), "draw a box")
    assert load_edits(autosave.path).boxes[str(gallery / "ankle.png")] == (BOX,)
    session.undo()
    assert load_edits(autosave.path) == Edits()


def test_edits_come_back_with_the_folder_and_with_one_file_of_it(qtbot, session, library, gallery):
    open_(qtbot, library, gallery)
    session.set_boxes((BOX,), "draw a box")
    session.set_reviewed(gallery / "hip.png", True)
    open_(qtbot, library, gallery / "ankle.png")
    assert session.workspace.boxes == (BOX,)
    open_(qtbot, library, gallery)
    assert session.workspace.edits.reviewed == {str(gallery / "hip.png")}
    assert session.undo_text == "", "what was saved before is not undone by this history"


def test_edits_of_another_folder_are_not_touched(qtbot, session, library, gallery, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(other / "x.png")
    open_(qtbot, library, gallery)
    session.set_boxes((BOX,), "draw a box")
    open_(qtbot, library, other)
    assert session.workspace.edits == Edits()
    session.set_reviewed(other / "x.png", True)
    assert len(load_edits(edits_file([gallery])).boxes) == 1


def test_damaged_edits_are_said_and_never_written_over(qtbot, session, library, autosave, gallery):
    path = edits_file([gallery])
    path.write_text('{"format": "fracview-edits", "version": 1, "boxes": ')
    said = []
    session.said.connect(lambda text, level: said.append(level))
    open_(qtbot, library, gallery)
    assert said == ["warning"]
    session.set_boxes((BOX,), "draw a box")
    assert path.read_text().endswith('"boxes": ')
    assert autosave.path != path
    assert json.loads(autosave.path.read_text())["boxes"]


def test_failing_to_save_is_said_kept_and_tried_again(
    qtbot, session, library, autosave, gallery, monkeypatch
):
    import fracview.gui.autosave as saving
    from fracview.errors import InputError

    open_(qtbot, library, gallery)

    def full(edits, path):
        raise InputError(path, "your boxes could not be saved (disk full)")

    monkeypatch.setattr(saving, "save_edits", full)
    with qtbot.waitSignal(autosave.failed):
        session.set_boxes((BOX,), "draw a box")
    assert autosave.unsaved
    assert session.workspace.boxes == (BOX,)
    monkeypatch.setattr(saving, "save_edits", save_edits)
    with qtbot.waitSignal(autosave.saved):
        session.set_reviewed(gallery / "ankle.png", True)
    assert not autosave.unsaved
    assert load_edits(autosave.path).boxes[str(gallery / "ankle.png")] == (BOX,)


def test_a_second_window_on_the_same_folder_saves_apart(qtbot, session, library, gallery):
    from fracview.gui.session import Session

    open_(qtbot, library, gallery)
    session.set_boxes((BOX,), "draw a box")
    other = Session()
    second = Autosave(other)
    edits, said = second.enter(edits_file([gallery]))
    assert "Another window" in said
    assert len(edits.boxes) == 1
    assert second.path != edits_file([gallery])
    second.leave()


def test_saving_says_where(qtbot, session, library, autosave, gallery):
    said = []
    session.said.connect(lambda text, _: said.append(text))
    assert autosave.save_now()
    open_(qtbot, library, gallery)
    assert autosave.save_now()
    assert "nothing to save" in said[0]
    assert str(autosave.path) in said[-1]


def test_the_demonstration_is_drawn_once_and_wishes_for_everything(
    qtbot, session, library, monkeypatch
):
    import fracview.gui.library as opening

    monkeypatch.setattr(opening, "DEMO_COUNT", 4)
    news = []
    library.progressed.connect(news.append)
    with qtbot.waitSignal(library.opened, timeout=60_000) as heard:
        library.open_demo()
    assert heard.args[0].demo
    assert heard.args[0].title == "Demonstration"
    assert len(session.workspace.cases) == 4
    assert session.workspace.wishes == {"predict", "attack", "explain"}
    assert any(item.total for item in news)
    assert not list(Path(heard.args[0].paths[0].parent).glob("*.part-*"))
    assert session.workspace.wishes == {"predict", "attack", "explain"}
    news.clear()
    with qtbot.waitSignal(library.opened, timeout=10_000):
        library.open_demo()
    assert not any(item.total for item in news), "the second time nothing is drawn"


def test_after_the_demonstration_only_predictions_are_made(qtbot, session, library, gallery):
    from dataclasses import replace

    first = open_(qtbot, library, gallery)
    library.now = replace(first, demo=True)
    session.update(wishes=frozenset({"predict", "attack", "explain"}))
    open_(qtbot, library, gallery)
    assert session.workspace.wishes == {"predict"}
    session.update(wishes=frozenset({"predict", "explain"}))
    open_(qtbot, library, gallery)
    assert session.workspace.wishes == {"predict", "explain"}


def test_films_seen_in_training_are_marked_and_the_pair_fits(
    qtbot, session, library, gallery, monkeypatch
):
    from fracview.data.split import FilmSplit, SplitFilm, write_split
    from fracview.fingerprint import file_sha256
    from fracview.gui import library as module
    from fracview.models.card import ModelCard, Weights, write_card
    from fracview.models.seen import HELD_OUT, SEEN
    from fracview.paths import model_dir

    monkeypatch.setattr(module, "default_pair", lambda paths: ("film-standard", "film-robust"))
    films = tuple(
        SplitFilm(name, file_sha256(gallery / name), (gallery / name).stat().st_size, part, place)
        for place, (name, part) in enumerate((("hand.png", "train"), ("hip.png", "test")))
    )
    write_split(FilmSplit("toy", films), model_dir() / "toy.json")
    card = ModelCard(
        "own", "small", "small-resnet", weights=Weights(seed=1), training={"split": "toy.json"}
    )
    write_card(card, model_dir() / "own.toml")
    opened = open_(qtbot, library, gallery)
    marks = {case.name: (case.flag(SEEN), case.flag(HELD_OUT)) for case in opened.cases}
    assert marks["hand.png"] == ("own", "")
    assert marks["hip.png"] == ("", "own")
    assert marks["knee.png"] == ("", "")
    assert SEEN in session.workspace.columns
    assert "seen in training by own: figures on it" in film_page(
        replace(session.workspace, current=1)
    )
    assert session.workspace.models == ("film-standard", "film-robust")
    session.update(models=("mine",))
    open_(qtbot, library, gallery)
    assert session.workspace.models == ("mine",), "what a reader has chosen stays"


def test_a_demonstration_with_films_missing_is_drawn_anew(qtbot, session, library, monkeypatch):
    import fracview.gui.library as opening

    monkeypatch.setattr(opening, "DEMO_COUNT", 4)
    with qtbot.waitSignal(library.opened, timeout=60_000):
        library.open_demo()
    films = sorted(opening.demo_folder().glob("images/*/*.jpg"))
    before = [film.read_bytes() for film in films]
    films[0].unlink()
    films[1].write_bytes(b"")
    with qtbot.waitSignal(library.opened, timeout=60_000):
        library.open_demo()
    assert [film.read_bytes() for film in films] == before
