"""Starts the window: paints first, works afterwards. Importing this imports no torch."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from fracview import __version__
from fracview.data import reading
from fracview.gui.collector import Collector
from fracview.gui.crash import Crashes
from fracview.gui.screenshot import Screenshot
from fracview.gui.style import icon, start_theme
from fracview.gui.window import Window, default_workspace
from fracview.settings import Theme, load_settings

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = (1500, 900)
"""Size of the window in a picture, whatever size it was left in."""
LIMIT = 300.0
"""Seconds after which a screenshot is taken of whatever is there."""


def run(
    paths: list[Path],
    *,
    screenshot: Path | None = None,
    exit_after: bool = False,
    demo: bool = False,
    models: tuple[str, ...] | None = None,
    wishes: frozenset[Any] | None = None,
    theme: Theme | None = None,
    size: tuple[int, int] | None = None,
    tour: bool | None = None,
) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    paths
        What to open.
    screenshot
        Where to save a picture of the window once everything planned is there.
    exit_after
        Leave after the picture.
    demo
        Open the phantoms of the demonstration.
    models
        What is compared, in place of the demo pair.
    wishes
        What is computed for the first film: ``"predict"``, ``"attack"``, ``"explain"``.
    theme
        ``"light"``, ``"dark"`` or ``"system"``, for this run alone.
    size
        Width and height of the window.
    tour
        Whether to begin with the tour; None: with the first demonstration that a person sees.

    Returns
    -------
    int
        Exit code: 0, or 1 if a picture could not be saved or what was to be opened could not be.
    """
    app = application()
    settings, trouble = load_settings()
    start_theme(settings if theme is None else replace(settings, theme=theme))
    crashes = Crashes()
    crashes.install()
    workspace = default_workspace(settings)
    if models is not None:
        workspace = replace(workspace, models=models)
    if wishes is not None:
        workspace = replace(workspace, wishes=wishes)
    window = Window(settings, workspace)
    if size is None and screenshot is not None:
        size = PICTURE
    if size is not None:
        window.resize(*size)
    crashes.happened.connect(window.show_crash)
    if trouble:
        window.session.say(trouble, "warning")
    picture = None
    if screenshot is not None:
        picture = Screenshot(window, screenshot, exit_after, LIMIT)

    def begin() -> None:
        reading.begin()  # not before: the readers would take processor time from the first paint
        window.warm_up()
        if demo:
            window.library.open_demo()
        elif paths:
            window.open(paths)
        if picture is not None:
            picture.begin()

    window.painted.connect(begin)
    if tour is not False and (tour or (demo and picture is None)):
        start = window.tour.begin if tour else window.tour.begin_once
        once = Qt.ConnectionType.SingleShotConnection
        window.films.loaded.connect(lambda _: start(), once)
    collector = Collector(window)
    window.warmed.connect(collector.settle)
    beat = _answer_interrupts(window)
    window.show()
    collector.start()
    code = app.exec()
    collector.stop()
    beat.stop()
    window.shutdown()
    reading.end()
    crashes.remove()
    window.deleteLater()
    return picture.code if picture is not None and exit_after else int(code)


def application() -> QApplication:
    """The one QApplication, made ready for this program."""
    # The default of 5 ms lets a busy worker delay a frame; 1 ms costs nothing that can be measured.
    sys.setswitchinterval(0.001)
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    app = QApplication(sys.argv[:1])
    app.setApplicationName("fracview")
    app.setApplicationDisplayName("fracview")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("fracview")
    app.setWindowIcon(icon("mdi6.bone", "accent"))
    return app


def _answer_interrupts(window: Window) -> QTimer:
    """Let Ctrl+C in the terminal close the window: Python sees signals only when it runs."""
    signal.signal(signal.SIGINT, lambda *_: window.close())
    beat = QTimer(interval=400)
    beat.timeout.connect(lambda: None)
    beat.start()
    return beat
