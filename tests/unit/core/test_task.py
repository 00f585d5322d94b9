from __future__ import annotations

import pytest

from fracview.task import Progress, Task, drain


def counting(log: list[str], steps: int = 3) -> Task[str]:
    try:
        for step in range(steps):
            yield Progress(step + 1, steps)
        return "done"
    finally:
        log.append("closed")


def test_drain_reports_every_step_and_returns_the_record() -> None:
    seen: list[Progress] = []
    assert drain(counting([]), seen.append) == "done"
    assert [news.fraction for news in seen] == [1 / 3, 2 / 3, 1]


def test_a_raising_listener_closes_the_task() -> None:
    log: list[str] = []

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drain(counting(log), stop)
    assert log == ["closed"]


def test_an_unknown_total_has_no_fraction() -> None:
    assert Progress(5, 0).fraction == 0
