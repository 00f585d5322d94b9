"""Answers come back from disk as they were given, to the bit, and only to the same question."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fracview import recall as recalling
from fracview.archive import Archive
from fracview.data.radiograph import Radiograph
from fracview.data.readers import read_radiograph
from fracview.identity import model_card
from fracview.pipeline import Explanation, explain
from fracview.recall import KeptRadius, archive_key, keep, open_archive, recall
from fracview.request import Method, Request, load_protocol
from fracview.store import Store
from fracview.task import drain

MODEL = "small-resnet:seed=0"
NAME = "Doe_Jane_1970.png"
ATTACK = Method.of("pgd", epsilon=2 / 255, steps=3)


@pytest.fixture
def film(tmp_path: Path) -> Radiograph:
    levels = np.random.default_rng(0).integers(0, 255, (60, 48), dtype=np.uint8)
    Image.fromarray(levels).save(tmp_path / NAME)
    return read_radiograph(tmp_path / NAME)


@pytest.fixture
def asked(film: Radiograph) -> Request:
    return Request(str(film.source), film.digest, MODEL)


@pytest.fixture
def archive() -> Archive:
    made = open_archive(64)
    assert made is not None
    return made


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def answer(asked: Request, film: Radiograph) -> Explanation:
    return drain(explain(asked, film, store=Store(), device="cpu"))


@pytest.mark.parametrize("attack", [None, ATTACK])
@pytest.mark.parametrize("method", [None, Method("saliency"), Method("deeplift")])
def test_an_answer_comes_back_to_the_bit(
    archive: Archive, asked: Request, film: Radiograph, attack: Method | None, method: Method | None
) -> None:
    asked = replace(asked, attack=attack, attribution=method, label="fractured" if attack else None)
    given = answer(asked, film)
    assert recall(archive, asked, film, "cpu") is None
    assert keep(archive, given, "cpu")
    found = recall(archive, asked, film, "cpu")
    assert found is not None
    # What weights a seed makes is known by the seed; a file's hash is in both cards.
    assert same(found, given)
    assert found.warnings == given.warnings


def test_nothing_of_the_file_is_written(archive: Archive, asked: Request, film: Radiograph) -> None:
    keep(archive, answer(replace(asked, attribution=Method("saliency")), film), "cpu")
    paths = list(archive.folder.iterdir())
    assert len(paths) == 2
    for path in paths:
        stored = path.read_bytes()
        for word in (b"Doe", b"Jane", b"1970", str(film.source.parent).encode()):
            assert word not in stored
            assert word.decode() not in path.name


def test_the_film_is_known_by_its_pixels(
    archive: Archive, asked: Request, film: Radiograph, tmp_path: Path
) -> None:
    keep(archive, answer(asked, film), "cpu")
    moved = replace(asked, path=str(tmp_path / "elsewhere.png"))
    found = recall(archive, moved, replace(film, notes=("turned",)), "cpu")
    assert found is not None
    assert found.request == moved
    assert found.notes == ("turned",)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1}, {"digest": "0" * 64}, {"attack": ATTACK}, {"attribution": Method("saliency")},
        {"model": "small-resnet:seed=1"}, {"protocol": load_protocol("repo")},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_another_question_is_not_answered(
    archive: Archive, asked: Request, film: Radiograph, change: dict[str, Any]
) -> None:
    keep(archive, answer(asked, film), "cpu")
    assert recall(archive, replace(asked, **change), film, "cpu") is None
    assert recall(archive, asked, film, "cuda:0") is None


def test_other_weights_and_another_card_are_another_model(asked: Request) -> None:
    card = model_card("demo-standard")
    key = archive_key(asked, card, None)
    assert len(key) == 64
    other = replace(card, weights=replace(card.weights, sha256="0" * 64))
    changed = replace(card, warnings=("beware",))
    moved = replace(card, path=Path("/elsewhere/card.toml"))
    assert archive_key(asked, other, None) != key
    assert archive_key(asked, changed, None) != key
    assert archive_key(asked, moved, None) == key


def test_another_program_does_not_answer(
    archive: Archive, asked: Request, film: Radiograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(archive, answer(asked, film), "cpu")
    monkeypatch.setattr(recalling, "program_stamp", lambda: "newer")
    assert recall(archive, asked, film, "cpu") is None


@pytest.mark.parametrize(
    "change",
    [
        {"digest": ""},
        {"protocol": replace(load_protocol("corrected"), baseline="own.png")},
        {"attribution": Method.of("deeplift", baseline="own.png")},
    ],
)
def test_what_may_change_unseen_is_not_kept(asked: Request, change: dict[str, Any]) -> None:
    card = model_card(MODEL)
    assert archive_key(replace(asked, **change), card, None) == ""


def test_methods_of_other_packages_are_not_kept(
    asked: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recalling.ATTACKS._own, "theirs", "other.package:Attack")
    monkeypatch.setattr(recalling.ATTACKS, "_all", None)
    attacked = replace(asked, attack=Method("theirs"))
    assert archive_key(attacked, model_card(MODEL), None) == ""
    monkeypatch.setattr(recalling.ATTACKS, "_all", None)


def test_a_map_without_its_answer_is_unknown(
    archive: Archive, asked: Request, film: Radiograph
) -> None:
    mapped = replace(asked, attribution=Method("saliency"))
    keep(archive, answer(mapped, film), "cpu")
    card = model_card(MODEL)
    (archive.folder / f"{archive_key(asked, card, 'cpu')}.record").unlink()
    assert recall(archive, mapped, film, "cpu") is None


def test_a_large_film_is_not_written_out(archive: Archive, tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 255, (900, 800), dtype=np.uint8)
    Image.fromarray(levels).save(tmp_path / "large.png")
    film = read_radiograph(tmp_path / "large.png")
    mapped = Request(str(film.source), film.digest, MODEL, attribution=Method("saliency"))
    given = answer(mapped, film)
    keep(archive, given, "cpu")
    assert given.heatmap is not None
    assert archive.size < given.heatmap.values.nbytes
    found = recall(archive, mapped, film, "cpu")
    assert found is not None
    assert same(found.heatmap, given.heatmap)


def test_radii_are_kept_as_well(archive: Archive) -> None:
    for radius in (KeptRadius("fractured", 0.0123, 0.01), KeptRadius("fractured", None, 8 / 255)):
        archive.put("radius", radius)
        assert archive.get("radius") == radius


def test_no_room_no_archive() -> None:
    assert open_archive(0) is None
