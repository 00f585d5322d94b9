"""The window with readers of their own: films arrive, and a film whose reader dies is one line."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from fracview.data import reading
from fracview.data.case import Case
from fracview.data.reading import child
from fracview.gui.thumbnails import Thumbnails
from fracview.workspace import Edits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

WAIT = 60_000


@pytest.fixture
def apart() -> Iterator[None]:
    reading.begin(spares=0, warm=False)
    yield
    reading.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in (("0.png", 10), ("1-crash.png", 20), ("2.png", 30)):
        Image.fromarray(np.full((20, 30), grey, np.uint8)).save(tmp_path / name)
    return tmp_path


def failing(channel: Connection) -> None:
    """Die of one film and hang with another, as its name says."""
    sound = child._answer

    def answer(request: dict[str, object]) -> object:
        if "crash" in Path(str(request["path"])).name:
            os.abort()
        if "hang" in Path(str(request["path"])).name:
            time.sleep(600)
        return sound(request)

    child._answer = answer  # type: ignore[assignment]
    child.serve(channel)


def test_a_crash_is_a_line_and_the_next_film_comes(
    qtbot, session, films, folder, apart, monkeypatch
):
    monkeypatch.setattr("fracview.data.reading.booth.serve", failing)
    session.open(tuple(Case(path) for path in sorted(folder.glob("*.png"))), (), Edits())
    qtbot.waitUntil(lambda: session.workspace.radiograph is not None, timeout=WAIT)
    with qtbot.waitSignal(films.troubled, timeout=WAIT) as heard:
        films.select(1)
    assert heard.args[1].startswith("1-crash.png: its content crashes the decoder")
    films.select(2)
    qtbot.waitUntil(lambda: session.workspace.radiograph is not None, timeout=WAIT)
    assert session.workspace.radiograph.pixels[0, 0] == 30
    assert session.workspace.trouble == ""


def test_a_film_left_behind_costs_its_reader_and_says_nothing(
    qtbot, session, films, folder, apart, monkeypatch
):
    monkeypatch.setattr("fracview.data.reading.booth.serve", failing)
    (folder / "0.png").rename(folder / "0-hang.png")
    for number in (3, 4, 5):
        Image.fromarray(np.full((20, 30), 40, np.uint8)).save(folder / f"{number}.png")
    said = []
    session.said.connect(lambda text, level: said.append(text))
    session.open(tuple(Case(path) for path in sorted(folder.glob("*.png"))), (), Edits())
    room = reading.current()
    qtbot.waitUntil(lambda: any(booth.ready for booth in room._busy), timeout=WAIT)
    (lost,) = room.pids
    films.select(4)
    qtbot.waitUntil(lambda: session.workspace.radiograph is not None, timeout=WAIT)
    assert session.workspace.radiograph.pixels[0, 0] == 40
    assert said == []
    assert lost not in room.pids


def test_a_crash_is_the_trouble_of_one_thumbnail(qtbot, folder, apart, monkeypatch):
    monkeypatch.setattr("fracview.data.reading.booth.serve", failing)
    thumbnails = Thumbnails()
    crash, sound = folder / "1-crash.png", folder / "2.png"
    for path in (crash, sound):
        thumbnails.get(path)
    qtbot.waitUntil(lambda: bool(thumbnails.trouble(crash) and thumbnails.get(sound)), timeout=WAIT)
    assert "crashes the decoder" in thumbnails.trouble(crash)
    thumbnails.shutdown()
