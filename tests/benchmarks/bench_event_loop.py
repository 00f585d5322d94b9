"""Longest gap of the event loop while models work in the lane, in the real window.

A timer of 2 ms beats in the GUI thread; next to the wall time of a gap stands the CPU time that
this thread used within it, since other programs lengthen the first and not the second. Films are
made up, the model is a small residual net with seeded weights; it predicts, is attacked and
explained on each film. Torch's import is told apart.

Run: ``python -m tests.benchmarks.bench_event_loop [MODEL ...]``
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QElapsedTimer, QEventLoop, Qt, QTimer

from fracview.data.boxes import Box
from tests.gui import fakes


class Heartbeat:
    """Gaps between beats, by the name of what went on."""

    def __init__(self) -> None:
        self.gaps: dict[str, list[tuple[float, float]]] = {}
        self._own = time.thread_time()
        self.phase = "start"
        self._since = QElapsedTimer()
        self._since.start()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=2)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        own = time.thread_time()
        gap = self._since.nsecsElapsed() / 1e6
        self.gaps.setdefault(self.phase, []).append((gap, 1e3 * (own - self._own)))
        self._since.restart()
        self._own = own


def wait(done, limit: float = 240.0) -> None:
    """Run the event loop until ``done()`` or the limit in seconds."""
    loop, began = QEventLoop(), time.monotonic()
    watch = QTimer(interval=20)
    watch.timeout.connect(
        lambda: loop.quit() if done() or time.monotonic() - began > limit else None
    )
    watch.start()
    loop.exec()


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    os.environ.setdefault("FRACVIEW_HOME", str(folder / "home"))
    from fracview.gui.app import application
    from fracview.gui.window import Window, default_workspace
    from fracview.settings import load_settings

    models = tuple(sys.argv[1:]) or ("small-resnet:seed=0", "small-resnet:seed=1")
    for index in range(3):
        grey = (fakes.film(2880, 2304).grey() * 255).astype(np.uint8)
        Image.fromarray(np.roll(grey, 200 * index, axis=1)).save(folder / f"film{index}.png")
    application()
    settings, _ = load_settings()
    window = Window(settings, default_workspace(settings))
    window.session.update(models=models)
    window.resize(1500, 950)
    window.show()
    beat = Heartbeat()
    wait(lambda: False, 1.0)
    beat.phase = "torch import"
    window.warm_up()
    wait(lambda: not window.runner.jobs)
    wait(lambda: False, 0.3)
    beat.phase = "open a folder"
    window.open([folder])
    wait(lambda: window.session.workspace.radiograph is not None and not window.runner.jobs)
    wait(lambda: False, 0.5)
    for phase, wishes in (
        ("predict and attack", {"predict", "attack"}),
        ("explain", {"predict", "attack", "explain"}),
    ):
        beat.phase = phase
        window.session.update(wishes=frozenset(wishes))
        wait(lambda: False, 0.1)
        wait(lambda: not window.runner.jobs)
        wait(lambda: False, 0.3)
    beat.phase = "draw and move boxes"
    for step in range(20):
        box = Box(900 + 10 * step, 1200, 1500 + 10 * step, 1700)
        window.session.set_boxes((box,), "bench")
        wait(lambda: False, 0.03)
    beat.phase = "drag p"
    for step in range(20):
        window.session.update(percent=float(1 + 2 * step))
        wait(lambda: False, 0.03)
    beat.phase = "other films, all at work"
    for index in (1, 2, 0):
        window.films.select(index)
        wait(lambda: window.session.workspace.radiograph is not None)
        wait(lambda: False, 0.1)
        wait(lambda: not window.runner.jobs)
    beat.phase = "done"
    for phase, gaps in beat.gaps.items():
        if phase != "done":
            wall, own = np.array(gaps).T
            late = f"longest {wall.max():7.1f} ms, 99 % {np.percentile(wall, 99):6.1f} ms"
            print(f"{phase:26} {late}; of it CPU of this thread at most {own.max():6.1f} ms")
    window.shutdown()
    window.close()


if __name__ == "__main__":
    main()
