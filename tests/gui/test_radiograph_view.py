from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fracview.data.boxes import Box
from fracview.data.case import Case
from fracview.data.radiograph import Radiograph, Window
from fracview.gui.session import Session
from fracview.gui.views.radiograph_view import RadiographView
from fracview.workspace import Workspace
from tests.gui import fakes

LEFT, RIGHT, MIDDLE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)


@pytest.fixture
def view(qtbot):
    view = RadiographView(Session(fakes.workspace(boxes=())))
    qtbot.addWidget(view)
    view.resize(640, 700)
    view.show()
    qtbot.waitExposed(view)
    yield view
    view.shutdown()


def spot(view, x, y):
    """Screen point of a film point, in whole pixels."""
    return view.canvas.to_screen.map(QPointF(x, y)).toPoint()


def drag(view, start, end, button=LEFT, keys=Qt.KeyboardModifier.NoModifier):
    port = view.viewport()
    QTest.mousePress(port, button, keys, start)
    for step in range(1, 9):
        # mouseMove cannot hold a button, so the event is sent as the window system would.
        point = start + (end - start) * step / 8
        move(port, point, button, keys)
    QTest.mouseRelease(port, button, keys, end)


def move(port, point, button=Qt.MouseButton.NoButton, keys=Qt.KeyboardModifier.NoModifier):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    here = QPointF(point)
    event = QMouseEvent(
        QEvent.Type.MouseMove, here, port.mapToGlobal(here), Qt.MouseButton.NoButton, button, keys
    )
    QApplication.sendEvent(port, event)


def boxes(view):
    return view.session.workspace.boxes


def give(view, *new, selected=None):
    view.session.set_boxes(tuple(new), "given", selected=selected)


def near(box, corners, tolerance=2.0):
    return np.allclose(box.corners, corners, atol=tolerance)


@pytest.mark.parametrize(
    ("start", "end"),
    [((100, 120), (220, 260)), ((220, 260), (100, 120)), ((100, 260), (220, 120))],
)
def test_a_box_is_drawn_by_dragging_in_any_direction(view, qtbot, start, end):
    view.start_drawing()
    with qtbot.waitSignal(view.box_drawn) as drawn:
        drag(view, spot(view, *start), spot(view, *end))
    assert near(drawn.args[0], (100, 120, 220, 260))
    assert boxes(view) == (drawn.args[0],)
    assert view.session.workspace.selected_box == 0
    assert view.tool.mode == "view"
    view.session.undo()
    assert boxes(view) == ()
    assert view.session.undo_text == "", "one gesture is one step"


def test_a_box_is_drawn_by_two_clicks(view, qtbot):
    view.start_drawing()
    port, first, second = view.viewport(), spot(view, 100, 120), spot(view, 220, 260)
    QTest.mouseClick(port, LEFT, pos=first)
    assert view.tool.busy
    move(port, second)
    assert near(view.tool.preview, (100, 120, 220, 260))
    with qtbot.waitSignal(view.box_drawn):
        QTest.mouseClick(port, LEFT, pos=second)
    assert near(boxes(view)[0], (100, 120, 220, 260))


def test_a_drawn_box_ends_at_the_edge_of_the_film(view):
    view.start_drawing()
    drag(view, spot(view, 300, 400), view.viewport().rect().bottomRight())
    film = view.session.workspace.radiograph
    assert near(boxes(view)[0], (300, 400, film.width, film.height))
    assert boxes(view)[0].x2 <= film.width
    assert boxes(view)[0].y2 <= film.height


def test_escape_gives_up_the_box_then_drawing(view):
    view.start_drawing()
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(view, 100, 120))
    QTest.keyClick(view.canvas, Qt.Key.Key_Escape)
    assert not view.tool.busy
    assert view.tool.mode == "draw"
    assert view.cancel()
    assert view.tool.mode == "view"
    assert not view.cancel()
    assert boxes(view) == ()


def test_a_click_in_draw_mode_draws_nothing_by_itself(view):
    view.start_drawing()
    port = view.viewport()
    QTest.mouseClick(port, LEFT, pos=spot(view, 100, 120))
    QTest.mouseClick(port, LEFT, pos=spot(view, 100, 120))
    assert boxes(view) == ()
    assert view.tool.busy


