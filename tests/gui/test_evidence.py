"""The box test in the window: asked for when the boxes rest, said beside the curves."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from fracview.data.boxes import Box
from fracview.errors import NoBoxesError
from fracview.evidence.fill import hide
from fracview.gui.docks.coverage import CoverageDock
from fracview.gui.views.evidence_book import REST, EvidenceBook
from fracview.gui.views.hiding import Hiding
from fracview.gui.views.radiograph_view import RadiographView
from fracview.gui.views.reading_canvas import HOLD
from fracview.pipeline import box_mask_of
from tests.gui import fakes

ELSEWHERE = Box(10, 20, 60, 70)


@pytest.fixture
def bench(qapp):
    bench = fakes.Bench()
    yield bench
    bench.close()


@pytest.fixture
def asked(bench):
    """What models are asked, one entry per test."""
    calls = []

    def ask(answer, boxes, test, *, device):
        calls.append((answer.request.model, answer.request.condition, boxes, test))
        return fakes.box_test(answer, boxes, test, device=device)

    EvidenceBook.of(bench.session).ask_models = ask
    return calls


@pytest.fixture
def dock(bench, qtbot):
    dock = CoverageDock(bench.session, bench.conductor)
    qtbot.addWidget(dock)
    dock.resize(1500, 500)
    return dock


@pytest.fixture
def view(bench, qtbot):
    view = RadiographView(bench.session, conductor=bench.conductor)
    qtbot.addWidget(view)
    view.resize(420, 520)
    view.show()
    qtbot.waitExposed(view)
    return view


def rest(book, qtbot):
    qtbot.waitUntil(lambda: not book.waiting)
    qtbot.waitUntil(lambda: not book._pictures.jobs)


def told(dock, qtbot):
    rest(dock.evidence, qtbot)
    qtbot.waitUntil(lambda: not dock._fresh.isActive() and not dock._move.isActive())


def test_each_answer_is_tested_once_and_said_in_one_line_per_model(bench, asked, dock, qtbot):
    bench.answer()
    told(dock, qtbot)
    assert [call[:2] for call in asked] == [
        ("demo-standard", "clean"), ("demo-standard", "attacked"),
        ("demo-robust", "clean"), ("demo-robust", "attacked"),
    ]  # fmt: skip
    assert {call[3].controls for call in asked} == {8}
    standard, robust = dock.lines.texts
    assert standard.startswith("standard: no sign that it uses the fracture: hiding the box takes")
    assert "an equal place elsewhere 0.10 [−0.40, 0.60]; attacked: no sign that" in standard
    assert robust.startswith("robust: a sign that it uses the fracture: hiding the box takes 2.50")
    assert "turns its answer to not fractured" in robust
    label = dock.lines._lines[0]
    assert "once in 9 times" in label.toolTip()
    assert "Coverage is no proof of use" in label.toolTip()
    dock.resize(500, 500)
    bench.answer()
    told(dock, qtbot)
    assert len(asked) == 4, "what is known is not asked again"


def test_nothing_is_asked_before_the_boxes_rest(bench, asked, dock, qtbot):
    bench.answer(only="demo-robust")
    told(dock, qtbot)
    asked.clear()
    box = bench.session.workspace.boxes[0]
    with qtbot.assertNotEmitted(bench.runner.queued, wait=REST // 2):
        for number in range(3):
            moved = Box(box.x1 + number + 1, box.y1, box.x2 + number + 1, box.y2)
            bench.session.set_boxes((moved,), "move a box")
            assert not asked
    told(dock, qtbot)
    assert len(asked) == 2, "clean and attacked, of the last place alone"
    assert {call[2] for call in asked} == {(moved,)}
    bench.session.undo()
    bench.session.undo()
    bench.session.undo()
    told(dock, qtbot)
    assert len(asked) == 2, "the first place is remembered"
    assert "robust: a sign" in dock.lines.texts[0]


def test_a_test_of_boxes_that_moved_is_stopped(bench, dock, qtbot):
    book = dock.evidence
    closed = []

    def endless(answer, boxes, test, *, device):
        from fracview.task import Progress

        try:
            while True:
                yield Progress(0, 0)
        finally:
            closed.append(boxes)

    book.ask_models = endless
    first = bench.session.workspace.boxes
    with qtbot.waitSignal(bench.runner.started):
        bench.answer(only="demo-robust")
    with qtbot.waitSignal(bench.runner.idle):
        bench.session.set_boxes((ELSEWHERE,), "move a box")
    assert closed == [first], "the second one never began"
    book.ask_models = fakes.box_test
    told(dock, qtbot)
    assert "takes 2.50" in dock.lines.texts[0]


def test_another_fill_asks_anew(bench, asked, dock, qtbot):
    bench.answer(only="demo-robust")
    told(dock, qtbot)
    asked.clear()
    place = dock.lines.fill.findData("inpaint")
    dock.lines.fill.setCurrentIndex(place)
    dock.lines.fill.activated.emit(place)
    told(dock, qtbot)
    assert {call[3].fill for call in asked} == {"inpaint"}
    dock.evidence.set_fill("blur")
    assert dock.lines.fill.currentData() == "blur"
    told(dock, qtbot)
    assert len(asked) == 2


def test_what_cannot_be_tested_is_said_and_not_asked_again(bench, dock, qtbot):
    calls = []

    def refuse(answer, boxes, test, *, device):
        calls.append(answer)
        raise NoBoxesError("film.png has no box that covers a pixel.")
        yield

    dock.evidence.ask_models = refuse
    bench.answer(only="demo-robust")
    told(dock, qtbot)
    assert "no box that covers a pixel" in dock.lines.texts[0]
    bench.answer(only="demo-robust")
    told(dock, qtbot)
    assert len(calls) == 2


def test_without_a_box_nothing_is_said(bench, asked, dock, qtbot):
    bench.session.set_boxes((), "delete a box")
    bench.answer()
    told(dock, qtbot)
    assert not asked
    assert dock.lines.isHidden()


def test_the_table_holds_the_falls_beside_coverage(bench, asked, dock, qtbot):
    bench.answer()
    told(dock, qtbot)
    titles = [name for name, _ in dock.table._titles]
    rows = {row.texts: dict(zip(titles, row.numbers, strict=True)) for row in dock.table.rows}
    for method in ("saliency", "integrated gradients"):
        row = rows[("demo-robust", method, "clean")]
        assert row["box hidden"] == pytest.approx(2.5)
        assert row["elsewhere"] == pytest.approx(0.05)
        assert (row["lowest"], row["highest"]) == pytest.approx((-0.2, 0.3))
        assert row["places"] == 8
    assert rows[("(no model)", "chance", "clean")]["box hidden"] is None
    text = dock.table.as_text(dock._settings(), ",")
    assert "# demo-robust, attacked: Hiding the box (blur)" in text
    assert "# Coverage is no proof of use" in text


def test_hiding_shows_what_the_model_is_given_and_what_it_says(bench, asked, view, qtbot):
    bench.answer()
    rest(view.evidence, qtbot)
    before = view.canvas.grab().toImage()
    view.hiding.toggle()
    rest(view.evidence, qtbot)
    layer = view._hidden
    assert layer.shown
    assert layer.lines[0].startswith("Hidden by blur: the box")
    assert layer.lines[1] == "standard: 0.97 → 0.96, attacked 0.02 → 0.96"
    assert layer.lines[2] == "robust: 0.91 → 0.38 (turned), attacked 0.84 → 0.38 (turned)"
    assert len(asked) == 4, "all boxes have been tested already"
    answer = view._chooser.answer
    hidden = view.evidence.hidden(answer, view.hiding.boxes)
    mask = box_mask_of(answer, bench.session.workspace.boxes)
    np.testing.assert_array_equal(hidden.mask, mask)
    expected = hide(answer.image, mask, "blur").mean(axis=0)
    np.testing.assert_allclose(hidden.grey, expected, atol=1e-6)
    assert view.canvas.grab().toImage() != before
    view.hiding.toggle()
    assert not layer.shown
    assert view.canvas.grab().toImage() == before


def test_a_picture_that_cannot_be_made_is_not_made_over_and_over(bench, view, qtbot, monkeypatch):
    tries = []

    def broken(*_):
        tries.append(1)
        raise MemoryError("no room")

    monkeypatch.setattr("fracview.evidence.fill.hide", broken)
    bench.answer(only="demo-robust")
    view.hiding.toggle()
    qtbot.waitUntil(lambda: bool(tries))
    rest(view.evidence, qtbot)
    view.evidence.grown.emit()  # the film is painted again
    rest(view.evidence, qtbot)
    assert len(tries) == 1
    assert not view._hidden.shown


def test_the_selected_box_alone_is_hidden_if_there_is_one(bench, asked, view, qtbot):
    first = bench.session.workspace.boxes[0]
    bench.session.set_boxes((first, ELSEWHERE), "draw a box")
    bench.answer(only="demo-robust")
    rest(view.evidence, qtbot)
    asked.clear()
    view.hiding.hold(True)
    assert view.hiding.boxes == (first, ELSEWHERE)
    assert view.hiding.title == "all 2 boxes"
    bench.session.update(selected_box=1)
    rest(view.evidence, qtbot)
    assert view.hiding.title == "the selected box"
    assert {call[2] for call in asked} == {(ELSEWHERE,)}
    assert {call[3].controls for call in asked} == {0}, "one look, no control"


def test_a_region_is_hidden_but_never_a_box(bench, asked, view, qtbot):
    bench.answer(only="demo-robust")
    boxes = bench.session.workspace.boxes
    view.draw_region()
    view.tool.press(view.canvas.to_film(view.canvas.rect().center().toPointF()), 1.0)
    corner = view.canvas.to_film(view.canvas.rect().center().toPointF())
    corner.setX(corner.x() + 60)
    corner.setY(corner.y() + 40)
    view.tool.move(corner, 1.0)
    view.tool.release(corner)
    assert view.hiding.region is not None
    assert (view.hiding.region.width, view.hiding.region.height) == pytest.approx((60, 40))
    assert bench.session.workspace.boxes == boxes
    assert not bench.session.undo_text
    rest(view.evidence, qtbot)
    assert view._hidden.shown
    assert "a region" in view._hidden.lines[0]
    assert view.cancel(), "Escape shows it again"
    assert not view.hiding.on
    assert view.hiding.region is None
    view.start_drawing()
    assert not view.tool._for_region, "the next drag draws a box again"


def test_another_film_is_not_hidden(bench, view, qtbot):
    bench.answer(only="demo-robust")
    view.hiding.toggle()
    assert view.hiding.on
    bench.session.update(current=1, radiograph=None)
    assert not view.hiding.on
    view.hiding.toggle()
    assert not view.hiding.on, "it has no box"


def test_space_that_is_held_hides_and_with_a_drag_pans(bench, view, qtbot):
    bench.answer(only="demo-robust")
    canvas = view.canvas
    canvas.setFocus()
    with qtbot.waitSignal(view.hiding.changed, timeout=5 * HOLD + 1000):
        qtbot.keyPress(canvas, Qt.Key.Key_Space)
    assert view.hiding.on
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert not view.hiding.on
    qtbot.keyPress(canvas, Qt.Key.Key_Space)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    assert canvas._grab == "pan"
    with qtbot.assertNotEmitted(view.hiding.changed, wait=2 * HOLD):
        pass
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert not view.hiding.on


def test_without_an_answer_it_says_what_to_do(bench, view, qtbot):
    view.hiding.toggle()
    assert view.hiding.on
    assert "Ask for a prediction first" in view._hidden.lines[0]
    assert not view._hidden.shown


def test_the_menu_entry_follows(opened, qtbot):
    action = opened.action("hide_region")
    action.trigger()
    assert not opened.view.hiding.on, "the first film has no box"
    assert not action.isChecked()
    opened.session.set_boxes((Box(20, 40, 50, 60),), "draw a box")
    action.trigger()
    assert Hiding.of(opened.session).on
    assert action.isChecked()
    assert "O" in action.toolTip()
    opened.action("cancel").trigger()
    assert not action.isChecked()
