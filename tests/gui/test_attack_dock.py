from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fracview.attacks import ATTACKS
from fracview.errors import ModelError
from fracview.gui.docks import attack as attack_module
from fracview.gui.docks.attack import AttackDock
from fracview.gui.docks.attack_record import flipped_at, smallest_line, summary, with_frame
from fracview.pipeline import AttackFrame
from fracview.request import Method, Norm
from fracview.studies.smallest import SmallestFlip
from fracview.task import Progress
from tests.gui import fakes

GREY = "grey levels of 255"


@dataclass(frozen=True, kw_only=True)
class Push:
    """An attack's settings without its torch."""

    norm: Norm = "Linf"
    epsilon: float = field(default=8 / 255, metadata={"unit": GREY})
    step_size: float = field(default=1 / 255, metadata={"unit": GREY})
    steps: int = field(default=10, metadata={"low": 1, "high": 1000})
    restarts: int = field(default=1, metadata={"low": 1, "high": 1000})
    targeted: bool = False


@pytest.fixture
def bench():
    bench = fakes.Bench()
    yield bench
    bench.close()


@pytest.fixture
def dock(bench, qtbot, monkeypatch):
    monkeypatch.setattr(type(ATTACKS), "load", lambda self, name: Push)
    dock = AttackDock(bench.session, bench.conductor, bench.runner)
    qtbot.addWidget(dock)
    dock.resize(500, 900)
    dock.show()
    with qtbot.waitSignal(bench.runner.succeeded):
        dock.load_forms()
    return dock


def fill(bench, dock, qtbot, **more):
    with qtbot.waitSignal(dock.lightbox.answered):
        bench.answer(**more)
    settle(dock, qtbot)


def settle(dock, qtbot):
    if dock._fresh.isActive():
        qtbot.waitSignal(dock._fresh.timeout).wait()


def test_the_form_is_that_of_the_attack(bench, dock):
    assert dock.method() == bench.session.workspace.attack
    assert dock.fold.text() == "pgd: epsilon 4/255, step size 1/255, steps 10"
    dock.fold.click()
    assert not dock.form.isHidden()


@pytest.mark.parametrize("text", ["2/255", "0.00784313725490196"])
def test_epsilon_is_typed_as_a_fraction_or_a_number(bench, dock, text):
    bench.session.update(wishes=frozenset({"predict", "attack"}))
    line = dock.form.editor("epsilon").line
    line.clear()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    chosen = bench.session.workspace.attack.settings()
    assert chosen["epsilon"] == pytest.approx(2 / 255)
    assert chosen["steps"] == 10
    assert "2 of 255" in dock.form.editor("epsilon").levels.text()
    assert "attack" not in bench.session.workspace.wishes, "nothing runs before it is asked for"


def test_another_norm_proposes_sizes_that_suit_it(bench, dock):
    dock.form.editor("steps").setValue(20)
    norm = dock.form.editor("norm")
    norm.setCurrentIndex(norm.findData("L2"))
    said = bench.session.workspace.attack.settings()
    assert said["norm"] == "L2"
    assert said["epsilon"] == 1.0
    assert said["step_size"] == pytest.approx(2.5 * 1.0 / 20)
    epsilon = dock.form.editor("epsilon")
    assert epsilon.line.text() == "1"
    assert epsilon.levels.text() == "L2 distance", "a distance over all pixels has no grey levels"
    assert "epsilon 1," in dock.fold.text()
    epsilon.line.setText("0.5")
    epsilon.line.editingFinished.emit()
    assert bench.session.workspace.attack.settings()["epsilon"] == 0.5
    assert bench.session.workspace.attack.settings()["step_size"] == 0.125, "only the norm proposes"
    norm.setCurrentIndex(norm.findData("Linf"))
    assert dock.form.values()["epsilon"] == 4 / 255
    assert dock.form.values()["step_size"] == 1 / 255
    assert epsilon.levels.text() == "4 of 255"


def test_run_wishes_for_the_attack_on_all_models(bench, dock):
    dock.run_button.click()
    assert {"predict", "attack"} <= bench.session.workspace.wishes


def test_run_without_a_film_says_what_to_do(bench, dock, qtbot):
    bench.session.update(radiograph=None)
    with qtbot.waitSignal(bench.session.said) as said:
        dock.run()
    assert said.args == ["Open a radiograph before attacking a model on it.", "warning"]


def test_steps_are_shown_as_they_come(bench, dock, qtbot):
    from fracview.gui.docks.attack_record import attack_requests

    request = attack_requests(bench.session.workspace)[0]
    answer = fakes.explanation(request, bench.session.workspace.radiograph)
    for step in range(4):
        bench.conductor.stepped.emit(request, answer.attacked.frames[step])
    settle(dock, qtbot)
    assert dock.viewer.slider.maximum() == 3
    assert "step 3 of 6" in dock.viewer.line.text()
    drawn = dock.plot.probabilities.getPlotItem().listDataItems()
    assert len(drawn[0].getData()[0]) == 4


