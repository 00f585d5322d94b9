"""The smallest radius is sought last, gives way, and is sought once."""

from __future__ import annotations

import pytest

import fracview.gui.radii as seeking
from fracview.gui.radii import Radii
from fracview.recall import KeptRadius
from fracview.task import Progress
from tests.gui import fakes

FOUND = KeptRadius("fractured", 0.01, 0.009)


@pytest.fixture
def searching(monkeypatch):
    class Searching:
        def __init__(self):
            self.asked, self.endless = [], False

        def task(self, request, film, archive, device):
            self.asked.append(request)
            yield Progress(0, 0)
            while self.endless:
                yield Progress(0, 0)
            return FOUND

    made = Searching()
    monkeypatch.setattr(seeking, "_searching", made.task)
    return made


@pytest.fixture
def bench(qapp, searching):
    made = fakes.Bench()
    yield made
    searching.endless = False
    made.close()


@pytest.fixture
def radii(bench):
    return Radii(bench.session, bench.conductor, bench.runner)


def answered(bench, **changes):
    bench.answer(**changes)
    bench.conductor.catch_up()


def test_each_model_is_searched_once_the_plan_is_done(qtbot, bench, radii, searching):
    answered(bench)
    qtbot.waitUntil(lambda: all(radii.of(m) == FOUND for m in bench.session.workspace.models))
    assert [request.model for request in searching.asked] == ["demo-standard", "demo-robust"]
    assert {request.label for request in searching.asked} == {"fractured"}
    bench.session.update(percent=20.0)
    bench.conductor.arrived.emit(searching.asked[0])
    qtbot.wait(3 * seeking.REST)
    assert len(searching.asked) == 2


def test_without_the_wish_to_attack_nothing_is_searched(qtbot, bench, radii, searching):
    answered(bench)
    bench.session.update(wishes=frozenset({"predict", "explain"}))
    searching.asked.clear()
    radii._known.clear()
    qtbot.wait(3 * seeking.REST)
    assert not searching.asked


def test_a_slow_attack_is_not_repeated_a_dozen_times_unasked(
    qtbot, bench, radii, searching, monkeypatch
):
    monkeypatch.setattr(seeking, "SLOW", 0.05)
    answered(bench)
    qtbot.waitUntil(lambda: radii.is_left("demo-standard"))
    assert not searching.asked
    assert radii.of("demo-standard") is None


def test_it_gives_way_to_another_film(qtbot, bench, radii, searching):
    searching.endless = True
    answered(bench)
    qtbot.waitUntil(lambda: bool(searching.asked))
    job = radii._job
    bench.session.update(radiograph=None)
    qtbot.waitUntil(lambda: job.state == "cancelled")
    assert radii.of("demo-standard") is None


def test_a_search_that_fails_is_not_repeated(qtbot, bench, radii, searching, monkeypatch):
    from fracview.errors import SettingError

    def fail(request, *_):
        searching.asked.append(request)
        yield Progress(0, 0)
        raise SettingError("no such thing.")

    monkeypatch.setattr(seeking, "_searching", fail)
    answered(bench, models=("demo-standard",))
    qtbot.waitUntil(lambda: radii.is_left("demo-standard"))
    qtbot.wait(3 * seeking.REST)
    assert len(searching.asked) == 1


def test_what_is_kept_is_not_searched_again(tmp_path):
    import numpy as np
    from PIL import Image

    from fracview.data.readers import read_radiograph
    from fracview.recall import open_archive
    from fracview.request import Request
    from fracview.task import drain

    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 48), np.uint8)).save(
        tmp_path / "film.png"
    )
    film = read_radiograph(tmp_path / "film.png")
    request = Request(
        str(film.source), film.digest, "small-resnet:seed=0", attack=seeking.SEARCH,
        label="fractured",
    )  # fmt: skip
    archive = open_archive(16)
    news = []
    first = drain(seeking._searching(request, film, archive, "cpu"), news.append)
    assert news
    news.clear()
    assert drain(seeking._searching(request, film, archive, "cpu"), news.append) == first
    assert not news
