"""A name means what its files hold now."""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path

import pytest

from fracview import identity
from fracview.fingerprint import file_sha256
from fracview.identity import model_card, model_stamp
from fracview.models.card import read_card, write_card
from fracview.paths import model_dir, resource

ROOT = Path(identity.__file__).parent
DECIDES_NOTHING = {"errors", "fingerprint", "identity", "task", "store"}
NOT_KEPT = {"evidence", "measurement"}

SHIPPED = resource("models", "demo-standard.toml")


def put_model(folder: Path, name: str = "mine") -> Path:
    """A copy of a shipped model under another name; returns its weights."""
    card = read_card(SHIPPED)
    weights = card.weights_path()
    assert weights is not None
    shutil.copy(weights, folder / weights.name)
    from dataclasses import replace

    write_card(replace(card, name=name), folder / f"{name}.toml")
    return folder / weights.name


def test_seeded_weights_and_unknown_names_have_no_stamp() -> None:
    assert model_stamp("small-resnet:seed=0") == ""
    assert model_stamp("nobody") == ""


def test_a_stamp_follows_every_file_of_the_model() -> None:
    weights = put_model(model_dir())
    first = model_stamp("mine")
    assert first
    assert model_stamp("mine") == first
    weights.write_bytes(weights.read_bytes() + b"x")
    second = model_stamp("mine")
    assert second != first
    card = model_dir() / "mine.toml"
    card.write_text(card.read_text() + "\n# looked at\n")
    assert model_stamp("mine") not in (first, second)


def test_a_stamp_notices_other_weights_of_equal_size_and_time() -> None:
    weights = put_model(model_dir())
    times = weights.stat()
    first = model_stamp("mine")
    other = weights.with_suffix(".new")
    other.write_bytes(bytes(reversed(weights.read_bytes())))
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.replace(other, weights)
    assert model_stamp("mine") != first


def test_a_model_that_appears_is_found() -> None:
    assert model_stamp("mine") == ""
    put_model(model_dir())
    assert model_stamp("mine")


def test_a_checkpoint_is_stamped_by_its_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    path.write_bytes(b"1")
    first = model_stamp(f"small-resnet:{path}")
    path.write_bytes(b"22")
    assert model_stamp(f"small-resnet:{path}") != first


def test_a_card_bears_the_hash_of_what_lies_there(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = put_model(model_dir())
    assert model_card("mine").weights.sha256 == file_sha256(weights)
    weights.write_bytes(b"other")
    assert model_card("mine").weights.sha256 == file_sha256(weights)


def test_old_files_are_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = put_model(model_dir())
    hashed: list[Path] = []

    def counting(path: Path) -> str:
        hashed.append(path)
        return file_sha256(path)

    monkeypatch.setattr(identity, "file_sha256", counting)
    monkeypatch.setattr(identity, "YOUNG", -1.0)
    for _ in range(3):
        model_card("mine")
    assert hashed == [weights]


def rooms_of(path: Path) -> set[str]:
    """First parts of the fracview modules that a file imports, at the top or later."""
    names = (
        node.module for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    )  # fmt: skip
    return {name.split(".")[1] for name in names if name.startswith("fracview.")}


def test_whatever_makes_a_kept_answer_is_part_of_the_programs_stamp() -> None:
    """Or an answer of older code would be shown as one of today's."""
    known = {name.removesuffix(".py") for name in identity.CODE}
    for start in ("pipeline.py", "studies/smallest.py"):
        assert rooms_of(ROOT / start) - DECIDES_NOTHING - NOT_KEPT <= known
        assert start in identity.CODE
    assert all((ROOT / name).exists() for name in identity.CODE)
