from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fracview.store import Store


@dataclass(frozen=True, eq=False)
class Pair:
    one: np.ndarray
    many: tuple[np.ndarray, ...]


def test_records_are_counted_with_all_their_arrays() -> None:
    store = Store()
    store.put("a", Pair(np.zeros(10), (np.zeros(5), np.zeros(5))))
    assert store.held == 160
    store.put("a", Pair(np.zeros(1), ()))
    assert store.held == 8


def test_the_least_recently_used_leaves_first() -> None:
    store = Store(limit=300)
    for name in "abc":
        store.put(name, np.zeros(12))
    assert store.get("a") is not None
    store.put("d", np.zeros(12))
    assert "a" in store
    assert "b" not in store
    assert store.held <= 300


def test_one_record_above_the_limit_is_kept_alone() -> None:
    store = Store(limit=10)
    store.put("a", np.zeros(1))
    store.put("big", np.zeros(100))
    assert len(store) == 1
    assert "big" in store


def test_an_unknown_key_is_none() -> None:
    assert Store().get("nothing") is None
