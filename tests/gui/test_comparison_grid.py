from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fracview.data.boxes import Box
from fracview.data.frame import InputFrame
from fracview.gui.views.box_layer import screen_rect
from fracview.gui.views.colour_scale import Scale, scale_of, shared_scales
from fracview.gui.views.comparison_grid import ComparisonGrid
from fracview.gui.views.grid_heads import METHODS, MODELS
from fracview.gui.views.heatmap_layer import coloured
from fracview.gui.views.outline_layer import blocks, edges
from fracview.gui.views.panel import CAPTION
from fracview.gui.views.panel_layout import SMALLEST, arrange
from fracview.gui.views.radiograph_view import RadiographView
from fracview.metrics.coverage import coverage_curve, top_mask
from fracview.pipeline import box_mask_of, request_key
from fracview.request import Method
from fracview.task import Progress
from tests.gui import fakes


@pytest.fixture
def bench():
    bench = fakes.Bench()
    yield bench
    bench.close()


@pytest.fixture
def grid(bench, qtbot):
    grid = ComparisonGrid(bench.session, bench.conductor)
    qtbot.addWidget(grid)
    grid.resize(1100, 800)
    grid.show()
    qtbot.waitExposed(grid)
    return grid


def fill(bench, grid, qtbot, **more):
    with qtbot.waitSignal(grid.lightbox.answered):
        bench.answer(**more)
    settle(grid, qtbot)


def settle(grid, qtbot):
    """Wait until what was gathered for this frame is done."""
    for timer in (grid._fresh, grid._paint):
        if timer.isActive():
            qtbot.waitSignal(timer.timeout).wait()


KEY = ("demo-standard", "saliency", "clean")


def test_there_is_a_panel_for_each_model_method_and_condition(bench, grid):
    assert len(grid.panels) == 2 * 2 * 3
    bench.session.update(attacked=False)
    assert len(grid.panels) == 2 * 3
    bench.session.update(models=("demo-robust",))
    assert len(grid.panels) == 3
    bench.session.update(methods=(Method.of("occlusion", window=9), Method("occlusion")))
    assert len(grid.panels) == 3, "the same method with other settings is another one"


def test_a_panel_that_nobody_asked_for_offers_to_ask(bench, grid, qtbot):
    panel = grid.panels[KEY]
    assert panel.state == "unasked"
    assert panel._message.button.text() == "Explain (E)"
    QTest.mouseClick(panel._message.button, Qt.MouseButton.LeftButton)
    assert "explain" in bench.session.workspace.wishes
    assert "attack" not in bench.session.workspace.wishes
    attacked = grid.panels["demo-standard", "saliency", "attacked"]
    attacked._message.button.click()
    assert bench.session.workspace.wishes == {"predict", "attack", "explain"}
    assert panel.state == "waiting"


def test_a_panel_shows_progress_then_its_answer(bench, grid, qtbot):
    bench.session.update(wishes=frozenset({"predict", "explain"}))
    panel = grid.panels[KEY]
    job = bench.runner.submit("nothing", lambda: iter(()), panel.cell.request)
    bench.runner.progressed.emit(job, Progress(3, 10, "node 3 of 10"))
    assert panel.state == "running"
    assert panel._message.sentence.text() == "node 3 of 10"
    fill(bench, grid, qtbot)
    assert panel.state == "known"
    assert panel._pages.currentWidget() is panel.canvas


def test_a_failed_panel_says_why_and_can_be_tried_again(bench, grid, qtbot):
    bench.session.update(wishes=frozenset({"predict", "explain"}))
    panel, sentence = grid.panels[KEY], "demo-standard: the weights hold NaN. Download them again."
    bench.conductor._errors[request_key(panel.cell.request)] = sentence
    with qtbot.waitSignal(grid.lightbox.answered):
        bench.conductor.failed.emit(panel.cell.request, sentence)
    settle(grid, qtbot)
    assert panel.state == "failed"
    assert panel._message.sentence.text() == sentence
    panel._message.button.click()
    assert bench.conductor.error(panel.cell.request) == ""


def test_the_live_attack_is_shown_while_it_runs(bench, grid, qtbot):
    fill(bench, grid, qtbot, only="demo-robust")
    panel = grid.panels["demo-standard", "", "attacked"]
    answer = fakes.explanation(panel.cell.request, bench.session.workspace.radiograph)
    bench.conductor.stepped.emit(panel.cell.request, answer.attacked.frames[3])
    assert panel._pages.currentWidget() is panel.canvas
    assert "step 3 of 6" in panel._line.text()


