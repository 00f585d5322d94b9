from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from fracview.data.boxes import Box
from fracview.gui.docks.coverage import CoverageDock
from fracview.gui.docks.coverage_table import shown
from fracview.metrics.drift import spearman, topk_overlap
from fracview.pipeline import measure, model_free, request_key
from fracview.request import load_protocol
from fracview.workspace import plan
from tests.gui import fakes


@pytest.fixture
def bench():
    bench = fakes.Bench()
    yield bench
    bench.close()


@pytest.fixture
def dock(bench, qtbot):
    dock = CoverageDock(bench.session, bench.conductor)
    qtbot.addWidget(dock)
    dock.resize(700, 700)
    return dock


def fill(bench, dock, qtbot, **more):
    with qtbot.waitSignal(dock.lightbox.answered):
        bench.answer(**more)
    settle(dock, qtbot)
    qtbot.waitUntil(lambda: not dock.book._lane.jobs)
    settle(dock, qtbot)


def settle(dock, qtbot):
    # Measuring asks for another turn where one was too short for it.
    qtbot.waitUntil(lambda: not dock._fresh.isActive() and not dock._move.isActive())


def row(dock, *texts):
    return next(row for row in dock.table.rows if row.texts == texts)


def number(dock, title, *texts):
    titles = [name for name, _ in dock.table._titles]
    return row(dock, *texts).numbers[titles.index(title)]


