"""A split on file: strict to read, whole when written, the shipped one in order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fracview.data.split import FilmSplit, SplitFilm, find_split, load_split, write_split
from fracview.errors import InputError


def film(name: str, part: str, group: int) -> SplitFilm:
    return SplitFilm(name, hashlib.sha256(name.encode()).hexdigest(), 7, part, group)  # type: ignore[arg-type]


@pytest.fixture
def split() -> FilmSplit:
    films = film("a/1.png", "train", 0), film("b/1.png", "train", 0), film("b/ß.png", "test", 2)
    return FilmSplit("toy", films, {"seed": 3})


def test_written_and_read(split: FilmSplit, tmp_path: Path) -> None:
    written = write_split(split, tmp_path / "toy.json")
    assert written == split
    assert written.sha256 == hashlib.sha256((tmp_path / "toy.json").read_bytes()).hexdigest()
    assert find_split("toy.json", tmp_path) == split


def test_found_by_path_and_by_a_name_of_its_own(split: FilmSplit) -> None:
    assert split.find("b/1.png") == split.films[1]
    assert split.find("elsewhere/ß.png") == split.films[2]
    assert split.find("elsewhere/1.png") is None
    assert split.sizes == {7}
    assert [f.name for f in split.part("train")] == ["a/1.png", "b/1.png"]


def test_line_ends_are_no_difference(split: FilmSplit, tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    written = write_split(split, path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_split(path).sha256 == written.sha256


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "renamed.png"
    path.write_bytes(b"film")
    digest = hashlib.sha256(b"film").hexdigest()
    split = FilmSplit("toy", (SplitFilm("a.png", digest, 4, "train", 0),))
    assert split.film_of(path) == split.films[0]
    path.write_bytes(b"else")
    assert split.film_of(path) is None
    assert split.film_of(tmp_path / "gone.png") is None


def test_a_group_in_two_parts_is_refused(split: FilmSplit, tmp_path: Path) -> None:
    films = (*split.films, film("c.png", "test", 0))
    with pytest.raises(InputError, match=r"c\.png or its near-twin in two parts"):
        write_split(replace(split, films=films), tmp_path / "toy.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: "", "no JSON"),
        (lambda text: "[" * 100_000, "no JSON"),
        (lambda text: text.replace("film split", "meal"), "no split"),
        (lambda text: text.replace('"version": 1', '"version": 9'), "version"),
        (lambda text: text.replace('"train"', '"training"'), "no film"),
        (lambda text: text.replace('"b/1.png"', '"a/1.png"'), "twice"),
        (lambda text: text.replace('"made"', '"how"'), "how it was made"),
    ],
)
def test_damaged(
    split: FilmSplit, tmp_path: Path, damage: Callable[[str], str], words: str
) -> None:
    path = tmp_path / "toy.json"
    write_split(split, path)
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    with pytest.raises(InputError, match=words):
        load_split(path)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        find_split("nowhere.json", tmp_path)


def test_the_shipped_split() -> None:
    split = find_split("fracatlas")
    counts = {part: len(split.part(part)) for part in ("train", "validation", "test")}
    assert counts == {"train": 2505, "validation": 260, "test": 450}
    broken = [film for film in split.films if film.name.startswith("images/Fractured/")]
    assert len(broken) == 500
    assert sum(film.part == "test" for film in broken) == 70
    assert sum(film.part == "validation" for film in broken) == 39


def test_the_shipped_split_is_that_of_the_data(fracatlas: Path) -> None:
    from fracview.fingerprint import file_sha256

    films = find_split("fracatlas").films[::97]
    assert all(file_sha256(fracatlas / film.name) == film.sha256 for film in films)
