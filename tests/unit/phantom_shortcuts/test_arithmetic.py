"""The figures of the shortcut tests: they find a leak that was planted and no other."""

from __future__ import annotations

import numpy as np
import pytest

from fracview.metrics.classification import auroc
from fracview.metrics.statistics import Estimate
from tests.benchmarks.phantom_shortcuts.free import extreme_cells, shuffled_auroc
from tests.benchmarks.phantom_shortcuts.linear import area_under_curve, folds_of, ridge_scores
from tests.benchmarks.phantom_shortcuts.patches import Patch, exchanged, filled, free_place
from tests.benchmarks.phantom_shortcuts.ring import ring_scores
from tests.benchmarks.phantom_shortcuts.tables import (
    border_blocks,
    border_strips,
    global_statistics,
)
from tests.benchmarks.phantom_shortcuts.verdict import no_better_than_chance

LABELS = np.arange(400) % 2 == 0


def test_area_is_that_of_the_library_and_its_interval_that_of_the_bootstrap():
    rng = np.random.default_rng(1)
    scores = np.round(rng.normal(size=400) + 0.4 * LABELS, 1)
    found = area_under_curve(LABELS, scores)
    assert found.mean == pytest.approx(auroc(LABELS, scores))
    again = [
        auroc(LABELS[rows], scores[rows]) for rows in rng.integers(0, 400, (400, 400))
    ]  # fmt: skip
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.std(again), rel=0.12)


@pytest.mark.parametrize("scores", [np.zeros(400), LABELS * 1.0])
def test_area_at_its_ends(scores):
    found = area_under_curve(LABELS, scores)
    assert found.low == found.mean == found.high == (0.5 if scores.max() == 0 else 1.0)


def test_folds_hold_both_classes_alike():
    labels = np.arange(90) < 30
    fold = folds_of(labels, 10)
    assert np.bincount(fold[labels]).tolist() == [3] * 10
    assert np.bincount(fold[~labels]).tolist() == [6] * 10


def test_ridge_finds_a_weak_signal_among_noise_and_nothing_in_noise_alone():
    table = np.random.default_rng(2).normal(size=(400, 60))
    table[:, 5] = 3.0  # known of every film: no information
    table[:, 6] = table[:, 7]
    none = area_under_curve(LABELS, ridge_scores(table, LABELS))
    assert none.low < 0.5
    table[:, 0] += 0.5 * LABELS
    assert area_under_curve(LABELS, ridge_scores(table, LABELS)).low > 0.5


def test_ridge_has_not_seen_the_film_it_scores():
    table = np.random.default_rng(3).normal(size=(60, 200))  # more numbers than films
    labels = np.arange(60) % 2 == 0
    assert area_under_curve(labels, ridge_scores(table, labels)).mean < 0.75


@pytest.mark.parametrize(
    ("low", "high", "below", "passed"),
    [
        (0.48, 0.53, 0.55, True),
        (0.51, 0.53, 1.0, False),
        (0.42, 0.49, 0.55, True),
        (0.48, 0.56, 0.55, False),
    ],
)
def test_rule_of_chance(low, high, below, passed):
    area = Estimate((low + high) / 2, low, high, 100)
    assert no_better_than_chance("t", "f", area, below).passed is passed


def test_tables_of_the_border_do_not_see_the_middle():
    film = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    other = film.copy()
    other[12:-12, 12:-12] = 0
    assert len(border_blocks(film)) == 16**2 - 10**2
    assert np.array_equal(border_blocks(film), border_blocks(other))
    assert border_strips(film).shape == (12, 4 * 64)
    assert np.array_equal(border_strips(film), border_strips(other))
    assert np.array_equal(border_strips(film)[0, :64], film[0])
    assert np.array_equal(border_strips(film)[0, 64:128], film[:, -1])
    found = global_statistics(film)
    assert found.shape == (32,)
    assert found[0] == pytest.approx(film.mean() / 255)
    assert np.array_equal(found[16:], found[:16] ** 2)


def test_ring_net_finds_a_dent_in_the_border():
    rng = np.random.default_rng(4)
    labels = np.arange(96) % 2 == 0
    films = list(rng.integers(90, 110, (96, 32, 32)).astype(np.uint8))
    for film, label in zip(films, labels, strict=True):
        at = rng.integers(4, 24)
        film[2:8, at : at + 4] += 60 * np.uint8(label)
    scores = ring_scores(films, labels, steps=40)
    assert area_under_curve(labels, scores).low > 0.7
    assert np.array_equal(scores, ring_scores(films, labels, steps=40))


def test_cells_tell_a_flat_map_from_one_with_a_hump():
    rng = np.random.default_rng(5)
    flat = extreme_cells(rng.uniform(0.08, 0.92, (2000, 2)))
    assert [passed for *_, passed in flat] == [True, True]
    assert flat[0][1].mean < 1 < flat[1][1].mean
    hump = extreme_cells(np.clip(rng.normal(0.5, 0.15, (2000, 2)), 0, 1))
    assert [passed for *_, passed in hump] == [False, False]


def test_shuffled_area_gives_nothing_for_what_all_films_share():
    dot = -np.hypot(*np.mgrid[-20:20, -20:20])
    rng = np.random.default_rng(6)
    masks = []
    for top, left in rng.integers(12, 24, (40, 2)):
        mask = np.zeros((40, 40), bool)
        mask[top : top + 4, left : left + 4] = True
        masks.append(mask)
    assert np.mean(shuffled_auroc(dot, masks)) == pytest.approx(0.5, abs=0.1)


def test_patches():
    mask = np.zeros((20, 20), bool)
    mask[3:5, 17:19] = True
    patch = Patch.around(mask, 2)
    assert patch == Patch(1, 15, 6, 5)
    assert patch.meets(Patch(6, 19, 1, 1))
    assert not patch.meets(Patch(7, 15, 3, 3))
    assert patch.at(0, 0, 20) == Patch(0, 0, 6, 5)
    assert patch.at(*patch.middle, 20) == patch
    film = np.arange(400, dtype=np.uint16).reshape(20, 20).astype(np.uint8)
    hole = filled(film, np.zeros_like(film), [patch])
    assert (hole[1:7, 15:20] == 0).all()
    assert np.array_equal(np.where(hole == 0, film, hole), film)


def test_exchange_of_two_places_is_faded_at_the_rims_and_nowhere_else():
    film = np.zeros((40, 40), np.uint8)
    film[20:32, 20:32] = 200
    one, other = Patch(2, 2, 12, 12), Patch(20, 20, 12, 12)
    both = exchanged(film, one, other)
    assert both[8, 8] == 200
    assert both[26, 26] == 0
    assert both[2, 8] == 50
    assert both[0, 0] == 0
    alone = exchanged(film, one, other, both=False)
    assert np.array_equal(alone[20:32, 20:32], film[20:32, 20:32])
    assert np.array_equal(alone[:16, :16], both[:16, :16])


def test_a_free_place_meets_nothing_that_is_taken():
    rng = np.random.default_rng(0)
    taken = [Patch(0, 0, 20, 40)]
    for _ in range(20):
        place = free_place(Patch(0, 0, 8, 8), taken, 40, rng, rim=True)
        assert not place.meets(taken[0])
        assert place.top + 8 <= 40
    assert free_place(Patch(0, 0, 8, 8), [Patch(0, 0, 40, 40)], 40, rng) is None
