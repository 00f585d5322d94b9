from __future__ import annotations

import pytest

from fracview.errors import UnknownName
from fracview.registry import Registry

NUMBERS = Registry("fracview.test_numbers", "number", {"pi": "math:pi", "bad": "math:nothing"})


def test_an_entry_is_imported_on_use() -> None:
    assert NUMBERS.load("pi") == pytest.approx(3.14159265)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"no number is called 'e'\. There are: pi, bad\."):
        NUMBERS.load("e")


def test_membership_and_length_need_no_import() -> None:
    assert "bad" in NUMBERS
    assert "e" not in NUMBERS
    assert list(NUMBERS) == ["pi", "bad"]
    assert len(NUMBERS) == 2


def test_unknown_name_survives_a_trip_between_processes() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(UnknownName("number", "e", ("pi",))))
    assert str(error) == "no number is called 'e'. There are: pi."