def test_results_say_when_it_flipped_and_by_how_much(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    first, second = dock.results.text().split("\n")
    assert first == (
        "demo-standard: flipped at step 3; largest change 4.0 of 255; fractured 0.97 → 0.02"
    )
    assert second.startswith("demo-robust: held; largest change 4.0 of 255")


def test_scrubbing_back_and_forth(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    assert dock.viewer.step == 6
    dock.step_back()
    dock.step_back()
    assert dock.viewer.step == 4
    assert dock.plot._markers[0].value() == 4
    dock.step_forward()
    assert "step 5 of 6" in dock.viewer.line.text()
    for _ in range(9):
        dock.step_forward()
    assert dock.viewer.step == 6


def test_the_difference_is_grey_where_nothing_was_changed(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    viewer = dock.viewer
    viewer.view.setCurrentIndex(viewer.view.findData(50))
    viewer.slider.setValue(0)
    picture = viewer.canvas.picture
    assert picture.pixelColor(5, 5).red() == 128
    viewer.slider.setValue(6)
    frames = viewer._film.frames
    change = (frames[6].image - frames[0].image).mean(axis=0)[5, 7]
    expected = 255 * min(1, max(0, 0.5 + 50 * change))
    assert viewer.canvas.picture.pixelColor(7, 5).red() == pytest.approx(expected, abs=1)


def test_blinking_changes_between_clean_and_attacked(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    dock.viewer.blink.click()
    with qtbot.waitSignal(dock.viewer.stepped) as shown:
        pass
    assert shown.args == [0]
    with qtbot.waitSignal(dock.viewer.stepped) as shown:
        pass
    assert shown.args == [6]
    dock.viewer.blink.click()
    assert not dock.viewer._clock.isActive()


def test_another_model_shows_its_own_film(bench, dock, qtbot):
    fill(bench, dock, qtbot)
    dock.models.setCurrentIndex(1)
    dock.models.activated.emit(1)
    assert dock.viewer.line.text().startswith("demo-robust")


def test_the_smallest_epsilon_is_sought_for_each_model(bench, dock, qtbot, monkeypatch):
    def search(request, film, device=None):
        yield Progress(0, 0, "epsilon 2.00/255: step 1")
        if "robust" in request.model:
            raise ModelError("demo-robust: the answer is not finite. Choose another model.")
        return SmallestFlip(request, "fractured", 1.3 / 255, 1.25 / 255)

    monkeypatch.setattr(attack_module, "smallest_flip", search)
    said = []
    bench.session.said.connect(lambda text, level: said.append((text, level)))
    with qtbot.waitSignal(bench.runner.idle):
        dock.least.click()
    settle(dock, qtbot)
    assert "smallest epsilon: 1.30 of 255 flips it, 1.25 does not" in dock.results.text()
    assert said == [("demo-robust: the answer is not finite. Choose another model.", "error")]
    assert not dock.stop.isEnabled()


def test_cancel_stops_a_search(bench, dock, qtbot, monkeypatch):
    def search(request, film, device=None):
        while True:
            yield Progress(0, 0, "on and on")

    monkeypatch.setattr(attack_module, "smallest_flip", search)
    with qtbot.waitSignal(bench.runner.progressed):
        dock.least.click()
    settle(dock, qtbot)
    assert dock.stop.isEnabled()
    with qtbot.waitSignal(bench.runner.idle):
        dock.stop.click()
    settle(dock, qtbot)
    assert not dock.stop.isEnabled()


def frame(step, restart=0, fractured=0.9):
    import numpy as np

    image = np.zeros((1, 2, 2), np.float32)
    return AttackFrame(step, 3, restart, image, (fractured, 1 - fractured), 0.1)


def test_a_new_restart_keeps_only_the_clean_image():
    frames = ()
    for step in range(4):
        frames = with_frame(frames, frame(step))
    frames = with_frame(frames, frame(1, restart=1))
    assert [(f.step, f.restart) for f in frames] == [(0, 0), (1, 1)]


def test_when_it_flipped(bench):
    from fracview.gui.docks.attack_record import attack_requests

    request = attack_requests(bench.session.workspace)[0]
    radiograph = bench.session.workspace.radiograph
    attacked = fakes.explanation(request, radiograph).attacked
    classes = ("fractured", "not fractured")
    assert flipped_at(attacked, classes) == 3
    assert flipped_at(attacked, ("a", "b")) is None


def test_sentences():
    request = fakes.Request("a.png", "", "net")
    assert smallest_line(SmallestFlip(request, "x", None, 32 / 255)) == (
        "net: nothing up to 32.0 of 255 flips it"
    )
    assert "already not 'x'" in smallest_line(SmallestFlip(request, "x", 0.0, 0.0))
    assert summary(Method("fgsm")) == "fgsm: as usual"


def test_steps_of_a_search_are_not_taken_for_an_attack(bench, dock):
    bench.conductor.stepped.emit(("smallest", "key"), frame(1))
    assert dock._live == {}
