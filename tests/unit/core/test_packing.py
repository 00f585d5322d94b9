"""Records survive being written, bit by bit; nothing else is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from fracview.packing import pack, unpack


@dataclass(frozen=True, eq=False)
class Leaf:
    name: str
    values: np.ndarray
    share: float | None = None


@dataclass(frozen=True, eq=False)
class Tree:
    leaves: tuple[Leaf, ...]
    flags: tuple[tuple[str, bool], ...]


KINDS = {"Leaf": Leaf, "Tree": Tree}


def tree() -> Tree:
    values = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    return Tree(
        (Leaf("é", values, 0.1), Leaf("b", values), Leaf("m", values > 0, float("inf"))),
        (("x", True),),
    )


def test_numbers_come_back_exactly() -> None:
    before, after = tree(), unpack(pack(tree()), KINDS)
    assert after.flags == before.flags
    for one, other in zip(before.leaves, after.leaves):
        assert (one.name, one.share) == (other.name, other.share)
        assert one.values.dtype == other.values.dtype
        np.testing.assert_array_equal(one.values, other.values)


def test_an_array_that_occurs_twice_is_written_once() -> None:
    big = np.random.default_rng(0).normal(size=10_000)
    one, two = Leaf("a", big), Leaf("b", big.copy())
    assert len(pack(Tree((one, two), ()))) < 1.1 * len(pack(Tree((one,), ())))


@pytest.mark.parametrize("place", [0, 70, 100, -1])
def test_every_damaged_byte_is_noticed(place: int) -> None:
    stored = bytearray(pack(tree()))
    stored[place] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        unpack(bytes(stored), KINDS)


@pytest.mark.parametrize("length", [0, 10, 64, 65, 200])
def test_half_a_record_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="checksum"):
        unpack(pack(tree())[:length], KINDS)


def test_an_unknown_kind_and_other_fields_are_refused() -> None:
    stored = pack(tree())
    with pytest.raises(ValueError, match="not such a record"):
        unpack(stored, {"Leaf": Leaf})
    with pytest.raises(ValueError, match="not such a record"):
        unpack(stored, {"Leaf": Leaf, "Tree": Leaf})


def test_what_is_no_record_cannot_be_packed() -> None:
    with pytest.raises(TypeError):
        pack(Leaf("a", object()))  # type: ignore[arg-type]
