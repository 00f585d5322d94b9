"""Long bones as path lengths: cortex, marrow, ends, and what is seen on healthy ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from fracview.phantom.texture import texture

if TYPE_CHECKING:
    from fracview.phantom.frames import Frame, Values

_STEP = 0.5
"""Millimetres between the entries of a bone's tables."""
_CAP = np.sqrt(1 - (1 - np.linspace(0, 1, 513, dtype=np.float32)) ** 2.6)
"""Rounding of an end against the normalised distance from it."""


@dataclass(frozen=True)
class Line:
    """A dark or bright line on a healthy bone: canal, growth plate, scar or island.

    Parameters
    ----------
    u, v
        Its middle, mm.
    tilt
        Its direction, radian from the bone's axis.
    length
        Half its length, mm; Gaussian fall-off.
    width
        Half its width, mm; Gaussian.
    amount
        Share of the bone that it takes away (negative: adds).
    wave
        Height of its waves, mm.
    rim
        Strength of the dense lines beside it.
    """

    u: float
    v: float
    tilt: float
    length: float
    width: float
    amount: float
    wave: float = 0.0
    rim: float = 0.0

    def near(self, u: Values, v: Values) -> Values:
        """Which points the line may reach; at all others the factor is 1."""
        f = np.float32
        du, dv = u - f(self.u), v - f(self.v)
        cos, sin = f(np.cos(self.tilt)), f(np.sin(self.tilt))
        reach = f(4.2 * self.width + abs(self.wave))
        near: Values = np.abs(cos * dv - sin * du) < reach
        near &= np.abs(cos * du + sin * dv) < f(1.6 * self.length)
        return near

    def factor(self, u: Values, v: Values) -> Values:
        """Return what to multiply the bone's path with; 1 far away."""
        f = np.float32
        du, dv = u - f(self.u), v - f(self.v)
        cos, sin = f(np.cos(self.tilt)), f(np.sin(self.tilt))
        along, across = cos * du + sin * dv, cos * dv - sin * du
        if self.wave:
            across = across + f(self.wave) * np.sin(along * f(0.45) + f(self.u))
        fade = np.exp(-((along / f(self.length)) ** 4))
        near = (across / f(self.width)) ** 2
        dip = np.exp(-near) * f(self.amount)
        if self.rim:
            dip = dip - f(self.rim) * np.exp(-((np.sqrt(near) - f(1.9)) ** 2) * f(1.5))
        return f(1) - fade * dip


@dataclass(frozen=True)
class Chords:
    """Path lengths at points of a bone.

    Parameters
    ----------
    outer, inner
        Half chord through the whole bone and through its marrow, mm.
    cortex, marrow
        Bone-equivalent mm per mm of each.
    """

    outer: Values
    inner: Values
    cortex: Values
    marrow: Values

    def path(self, outer: Values, inner: Values) -> Values:
        """Bone-equivalent path, mm, for the given lengths through whole bone and marrow."""
        path: Values = (outer - inner) * self.cortex + inner * self.marrow
        return path


