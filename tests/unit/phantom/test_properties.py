"""What holds for every phantom; a few dozen seeds."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fracview.data.boxes import box_mask
from fracview.phantom import VISIBLE, draw
from fracview.phantom.layers import bent_flesh, broken_path, flesh_path

SIZE = 224
drawing = sys.modules["fracview.phantom.draw"]  # the function of that name hides the module


def test_the_truth_regenerates_the_film(pairs):
    for fractured, _ in pairs[::5]:
        truth = fractured.truth
        again = draw(truth.seed, size=truth.size, fractured=truth.kind != "")
        assert np.array_equal(again.pixels, fractured.pixels)
        assert np.array_equal(again.mask, fractured.mask)
        assert again.boxes == fractured.boxes
        assert again.truth == truth


def test_twins_share_all_that_is_no_fracture(pairs):
    own = ("bone", "kind", "severity", "gap_mm", "shift_mm", "angle_deg", "visibility", "partner")
    for fractured, normal in pairs:
        one, other = vars(fractured.truth), vars(normal.truth)
        assert {k: v for k, v in one.items() if k not in own} == {
            k: v for k, v in other.items() if k not in own
        }


@pytest.mark.parametrize("seed", range(30))
def test_twins_are_equal_where_no_path_changed(seed):
    """Flesh and bone, the blur of focus and detector, edge enhancement: nothing else spreads."""
    case = drawing._case(seed, SIZE, None, None)
    film, scn = case.film, case.film.scene
    bone = broken_path(film.bone, case.fracture, scn, film.grid)
    soft = flesh_path(bent_flesh(case.fracture, scn.bone, scn), scn, film.grid)
    if case.partner is not None:
        bone = broken_path(bone, case.partner[0], scn, film.grid)
    touched = (bone != film.bone) | (np.abs(soft - film.soft) > 0.02)
    rows, cols = np.nonzero(touched)
    reach = film.exposure.margin
    far = np.ones((SIZE, SIZE), bool)
    far[
        max(0, rows.min() - reach) : rows.max() + reach + 1,
        max(0, cols.min() - reach) : cols.max() + reach + 1,
    ] = False
    assert np.array_equal(case.pixels[far], film.pixels[far])
    assert not np.array_equal(case.pixels, film.pixels)


def test_a_fracture_is_as_visible_as_its_truth_says(pairs):
    for fractured, normal in pairs:
        gap = np.abs(fractured.pixels.astype(int) - normal.pixels)
        inside = gap[box_mask(fractured.boxes, SIZE, SIZE)]
        assert np.sort(inside)[-25] == fractured.truth.visibility >= VISIBLE


def test_what_is_broken_does_not_depend_on_the_size():
    for seed in range(40, 52):
        small, large = (draw(seed, size=size, fractured=True) for size in (64, 224))
        for name in ("view", "child", "bone", "kind", "severity", "gap_mm", "partner", "hardware"):
            assert getattr(small.truth, name) == getattr(large.truth, name)
        for one, other in zip(small.boxes, large.boxes, strict=True):
            middle = np.array(other.corners) * 64 / 224
            # at 64 pixels the margin is at least a pixel; the border cuts both alike
            assert np.abs(np.array(one.corners) - middle).max() < 1.2


def test_hairlines_and_all_kinds_occur(pairs):
    films = [fractured.truth for fractured, _ in pairs]
    assert 0.08 < np.mean([t.severity == "hairline" for t in films]) < 0.3
    assert {t.kind for t in films} == {"transverse", "oblique", "spiral", "comminuted"}
    assert any(t.partner for t in films)
    for t in films:
        assert (t.severity == "hairline") <= (t.gap_mm > 0.8 and t.shift_mm < 1 and not t.partner)