def test_window_level_stays_while_a_box_is_placed(view):
    before = view.lightbox.window
    view.start_drawing()
    port = view.viewport()
    QTest.mouseClick(port, LEFT, pos=spot(view, 100, 120))
    drag(view, QPoint(200, 200), QPoint(300, 300), RIGHT)
    view.set_preset(2)
    view.auto_window()
    assert view.lightbox.window == before


def test_a_box_is_moved_and_stays_on_the_film(view):
    give(view, Box(100, 100, 180, 160))
    drag(view, spot(view, 140, 130), spot(view, 190, 170))
    assert near(boxes(view)[0], (150, 140, 230, 200), 3)
    assert view.session.undo_text == "move a box"
    drag(view, spot(view, 190, 170), QPoint(0, 0))
    assert boxes(view)[0].x1 == 0
    assert boxes(view)[0].y1 == 0
    assert boxes(view)[0].width == pytest.approx(80)


@pytest.mark.parametrize(
    ("grip", "by", "expected"),
    [
        ((100, 100), (-30, -20), (70, 80, 220, 200)),
        ((220, 200), (30, 20), (100, 100, 250, 220)),
        ((160, 100), (50, -40), (100, 60, 220, 200)),
        ((220, 150), (40, 70), (100, 100, 260, 200)),
        ((100, 150), (200, 0), (220, 100, 300, 200)),
    ],
)
def test_a_box_is_resized_by_its_handles(view, grip, by, expected):
    give(view, Box(100, 100, 220, 200), selected=0)
    drag(view, spot(view, *grip), spot(view, grip[0] + by[0], grip[1] + by[1]))
    assert near(boxes(view)[0], expected, 3)
    assert view.session.undo_text == "resize a box"


def test_a_locked_box_can_be_selected_but_not_changed(view):
    locked = Box(100, 100, 220, 200, locked=True)
    give(view, locked)
    drag(view, spot(view, 160, 150), spot(view, 250, 250))
    view.nudge(5, 0)
    view.delete_selected()
    assert boxes(view) == (locked,)
    assert view.session.workspace.selected_box == 0
    assert view.session.undo_text == "given"


def test_clicks_go_through_boxes_that_overlap_smallest_first(view):
    give(view, Box(50, 50, 300, 300), Box(100, 100, 200, 200))
    port, at = view.viewport(), spot(view, 150, 150)
    QTest.mouseClick(port, LEFT, pos=at)
    assert view.session.workspace.selected_box == 1
    QTest.mouseClick(port, LEFT, pos=at)
    assert view.session.workspace.selected_box == 0
    QTest.mouseClick(port, LEFT, pos=at)
    assert view.session.workspace.selected_box == 1
    assert view.session.undo_text == "given", "selecting is no edit"
    QTest.mouseClick(port, LEFT, pos=spot(view, 390, 490))
    assert view.session.workspace.selected_box is None


def test_tab_goes_through_the_boxes(view):
    give(view, Box(50, 50, 90, 90), Box(100, 100, 200, 200), selected=0)
    view.canvas.setFocus()
    QTest.keyClick(view.canvas, Qt.Key.Key_Tab)
    assert view.session.workspace.selected_box == 1
    QTest.keyClick(view.canvas, Qt.Key.Key_Tab)
    assert view.session.workspace.selected_box == 0


def test_arrows_nudge_and_resize(view):
    give(view, Box(100, 100, 200, 200), selected=0)
    shift, alt = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
    QTest.keyClick(view.canvas, Qt.Key.Key_Right)
    QTest.keyClick(view.canvas, Qt.Key.Key_Down, shift)
    QTest.keyClick(view.canvas, Qt.Key.Key_Left, alt)
    assert boxes(view)[0].corners == (101, 110, 200, 210)
    view.session.undo()
    assert boxes(view)[0].corners == (101, 110, 201, 210)


def test_copy_paste_duplicate_and_delete(view):
    give(view, Box(100, 100, 200, 200), selected=0)
    view.duplicate()
    assert len(boxes(view)) == 2
    assert boxes(view)[1].corners != boxes(view)[0].corners
    view.copy()
    view.delete_selected()
    assert len(boxes(view)) == 1
    view.paste()
    assert len(boxes(view)) == 2
    assert view.session.undo_text == "paste a box"


