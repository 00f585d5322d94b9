"""A scene as path lengths per pixel, with and without its fracture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.ndimage import gaussian_filter

from fracview.phantom.frames import stream
from fracview.phantom.optics import cells, spread

if TYPE_CHECKING:
    from fracview.phantom.bones import LongBone
    from fracview.phantom.fracture import Fracture
    from fracview.phantom.frames import Frame, Values
    from fracview.phantom.limb import Flesh
    from fracview.phantom.scene import Scene


Part: TypeAlias = tuple[slice, slice]
_ALL: Part = (slice(None), slice(None))


@dataclass(frozen=True)
class Grid:
    """Pixels of a square film in mm, origin in its middle."""

    size: int
    pixel_mm: float
    xs: Values

    @classmethod
    def over(cls, field: float, size: int) -> Grid:
        """Grid of ``size`` x ``size`` pixels over a film of ``field`` mm."""
        pixel = field / size
        xs = ((np.arange(size) + 0.5) * pixel - field / 2).astype(np.float32)
        return cls(size, pixel, xs)

    def seen(self, frame: Frame, part: Part = _ALL) -> tuple[Values, Values]:
        """Coordinates of the pixels of a part in a frame that is given from the film."""
        f, ys, xs = np.float32, self.xs[part[0]], self.xs[part[1]]
        x = (f(frame.a) * xs)[None, :] + (f(frame.b) * ys + f(frame.e))[:, None]
        y = (f(frame.c) * xs)[None, :] + (f(frame.d) * ys + f(frame.f))[:, None]
        return x, y

    def part(self, frame: Frame, u: tuple[float, float], v: tuple[float, float]) -> Part:
        """Rows and columns that hold a rectangle of a frame that is given from the film."""
        back = frame.inverse()
        x, y = np.array([back.point(a, b) for a in u for b in v]).T
        cuts = []
        for at in (y, x):
            low = math.floor(float(at.min()) / self.pixel_mm + self.size / 2) - 1
            high = math.ceil(float(at.max()) / self.pixel_mm + self.size / 2) + 1
            cuts.append(slice(min(max(low, 0), self.size), min(max(high, 0), self.size)))
        return cuts[0], cuts[1]

    def misses(self, x: float, y: float, radius: float) -> bool:
        """Whether a circle (film mm) lies outside the film."""
        far = self.size * self.pixel_mm / 2 + radius
        return abs(x) > far or abs(y) > far


def flesh_path(flesh: tuple[Flesh, ...], scene: Scene, grid: Grid) -> Values:
    """Path through soft tissue, mm; the tubes melt into each other where they meet."""
    total = np.zeros((grid.size, grid.size), np.float32)
    for tube in flesh:
        part, chord = tube_path(tube, scene, grid)
        chord *= chord
        total[part] += chord * chord
    return np.sqrt(np.sqrt(total))


def tube_path(tube: Flesh, scene: Scene, grid: Grid) -> tuple[Part, Values]:
    """Path through one tube, mm, in the part of the film that it can reach."""
    there = tube.frame.inverse().after(scene.frame)
    wide = float((tube.radius + np.abs(tube.middle)).max())
    part = grid.part(there, (tube.start, tube.start + len(tube.radius)), (-wide, wide))
    return part, tube.chord(*grid.seen(there, part))


def strip(
    bone: LongBone, scene: Scene, grid: Grid, room: float = 0.0
) -> tuple[Values, Values, Values]:
    """Flat indices of the pixels that a bone may cover, and their (u, v), mm."""
    there = bone.frame.inverse().after(scene.frame)
    ends, wide = (-5 - room, bone.length + 5 + room), bone.widest + room
    part = grid.part(there, ends, (-wide, wide))
    u, v = grid.seen(there, part)
    over = (u > np.float32(ends[0])) & (u < np.float32(ends[1])) & (np.abs(v) < np.float32(wide))
    y, x = np.nonzero(over)
    return (y + part[0].start) * grid.size + x + part[1].start, u[over], v[over]


def bone_path(scene: Scene, grid: Grid) -> Values:
    """Bone-equivalent path, mm, of all healthy bones."""
    total = np.zeros(grid.size**2, np.float32)
    for bone in scene.limb.bones:
        rows, u, v = strip(bone, scene, grid)
        if rows.size:
            total[rows] += _healthy(bone, u, v, grid.pixel_mm)
    for group in scene.limb.blocks:
        there = group.frame.inverse().after(scene.frame)
        x, y, radius = group.circle()
        if grid.misses(*there.inverse().point(x, y), radius):
            continue
        px, py = grid.seen(there)
        rows = np.flatnonzero((px - np.float32(x)) ** 2 + (py - np.float32(y)) ** 2 < radius**2)
        if rows.size:
            total[rows] += group.path(px.ravel()[rows], py.ravel()[rows], grid.pixel_mm)
    return total.reshape(grid.size, grid.size)


def broken_path(bones: Values, fracture: Fracture, scene: Scene, grid: Grid) -> Values:
    """Return the bone path with one bone exchanged for its fragments."""
    rows, u, v = strip(fracture.bone, scene, grid, 12.0)
    out = bones.copy()
    if rows.size:
        flat = out.reshape(-1)
        old = _healthy(fracture.bone, u, v, grid.pixel_mm)
        change = fracture.path(u, v, grid.pixel_mm) - old
        hit = np.abs(change) > 1e-3
        flat[rows[hit]] += change[hit]
    return out


def _healthy(bone: LongBone, u: Values, v: Values, pixel_mm: float) -> Values:
    chords = bone.chords(u, v, pixel_mm)
    return chords.path(np.float32(2) * chords.outer, np.float32(2) * chords.inner)


def bent_flesh(fracture: Fracture, index: int, scene: Scene) -> tuple[Flesh, ...]:
    """Soft tissue that follows the fragments a little."""
    flesh, which = scene.limb.flesh, scene.limb.segment[index]
    tube, bone = flesh[which], fracture.bone
    there = tube.frame.inverse().after(bone.frame)
    x, y = there.point(fracture.at, 0)
    _, pushed = there.point(fracture.at, fracture.push)
    bent = tube.bent(x, 0.6 * (pushed - y), 2.2 * fracture.radius + 8)
    return (*flesh[:which], bent, *flesh[which + 1 :])


def muscle(seed: int, size: int) -> Values:
    """Smooth unevenness of soft tissue around 1, (S, S)."""
    rng = stream(seed, "muscle")
    n = cells(size)
    noise = rng.standard_normal((56, 56), dtype=np.float32)
    fine = gaussian_filter(noise, 2.2) * 6
    wide = gaussian_filter(noise[::-1], 7.0) * 17
    at = np.linspace(0, 55, n).astype(int)
    small = np.float32(1) + np.float32(0.014) * fine[np.ix_(at, at)]
    small += np.float32(0.02) * wide[np.ix_(at, at)]
    return spread(small, size)


def shutter(scene: Scene, grid: Grid) -> Values:
    """Share of the beam that the collimation lets through, (S, S)."""
    x0, y0, wide, high, tilt = scene.shutters
    f = np.float32
    cos, sin = f(np.cos(tilt)), f(np.sin(tilt))
    dx, dy = grid.xs[None, :] - f(x0), grid.xs[:, None] - f(y0)
    sharp = f(1 / (1.2 * grid.pixel_mm))
    a = np.clip((f(wide) - np.abs(cos * dx + sin * dy)) * sharp + f(0.5), 0, 1)
    b = np.clip((f(high) - np.abs(cos * dy - sin * dx)) * sharp + f(0.5), 0, 1)
    gate: Values = a * b
    return gate