def test_all_panels_and_the_radiograph_look_at_the_same_place(bench, grid, qtbot):
    view = RadiographView(bench.session)
    qtbot.addWidget(view)
    fill(bench, grid, qtbot)
    panel = grid.panels[KEY]
    panel.canvas.zoom(2.0)
    film = panel.canvas.film_size
    panel.canvas.lightbox.look(type(grid.lightbox.gaze)(0.3, 0.6, 2.5))
    for canvas in [view.canvas, *(p.canvas for p in grid.panels.values())]:
        middle = canvas.to_film(QPointF(canvas.width() / 2, canvas.height() / 2))
        assert middle.x() == pytest.approx(0.3 * film.width())
        assert middle.y() == pytest.approx(0.6 * film.height())


def maps(grid, method=None):
    return [
        panel.answer.heatmap.reduced.ravel()
        for key, panel in grid.panels.items()
        if panel.answer.heatmap is not None and method in (None, key[1])
    ]


def test_the_maps_of_one_method_share_a_scale_unless_told_otherwise(bench, grid, qtbot):
    fill(bench, grid, qtbot)
    assert "one scale per method" in grid.colour_bar.text
    assert "99.5th percentile" in grid.colour_bar.text
    assert grid.colour_bar._scale is None, "no number is given that holds for some maps only"
    scales = {key: scale.high for key, scale in grid._scaled[1].items()}
    for method, short in (("saliency", "Saliency"), ("integrated gradients", "IG")):
        high = np.percentile(np.concatenate(maps(grid, method)), 99.5)
        same = {top for key, top in scales.items() if key[1] == method}
        assert len(same) == 1
        assert same.pop() == pytest.approx(high)
        assert f"{short} {high:.2g}" in grid.colour_bar.text
    grid.bar.sharing.setCurrentIndex(grid.bar.sharing.findData("all"))
    assert "one scale for all 8 maps" in grid.colour_bar.text
    assert "99.5th percentile" in grid.colour_bar.text
    high = np.percentile(np.concatenate(maps(grid)), 99.5)
    assert grid.colour_bar._scale.high == pytest.approx(high)
    grid.bar.sharing.setCurrentIndex(grid.bar.sharing.findData("row"))
    assert "one scale per row" in grid.colour_bar.text
    grid.bar.sharing.setCurrentIndex(grid.bar.sharing.findData("panel"))
    assert "one scale per map" in grid.colour_bar.text
    assert grid.colour_bar._scale is None


def test_single_hot_pixels_do_not_darken_a_map():
    values = np.ones((40, 40), np.float32)
    values[3, 3] = 1000.0
    assert scale_of([values], False) == Scale(0.0, 1.0)
    lonely = np.zeros((40, 40), np.float32)
    lonely[5, 5] = 2.0
    assert scale_of([lonely], False).high == 2.0, "but a map of one pixel is shown"


def test_maps_with_a_sign_get_a_scale_around_nought(bench):
    cells = {}
    for key, factor in (("a", 1.0), ("b", 3.0)):
        answer = fakes.explanation(_request(bench), bench.session.workspace.radiograph, 16)
        object.__setattr__(answer.heatmap, "reduction", "signed")
        object.__setattr__(answer.heatmap, "reduced", factor * (answer.heatmap.reduced - 0.01))
        cells[key] = answer
    scales = shared_scales(cells, {"a": 0, "b": 0})
    assert scales["a"] == scales["b"]
    assert scales["a"].low == -scales["a"].high
    assert scales["a"].signed


def test_colours_are_nothing_at_the_low_end_and_opaque_at_the_high_one():
    image = coloured(np.array([[0, 1, 5]], np.float32), Scale(0, 1), 0.7)
    alphas = [image.pixelColor(x, 0).alpha() for x in range(3)]
    assert alphas[0] == 0
    assert alphas[1] == alphas[2] == round(0.7 * 255)
    signed = coloured(np.array([[-1, 0, 1]], np.float32), Scale(-1, 1, True), 1.0)
    left, middle, right = (signed.pixelColor(x, 0) for x in range(3))
    assert middle.alpha() < 10
    assert left.blue() > left.red()
    assert right.red() > right.blue()


