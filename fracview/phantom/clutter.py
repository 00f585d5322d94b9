"""What lies over the limb whatever its label: markers, folds, casts, wires, plates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fracview.phantom.frames import Values

_LETTERS = {
    "L": ((0, 0, 0, 1), (0, 1, 0.6, 1)),
    "R": (
        (0, 0, 0, 1),
        (0, 0, 0.38, 0),
        (0.38, 0, 0.6, 0.12),
        (0.6, 0.12, 0.6, 0.38),
        (0.6, 0.38, 0.38, 0.5),
        (0.38, 0.5, 0, 0.5),
        (0.3, 0.5, 0.64, 1),
    ),
}


@dataclass
class Clutter:
    """Layers over the film: extra soft tissue (mm), metal (optical depth), and their names."""

    soft: Values | None = None
    metal: Values | None = None
    marker: str = ""
    hardware: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()

    def add_metal(self, layer: Values) -> None:
        """Put metal on top."""
        self.metal = layer if self.metal is None else self.metal + layer

    def add_soft(self, layer: Values) -> None:
        """Put something like soft tissue on top."""
        self.soft = layer if self.soft is None else self.soft + layer


def clutter(rng: np.random.Generator, xs: Values, field: float, pixel_mm: float) -> Clutter:
    """Draw folds, bandage edges, wires, rings and the side marker.

    Parameters
    ----------
    rng
        Chance of this part.
    xs
        Film coordinates of the pixels along one side, mm.
    field
        Side of the film, mm.
    pixel_mm
        Side of a pixel, mm.
    """
    out = Clutter()
    for _ in range(int(rng.poisson(0.6))):
        out.add_soft(_fold(rng, xs, field))
        out.lookalikes += ("fold",)
    if rng.random() < 0.10:
        out.add_metal(_wire(rng, xs, field, pixel_mm))
        out.hardware += ("wire",)
    if rng.random() < 0.08:
        out.add_metal(_ring(rng, xs, field, pixel_mm))
        out.hardware += ("ring",)
    if rng.random() < 0.72:
        out.marker = "L" if rng.random() < 0.5 else "R"
        out.add_metal(_marker(rng, xs, field, pixel_mm, out.marker))
    return out


def _fold(rng: np.random.Generator, xs: Values, field: float) -> Values:
    """Edge of a bandage or a skin fold: a step that fades, or a thin line."""
    f = np.float32
    angle, off = rng.uniform(0, 6.28), rng.uniform(-0.35, 0.35) * field
    bow, phase = rng.uniform(-2, 2), rng.uniform(0, 6)
    x, y = xs[None, :], xs[:, None]
    along = f(math.cos(angle)) * x + f(math.sin(angle)) * y
    across = f(-math.sin(angle)) * x + f(math.cos(angle)) * y - f(off)
    across = across + f(bow) * np.sin(along * f(6.28 / field * 1.3) + f(phase))
    if rng.random() < 0.5:
        fade = f(rng.uniform(8, 40))
        height = f(rng.uniform(1.5, 5.0))
        return height * np.exp(-np.maximum(across, 0) / fade) * (across > 0)
    width, height = f(rng.uniform(0.5, 1.1)), f(rng.uniform(1.2, 3.0))
    return height * np.exp(-((across / width) ** 2))


def _wire(rng: np.random.Generator, xs: Values, field: float, pixel_mm: float) -> Values:
    f = np.float32
    angle, off = rng.uniform(0, 6.28), rng.uniform(-0.42, 0.42) * field
    x, y = xs[None, :], xs[:, None]
    along = f(math.cos(angle)) * x + f(math.sin(angle)) * y
    across = f(-math.sin(angle)) * x + f(math.cos(angle)) * y - f(off)
    bend = rng.uniform(0.03, 0.14) * field
    across = across + f(bend) * np.sin(along * f(rng.uniform(2, 6) / field) + f(rng.uniform(0, 6)))
    width = max(0.7, 0.7 * pixel_mm)
    return f(rng.uniform(0.3, 1.2)) * np.exp(-((across / f(width)) ** 2))


def _ring(rng: np.random.Generator, xs: Values, field: float, pixel_mm: float) -> Values:
    f = np.float32
    x0, y0 = rng.uniform(-0.45, 0.45, 2) * field
    radius, thick = rng.uniform(4, 10), max(rng.uniform(0.7, 1.6), 0.7 * pixel_mm)
    far = np.hypot(xs[None, :] - f(x0), xs[:, None] - f(y0))
    depth = f(rng.uniform(1.0, 2.5))
    if rng.random() < 0.4:
        disc: Values = depth * np.clip((f(radius) - far) / f(pixel_mm) + f(0.5), 0, 1)
        return disc
    ring: Values = depth * np.exp(-(((far - f(radius)) / f(thick)) ** 2))
    return ring


def _marker(
    rng: np.random.Generator, xs: Values, field: float, pixel_mm: float, letter: str
) -> Values:
    """Lead letter near a corner or an edge."""
    f = np.float32
    layer = np.zeros((len(xs), len(xs)), np.float32)
    height = rng.uniform(8, 15) * (field / 200) ** 0.5
    corner = rng.uniform(0.28, 0.44, 2) * np.where(rng.random(2) < 0.5, -1, 1) * field
    angle = rng.normal(0, 0.15) + (1.5708 * rng.integers(4) if rng.random() < 0.25 else 0)
    framed, depth = rng.random() < 0.4, rng.uniform(1.4, 2.6)
    stroke = 0.085 * height
    cos, sin = math.cos(angle), math.sin(angle)
    reach = height * 1.1
    cols = np.flatnonzero(np.abs(xs - corner[0]) < reach)
    rows = np.flatnonzero(np.abs(xs - corner[1]) < reach)
    if not len(cols) or not len(rows):
        return layer
    dx, dy = xs[cols][None, :] - f(corner[0]), xs[rows][:, None] - f(corner[1])
    p = (f(cos) * dx + f(sin) * dy) / f(height) + f(0.3)
    q = (f(cos) * dy - f(sin) * dx) / f(height) + f(0.5)
    lines = list(_LETTERS[letter])
    if framed:
        lines += [(-0.3, -0.25, 0.9, -0.25), (0.9, -0.25, 0.9, 1.25)]
        lines += [(0.9, 1.25, -0.3, 1.25), (-0.3, 1.25, -0.3, -0.25)]
    near = np.full(p.shape, np.float32(9))
    for x1, y1, x2, y2 in lines:
        ex, ey = x2 - x1, y2 - y1
        t = np.clip(((p - f(x1)) * f(ex) + (q - f(y1)) * f(ey)) / f(ex * ex + ey * ey), 0, 1)
        near = np.minimum(near, np.hypot(p - f(x1) - t * f(ex), q - f(y1) - t * f(ey)))
    ink = np.clip((f(stroke) - near * f(height)) / f(pixel_mm) + f(0.5), 0, 1)
    layer[np.ix_(rows, cols)] = f(depth) * ink
    return layer
