"""Plan minus store goes to the runner; what comes back is announced."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

import fracview.gui.conductor as conducting
from fracview.errors import SettingError
from fracview.gui.conductor import Conductor
from fracview.gui.session import Session
from fracview.pipeline import AttackFrame
from fracview.request import Method
from fracview.task import Progress
from tests.gui import fakes


@pytest.fixture
def answering(monkeypatch):
    """Stands in for the pipeline: answers at once, or as ``answering.act`` says."""

    class Answering:
        def __init__(self):
            self.asked, self.act = [], None

        def explain(self, request, film=None, *, store=None, device=None):
            self.asked.append((request, threading.current_thread()))
            yield Progress(0, 1)
            if self.act is not None:
                yield from self.act(request)
            return fakes.explanation(request, film)

    made = Answering()
    monkeypatch.setattr(conducting, "explain", made.explain)
    return made


@pytest.fixture
def session(qapp):
    return Session(fakes.workspace(wishes=frozenset({"predict"}), models=("a", "b")))


@pytest.fixture
def conductor(session, runner, answering):
    return Conductor(session, runner)


def test_everything_planned_is_asked_in_order_and_arrives(qtbot, session, conductor, answering):
    arrived = []
    conductor.arrived.connect(arrived.append)
    with qtbot.waitSignal(conductor.runner.idle):
        session.update(wishes=frozenset({"predict", "attack", "explain"}))
    assert tuple(arrived) == conductor.wanted
    assert [request for request, _ in answering.asked] == list(conductor.wanted)
    assert all(conductor.answer(request) is not None for request in conductor.wanted)
    assert threading.main_thread() not in {thread for _, thread in answering.asked}


def test_what_is_known_is_not_asked_again(qtbot, session, conductor, answering):
    with qtbot.waitSignal(conductor.runner.idle):
        conductor.catch_up()
    count = len(answering.asked)
    session.update(percent=50.0, opacity=0.1)
    conductor.catch_up()
    assert len(answering.asked) == count
    assert not conductor.runner.jobs


def test_drawing_a_box_asks_for_no_clean_map_anew(qtbot, session, conductor, answering):
    with qtbot.waitSignal(conductor.runner.idle):
        session.update(wishes=frozenset({"predict", "explain"}))
    count = len(answering.asked)
    session.set_boxes((fakes.Box(1, 1, 30, 30),), "draw a box")
    conductor.catch_up()
    assert len(answering.asked) == count


def test_a_failure_is_said_once_and_can_be_tried_again(qtbot, session, conductor, answering):
    def fail(request):
        yield Progress(0, 1)
        raise SettingError(f"{request.model} is broken.")

    said = []
    session.said.connect(lambda text, level: said.append((text, level)))
    answering.act = fail
    with qtbot.waitSignal(conductor.runner.idle):
        conductor.catch_up()
    assert ("a is broken.", "error") in said
    assert conductor.error(conductor.wanted[0]) == "a is broken."
    conductor.catch_up()
    assert not conductor.runner.jobs, "a failed request is not asked again by itself"
    answering.act = None
    with qtbot.waitSignal(conductor.runner.idle):
        conductor.retry()
    assert conductor.error(conductor.wanted[0]) == ""
    assert conductor.answer(conductor.wanted[0]) is not None


def test_what_is_no_longer_planned_is_cancelled_and_comes_back(
    qtbot, session, conductor, answering
):
    gate = threading.Event()

    def wait(request):
        yield Progress(0, 1)
        assert gate.wait(10)

    answering.act = wait
    with qtbot.waitSignal(conductor.runner.started):
        conductor.catch_up()
    first = conductor.wanted[0]
    assert conductor.is_pending(first)
    session.update(models=("c",))
    conductor.catch_up()
    session.update(models=("a", "b"))
    conductor.catch_up()
    with qtbot.waitSignal(conductor.runner.idle):
        gate.set()
    assert conductor.answer(first) is not None
    assert not conductor.is_pending(first)


def test_cancel_stops_work_but_keeps_asking_for_predictions(qtbot, session, conductor, answering):
    gate = threading.Event()

    def wait(request):
        for step in range(1000):
            yield Progress(step, 1000)
            if request.attack is None:
                return
            assert gate.wait(10)

    answering.act = wait
    session.update(wishes=frozenset({"predict", "attack"}))
    conductor.catch_up()
    attacked = next(request for request in conductor.wanted if request.attack is not None)
    qtbot.waitUntil(lambda: any(r == attacked for r, _ in answering.asked))
    conductor.cancel()
    with qtbot.waitSignal(conductor.runner.idle):
        gate.set()
    assert session.workspace.wishes == {"predict"}
    assert conductor.answer(attacked) is None
    assert all(conductor.answer(request) is not None for request in conductor.wanted)


def test_steps_of_an_attack_are_told(qtbot, session, conductor, answering):
    frame = AttackFrame(1, 10, 0, fakes.film().grey()[None], (0.4, 0.6), 0.5)

    def step(request):
        yield Progress(1, 10, "", payload=frame)

    answering.act = step
    with qtbot.waitSignal(conductor.stepped) as heard:
        conductor.catch_up()
    assert heard.args == [conductor.wanted[0], frame]


def test_another_film_means_other_requests(qtbot, session, conductor, answering):
    with qtbot.waitSignal(conductor.runner.idle):
        conductor.catch_up()
    before = set(conductor.wanted)
    other = replace(fakes.film(300, 200), source=Path("/films/other.png"))
    with qtbot.waitSignal(conductor.runner.idle):
        session.update(current=1, radiograph=other)
    assert not before & set(conductor.wanted)


def test_nothing_is_asked_without_a_film(session, conductor):
    session.update(radiograph=None)
    conductor.catch_up()
    assert conductor.wanted == ()


def test_other_settings_of_a_method_are_another_request(qtbot, session, conductor, answering):
    with qtbot.waitSignal(conductor.runner.idle):
        session.update(
            wishes=frozenset({"explain"}), methods=(Method.of("integrated_gradients", steps=8),)
        )
    with qtbot.waitSignal(conductor.runner.idle):
        session.update(methods=(Method.of("integrated_gradients", steps=16),))
    steps = {r.attribution.settings()["steps"] for r, _ in answering.asked if r.attribution}
    assert steps == {8, 16}


def test_another_device_answers_anew(qtbot, session, conductor, answering):
    with qtbot.waitSignal(conductor.runner.idle):
        session.update(seed=5)
    before = len(answering.asked)
    with qtbot.waitSignal(conductor.runner.idle):
        conductor.move("cpu")
    assert conductor.device == "cpu"
    assert len(answering.asked) == 2 * before


@pytest.fixture
def archive():
    from fracview.recall import open_archive

    return open_archive(64)


def remembering(monkeypatch):
    """Stands in for the disk: answers by request, without a model."""
    kept = {}
    monkeypatch.setattr(
        conducting, "keep", lambda _, answer, device: kept.update({answer.request: answer})
    )
    monkeypatch.setattr(conducting, "recall", lambda _, request, film, device: kept.get(request))
    return kept


def settle(qtbot, conductor):
    qtbot.waitUntil(
        lambda: conductor.settled and not conductor.lane.jobs and not conductor.runner.jobs
    )


def test_what_was_kept_needs_no_device(qtbot, session, runner, answering, archive, monkeypatch):
    kept = remembering(monkeypatch)
    first = Conductor(session, runner, archive=archive)
    session.update(wishes=frozenset({"predict", "attack"}))
    settle(qtbot, first)
    assert list(kept) == list(first.wanted)
    asked = len(answering.asked)
    first.shutdown()
    second = Conductor(session, runner, archive=archive)
    arrived = []
    second.arrived.connect(arrived.append)
    second.catch_up()
    settle(qtbot, second)
    assert tuple(arrived) == second.wanted
    assert all(second.answer(request) is not None for request in second.wanted)
    assert len(answering.asked) == asked
    second.shutdown()


def test_what_was_not_kept_is_computed_in_order(
    qtbot, session, runner, answering, archive, monkeypatch
):
    kept = remembering(monkeypatch)
    conductor = Conductor(session, runner, archive=archive)
    plan = conducting.plan(replace(session.workspace, wishes=frozenset({"predict", "attack"})))
    kept[plan[0]] = fakes.explanation(plan[0], session.workspace.radiograph)
    session.update(wishes=frozenset({"predict", "attack"}))
    settle(qtbot, conductor)
    assert [request for request, _ in answering.asked] == list(plan[1:])
    conductor.shutdown()


def test_an_archive_that_fails_is_no_obstacle(
    qtbot, session, runner, answering, archive, monkeypatch
):
    def fail(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(conducting, "recall", fail)
    monkeypatch.setattr(conducting, "keep", fail)
    conductor = Conductor(session, runner, archive=archive)
    conductor.catch_up()
    settle(qtbot, conductor)
    assert len(answering.asked) == 2
    conductor.shutdown()


def test_replaced_weights_are_asked_anew(qtbot, runner, answering, tmp_path):
    weights = tmp_path / "net.pt"
    weights.write_bytes(b"first")
    model = f"small-resnet:{weights}"
    session = Session(fakes.workspace(wishes=frozenset({"predict"}), models=(model,)))
    conductor = Conductor(session, runner)
    conductor.catch_up()
    settle(qtbot, conductor)
    conductor.catch_up()
    settle(qtbot, conductor)
    assert len(answering.asked) == 1
    weights.write_bytes(b"second")
    assert conductor.answer(conductor.wanted[0]) is None
    conductor._on_focus(conducting.Qt.ApplicationState.ApplicationActive)
    settle(qtbot, conductor)
    assert len(answering.asked) == 2
    assert conductor.answer(conductor.wanted[0]) is not None
