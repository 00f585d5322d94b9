from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fracview.fingerprint import file_sha256, fingerprint
from fracview.request import Method, Protocol, Request


def test_the_same_request_has_the_same_fingerprint_in_another_process() -> None:
    request = Request("a.png", "d", "m", Method.of("saliency"), seed=3)
    code = (
        "from fracview.fingerprint import fingerprint; from fracview.request import *;"
        "print(fingerprint(Request('a.png', 'd', 'm', Method.of('saliency'), seed=3)))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == fingerprint(request)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (True, 1),
        ("1", 1),
        ((1, 2), (2, 1)),
        (Protocol(), Protocol(ig_steps=51)),
        (Method.of("pgd", epsilon=4 / 255), Method.of("pgd", epsilon=4 / 255 + 1e-17 * 4)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(3, np.float32), np.zeros(3, np.float64)),
    ],
)
def test_different_things_differ(one: object, other: object) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_the_order_of_a_dictionary_does_not_matter() -> None:
    assert fingerprint({"a": 1, "b": 2.5}) == fingerprint({"b": 2.5, "a": 1})


def test_strided_views_hash_like_their_copies() -> None:
    values = np.arange(12.0).reshape(3, 4)
    assert fingerprint(values[:, ::2]) == fingerprint(values[:, ::2].copy())


def test_two_records_of_equal_fields_differ_by_class() -> None:
    @dataclass(frozen=True)
    class Here:
        value: int = 1

    @dataclass(frozen=True)
    class There:
        value: int = 1

    assert fingerprint(Here()) != fingerprint(There())


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError, match="function"):
        fingerprint(lambda: None)


def test_file_hash_is_the_well_known_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(tmp_path / "a") == expected
