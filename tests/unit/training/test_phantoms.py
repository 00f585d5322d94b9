"""The real generator's films on their way into a training."""

from __future__ import annotations

import numpy as np

from fracview.phantom import draw
from fracview.task import drain
from fracview.training.phantoms import phantom_split
from fracview.training.recipe import Phantoms

ORDER = Phantoms(pairs=3, validation=2, test=2, first_seed=40, drawn_at=96)


def test_twins_in_order_with_boxes_at_the_nets_size() -> None:
    train = drain(phantom_split(ORDER, (48, 48), True)).train
    assert train.images.shape == (6, 48, 48)
    assert train.names == ("40+", "40-", "41+", "41-", "42+", "42-")
    box = draw(40, size=96, fractured=True).boxes[0]
    assert np.allclose(train.boxes[0], np.array(box.corners) / 2, atol=1e-4)
    assert np.isnan(train.boxes[1]).all()
    changed = np.argwhere(train.images[0] != train.images[1])
    assert len(changed)
    y, x = changed.mean(0)
    assert train.boxes[0, 0] - 8 < x < train.boxes[0, 2] + 8
    assert train.boxes[0, 1] - 8 < y < train.boxes[0, 3] + 8


def test_single_films_are_halves_of_no_pair() -> None:
    split = drain(phantom_split(ORDER, (48, 48), False))
    assert split.train.names == ("40+", "41-", "42+")
    assert split.test.names == ("45-", "46+")
    assert split.test.fractured.tolist() == [False, True]


def test_second_time_comes_from_the_cache() -> None:
    first = drain(phantom_split(ORDER, (48, 48), True))
    words: list[str] = []
    again = drain(phantom_split(ORDER, (48, 48), True), lambda news: words.append(news.message))
    assert set(words) == {"phantoms from the cache"}
    assert np.array_equal(first.train.images, again.train.images)
