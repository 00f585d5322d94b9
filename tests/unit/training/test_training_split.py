"""Splits that outlive a training."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.split import FilmSplit, load_split, write_split
from fracview.errors import InputError
from fracview.task import drain
from fracview.training.folder import folder_pool
from fracview.training.pool import shared_out
from fracview.training.split import follow, make_split

COUNT = 20


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Twenty films of each class; the first of each is a near-twin of the other, 2 equals 3."""
    random = np.random.default_rng(4)
    root = tmp_path / "films"
    twin = random.integers(0, 255, (40, 30), dtype=np.uint8)
    for kind in ("Fractured", "Non_fractured"):
        (root / "images" / kind).mkdir(parents=True)
        for number in range(COUNT):
            pixels = random.integers(0, 255, (40, 30), dtype=np.uint8)
            if number == 0:
                pixels = twin = np.clip(twin.astype(int) + 1, 0, 255).astype(np.uint8)
            if number in (2, 3):
                pixels = np.zeros((40, 30), np.uint8)
            Image.fromarray(pixels).save(root / "images" / kind / f"{kind}{number:02}.png")
    return root


def _written(split: FilmSplit, folder: Path) -> Path:
    write_split(split, folder / "toy.json")
    return folder / "toy.json"


def made(films: Path, seed: int = 0) -> FilmSplit:
    return drain(make_split(films, "toy", validation=0.2, test=0.3, seed=seed))


def test_shares_twins_and_equal_bytes(films: Path, tmp_path: Path) -> None:
    split = made(films)
    assert len(split.films) == 2 * COUNT
    assert split == made(films)
    assert split != made(films, seed=1)
    find = split.find
    assert find("Fractured00.png").group == find("Non_fractured00.png").group  # type: ignore[union-attr]
    black = [find(f"{k}{n:02}.png").group for k in ("Fractured", "Non_fractured") for n in (2, 3)]  # type: ignore[union-attr]
    assert len(set(black)) == 1
    parts = Counter(film.part for film in split.films)
    assert parts["validation"] in range(6, 12)
    assert parts["test"] in range(9, 16)
    assert load_split(_written(split, tmp_path)) == split


def test_follow(films: Path) -> None:
    split = made(films)
    pool = drain(folder_pool(films, (24, 24)))
    parts = follow(split, pool, films)
    assert parts.notes == ()
    assert parts.followed == (split.name, split.sha256)
    for name in ("train", "validation", "test"):
        part = getattr(parts, name)
        assert sorted(part.names) == sorted(film.name for film in split.part(name))
        groups = {film.name: film.group for film in split.films}
        assert [groups[n] for n in part.names] == part.groups.tolist()


def test_strangers_and_missing_films_are_said(films: Path) -> None:
    split = made(films)
    (films / "images" / "Fractured" / "Fractured07.png").unlink()
    Image.fromarray(np.eye(40, dtype=np.uint8) * 200).save(films / "images" / "Fractured" / "x.png")
    parts = follow(split, drain(folder_pool(films, (24, 24))), films)
    stranger, missing = parts.notes
    assert "x.png" in stranger
    assert missing.startswith("1 of 40 films")
    kept = sum(len(getattr(parts, part)) for part in ("train", "validation", "test"))
    assert kept == 2 * COUNT - 1


def test_other_bytes_are_refused_by_name(films: Path) -> None:
    split = made(films)
    film = films / "images" / "Fractured" / "Fractured07.png"
    Image.fromarray(np.eye(40, dtype=np.uint8) * 200).save(film)
    with pytest.raises(InputError, match=r"Fractured07\.png: its bytes are not those"):
        follow(split, drain(folder_pool(films, (24, 24))), films)


def test_another_folder_is_refused(films: Path) -> None:
    split = made(films)
    other = replace(split, films=tuple(replace(f, name=f"other{f.group}") for f in split.films))
    with pytest.raises(InputError, match="none of its films"):
        follow(other, drain(folder_pool(films, (24, 24))), films)


def test_strata_are_spread_evenly() -> None:
    groups = np.arange(1000)
    fractured = groups % 10 == 0
    strata = ["metal" if row % 7 == 0 else "none" for row in groups]
    part = shared_out(groups, fractured, (0.1, 0.2), 0, strata)
    assert np.bincount(part).tolist() == [700, 100, 200]
    assert np.bincount(part[fractured]).tolist() == [70, 10, 20]
    metal = np.array([text == "metal" for text in strata])
    assert np.abs(np.bincount(part[metal]) - metal.sum() * np.array([0.7, 0.1, 0.2])).max() < 2