def test_the_outline_marks_exactly_what_coverage_counts(bench, grid, qtbot):
    fill(bench, grid, qtbot)
    bench.session.update(percent=15.0)
    settle(grid, qtbot)
    answer = grid.panels[KEY].answer
    expected = top_mask(answer.heatmap.reduced, 15.0).mask
    assert np.array_equal(grid.book.top(answer, 15.0), expected)


def test_edges_of_a_mask_enclose_it():
    mask = np.zeros((5, 6), bool)
    mask[1:3, 2:5] = True
    found = {tuple(line) for line in edges(mask).tolist()}
    assert found == {(2, 1, 5, 1), (2, 3, 5, 3), (2, 1, 2, 3), (5, 1, 5, 3)}
    assert len(edges(np.ones((4, 4), bool))) == 4
    assert len(edges(np.zeros((4, 4), bool))) == 0


def test_a_caption_tells_prediction_and_coverage_at_p(bench, grid, qtbot):
    fill(bench, grid, qtbot)
    bench.session.update(percent=25.0)
    settle(grid, qtbot)
    panel = grid.panels[KEY]
    mask = box_mask_of(panel.answer, bench.session.workspace.boxes)
    share = 100 * coverage_curve(panel.answer.heatmap.reduced, mask, [25.0]).at(25.0)
    assert panel._line.text() == f"cov@25 {share:.1f} %"
    assert f"{share:.1f} % of the box lies in the top 25 % of the map" in panel._line.toolTip()
    assert "chance is 25 %. fractured 0.97" in panel._line.toolTip()
    attacked = grid.panels["demo-standard", "", "attacked"]
    assert attacked._line.text() == "0.97 → 0.02"
    assert "fractured 0.97 → 0.02, change 4.0/255" in attacked._line.toolTip()
    assert grid.panels["demo-standard", "", "clean"]._line.text() == "fractured 0.97"
    bench.session.set_boxes((), "none")
    settle(grid, qtbot)
    assert "no box" in panel._line.text()


def test_drawing_a_box_changes_coverage_and_no_map(bench, grid, qtbot):
    fill(bench, grid, qtbot)
    panel = grid.panels[KEY]
    answer, before = panel.answer, panel._line.text()
    bench.session.set_boxes((Box(20, 20, 120, 480),), "draw a box")
    settle(grid, qtbot)
    assert panel.answer is answer
    assert panel._line.text() != before
    assert len(panel.boxes.boxes) == 1


def test_the_probe_reads_the_same_pixel_in_all_panels(bench, grid, qtbot):
    fill(bench, grid, qtbot)
    panel = grid.panels[KEY]
    at = panel.canvas.to_screen.map(QPointF(150.5, 300.5))
    move = QMouseEvent(
        QEvent.Type.MouseMove, at, panel.canvas.mapToGlobal(at), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(panel.canvas, move)
    for other in grid.panels.values():
        assert other.probe.at == QPointF(150.5, 300.5)
        if other.answer.heatmap is not None:
            value = other.answer.heatmap.values[300, 150]
            assert float(other.probe.text) == pytest.approx(value, rel=1e-2)


def test_badges_and_warnings_are_seen(bench, grid, qtbot):
    fill(bench, grid, qtbot, models=("demo-robust", "untrained-net"))
    heads = grid.heads.heads
    head = heads["model", "untrained-net"]
    assert head.kind == "untrained"
    assert head.warnings == ("untrained weights",)
    assert "untrained weights" in head.toolTip()
    assert "untrained-net: untrained weights" in grid.warnings.text()
    assert heads["model", "demo-robust"].kind == "robust"
    assert not heads["model", "demo-robust"].warnings
    panel = grid.panels["untrained-net", "saliency", "clean"]
    assert panel._warning.isHidden(), "what holds for a model is said once, at its head"


@pytest.mark.parametrize("turned", [False, True])
def test_models_conditions_and_methods_are_named_beside_their_panels(bench, grid, qtbot, turned):
    fill(bench, grid, qtbot)
    grid.bar.layout_box.setCurrentIndex(grid.bar.layout_box.findData(turned))
    heads = grid.heads.heads
    assert heads["method", "integrated gradients"].names[-1] == "IG"
    assert len(heads) == 2 + 4 + 3
    for (model, method, condition), panel in grid.panels.items():
        where = panel.geometry()
        title = method or "the model's input"
        ways = [heads["model", model], heads["condition", model, condition]]
        for head in ways if turned else [heads["method", title]]:
            assert not head.upright
            assert head.x() <= where.x()
            assert head.geometry().right() >= where.right()
            assert head.geometry().bottom() < where.y()
        for head in [heads["method", title]] if turned else ways:
            assert head.upright
            assert head.y() <= where.y()
            assert head.geometry().bottom() >= where.bottom()
            assert head.geometry().right() < where.x()
    bench.session.update(models=("demo-robust",), attacked=False)
    assert len(grid.heads.heads) == 1 + 1 + 3


def test_twelve_panels_are_seen_at_once_in_a_window_of_a_laptop():
    plan = arrange(4, 3, (556, 415), 1.0, CAPTION, None, (MODELS, METHODS))
    assert plan.turned
    assert plan.film >= 100
    left, top = (METHODS, MODELS)
    assert left + plan.size[0] <= 556
    assert top + plan.size[1] <= 415


def test_speckle_is_enclosed_in_blocks_where_pixels_are_small_and_exactly_where_they_are_large(
    bench, grid, qtbot
):
    fill(bench, grid, qtbot)
    mask = np.zeros((64, 64), bool)
    mask[20:40, 20:40] = True
    mask[2, 60] = True
    canvas, layer = grid.panels[KEY].canvas, grid.panels[KEY].outline
    layer.show(mask, InputFrame(500, 400, 64, 64))
    assert blocks(mask, 4).sum() == 25, "one pixel in sixteen is no block"
    lines, path, _ = layer.drawn(4)
    assert lines == 4
    assert path.boundingRect().right() == 400 * 40 / 64
    assert layer.bounds.right() == pytest.approx(400 * 61 / 64)
    layer._drawn.clear()
    canvas.zoom(40.0)
    canvas.lightbox.look(type(canvas.lightbox.gaze)(0.5, 0.5, 40.0))
    canvas.grab()
    assert set(layer._drawn) == {1}


def test_a_double_click_shows_one_panel_alone_and_then_all(bench, grid, qtbot):
    fill(bench, grid, qtbot)
    canvas = grid.panels[KEY].canvas
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton)
    assert [key for key, panel in grid.panels.items() if panel.isVisible()] == [KEY]
    assert grid.restore_panels()
    assert all(panel.isVisible() for panel in grid.panels.values())


