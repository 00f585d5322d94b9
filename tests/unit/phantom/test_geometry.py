from __future__ import annotations

import math

import numpy as np
import pytest

from fracview.phantom.bones import LongBone
from fracview.phantom.fracture import break_bone
from fracview.phantom.frames import Frame
from fracview.phantom.optics import Exposure, cells, exposure, spread, transmit, window

ROD = LongBone(
    "rod", Frame.along(0, 0, 0), 100.0, 8.0, 8.0, 8.0, 10.0, 10.0, cortex=2.0, depth=1.0, grain=0.0
)


def grid(step: float = 0.5):
    u, v = np.meshgrid(np.arange(-10, 110, step), np.arange(-20, 20, step))
    return u.astype(np.float32).ravel(), v.astype(np.float32).ravel()


def test_frames_compose_and_invert():
    a, b = Frame.along(3, -2, 0.7, flip=True), Frame.along(-5, 1, -1.9)
    x, y = a.after(b).point(1.5, 2.5)
    assert (x, y) == pytest.approx(a.point(*b.point(1.5, 2.5)))
    assert a.inverse().point(*a.point(4, 9)) == pytest.approx((4, 9))


def test_a_shaft_is_a_hollow_cylinder():
    v = np.linspace(-7.5, 7.5, 31, dtype=np.float32)
    chords = ROD.chords(np.full_like(v, 50), v, 0.25)
    assert np.allclose(chords.outer, np.sqrt(64 - v**2), atol=0.05)
    inner = np.sqrt(np.maximum(36 - v**2, 0))
    assert np.allclose(chords.inner, inner, atol=0.15)


@pytest.mark.parametrize("severity", ["hairline", "moderate", "displaced"])
@pytest.mark.parametrize("seed", range(6))
def test_fragments_keep_the_mass_of_the_bone(severity, seed):
    """Nothing is lost but what lies in the gap; the wedge may overlap or leave a little."""
    fracture = break_bone(ROD, 0.5, np.random.default_rng(seed), severity)
    u, v = grid()
    chords = ROD.chords(u, v, 0.5)
    whole = chords.path(2 * chords.outer, 2 * chords.inner).sum()
    expected = whole * (1 - fracture.gap / 100)
    assert fracture.path(u, v, 0.5).sum() == pytest.approx(expected, rel=0.03)


def test_joints_stay_where_they_are():
    for seed in range(20):
        fracture = break_bone(ROD, 0.6, np.random.default_rng(seed), "displaced")
        near, far = np.float32([0.0]), np.float32([100.0])
        assert np.hypot(*fracture.proximal.move(near, near)).item() < 1e-4
        u, v = fracture.distal.move(far, near)
        assert math.hypot(u.item() - 100, v.item()) < 1e-4


def test_the_outline_is_where_the_path_changes_along_a_transverse_cut():
    for seed in range(200):
        fracture = break_bone(ROD, 0.5, np.random.default_rng(seed), "hairline")
        if fracture.kind != "comminuted":
            break
    u, v = grid(0.25)
    chords = ROD.chords(u, v, 0.25)
    before = chords.path(2 * chords.outer, 2 * chords.inner)
    after = fracture.path(u, v, 0.25)
    lost = before - after > 0.3 * before.max()
    far = np.abs(u - 50) > 25
    assert np.array_equal(before[far], after[far])
    x, y = fracture.outline()
    assert lost.any()
    assert u[lost].min() >= x.min() - 0.5
    assert u[lost].max() <= x.max() + 0.5
    assert v[lost].min() >= y.min() - 0.5
    assert v[lost].max() <= y.max() + 0.5


def test_more_tissue_lets_less_through_and_bone_less_still():
    path = np.linspace(0, 100, 11, dtype=np.float32)
    none = np.zeros_like(path)
    soft = transmit(path, none, none, None)
    bone = transmit(path, none, path / 10, None)
    assert soft[0] == pytest.approx(1)
    assert (np.diff(soft) < 0).all()
    assert (bone[1:] < soft[1:]).all()
    assert (transmit(path, path, none, None)[1:] > soft[1:]).all()


@pytest.mark.parametrize("size", [33, 96, 224, 250])
def test_interpolation_keeps_a_constant_and_the_mean(size):
    n = cells(size)
    assert np.allclose(spread(np.full((n, n), 3, np.float32), size), 3)
    ramp = np.repeat(np.arange(n, dtype=np.float32)[:, None], n, 1)
    assert spread(ramp, size).mean() == pytest.approx(ramp.mean(), rel=1e-4)


def test_the_window_leaves_out_what_lies_outside_the_field():
    e: Exposure = exposure(np.random.default_rng(0), 64, 1.0)
    depth = np.tile(np.linspace(0, 4, 64, dtype=np.float32), (64, 1))
    inside = np.zeros_like(depth)
    inside[:, 16:48] = 1
    low, high = window(depth, inside, None, e)
    assert 0.9 < low < 1.3
    assert 2.7 < high < 3.1
