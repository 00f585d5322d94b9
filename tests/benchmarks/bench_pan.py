"""How fast linked panels pan, zoom and change window/level, in CPU time of the GUI thread.

Six panels on a film of 2304 x 2880 pixels of 16 bit, with heatmaps of 224 x 224, outlines of the
top 5 % and a box, in a window of 1500 x 900, beside the radiograph view. Painting is forced with
``repaint`` for every frame, so nothing is dropped or put off.

Run: ``python -m tests.benchmarks.bench_pan``
"""

from __future__ import annotations

import os
import statistics
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QSizeF
from PySide6.QtWidgets import QApplication

from fracview.data.boxes import Box
from fracview.gui.views import gaze as gazing
from fracview.gui.views.comparison_grid import ComparisonGrid
from fracview.gui.views.gaze import Gaze
from fracview.gui.views.radiograph_view import RadiographView
from fracview.gui.views.window_level import dragged
from fracview.request import Method
from tests.gui import fakes

FRAMES = 120


def frame_times(app: QApplication, canvases: list, change) -> tuple[float, float]:
    """Best and median milliseconds of CPU of the GUI thread per frame."""
    times = []
    for frame in range(FRAMES):
        began = time.thread_time()
        change(frame)
        app.processEvents()
        for canvas in canvases:
            canvas.repaint()
        times.append(1e3 * (time.thread_time() - began))
    return min(times), statistics.median(times)


def main() -> None:
    app = QApplication(sys.argv[:1])
    film = fakes.film(2880, 2304)
    space = fakes.workspace(film, (Box(900, 1300, 1400, 1800),), attacked=False)
    bench = fakes.Bench(space)
    methods = (Method("saliency"), Method("integrated_gradients"))
    grid = ComparisonGrid(bench.session, bench.conductor)
    view = RadiographView(bench.session)
    grid.resize(1500, 900)
    view.resize(600, 900)
    grid.show()
    view.show()
    bench.answer(size=224, methods=methods)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        app.processEvents()
    box = grid.lightbox
    panels = [panel.canvas for panel in grid.panels.values()]
    canvases = [*panels, view.canvas]
    print(f"{len(panels)} panels of {panels[0].width()} x {panels[0].height()} and one view")
    size = QSizeF(panels[0].size())

    def pan(frame: int) -> None:
        by = QPointF(9 if frame // 20 % 2 else -9, 5 if frame // 30 % 2 else -5)
        box.look(gazing.panned(box.gaze, by, size, panels[0].film_size))
        box._move.timeout.emit()

    def zoom(frame: int) -> None:
        factor = 1.1 if frame // 15 % 2 else 1 / 1.1
        box.look(gazing.zoomed(box.gaze, factor, QPointF(150, 150), size, panels[0].film_size))
        box._move.timeout.emit()

    def window(frame: int) -> None:
        box.set_window(dragged(film.window, frame, frame / 2, box.reach), dragging=True)
        box._relight.timeout.emit()

    for title, gaze, change in (
        ("pan, whole film", Gaze(), pan),
        ("pan, zoomed 4 x", Gaze(0.5, 0.5, 4.0), pan),
        ("zoom", Gaze(0.5, 0.5, 2.0), zoom),
        ("window/level", Gaze(), window),
        ("window/level, zoomed 8 x", Gaze(0.5, 0.5, 8.0), window),
    ):
        box.look(gaze)
        for group, name in ((panels, f"{len(panels)} panels"), (canvases, "and the view")):
            best, median = frame_times(app, group, change)
            rate = 1000 / median
            print(f"{title:26} {name:13} best {best:6.2f}  median {median:6.2f} ms  {rate:5.0f}/s")
    box.end_drag(film.window)
    began = time.thread_time()
    box.picture(1.0)
    print(f"full film through a new window: {1e3 * (time.thread_time() - began):.1f} ms, once")
    bench.close()


if __name__ == "__main__":
    main()