@dataclass(frozen=True)
class LongBone:
    """A tubular bone; u runs along it from 0 to ``length``, v across it, all in mm.

    Parameters
    ----------
    name
        Such as ``"radius"``.
    frame
        From bone (u, v) to limb.
    length, shaft, proximal, distal
        Length, and radius in the middle and at both ends.
    reach_p, reach_d
        How far the flare of each end reaches into the shaft.
    bow, lean_p, lean_d
        Sideways bend of the middle and of the ends.
    slope_p, slope_d, hollow_p, hollow_d
        Tilt and curvature of the joint surfaces.
    cortex, edge
        Thickness of the cortex in the shaft and at the ends.
    depth
        Thickness across the film over width.
    grain, phase
        Strength and place of the texture.
    callus
        Middle, height and reach of the spindle that an old healed fracture has left, mm.
    lines
        What is seen on this bone when it is healthy.
    """

    name: str
    frame: Frame
    length: float
    shaft: float
    proximal: float
    distal: float
    reach_p: float
    reach_d: float
    bow: float = 0.0
    lean_p: float = 0.0
    lean_d: float = 0.0
    slope_p: float = 0.0
    slope_d: float = 0.0
    hollow_p: float = 0.0
    hollow_d: float = 0.0
    cortex: float = 2.0
    edge: float = 0.7
    depth: float = 0.95
    grain: float = 0.1
    phase: float = 0.0
    callus: tuple[float, float, float] = (0.0, 0.0, 1.0)
    lines: tuple[Line, ...] = field(default=())

    @property
    def widest(self) -> float:
        """Half the width of the strip that surely holds the bone."""
        bend = abs(self.bow) + abs(self.lean_p) + abs(self.lean_d)
        return max(self.shaft, self.proximal, self.distal) + bend + 1 + self.callus[1]

    @cached_property
    def _tables(self) -> tuple[Values, Values, Values, Values]:
        """Bend, radius, cortex thickness and marrow density against u in steps."""
        u = np.arange(0, self.length + _STEP, _STEP, dtype=np.float64)
        a = np.exp(-((u / self.reach_p) ** 2))
        b = np.exp(-((np.maximum(self.length - u, 0) / self.reach_d) ** 2))
        bend = self.bow * np.sin(np.pi * np.clip(u / self.length, 0, 1))
        bend += self.lean_p * a + self.lean_d * b
        radius = self.shaft + (self.proximal - self.shaft) * a + (self.distal - self.shaft) * b
        at, height, reach = self.callus
        spindle = height * np.exp(-(((u - at) / reach) ** 2))
        radius += spindle
        shaft = np.clip(1 - 1.25 * np.maximum(a**0.55, b**0.55), 0, 1)
        thick = self.edge + (self.cortex - self.edge) * shaft + 0.9 * spindle
        marrow = 0.10 + 0.25 * (1 - shaft)
        f = np.float32
        return bend.astype(f), radius.astype(f), thick.astype(f), marrow.astype(f)

    def radius_at(self, u: float) -> float:
        """Radius of the bone at u, mm, ends not rounded."""
        return float(self._tables[1][self._row(u)])

    def bend_at(self, u: float) -> float:
        """Sideways bend of the axis at u, mm."""
        return float(self._tables[0][self._row(u)])

    def _row(self, u: float) -> int:
        return int(np.clip(round(u / _STEP), 0, len(self._tables[0]) - 1))

    def chords(self, u: Values, v: Values, pixel_mm: float) -> Chords:
        """Path lengths at points (n,) of the bone's frame."""
        f = np.float32
        bend, radius, thick, marrow = self._tables
        row = np.clip((u * f(1 / _STEP) + f(0.5)).astype(np.int32), 0, len(bend) - 1)
        v = v - bend[row]
        start = u - v * (f(self.slope_p) + f(self.hollow_p) * v)
        stop = f(self.length) - u + v * (f(self.slope_d) + f(self.hollow_d) * v)
        wide = radius[row]
        plate = f(1.6 * self.edge)
        r = wide * _cap(start, 0.55 * self.proximal) * _cap(stop, 0.45 * self.distal)
        m = wide * _cap(start - plate, 0.55 * self.proximal)
        m *= _cap(stop - plate, 0.45 * self.distal)
        m = np.maximum(m - thick[row], 0)
        vv = v * v
        k = f(self.depth)
        outer = k * np.sqrt(np.maximum(r * r - vv, 0))
        inner = np.minimum(k * np.sqrt(np.maximum(m * m - vv, 0)), outer)
        grain = texture(u, v, self.phase, pixel_mm)
        spongy = marrow[row] * np.maximum(f(1) + f(1.9 * self.grain) * grain, 0)
        cortex = f(0.93) + f(0.02) * grain
        for line in self.lines:
            near = np.flatnonzero(line.near(u, v))
            if near.size:
                factor = line.factor(u[near], v[near])
                spongy[near] *= factor
                cortex[near] *= factor
        return Chords(outer, inner, cortex, spongy)


def _cap(distance: Values, length: float) -> Values:
    row = np.clip(distance * np.float32(512 / length), 0, 512).astype(np.int32)
    cap: Values = _CAP[row]
    return cap
