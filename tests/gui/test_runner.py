"""Jobs in a lane: each ends once, in the thread of the window."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QCoreApplication

from fracview.errors import SettingError
from fracview.gui.runner import Runner
from fracview.task import Progress


def counting(steps, *, gate=None, closed=None, error=None):
    """A task of some steps; ``gate`` is waited for before each, ``closed`` is set at its end."""

    def task():
        try:
            for step in range(steps):
                if gate is not None:
                    assert (gate.wait if isinstance(gate, threading.Event) else acquire(gate))(10)
                yield Progress(step + 1, steps, "", payload=step)
            if error is not None:
                raise error
            return steps
        finally:
            if closed is not None:
                closed.set()

    return task


def acquire(gate):
    return lambda seconds: gate.acquire(timeout=seconds)


class Ear:
    """Hears how jobs end, and in which thread."""

    def __init__(self, runner):
        self.ends, self.steps, self.threads = [], [], set()
        runner.succeeded.connect(lambda job, record: self.hear("succeeded", job, record))
        runner.failed.connect(lambda job, failure: self.hear("failed", job, failure))
        runner.cancelled.connect(lambda job: self.hear("cancelled", job, None))
        runner.progressed.connect(lambda job, news: self.steps.append(news.step))

    def hear(self, what, job, record):
        self.ends.append((what, job, record))
        self.threads.add(threading.current_thread())


def test_a_task_runs_and_its_record_arrives_here(qtbot, runner):
    ear = Ear(runner)
    with qtbot.waitSignal(runner.idle):
        job = runner.submit("count", counting(5), tag="five")
    assert ear.ends == [("succeeded", job, 5)]
    assert ear.steps == [1, 2, 3, 4, 5]
    assert ear.threads == {threading.main_thread()}
    assert runner.jobs == ()
    assert job.state == "done"


def test_expected_errors_are_sentences_and_mistakes_carry_a_traceback(qtbot, runner):
    ear = Ear(runner)
    with qtbot.waitSignal(runner.idle):
        runner.submit("a", counting(1, error=SettingError("epsilon must be above 0.")))
        runner.submit("b", counting(1, error=ZeroDivisionError("no")))
    (_, _, expected), (_, _, mistake) = ear.ends
    assert (expected.sentence, expected.details) == ("epsilon must be above 0.", "")
    assert "ZeroDivisionError" in mistake.sentence
    assert "Traceback" in mistake.details


def test_a_start_that_raises_is_a_failure(qtbot, runner):
    def start():
        raise RuntimeError("cannot begin")

    with qtbot.waitSignal(runner.failed) as heard:
        runner.submit("a", start)
    assert "cannot begin" in heard.args[1].sentence


def test_cancel_acts_before_the_next_step_and_closes_the_task(qtbot, runner):
    gate, closed = threading.Semaphore(1), threading.Event()
    ear = Ear(runner)
    with qtbot.waitSignal(runner.progressed):
        job = runner.submit("long", counting(1000, gate=gate, closed=closed))
    job.cancel()
    with qtbot.waitSignal(runner.cancelled):
        gate.release()
    assert closed.is_set()
    assert len(ear.steps) <= 2
    assert [what for what, *_ in ear.ends] == ["cancelled"]


def test_a_waiting_job_that_is_cancelled_never_starts(qtbot, runner):
    gate, touched = threading.Event(), threading.Event()
    runner.submit("first", counting(1, gate=gate))
    second = runner.submit("second", counting(1, closed=touched))
    second.cancel()
    with qtbot.waitSignal(runner.idle):
        gate.set()
    assert second.state == "cancelled"
    assert not touched.is_set()


def test_a_thousand_jobs_are_all_accounted_for(qtbot, runner):
    ear = Ear(runner)
    jobs = []
    with qtbot.waitSignal(runner.idle, timeout=60_000):
        for number in range(1000):
            error = ValueError("seventh") if number % 7 == 0 else None
            jobs.append(runner.submit(str(number), counting(3, error=error)))
            if number % 3 == 0:
                jobs[-1].cancel()
    ended = [job for _, job, _ in ear.ends]
    assert len(ended) == len(set(map(id, ended))) == 1000
    assert {what for what, *_ in ear.ends} == {"succeeded", "failed", "cancelled"}
    assert ear.threads == {threading.main_thread()}


def test_shutdown_with_a_job_in_flight_closes_it_and_says_nothing_more(qtbot):
    runner, gate, closed = Runner(), threading.Event(), threading.Event()
    gate.set()
    ear = Ear(runner)
    with qtbot.waitSignal(runner.progressed):
        runner.submit("long", counting(10**9, gate=gate, closed=closed))
    runner.submit("waiting", counting(1))
    runner.shutdown()
    QCoreApplication.processEvents()
    assert closed.is_set()
    assert ear.ends == []
    assert runner.submit("late", counting(1)).state == "cancelled"


def test_shutdown_twice_is_harmless(runner):
    runner.shutdown()
    runner.shutdown()


def test_progress_without_pictures_is_thinned_but_pictures_are_not(qtbot, runner):
    def bare():
        for step in range(500):
            yield Progress(step, 500)

    ear = Ear(runner)
    with qtbot.waitSignal(runner.idle):
        runner.submit("bare", bare)
    assert 1 <= len(ear.steps) < 250
    ear.steps.clear()
    with qtbot.waitSignal(runner.idle):
        runner.submit("pictures", counting(500))
    assert len(ear.steps) == 500


@pytest.mark.parametrize("what", [None, 0, "text"])
def test_any_record_is_handed_on(qtbot, runner, what):
    def task():
        yield Progress(0, 0)
        return what

    with qtbot.waitSignal(runner.succeeded) as heard:
        runner.submit("a", task)
    assert heard.args[1] == what
