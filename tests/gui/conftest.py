"""Fixtures of the window's tests, and a guard that nothing of a test outlives it."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from fracview.gui.films import Films
from fracview.gui.runner import Runner
from fracview.gui.session import Session
from fracview.settings import Settings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from fracview.gui.window import Window


@pytest.fixture(autouse=True)
def _leaves_nothing(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a window open or a lane running."""
    before = set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    left = [
        widget
        for widget in set(QApplication.topLevelWidgets()) - before
        if widget.isVisible() and widget.parent() is None
    ]
    names = [f"{type(widget).__name__} '{widget.windowTitle()}'" for widget in left]
    for widget in left:
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not names, f"top-level widgets are left: {', '.join(names)}"
    lanes = [thread for thread in threading.enumerate() if thread.name.startswith("fracview-")]
    for lane in lanes:
        lane.join(5)
    alive = [lane.name for lane in lanes if lane.is_alive()]
    assert not alive, f"lanes were not shut down: {', '.join(alive)}"


@pytest.fixture
def session(qapp: QApplication) -> Session:
    return Session()


@pytest.fixture
def runner(qapp: QApplication) -> Iterator[Runner]:
    made = Runner()
    yield made
    made.shutdown()


@pytest.fixture
def films(session: Session) -> Iterator[Films]:
    made = Films(session)
    yield made
    made.shutdown()


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    """Four small films; the second has a box in a COCO file."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number, name in enumerate(("ankle.png", "hand.png", "hip.png", "knee.png")):
        pixels = np.full((120, 90), 60 + 30 * number, np.uint8)
        pixels[40:60, 20:50] = 250
        Image.fromarray(pixels).save(folder / name)
    body = {
        "images": [{"id": 1, "file_name": "hand.png", "width": 90, "height": 120}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 40, 30, 20]}],
        "categories": [{"id": 1, "name": "fractured"}],
    }
    (folder / "boxes.json").write_text(json.dumps(body))
    return folder


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    """The whole window, without a model and without torch."""
    from fracview.gui.window import Window, default_workspace

    settings = Settings(theme="light")
    made = Window(settings, replace(default_workspace(settings), models=()))
    qtbot.addWidget(made)
    made.show()
    yield made
    made.autosave.trouble = ""
    made.close()


@pytest.fixture
def opened(qtbot: QtBot, window: Window, gallery: Path) -> Window:
    """The window with four films open and the first one shown."""
    with qtbot.waitSignal(window.films.loaded, timeout=10_000):
        window.open([gallery])
    return window