def test_a_box_can_be_pasted_on_another_film(view):
    give(view, Box(100, 100, 200, 200), selected=0)
    view.copy()
    view.session.update(current=1, radiograph=fakes.film(180, 150), selected_box=None)
    view.paste()
    assert boxes(view)[0].corners == (100, 100, 150, 180)


def test_a_gesture_is_dropped_when_the_film_changes(view):
    view.start_drawing()
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(view, 100, 120))
    view.session.update(current=1, radiograph=fakes.film(200, 200))
    assert not view.tool.busy
    assert boxes(view) == ()


def test_left_drag_widens_and_down_darkens(view, qtbot):
    before = view.lightbox.window
    with qtbot.waitSignal(view.window_changed):
        drag(view, QPoint(200, 300), QPoint(260, 340))
    after = view.lightbox.window
    assert after.width > before.width
    assert after.centre > before.centre
    grey = view.lightbox.film.grey
    assert grey(after).mean() < grey(before).mean()


def test_right_drag_changes_the_window_in_draw_mode_too(view):
    before = view.lightbox.window
    view.start_drawing()
    drag(view, QPoint(200, 300), QPoint(200, 200), RIGHT)
    assert view.lightbox.window.centre < before.centre
    assert view.tool.mode == "draw"


def test_shift_is_fine(view):
    first = view.lightbox.window.width
    drag(view, QPoint(200, 300), QPoint(280, 300))
    coarse = view.lightbox.window.width - first
    view.reset_window()
    drag(view, QPoint(200, 300), QPoint(280, 300), keys=Qt.KeyboardModifier.ShiftModifier)
    assert view.lightbox.window.width - first == pytest.approx(coarse / 10)


def test_presets_invert_and_reset(view):
    file = view.lightbox.film.window
    view.set_preset(2)
    bone = view.lightbox.window
    view.set_preset(3)
    assert view.lightbox.window != bone
    view.set_preset(4)
    assert view.lightbox.window == bone, "the fifth is the last one"
    view.invert()
    assert view.lightbox.inverted
    view.reset_window()
    assert view.lightbox.window == file
    assert not view.lightbox.inverted


def test_the_second_preset_goes_through_the_windows_of_the_file(view):
    film = replace(fakes.film(), presets=(("LUNG", Window(10, 20)),))
    view.session.update(radiograph=film)
    view.set_preset(1)
    assert view.lightbox.window == film.window
    view.set_preset(1)
    assert view.lightbox.window == Window(10, 20)
    view.set_preset(1)
    assert view.lightbox.window == film.window


def test_the_wheel_zooms_at_the_cursor(view):
    port = view.viewport()
    at = QPointF(200, 250)
    before = view.canvas.to_film(at)
    event = QWheelEvent(
        at, port.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    scale = view.canvas.scale
    QApplication.sendEvent(port, event)
    assert view.canvas.scale == pytest.approx(1.2 * scale)
    after = view.canvas.to_film(at)
    assert (after - before).manhattanLength() < 0.01


def test_middle_drag_and_space_drag_pan(view, qtbot):
    view.zoom_in()
    view.zoom_in()
    for button, key in ((MIDDLE, False), (LEFT, True)):
        before = view.canvas.to_screen.map(QPointF(200, 250))
        if key:
            QTest.keyPress(view.canvas, Qt.Key.Key_Space)
        drag(view, QPoint(300, 300), QPoint(340, 320), button)
        if key:
            QTest.keyRelease(view.canvas, Qt.Key.Key_Space)
        moved = view.canvas.to_screen.map(QPointF(200, 250)) - before
        assert (moved.x(), moved.y()) == pytest.approx((40, 20), abs=0.01)
    assert view.lightbox.window == view.lightbox.film.window
    view.fit()
    assert view.lightbox.gaze.zoom == 1


def test_one_to_one(view):
    view.one_to_one()
    assert view.canvas.scale * view.canvas.devicePixelRatioF() == pytest.approx(1)


def test_the_probe_tells_pixel_value_and_millimetres(view, qtbot):
    film = replace(fakes.film(), spacing=(0.2, 0.1), spacing_kind="imager")
    view.session.update(radiograph=film)
    with qtbot.waitSignal(view.probed) as probed:
        move(view.viewport(), spot(view, 150.5, 200.5))
    x, y, value = probed.args[0]
    assert (x, y) == pytest.approx((150, 200), abs=1)
    assert value == film.pixels[y, x]
    assert "mm at the detector" in view._probe.text()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32])
