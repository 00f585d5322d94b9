"""Models, methods, jobs, film: what they show and what they change."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton

from fracview.attribution import ATTRIBUTIONS
from fracview.errors import CardError, SettingError
from fracview.gui.card_page import card_page
from fracview.gui.conductor import Conductor
from fracview.gui.docks.film_info import FilmInfoDock, film_page
from fracview.gui.docks.jobs import JobsDock
from fracview.gui.docks.methods import MethodsDock
from fracview.gui.docks.models import ModelsDock
from fracview.gui.session import Session
from fracview.models.card import InputSpec, ModelCard, write_card
from fracview.paths import model_dir
from fracview.pipeline import request_key
from fracview.request import Method, Protocol
from fracview.task import Progress
from tests.gui import fakes


def card(name: str, **more) -> ModelCard:
    return ModelCard(name=name, source="small", architecture="small-resnet", **more)


@pytest.fixture
def session(qapp):
    for name, kind in (("one", "robust"), ("two", "standard"), ("three", "untrained")):
        write_card(card(name, kind=kind, title=f"Net {name}"), model_dir() / f"{name}.toml")
    return Session(fakes.workspace(models=("one", "two"), wishes=frozenset()))


@pytest.fixture
def conductor(session, runner):
    return Conductor(session, runner)


@pytest.fixture
def models(qtbot, session, conductor):
    made = ModelsDock(session, conductor)
    qtbot.addWidget(made)
    return made


# Models ---------------------------------------------------------------------------------------


def test_cards_are_listed_with_badges_the_compared_ones_first(models):
    names = list(models.rows)
    assert set(names) >= {"one", "two", "three"}
    assert models.rows["one"].badge.text() == "robust"
    assert models.rows["three"].badge.text() == "untrained"
    assert [name for name, row in models.rows.items() if row.check.isChecked()] == ["one", "two"]


def test_switching_and_ordering_change_the_comparison(models, session):
    models.rows["three"].check.click()
    assert session.workspace.models == ("one", "two", "three")
    models.rows["three"].up.click()
    assert session.workspace.models == ("one", "three", "two")
    models.rows["one"].check.click()
    assert session.workspace.models == ("three", "two")


def test_details_follow_another_pair_but_not_against_the_reader(models, session):
    assert "Net one" in models.details.toPlainText()
    session.update(models=("three",))
    assert "Net three" in models.details.toPlainText()
    models.rows["two"].selected.emit("two")
    session.update(models=("three", "one"))
    assert "Net two" in models.details.toPlainText()


def test_a_model_that_is_not_there_is_still_listed(models, session):
    session.update(models=("one", "gone"))
    assert models.rows["gone"].badge.text() == "not found"


def test_bars_show_both_conditions_and_the_flip(models, session, conductor):
    session.update(wishes=frozenset({"predict", "attack"}))
    conductor.catch_up()
    for request in conductor.wanted:
        answer = fakes.explanation(request, session.workspace.radiograph)
        conductor.store.put(request_key(request), answer)
        conductor.arrived.emit(request)
    answers = {r.attack is not None: conductor.answer(r) for r in conductor.wanted[::2]}
    row = models.rows["one"]
    assert row.clean.value == pytest.approx(answers[False].prediction.probabilities[0])
    assert row.attacked.value == pytest.approx(answers[True].prediction.probabilities[0])
    flipped = answers[True].prediction.label != answers[True].clean.label
    assert (row.attacked.word == "flipped") == flipped
    assert f"{row.clean.value:.3f}" in row.clean.accessibleName()


def test_a_failure_stands_under_the_model(models, session, conductor, monkeypatch):
    session.update(wishes=frozenset({"predict"}))
    conductor.catch_up()
    first = conductor.wanted[0]
    monkeypatch.setattr(conductor, "error", lambda r: "one is broken." if r == first else "")
    models.refresh()
    assert models.rows["one"].trouble.text() == "one is broken."
    assert not models.rows["one"].trouble.isHidden()
    assert models.rows["two"].trouble.isHidden()


def test_a_card_file_is_added_and_compared(models, session, tmp_path):
    path = tmp_path / "mine.toml"
    write_card(card("mine", warnings=("Not for children.",)), path)
    models.add(path)
    assert session.workspace.models[-1] == str(path.resolve())
    assert "Not for children." in models.details.toPlainText()


def test_a_broken_card_changes_nothing(models, session, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("name = 3")
    before = session.workspace
    with pytest.raises(CardError):
        models.add(path)
    assert session.workspace is before


def test_a_checkpoint_asks_for_its_architecture(qtbot, models, tmp_path):
    with qtbot.waitSignal(models.checkpoint_given) as heard:
        models.add(tmp_path / "net.pth")
    assert heard.args == [tmp_path / "net.pth"]
    models.add_spec("Standard:/weights/net.pth")
    assert models.rows["Standard:/weights/net.pth"].title == "Standard: net.pth"


def test_devices_are_listed_once_they_are_known(qtbot, models):
    @dataclass
    class Info:
        name: str
        title: str
        memory: int | None = None

    assert not models.device.isEnabled()
    models.show_devices((Info("cuda:0", "Card", 2**33), Info("cpu", "CPU")), "")
    assert models.device.currentText() == "Automatic (cuda:0)"
    models.show_devices((Info("cpu", "CPU"),), "cuda:0")
    assert models.device.currentText() == "cuda:0 (not here)"
    with qtbot.waitSignal(models.device_chosen) as heard:
        models.device.setCurrentIndex(1)
        models.device.activated.emit(1)
    assert heard.args == ["cpu"]


def test_the_page_of_a_card_says_all_and_escapes(qapp):
    full = card(
        "net", warnings=("a < b",), measured={"accuracy": {"value": 0.912345, "n": 200}},
        input=InputSpec(normalisation="both"), paper="https://example.org/paper",
    )  # fmt: skip
    page = card_page(full)
    assert "a &lt; b" in page
    assert "0.9123" in page
    assert "once more by the network" in page
    assert "<a href='https://example.org/paper'>" in page
    assert card_page(None) == ""


# Methods --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fake:
    """A fake method."""

    steps: int = field(default=50, metadata={"low": 1, "high": 500})
    baseline: str = "black"


@pytest.fixture
def methods(qtbot, session, runner):
    made = MethodsDock(session, runner)
    qtbot.addWidget(made)
    return made


def test_switches_follow_the_workspace_and_change_it(methods, session):
    on = {name for name, row in methods.rows.items() if row.is_on}
    assert on == {method.name for method in session.workspace.methods}
    methods.rows["deeplift"].check.click()
    assert session.workspace.methods[-1] == Method("deeplift")
    methods.rows["deeplift"].check.click()
    assert Method("deeplift") not in session.workspace.methods


def test_forms_come_later_and_keep_what_was_set(methods, session):
    session.update(methods=(Method.of("integrated_gradients", steps=8),))
    methods.show_kinds(dict.fromkeys(ATTRIBUTIONS, Fake))
    row = methods.rows["integrated_gradients"]
    assert row.form.editor("steps").value() == 8
    assert [p.name for p in row.form.parameters] == ["steps"], "the protocol has the baseline"
    row.form.editor("steps").setValue(16)
    assert session.workspace.methods == (Method.of("integrated_gradients", steps=16),)


def test_a_method_that_cannot_be_loaded_says_so_alone(methods):
    kinds = dict.fromkeys(ATTRIBUTIONS, Fake)
    kinds["occlusion"] = "occlusion cannot be loaded: no module."
    methods.show_kinds(kinds)
    assert not methods.rows["occlusion"].check.isEnabled()
    assert methods.rows["saliency"].check.isEnabled()


def test_the_real_forms_arrive_from_the_lane(qtbot, methods, runner):
    with qtbot.waitSignal(runner.succeeded, timeout=60_000):
        methods.load_forms()
    assert all(row.form is not None for row in methods.rows.values())


def test_the_protocol_is_chosen_with_its_warnings(methods, session):
    assert methods.warnings.isHidden()
    methods.protocol.setCurrentIndex(methods.protocol.findData("repo"))
    methods.protocol.activated.emit(methods.protocol.currentIndex())
    assert session.workspace.protocol.name == "repo"
    for sentence in session.workspace.protocol.warnings:
        assert sentence in methods.warnings.text()


def test_a_changed_protocol_is_called_changed(methods, session):
    methods.baseline.setCurrentIndex(methods.baseline.findData("blur"))
    methods.baseline.activated.emit(0)
    assert session.workspace.protocol.baseline == "blur"
    assert methods.protocol.currentText().endswith("(changed)")
    session.update(protocol=Protocol())
    assert not methods.protocol.currentText().endswith("(changed)")


def test_a_film_of_ones_own_is_a_baseline(methods, session, monkeypatch):
    def choose(name):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (name, ""))
        methods.baseline.setCurrentIndex(methods.baseline.findText("Own film…"))
        methods.baseline.activated.emit(methods.baseline.currentIndex())

    choose("")
    assert session.workspace.protocol.baseline == "black"
    assert methods.baseline.currentText() == "Black", "nothing was chosen, nothing is changed"
    choose("/films/empty cassette.png")
    assert session.workspace.protocol.baseline == "/films/empty cassette.png"
    assert methods.baseline.currentText() == "Own: empty cassette.png"
    choose("/films/other.dcm")
    assert methods.baseline.currentText() == "Own: other.dcm"
    choose("")
    assert methods.baseline.currentText() == "Own: other.dcm"
    session.update(protocol=Protocol())
    assert methods.baseline.currentText() == "Black"
    assert methods.baseline.count() == 5, "only a film in use is listed"


def test_the_seed_is_kept(methods, session):
    methods.seed.setValue(41)
    assert session.workspace.seed == 41


# Jobs and film --------------------------------------------------------------------------------


def test_jobs_are_shown_cancelled_and_their_failures_kept(qtbot, runner):
    dock = JobsDock(runner)
    qtbot.addWidget(dock)
    dock.show()
    assert dock.empty.isVisibleTo(dock)
    gate = threading.Event()

    def wait():
        yield Progress(1, 4, "step 1 of 4")
        assert gate.wait(10)
        yield Progress(2, 4)
        raise SettingError("it went wrong.")

    with qtbot.waitSignal(runner.progressed):
        runner.submit("long work", wait)
    runner.submit("next work", wait)
    dock.refresh()
    first, second = dock._lines[:2]
    assert (first.title.text(), first.state.text()) == ("long work", "step 1 of 4")
    assert (first.bar.value(), first.bar.maximum()) == (250, 1000)
    assert second.state.text() == "waiting"
    second.stop.click()
    assert second.state.text() == "stopping"
    with qtbot.waitSignal(runner.idle):
        gate.set()
    assert [failure.sentence for _, failure in dock.failures] == ["it went wrong."]
    QGuiApplication.clipboard().clear()
    line = dock._failed.itemAt(0).widget()
    line.findChild(QPushButton).click()
    assert "long work\nit went wrong." in QGuiApplication.clipboard().text()
    dock.forget_failures()
    assert not dock.failures
    dock.close()


def test_hundreds_of_jobs_have_a_few_lines(qtbot, runner):
    dock = JobsDock(runner)
    qtbot.addWidget(dock)
    gate = threading.Event()

    def wait():
        assert gate.wait(10)
        yield Progress(1, 1)

    with qtbot.waitSignal(runner.idle):
        for number in range(200):
            runner.submit(str(number), wait)
        dock.refresh()
        assert dock.more.text() == "and 188 more"
        gate.set()


def test_the_page_of_a_film(qtbot, session):
    dock = FilmInfoDock(session)
    qtbot.addWidget(dock)
    text = dock.page.toPlainText()
    assert "400 × 500 px" in text
    assert "no millimetres" in text
    session.update(radiograph=None, trouble="film.png: it is truncated.")
    assert "it is truncated" in dock.page.toPlainText()
    session.update(cases=(), current=None)
    assert "No radiograph is open" in film_page(session.workspace)


def test_switch_columns_are_told_together(qapp):
    from fracview.gui.docks.film_info import flag_facts

    flags = (("hand", "1"), ("leg", "0"), ("fracture_count", "1"), ("split", "train"))
    assert flag_facts(flags) == [
        ("fracture count", "1"), ("split", "train"), ("marked as", "hand"),
    ]  # fmt: skip
