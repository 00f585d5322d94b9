from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from fracview.training.batches import Batches, plainest
from fracview.training.pool import Pool
from fracview.training.recipe import Arm, Augmentation, Phantoms, Recipe

NOTHING = Augmentation(False, False, 0, 0, 0, 0, 0, 0)


def test_half_of_each_class_and_no_memory(pool: Pool, recipe: Recipe) -> None:
    batches = Batches(pool, recipe, recipe.arms[0])
    x, fractured = batches(7)
    assert fractured.tolist() == [True] * 8 + [False] * 8
    assert x.shape == (16, 1, 32, 32)
    assert 0 <= float(x.min()) <= float(x.max()) <= 1
    again, _ = Batches(pool, recipe, recipe.arms[0])(7)
    assert torch.equal(x, again)
    other, _ = batches(8)
    assert not torch.equal(x, other)


def test_an_epoch_shows_every_film_once(pool: Pool, recipe: Recipe) -> None:
    batches = Batches(pool, replace(recipe, batch=20), recipe.arms[0])
    seen = np.concatenate([batches.rows(step) for step in range(6)])
    assert sorted(seen.tolist()) == list(range(120))


def test_batches_run_over_the_end_of_an_epoch(pool: Pool, recipe: Recipe) -> None:
    batches = Batches(pool, replace(recipe, batch=28), recipe.arms[0])
    assert len(batches.rows(4)) == 28


def test_twins_side_by_side(pool: Pool, recipe: Recipe) -> None:
    paired = replace(recipe, phantoms=Phantoms(), paired=True, augmentation=Augmentation())
    batches = Batches(pool, paired, recipe.arms[0])
    rows = batches.rows(3)
    assert (rows[8:] == rows[:8] + 1).all()
    x, _ = batches(3)
    same = (x[:8] - x[8:]).abs() < 1e-6
    assert float(same.float().mean()) > 0.8  # only the square differs, all else moved alike


def test_nothing_changes_nothing(pool: Pool, recipe: Recipe) -> None:
    batches = Batches(pool, replace(recipe, augmentation=NOTHING), recipe.arms[0])
    x, _ = batches(0)
    films = torch.from_numpy(pool.images[batches.rows(0)]) / 255
    assert torch.allclose(x[:, 0], films, atol=1e-5)


def test_turns_and_flips_move_pixels_without_loss(pool: Pool, recipe: Recipe) -> None:
    turned = replace(recipe, augmentation=replace(NOTHING, turns=True, flip=True))
    batches = Batches(pool, turned, recipe.arms[0])
    x, _ = batches(1)
    films = torch.from_numpy(pool.images[batches.rows(1)]) / 255
    assert torch.allclose(x.flatten(1).sort().values, films.flatten(1).sort().values, atol=1e-5)
    assert not torch.allclose(x[:, 0], films, atol=1e-2)
    poses = {
        next(
            k
            for k in range(8)
            if torch.allclose(
                torch.rot90(film.flip(1) if k > 3 else film, k % 4), out[0], atol=1e-5
            )
        )
        for film, out in zip(films, x, strict=True)
    }
    assert len(poses) > 3


def test_crops_hold_the_box_and_end(pool: Pool, recipe: Recipe) -> None:
    arm = Arm("a", 10, crops=((0.5, 16),))
    batches = Batches(pool, replace(recipe, augmentation=NOTHING), arm)
    assert [batches.side(step) for step in (0, 4, 5, 9)] == [16, 16, None, None]
    x, fractured = batches(2)
    assert x.shape[-2:] == (16, 16)
    bright = (x > 0.9).flatten(1).sum(1)
    assert (bright[fractured] >= 9).all()
    assert (bright[~fractured] == 0).all()


def test_plain_fractures_come_first(pool: Pool, recipe: Recipe) -> None:
    images = pool.images.copy()
    rows = np.flatnonzero(pool.fractured)
    images[rows] = images[rows + 1]
    for rank, row in enumerate(rows):  # the last pair has the plainest fracture
        images[row, :10, :10] = images[row + 1, :10, :10] + 2 * rank
    clear = replace(pool, images=images)
    assert plainest(clear).tolist() == rows[::-1].tolist()
    paired = replace(recipe, paired=True, phantoms=Phantoms())
    batches = Batches(clear, paired, Arm("a", 100, plain=0.25))
    half = recipe.batch // 2
    for step, share in ((0, 0.25), (40, 0.625), (99, 1.0)):
        drawn = batches.rows(step)
        assert set(drawn[:half]) <= set(rows[::-1][: round(share * len(rows))])
        assert (drawn[half:] == drawn[:half] + 1).all()
    every = {row for step in range(80, 100) for row in batches.rows(step)[:half]}
    assert len(every) > 0.8 * len(rows)


def test_spare_crops_show_fractured_films_away_from_their_boxes(pool: Pool, recipe: Recipe) -> None:
    images = np.zeros_like(pool.images)
    for row in np.flatnonzero(pool.fractured):  # a grey film with a white box
        x1, y1, x2, y2 = pool.boxes[row].astype(int)
        images[row] = 100
        images[row, y1:y2, x1:x2] = 255
    crops = ((1.0, 8),)
    plain = replace(recipe, augmentation=NOTHING)
    batches = Batches(replace(pool, images=images), plain, Arm("a", 9, crops=crops, spare=1.0))
    greys = [batches(step)[0][8:].amax(dim=(1, 2, 3)) for step in range(9)]
    brightest = torch.cat(greys)
    assert float(brightest.max()) < 0.5  # never a box
    assert float((brightest > 0.3).float().mean()) > 0.6  # mostly fractured films
    without = Batches(replace(pool, images=images), plain, Arm("a", 9, crops=crops))
    assert float(without(0)[0][8:].max()) == 0
