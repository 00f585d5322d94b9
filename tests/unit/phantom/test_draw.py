from __future__ import annotations

import numpy as np
import pytest

from fracview.data.boxes import box_mask
from fracview.errors import SettingError, UnknownName
from fracview.phantom import KINDS, SEVERITIES, VERSION, VIEWS, VISIBLE, draw, twins

SIZE = 224


def test_a_seed_gives_the_same_film_again(pairs):
    for seed in (0, 7):
        fractured, normal = pairs[seed]
        again = draw(seed, size=SIZE, fractured=True)
        assert np.array_equal(again.pixels, fractured.pixels)
        assert again.boxes == fractured.boxes
        assert again.truth == fractured.truth
        assert np.array_equal(draw(seed, size=SIZE, fractured=False).pixels, normal.pixels)


def test_the_coin_gives_one_of_the_twins_and_both_labels(pairs):
    films = [draw(seed, size=SIZE) for seed in range(12)]
    for film, (fractured, normal) in zip(films, pairs):
        twin = fractured if film.label == "fractured" else normal
        assert np.array_equal(film.pixels, twin.pixels)
    assert {film.label for film in films} == {"fractured", "not fractured"}


def test_the_coin_is_fair():
    from fracview.phantom.frames import stream

    heads = sum(stream(seed, "label").random() < 0.5 for seed in range(2000))
    assert 900 < heads < 1100


def test_records_are_complete(pairs):
    for seed, (fractured, normal) in enumerate(pairs):
        assert fractured.label == "fractured"
        assert normal.label == "not fractured"
        assert not normal.boxes
        assert normal.truth.kind == normal.truth.bone == normal.truth.severity == ""
        assert normal.truth.visibility == 0
        truth = fractured.truth
        assert (truth.version, truth.seed, truth.size) == (VERSION, seed, SIZE)
        assert truth.view in VIEWS
        assert truth.kind in KINDS
        assert truth.severity in SEVERITIES
        assert 0.3 < truth.pixel_mm < 3
        assert fractured.pixels.dtype == np.uint8
        assert fractured.pixels.shape == (SIZE, SIZE)
        assert not fractured.pixels.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            fractured.pixels[0, 0] = 1


def test_every_fracture_can_be_seen(pairs):
    seen = np.array([fractured.truth.visibility for fractured, _ in pairs])
    assert (seen >= VISIBLE).mean() >= 0.97
    for fractured, normal in pairs:
        gap = np.abs(fractured.pixels.astype(int) - normal.pixels)
        assert gap[box_mask(fractured.boxes, SIZE, SIZE)].max() >= fractured.truth.visibility


def test_boxes_lie_in_the_film_and_hold_the_fracture(pairs):
    ratios, hairlines = [], []
    for fractured, normal in pairs:
        assert len(fractured.boxes) == 1 + bool(fractured.truth.partner)
        for box in fractured.boxes:
            assert box.x1 >= 0
            assert box.y1 >= 0
            assert box.x2 <= SIZE
            assert box.y2 <= SIZE
        gap = np.abs(fractured.pixels.astype(float) - normal.pixels)
        mask = box_mask(fractured.boxes, SIZE, SIZE)
        ratios.append(gap[mask].mean() / max(gap[~mask].mean(), 1e-3))
    assert np.median(ratios) > 15
    assert np.min(ratios) > 3
    for seed in range(100, 112):
        fractured, normal = twins(seed, SIZE, severity="hairline")
        gap = np.abs(fractured.pixels.astype(float) - normal.pixels)
        mask = box_mask(fractured.boxes, SIZE, SIZE)
        hairlines.append(gap[mask].sum() / max(gap.sum(), 1))
    assert np.median(hairlines) > 0.85


def test_twins_are_the_same_where_no_fragment_reaches(pairs):
    tested = 0
    for fractured, normal in pairs:
        if not ("phalanx" in fractured.truth.bone or "metacarpal" in fractured.truth.bone):
            continue
        (box,) = fractured.boxes
        rows, cols = np.mgrid[:SIZE, :SIZE] + 0.5
        dx = np.maximum(np.maximum(box.x1 - cols, cols - box.x2), 0)
        dy = np.maximum(np.maximum(box.y1 - rows, rows - box.y2), 0)
        # longest bone of a hand, its soft tissue, and what blur and edge enhancement spread
        far = np.maximum(dx, dy) * fractured.truth.pixel_mm > 105
        assert np.array_equal(fractured.pixels[far], normal.pixels[far])
        tested += far.any()
        assert (fractured.pixels == normal.pixels).mean() > 0.6
    assert tested >= 3


def test_sizes_and_places_are_spread(pairs):
    area, centres = [], []
    for seed in range(200, 260):
        film = draw(seed, size=SIZE, fractured=True)
        mask = box_mask(film.boxes, SIZE, SIZE)
        area.append(mask.mean())
        box = film.boxes[0]
        centres.append(((box.x1 + box.x2) / 2 / SIZE, (box.y1 + box.y2) / 2 / SIZE))
    assert 0.003 < np.median(area) < 0.012
    assert np.quantile(area, 0.9) > 2 * np.quantile(area, 0.1)
    x, y = np.array(centres).T
    assert min(x.std(), y.std()) > 0.21
    assert (np.hypot(x - 0.5, y - 0.5) < 0.282).mean() < 0.43  # a quarter of the film


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_asked_for_at_any_size(view):
    for size in (33, 96):
        film = draw(3, size=size, view=view, fractured=True)
        assert film.truth.view == view
        assert film.pixels.shape == (size, size)
        assert film.pixels.std() > 5


def test_the_same_scene_at_another_size():
    small, large = (draw(5, size=size, fractured=False).pixels for size in (96, 192))
    halved = large.reshape(96, 2, 96, 2).mean((1, 3))
    assert np.corrcoef(small.ravel(), halved.ravel())[0, 1] > 0.97


def test_severity_can_be_asked_for():
    assert draw(4, size=96, fractured=True, severity="hairline").truth.severity == "hairline"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seed": -1}, "a seed is 0 or more"),
        ({"seed": 1, "size": 8}, "32 to 4096 pixels"),
        ({"seed": 1, "size": 5000}, "32 to 4096 pixels"),
    ],
)
def test_numbers_out_of_range(arguments, words):
    with pytest.raises(SettingError, match=words):
        draw(**arguments)


def test_unknown_names():
    with pytest.raises(UnknownName, match=r"no view is called 'skull'.*forearm"):
        draw(1, view="skull")
    with pytest.raises(UnknownName, match="no severity is called"):
        twins(1, severity="awful")


@pytest.mark.parametrize(
    ("seed", "mean", "spread", "corners"),
    [
        (1, 67.058, 55.342, (92.31, 9.72, 99.63, 18.85)),
        (2, 44.046, 58.272, (112.18, 46.17, 119.89, 51.8)),
        (3, 53.687, 65.198, (107.47, 95.06, 118.31, 109.52)),
    ],
)
def test_films_change_only_with_the_version(seed, mean, spread, corners):
    """Nets were trained on these films: whoever changes them raises VERSION and these figures."""
    film = draw(seed, size=128, fractured=True)
    assert film.truth.version == 4
    assert film.pixels.mean() == pytest.approx(mean, abs=0.05)
    assert film.pixels.std() == pytest.approx(spread, abs=0.05)
    assert film.boxes[0].corners == pytest.approx(corners, abs=0.05)
