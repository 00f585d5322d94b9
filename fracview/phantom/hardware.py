"""Plates, rods and plaster: drawn by chance, whatever the label, never on the bone of the site."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fracview.phantom.layers import strip, tube_path

if TYPE_CHECKING:
    from fracview.phantom.bones import LongBone
    from fracview.phantom.clutter import Clutter
    from fracview.phantom.frames import Values
    from fracview.phantom.layers import Grid
    from fracview.phantom.limb import Flesh
    from fracview.phantom.scene import Scene


def hardware(over: Clutter, scene: Scene, grid: Grid, rng: np.random.Generator) -> None:
    """Add metal and plaster to the clutter over a scene."""
    draw = rng.random(12)
    sites = {site.bone for site in scene.limb.sites}
    place = scene.limb.bones[scene.bone]
    other = [
        bone
        for bone in scene.limb.bones
        if bone is not place and bone.length > 45 * scene.scale and bone.name in sites
    ]
    if draw[0] < 0.06 and other:
        bone = other[int(draw[1] * len(other))]
        rod = draw[2] < 0.3
        layer = _rod(bone, scene, grid, draw) if rod else _plate(bone, scene, grid, draw)
        if layer.any():
            over.add_metal(layer)
            over.hardware += ("rod" if rod else "plate",)
    if draw[3] < 0.05:
        over.add_soft(_plaster(scene, grid, draw, rng))
        over.hardware += ("cast",)


def _plate(bone: LongBone, scene: Scene, grid: Grid, draw: Values) -> Values:
    """A plate with screws, seen from the side or from the front."""
    f = np.float32
    layer = np.zeros(grid.size**2, np.float32)
    rows, u, v = strip(bone, scene, grid, 6.0)
    middle = bone.length * (0.3 + 0.4 * draw[4])
    half = min(bone.length * 0.35, bone.shaft * (3.5 + 3 * draw[5]))
    r = bone.radius_at(middle)
    v = v - f(bone.bend_at(middle))
    side = 1.0 if draw[6] < 0.5 else -1.0
    frontal = draw[7] < 0.5
    wide = 0.62 * r if frontal else max(1.0, 0.13 * r)
    off = 0.2 * r * side if frontal else (r + wide) * side
    sharp = f(1 / grid.pixel_mm)
    inside = np.minimum(f(half) - np.abs(u - f(middle)), f(wide) - np.abs(v - f(off)))
    plate = f(1.3) * np.clip(inside * sharp + f(0.5), 0, 1)
    pitch = 2 * half / 6
    along = np.abs(np.mod(u - f(middle - half), f(pitch)) - f(pitch / 2))
    thick = max(0.9, 0.11 * r)
    if frontal:
        far = np.hypot(along, v - f(off))
        plate += f(0.9) * np.clip((f(1.6 * thick) - far) * sharp + f(0.5), 0, 1) * (plate > 0.5)
    else:
        screw = np.minimum(f(thick) - along, f(0.95 * r) - np.abs(v) + f(2 * wide) * (v * side > 0))
        screw = np.minimum(screw, f(half) - np.abs(u - f(middle)))
        plate = np.maximum(plate, f(1.1) * np.clip(screw * sharp + f(0.5), 0, 1))
    layer[rows] = plate
    return layer.reshape(grid.size, grid.size)


def _rod(bone: LongBone, scene: Scene, grid: Grid, draw: Values) -> Values:
    """A rod in the marrow."""
    f = np.float32
    layer = np.zeros(grid.size**2, np.float32)
    rows, u, v = strip(bone, scene, grid)
    start, stop = bone.length * (0.02 + 0.1 * draw[4]), bone.length * (0.75 + 0.2 * draw[5])
    wide = max(0.9, 0.38 * bone.shaft)
    inside = np.minimum(np.minimum(u - f(start), f(stop) - u), f(wide) - np.abs(v))
    layer[rows] = f(1.5) * np.clip(inside / f(grid.pixel_mm) + f(0.5), 0, 1)
    return layer.reshape(grid.size, grid.size)


def _plaster(scene: Scene, grid: Grid, draw: Values, rng: np.random.Generator) -> Values:
    """A cast around a stretch of the limb, as millimetres of soft tissue."""
    tube = _stretch(scene.limb.flesh[scene.limb.segment[scene.bone]], rng)
    inner = _wider(tube, 2.0 + 2 * draw[8])
    outer = _wider(inner, 3.0 + 2.5 * draw[9])
    shell = np.zeros((grid.size, grid.size), np.float32)
    for tube, sign in ((outer, 1), (inner, -1)):
        part, chord = tube_path(tube, scene, grid)
        shell[part] += np.float32(sign) * chord
    grain = rng.standard_normal((grid.size, grid.size), dtype=np.float32)
    dense = np.float32(1.0 + 0.5 * draw[10]) + np.float32(0.05) * grain
    cast: Values = np.maximum(shell, 0) * dense
    return cast


def _stretch(tube: Flesh, rng: np.random.Generator) -> Flesh:
    """The part of a tube that a cast covers; now and then all of it."""
    thick = np.flatnonzero(tube.radius > 0.8 * np.median(tube.radius))
    first, last = int(thick[0]), int(thick[-1])
    start, stop = rng.uniform(-0.1, 0.35), rng.uniform(0.65, 1.1)
    low, high = (first + int((last - first) * x) for x in (max(start, 0), min(stop, 1)))
    part = slice(low, high)
    return replace(
        tube, start=tube.start + part.start, radius=tube.radius[part], depth=tube.depth[part],
        middle=tube.middle[part],
    )  # fmt: skip


def _wider(tube: Flesh, by: float) -> Flesh:
    return replace(tube, radius=tube.radius + np.float32(by), depth=tube.depth + np.float32(by))
