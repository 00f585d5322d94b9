"""Cycles die in the thread of the window."""

from __future__ import annotations

import gc
import threading

import pytest

from fracview.gui.collector import Collector


class Cycle:
    """Points at itself and tells in which thread it went."""

    ends: list[threading.Thread]

    def __init__(self, ends):
        self.me, self.ends = self, ends

    def __del__(self):
        self.ends.append(threading.current_thread())


@pytest.fixture
def collector(qapp):
    found = Collector()
    found.start()
    yield found
    found.stop()


def pile_up(ends, count=3000):
    for _ in range(count):
        Cycle(ends)


def test_no_cycle_dies_in_a_lane(collector):
    ends = []
    lane = threading.Thread(target=pile_up, args=(ends,))
    lane.start()
    lane.join()
    assert ends == []
    collector.look()
    assert len(ends) == 3000
    assert set(ends) == {threading.main_thread()}


def test_little_garbage_is_left_alone(collector):
    gc.collect()
    ends = []
    Cycle(ends)
    collector.look()
    assert ends == []
    gc.collect()


def test_python_takes_over_again(qapp):
    collector = Collector()
    collector.start()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
