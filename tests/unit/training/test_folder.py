"""A data set folder on its way into a training, good and bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.errors import InputError, SettingError
from fracview.request import FRACTURED
from fracview.task import drain
from fracview.training.course import train
from fracview.training.folder import folder_pool
from fracview.training.recipe import Recipe

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a folder with so many fractured and healthy films, 40 x 30 pixels."""

    def folder(fractured: int, healthy: int, name: str = "films") -> Path:
        random = np.random.default_rng(4)
        root = tmp_path / name
        for kind, count in (("Fractured", fractured), ("Non_fractured", healthy)):
            (root / "images" / kind).mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 90, (40, 30), dtype=np.uint8)
                if kind == "Fractured":
                    pixels[10:22, 8:20] = 250
                Image.fromarray(pixels).save(root / "images" / kind / f"{kind}{number}.png")
        return root

    return folder


def test_films_labels_and_size(make: Make) -> None:
    pool = drain(folder_pool(make(3, 4), (32, 32)))
    assert pool.images.shape == (7, 32, 32)
    assert pool.fractured.sum() == 3
    assert all("Fractured" in n for n, f in zip(pool.names, pool.fractured) if f)
    assert pool.left_out == ()
    assert np.isnan(pool.boxes).all()


def test_second_time_reads_no_film(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(3, 3)
    first = drain(folder_pool(root, (32, 32)))

    def forbidden(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("fracview.data.readers.read_radiograph", forbidden)
    again = drain(folder_pool(root, (32, 32)))
    assert np.array_equal(first.images, again.images)


def test_a_changed_film_is_read_again(make: Make) -> None:
    root = make(3, 3)
    first = drain(folder_pool(root, (32, 32)))
    film = root / "images" / "Fractured" / "Fractured0.png"
    Image.fromarray(np.full((50, 50), 7, np.uint8)).save(film)
    again = drain(folder_pool(root, (32, 32)))
    assert again.identity != first.identity
    assert not np.array_equal(first.images, again.images)


def test_unreadable_films_are_named_and_left_out(make: Make) -> None:
    root = make(4, 4)
    broken = root / "images" / "Fractured" / "Fractured1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    pool = drain(folder_pool(root, (32, 32)))
    assert len(pool) == 7
    assert len(pool.left_out) == 1
    assert "Fractured1.png" in pool.left_out[0]


def test_nothing_can_be_read(make: Make) -> None:
    root = make(2, 2)
    for film in root.rglob("*.png"):
        film.write_bytes(film.read_bytes()[:60])
    with pytest.raises(InputError, match="none of its 4 labelled films"):
        drain(folder_pool(root, (32, 32)))


def test_no_labels(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="no film has a label"):
        drain(folder_pool(tmp_path, (32, 32)))


def test_one_class(make: Make) -> None:
    with pytest.raises(InputError, match=f"none of 3 films is '{FRACTURED}'"):
        drain(folder_pool(make(0, 3), (32, 32)))


def test_too_few_of_a_class(make: Make, recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="both classes are needed in each part"):
        drain(train(recipe, tmp_path / "out", make(2, 9)))


def test_trains_on_a_folder_and_says_so(make: Make, recipe: Recipe, tmp_path: Path) -> None:
    held = replace(recipe, validation=0.2, test=0.3)
    outcome = drain(train(held, tmp_path / "out", make(12, 14, "hands")))
    (card,) = outcome.cards
    assert card.training["data"] == "hands"
    assert card.training["boxes_used"] == "no: image labels only"
    assert card.measured["clean"]["n"] == 8
    assert card.kind == "standard"
    assert "one folder" in card.warnings[0]


def test_crops_without_boxes(make: Make, recipe: Recipe, tmp_path: Path) -> None:
    arm = replace(recipe.arms[0], crops=((0.5, 16),))
    with pytest.raises(SettingError, match="fractured films have none"):
        drain(train(replace(recipe, arms=(arm,)), tmp_path / "out", make(9, 9)))


def test_folder_that_is_not_there(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        drain(train(recipe, tmp_path / "out", tmp_path / "nowhere"))
