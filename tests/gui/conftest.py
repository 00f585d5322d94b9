"""Fixtures of the window's tests, and a guard that nothing of a test outlives it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from fracview.gui.films import Films
from fracview.gui.runner import Runner
from fracview.gui.session import Session


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
