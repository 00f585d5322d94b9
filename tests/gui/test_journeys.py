"""Whole ways through the window, with real networks (seeded, small) and real clicks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from fracview.data.boxes import Box
from fracview.gui.window import Window, default_workspace
from fracview.metrics.coverage import coverage_curve
from fracview.pipeline import box_mask_of
from fracview.request import Method
from fracview.settings import Settings

MODELS = ("small-resnet:seed=0", "small-resnet:seed=1")
METHODS = (Method("saliency"), Method.of("integrated_gradients", steps=4))
ATTACK = Method.of("pgd", epsilon=4 / 255, step_size=1 / 255, steps=3)


@pytest.fixture
def window(qtbot):
    settings = Settings(theme="dark")
    wanted = replace(
        default_workspace(settings),
        models=MODELS,
        methods=METHODS,
        attack=ATTACK,
        wishes=frozenset(),
    )
    made = Window(settings, wanted)
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def open_(qtbot, window: Window, path: Path) -> None:
    with qtbot.waitSignal(window.films.loaded, timeout=30_000):
        window.open([path])


def all_there(window: Window) -> bool:
    return bool(window.conductor.wanted) and window.conductor.settled


def ask(qtbot, window: Window, name: str) -> None:
    window.action(name).trigger()
    qtbot.waitUntil(lambda: all_there(window) and not window.runner.jobs, timeout=120_000)


def drag(window: Window, start: QPoint, end: QPoint) -> None:
    port = window.view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 9):
        QTest.mouseMove(port, start + (end - start) * step / 8, 5)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)


def draw_box(qtbot, window: Window, box: Box) -> None:
    """Draw with the mouse along a box given in film pixels."""
    port = window.view.viewport()
    there = [
        port.to_screen.map(QPointF(*corner)).toPoint()
        for corner in (box.corners[:2], box.corners[2:])
    ]
    QTest.keyClick(port, Qt.Key.Key_R)
    with qtbot.waitSignal(window.view.box_drawn):
        drag(window, *there)


def test_from_a_folder_to_coverage_and_back(qtbot, window, gallery):
    open_(qtbot, window, gallery)
    session = window.session
    # A box by mouse, saved at once, undone and done again.
    draw_box(qtbot, window, Box(20, 40, 50, 60))
    drawn = session.workspace.boxes[0]
    assert drawn.iou(Box(20, 40, 50, 60)) > 0.7
    assert window.boxes.model.rowCount() == 1
    window.action("undo").trigger()
    assert session.workspace.boxes == ()
    window.action("redo").trigger()
    assert session.workspace.boxes == (drawn,)
    # Two models, an attack, heatmaps of both methods and conditions.
    ask(qtbot, window, "predict")
    ask(qtbot, window, "attack")
    ask(qtbot, window, "explain")
    assert len(window.conductor.wanted) == 2 + 2 + 2 * 2 * 2
    for spec in MODELS:
        row = window.models.rows[spec]
        assert row.clean.value is not None
        assert row.attacked.value is not None
        assert row.badge.text() == "untrained"
    # The coverage that the table shows is the coverage of the slow definition.
    request = next(r for r in window.conductor.wanted if r.attribution == METHODS[0])
    answer = window.conductor.answer(request)
    curve = coverage_curve(answer.heatmap.reduced, box_mask_of(answer, (drawn,)), [5.0])
    row = next(one for one in window.coverage.measured if one.answer.request == request)
    at = list(row.scores.curve.percents).index(5.0)
    assert row.scores.curve.coverage[at] == pytest.approx(curve.coverage[0])
    # An attack has a film: the clean image first, then a frame for each step.
    attacked = next(r for r in window.conductor.wanted if r.attack is not None)
    assert [frame.step for frame in window.conductor.answer(attacked).attacked.frames] == [
        0,
        1,
        2,
        3,
    ]
    # The next film asks for the same by itself, and going back asks for nothing.
    window.action("next").trigger()
    qtbot.waitUntil(lambda: session.workspace.radiograph is not None)
    window.conductor.catch_up()
    qtbot.waitUntil(lambda: all_there(window) and not window.runner.jobs, timeout=120_000)
    window.action("previous").trigger()
    window.conductor.catch_up()
    assert not window.runner.jobs


def test_drawing_a_box_recomputes_no_clean_heatmap(qtbot, window, gallery):
    open_(qtbot, window, gallery)
    ask(qtbot, window, "explain")
    queued = []
    window.runner.queued.connect(queued.append)
    draw_box(qtbot, window, Box(20, 40, 50, 60))
    window.conductor.catch_up()
    assert queued == []


def test_cancelling_an_attack_and_closing_with_one_in_flight(qtbot, window, gallery):
    open_(qtbot, window, gallery)
    ask(qtbot, window, "predict")
    window.session.update(attack=Method.of("pgd", epsilon=4 / 255, steps=500, step_size=1 / 255))
    with qtbot.waitSignal(window.conductor.stepped, timeout=60_000):
        window.action("attack").trigger()
    with qtbot.waitSignal(window.runner.idle, timeout=60_000):
        window.action("cancel").trigger()
    assert window.session.workspace.wishes == {"predict"}
    with qtbot.waitSignal(window.conductor.stepped, timeout=60_000):
        window.action("attack").trigger()
    assert window.close()


def test_the_published_protocol_stands_beside_its_warnings(qtbot, window, gallery):
    open_(qtbot, window, gallery)
    window.methods.protocol.setCurrentIndex(window.methods.protocol.findData("repo"))
    window.methods.protocol.activated.emit(0)
    ask(qtbot, window, "explain")
    answer = window.conductor.answer(window.conductor.wanted[-1])
    assert set(window.session.workspace.protocol.warnings) <= set(answer.warnings)


def test_a_model_that_fails_leaves_the_other_alone(qtbot, window, gallery):
    open_(qtbot, window, gallery)
    window.session.update(models=("small-resnet:seed=0", "no-such-model"))
    with qtbot.waitSignal(window.conductor.failed, timeout=60_000):
        window.action("predict").trigger()
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=60_000)
    assert "no-such-model" in window.models.rows["no-such-model"].trouble.text()
    assert window.models.rows["small-resnet:seed=0"].clean.value is not None


@pytest.mark.shared
def test_fracatlas_is_opened_filtered_and_read(qtbot, window, fracatlas):
    open_(qtbot, window, fracatlas)
    window.browser.label.setCurrentIndex(window.browser.label.findText("fractured"))
    window.browser.part.setCurrentIndex(window.browser.part.findText("hip"))
    order = window.browser.order()
    assert 0 < len(order) < 200
    assert not window.browser.banner.isHidden()
    window.action("last").trigger()
    qtbot.waitUntil(lambda: window.session.workspace.radiograph is not None, timeout=30_000)
    case = window.session.workspace.case
    assert case.flag("hip") == "1"
    assert case.label == "fractured"
    assert case.boxes
    assert "two radiologists" in window.boxes.caption.text()
