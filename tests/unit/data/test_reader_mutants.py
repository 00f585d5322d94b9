"""A short run of ``tests/soak/reader_mutants.py``."""

from __future__ import annotations

from fracview.data import reading
from fracview.data.reading import caps


def test_sixty_mutants_end_in_a_picture_or_a_sentence() -> None:
    from tests.soak.reader_mutants import run

    outcome = run(60, 7, [])
    assert outcome.wrong == []
    assert sum(outcome.ends.values()) == 60
    assert outcome.ends["picture"] > 5
    assert outcome.ends["refused"] > 5
    assert outcome.slowest[0] < 2 * caps.SECONDS
    assert outcome.largest < 1 << 30
    assert reading.current() is None
