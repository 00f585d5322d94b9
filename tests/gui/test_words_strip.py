"""A plain sentence per model: every part measured, none claimed that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication

from fracview.gui.radii import Radii, search_request
from fracview.gui.sentences import Facts, explanation, grey_levels, sentences
from fracview.gui.views.words_strip import WordsStrip
from fracview.pipeline import measure, model_free, request_key
from fracview.recall import KeptRadius
from tests.gui import fakes

WHOLE = Facts(
    "Standard", 0.97, boxes=1, method="Saliency", coverage=0.004, centre=0.33, mapped=True,
    attacked=True, radius=KeptRadius("fractured", 0.8 / 255, 0.75 / 255),
)  # fmt: skip


def test_the_sentence_in_full():
    assert sentences(WHOLE)[0] == (
        "Standard: fracture 0.97; 0.4 % of the box in its top 5 %; "
        "a dot in the centre gives 33 %; flips at 0.8/255"
    )
    assert len(sentences(WHOLE)[1]) < len(sentences(WHOLE)[0])


@pytest.mark.parametrize(
    ("change", "says", "not_says"),
    [
        ({"probability": None}, "fracture …;", "0.97"),
        ({"coverage": None}, "… % of the box in its top 5 %", "0.4"),
        ({"centre": None}, "a dot in the centre gives … %", "33"),
        ({"radius": None}, "flips at …", "0.8/255"),
        ({"radius": None, "attacked": False}, "not attacked (K)", "…"),
        ({"radius": None, "slow": True}, "smallest flip not sought", "…"),
        ({"radius": KeptRadius("fractured", None, 8 / 255)}, "flip not reached up to 8/255",
         "flips"),
        ({"radius": KeptRadius("fractured", 0.0, 0.0)}, "wrong before any attack", "flips"),
        ({"boxes": 0}, "no box to measure against", "centre"),
        ({"boxes": 2}, "0.4 % of the boxes in its top", "the box "),
        ({"mapped": False, "coverage": None}, "no heatmap asked for (E)", "…"),
        ({"trouble": "weights are missing."}, "Standard: weights are missing.", "fracture"),
    ],
)  # fmt: skip
def test_each_part_by_itself(change, says, not_says):
    for text in (sentences(replace(WHOLE, **change))[0],):
        assert says in text
        assert not_says not in text


def test_a_radius_is_never_rounded_below_what_was_measured():
    assert grey_levels(0.8 / 255) == "0.8/255"
    assert grey_levels(0.81 / 255) == "0.9/255"
    assert grey_levels(8 / 255) == "8/255"
    assert grey_levels(0.01 / 255) == "0.1/255"


def test_the_tooltip_says_how_and_how_little():
    text = explanation(WHOLE)
    assert text.startswith(sentences(WHOLE)[0])
    assert "PGD of 10 steps away from 'fractured'" in text
    assert "0.80/255 did it and 0.75/255 did not" in text
    assert "a stronger attack may need less" in text
    assert "no interval" in text
    nowhere = replace(WHOLE, radius=KeptRadius("fractured", None, 8 / 255))
    assert "None was found up to 8/255; others may find one." in explanation(nowhere)


@pytest.fixture
def bench(qapp):
    made = fakes.Bench()
    yield made
    made.close()


@pytest.fixture
def radii(bench):
    return Radii(bench.session, bench.conductor, bench.runner)


@pytest.fixture
def strip(bench, radii, qtbot):
    made = WordsStrip(bench.session, bench.conductor, radii)
    qtbot.addWidget(made)
    made.resize(900, 60)
    made.show()
    return made


def learn(bench, radii, model, radius):
    radii._known[request_key(search_request(bench.session.workspace, model))] = radius
    radii.grown.emit()


def test_numbers_are_those_of_the_measurement(bench, radii, strip, qtbot):
    assert all("…" in text or "asked" in text for text in strip.texts)
    bench.answer()
    learn(bench, radii, "demo-standard", KeptRadius("fractured", 0.8 / 255, 0.75 / 255))
    learn(bench, radii, "demo-robust", KeptRadius("fractured", None, 8 / 255))
    qtbot.waitUntil(lambda: "…" not in "".join(strip.texts))
    w = bench.session.workspace
    request = next(r for r in fakes_cells(w) if r.attribution and not r.attack)
    answer = bench.conductor.answer(request)
    share = 100 * measure(answer, w.boxes).curve.at(5)
    dot = 100 * model_free(answer, w.boxes)["centre"].at(5)
    first, second = strip.texts
    number = f"{share:.1f}" if 0 < share < 9.95 else f"{share:.0f}"
    assert first == (
        f"Standard: fracture 0.97; {number} % of the box in its top 5 %; "
        f"a dot in the centre gives {dot:.0f} %; flips at 0.8/255"
    )
    assert second.endswith("flip not reached up to 8/255")
    assert "flipped at step" in strip.lines[0].toolTip()


def fakes_cells(workspace):
    from fracview.gui.views.cells import all_cells

    return [cell.request for cell in all_cells(workspace)]


def test_p_and_boxes_change_it(bench, radii, strip, qtbot):
    bench.answer()
    qtbot.waitUntil(lambda: "top 5 %" in strip.texts[0] and "… %" not in strip.texts[0])
    before = strip.texts[0]
    bench.session.update(percent=20.0)
    qtbot.waitUntil(lambda: "top 20 %" in strip.texts[0])
    bench.session.update(percent=5.0)
    bench.session.set_boxes((fakes.Box(0, 0, 60, 500),), "draw a box")
    qtbot.waitUntil(lambda: "top 5 %" in strip.texts[0] and strip.texts[0] != before)
    bench.session.set_boxes((), "delete")
    qtbot.waitUntil(lambda: "no box to measure against" in strip.texts[0])


def test_it_gives_way_to_a_narrow_window_and_can_be_copied(bench, radii, strip, qtbot):
    bench.answer()
    learn(bench, radii, "demo-standard", KeptRadius("fractured", 0.8 / 255, 0.75 / 255))
    qtbot.waitUntil(lambda: "0.8/255" in strip.texts[0])
    whole = strip.texts[0]
    strip.resize(480, 60)
    qtbot.waitUntil(lambda: strip.lines[0].text() != whole)
    assert strip.lines[0].text() in sentences(WHOLE)[1] or "·" in strip.lines[0].text()
    assert strip.lines[0].accessibleName() == whole
    assert strip.minimumSizeHint().width() < 300
    strip.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert whole in text
    assert "not for diagnosis" in text


def test_without_a_film_there_is_none(bench, strip, qtbot):
    bench.session.update(radiograph=None)
    qtbot.waitUntil(strip.isHidden)


def test_many_models_are_counted(bench, strip, qtbot):
    bench.session.update(models=tuple(f"m{i}" for i in range(7)))
    qtbot.waitUntil(lambda: len(strip.texts) == 5)
    assert strip.texts[-1].startswith("3 more")