def test_every_number_is_that_of_the_metrics(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    key = ("demo-robust", "saliency", "attacked")
    one, twin = next(pair for pair in dock._known if pair[0].cell.key == key)
    scores = measure(one.answer, bench.session.workspace.boxes)
    free = model_free(one.answer, bench.session.workspace.boxes)
    assert number(dock, "@25 %", *key) == pytest.approx(100 * scores.curve.at(25))
    best = max(curve.at(5) for curve in free.values())
    assert number(dock, "lift @5", *key) == pytest.approx(100 * (scores.curve.at(5) - best))
    assert number(dock, "RRA", *key) == scores.rra
    assert number(dock, "AUROC", *key) == scores.auroc
    clean = twin.heatmap.reduced
    assert number(dock, "Spearman", *key) == spearman(clean, one.answer.heatmap.reduced)
    overlap = topk_overlap(clean, one.answer.heatmap.reduced, 5)
    assert number(dock, "overlap @5", *key) == overlap
    assert number(dock, "Spearman", "demo-robust", "saliency", "clean") is None


def test_baselines_stand_in_the_plot_and_in_the_table(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    for name in ("chance", "centre dot", "brightness", "Sobel edges"):
        assert name in dock.plot.names
        assert row(dock, "(no model)", name, "clean").model_free
    assert number(dock, "@15 %", "(no model)", "chance", "clean") == pytest.approx(15)
    assert len(dock.plot.names) == 8 + 4


def test_that_one_film_has_no_interval_is_said(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    assert "n = 1 radiograph, 1 box: no interval" in dock._note.text()


def test_a_new_box_is_measured_at_once(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    key = ("demo-standard", "saliency", "clean")
    before = number(dock, "@25 %", *key)
    bench.session.set_boxes((Box(0, 0, 60, 500),), "draw a box")
    settle(dock, qtbot)
    after = number(dock, "@25 %", *key)
    assert after != before
    bench.session.undo()
    settle(dock, qtbot)
    assert number(dock, "@25 %", *key) == before


def test_without_a_box_it_says_what_to_do(bench, dock, qtbot):
    bench.session.set_boxes((), "delete a box")
    fill(bench, dock, qtbot)
    assert dock._pages.currentIndex() == 0
    assert "Draw a box (R)" in dock._hint.sentence.text()
    assert len(dock.table.rows) == 8, "drift and completeness need no box"
    bench.session.undo()
    settle(dock, qtbot)
    assert dock._pages.currentIndex() == 1


def test_without_heatmaps_it_offers_to_explain(bench, dock, qtbot):
    assert dock._hint.button.text() == "Explain (E)"
    dock._hint.button.click()
    assert "explain" in bench.session.workspace.wishes


def test_the_numbers_read_most_come_first_and_names_are_short(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    titles = [name for name, _ in dock.table._titles]
    rests = ["box hidden", "elsewhere", "lowest", "highest", "places"]
    assert titles[:10] == ["@5 %", "@25 %", "@50 %", *rests, "lift @5", "RRA"]
    assert titles[-4:] == ["@15 %", "@75 %", "@85 %", "@95 %"]
    shown = [dock.table.index(1, column).data() for column in range(3)]
    assert shown == ["standard", "IG", "clean"]
    assert dock.table.index(1, 1).data(Qt.ItemDataRole.ToolTipRole) == "integrated gradients"
    side = dock.table.index(1, 3).data(Qt.ItemDataRole.TextAlignmentRole)
    assert side & Qt.AlignmentFlag.AlignRight


def test_failed_heatmaps_are_not_said_to_be_computed(bench, dock, qtbot):
    bench.session.update(wishes=frozenset({"predict", "explain"}))
    settle(dock, qtbot)
    assert dock._hint.title.text() == "Heatmaps are being computed"
    sentence = "The weights hold NaN. Download them again."
    for request in plan(bench.session.workspace):
        bench.conductor._errors[request_key(request)] = sentence
    with qtbot.waitSignal(dock.lightbox.answered):
        bench.conductor.failed.emit(request, sentence)
    settle(dock, qtbot)
    assert dock._hint.title.text() == "No heatmap could be computed"
    assert dock._hint.sentence.text() == sentence
    dock._hint.button.click()
    assert bench.conductor.error(request) == ""
    bench.session.update(methods=())
    settle(dock, qtbot)
    assert dock._hint.title.text() == "No method is chosen"


def test_the_marker_moves_everything(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    dock.plot.marker.setValue(30)
    assert bench.session.workspace.percent == 30
    settle(dock, qtbot)
    assert "lift @30" in [title for title, _ in dock.table._titles]
    bench.session.update(percent=55.0)
    assert dock.plot.marker.value() == 55


def test_the_table_is_sorted_by_number(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    column = 3 + [title for title, _ in dock.table._titles].index("RRA")
    dock._view.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    texts = [dock._proxy.index(i, column).data() for i in range(dock._proxy.rowCount())]
    numbers = [float(text) for text in texts if text != "–"]
    assert numbers == sorted(numbers, reverse=True)
    assert texts[-1] == "–", "no number comes last"


@pytest.mark.parametrize("separator", [",", "\t"])
def test_the_table_is_copied_with_its_settings(bench, dock, qtbot, separator):
    fill(bench, dock, qtbot)
    dock.copy(separator)
    lines = QGuiApplication.clipboard().text().splitlines()
    notes = [line for line in lines if line.startswith("#")]
    assert any("rule exact; seed 0" in line for line in notes)
    assert any("no interval" in line for line in notes)
    body = list(csv.DictReader(io.StringIO("\n".join(lines[len(notes) :])), delimiter=separator))
    assert len(body) == 12
    assert body[0]["model"] == "demo-standard"
    assert float(body[0]["RRA"]) == pytest.approx(dock.table.rows[0].numbers[9], rel=1e-5)


def test_the_repo_rule_is_said_and_shows_the_realised_area(bench, dock, qtbot):
    fill(bench, dock, qtbot, protocol=load_protocol("repo"))
    assert "Rule >=" in dock._note.text()
    drawn = dock.plot.plot.getPlotItem().listDataItems()
    assert sum(item.opts["pen"] is not None for item in drawn) == 4 + 2 * 8


def test_it_lies_beside_where_it_is_wide(dock, qtbot):
    dock.resize(1200, 300)
    dock.show()
    assert dock._split.orientation() == Qt.Orientation.Horizontal
    dock.resize(400, 800)
    assert dock._split.orientation() == Qt.Orientation.Vertical


def test_numbers_are_shown_as_a_reader_wants_them():
    assert shown(None, "RRA") == "–"
    assert shown(12.345, "@5 %") == "12.3"
    assert shown(-3.21, "lift @5") == "-3.2"
    assert shown(0.12345, "RRA") == "0.123"
    assert shown(3.2e-5, "compl. error") == "3e-05"