def test_an_empty_grid_says_what_to_do(bench, qtbot):
    bench.session.update(models=())
    grid = ComparisonGrid(bench.session, bench.conductor)
    qtbot.addWidget(grid)
    assert "model" in grid._message.title.text()
    bench.session.update(current=None, radiograph=None)
    assert grid._message.title.text() == "No radiograph is selected"


def test_percent_and_opacity_are_those_of_the_workspace(bench, grid):
    grid.bar.slider.setValue(40)
    assert bench.session.workspace.percent == 40
    assert grid.bar.percent.value() == 40
    grid.bar.opacity.setValue(30)
    assert bench.session.workspace.opacity == pytest.approx(0.3)
    bench.session.update(percent=12.0)
    assert grid.bar.slider.value() == 12


@pytest.mark.parametrize("rows", [1, 2, 4, 6])
@pytest.mark.parametrize("columns", [1, 2, 4])
@pytest.mark.parametrize("aspect", [0.6, 0.8, 1.25, 2.0])
def test_panels_use_the_room_and_never_shrink_to_nothing(rows, columns, aspect):
    plan = arrange(rows, columns, (1100, 760), aspect, 44)
    assert plan.width >= SMALLEST
    assert plan.size[0] <= 1100 or plan.width == SMALLEST
    assert {plan.rows, plan.columns} == {rows, columns}
    film = min(plan.width, (plan.height - 44) * aspect)
    assert film >= 0.8 * min(plan.width, SMALLEST)


def test_a_padded_input_lies_where_the_film_lies(bench, grid, qtbot):
    frame = InputFrame(500, 400, 64, 64, "pad")
    top, left, rows, columns = frame.inner
    panel = grid.panels[KEY]
    mask = np.zeros((64, 64), bool)
    mask[top : top + rows, left : left + columns] = True
    panel.outline.show(mask, frame)
    bounds = panel.outline.bounds
    assert bounds.getRect() == (0, 0, 400, 500), "the whole film, not the padding"
    rect = screen_rect(panel.canvas, Box(0, 0, 400, 500))
    assert rect.width() == pytest.approx(400 * panel.canvas.scale, abs=1)


def _request(bench):
    from dataclasses import replace

    from fracview.workspace import plan

    base = plan(bench.session.workspace)[0]
    return replace(base, attribution=Method("saliency"))