def test_what_is_painted_is_the_film_through_its_window(view, qtbot, dtype):
    rng = np.random.default_rng(0)
    low, high = (0, 255) if dtype == np.uint8 else (-500, 3000)
    pixels = rng.integers(max(low, np.iinfo(np.int16).min), high, (30, 20))
    pixels = np.maximum(pixels, 0) if dtype == np.uint16 else pixels
    film = Radiograph(pixels.astype(dtype), Path("tiny.png"), Window(0.25 * high, 0.8 * high))
    view.session.update(radiograph=film)
    shot = view.canvas.grab().toImage()
    ratio = shot.devicePixelRatio()
    expected = 255 * film.grey()
    for x, y in ((0, 0), (7, 3), (19, 29), (11, 22)):
        point = view.canvas.to_screen.map(QPointF(x + 0.5, y + 0.5)) * ratio
        got = shot.pixelColor(point.toPoint()).red()
        assert got == pytest.approx(expected[y, x], abs=1.5)


def test_a_new_film_starts_anew_unless_the_view_is_kept(view):
    view.zoom_in()
    view.set_preset(2)
    view.session.update(radiograph=fakes.film(300, 200))
    assert view.lightbox.gaze.zoom == 1
    assert view.lightbox.window == view.lightbox.film.window
    view.keep_view(True)
    view.zoom_in()
    view.session.update(radiograph=fakes.film(310, 200))
    assert view.lightbox.gaze.zoom > 1


def test_empty_loading_and_error_states_say_what_to_do(qtbot):
    view = RadiographView(Session())
    qtbot.addWidget(view)
    assert "open" in view._message.title.text()
    case = Case(Path("/films/a.png"))
    view.session.update(cases=(case,), current=0)
    assert view._message.title.text() == "Reading the radiograph"
    view.session.update(trouble="a.png: it is empty. Copy it again.")
    assert "a.png: it is empty" in view._message.sentence.text()
    view.start_drawing()
    assert view.tool.mode == "view"
    view.shutdown()


def test_the_models_eye_shows_its_input_with_the_boxes(qtbot):
    bench = fakes.Bench()
    view = RadiographView(bench.session, conductor=bench.conductor)
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.lightbox.answered):
        bench.answer(size=32)
    bench.session.update(model_eye=True)
    assert view.canvas.stage.toSize().toTuple() == (32, 32)
    film, box = bench.session.workspace.radiograph, bench.session.workspace.boxes[0]
    shown = view.canvas.boxes.boxes[0]
    assert shown.x1 == pytest.approx(box.x1 * 32 / film.width)
    assert shown.y2 == pytest.approx(box.y2 * 32 / film.height)
    view.start_drawing()
    assert view.tool.mode == "view"
    bench.session.update(model_eye=False)
    assert view.canvas.stage is None
    bench.close()


def test_the_pyramid_of_a_large_film_is_made_beside_the_window(qtbot):
    session = Session(Workspace())
    view = RadiographView(session)
    qtbot.addWidget(view)
    box = view.lightbox
    session.update(cases=(Case(Path("/films/big.png")),), current=0)
    with qtbot.waitSignal(box.relit, check_params_cb=lambda: box._pyramid.levels[0] is not None):
        session.update(radiograph=fakes.film(2000, 1500))
        assert box._pyramid.levels[0] is None, "a sketch comes first"
        assert box.picture(0.2) is not None
    assert box._pyramid.levels[0].shape == (2000, 1500)
    view.shutdown()


def test_full_range_is_that_of_the_film_and_not_of_its_coarse_levels(view):
    pixels = fakes.film(900, 900).pixels.copy()
    pixels[3, 5], pixels[700, 11] = 0, 65000
    view.session.update(radiograph=Radiograph(pixels, Path("a.png"), Window(100, 2000)))
    view.set_preset(0)
    assert view.lightbox.window == Window(0, 65000)
