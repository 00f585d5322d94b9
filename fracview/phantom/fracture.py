"""A fracture of a long bone: its surface, its fragments and its box."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from fracview.phantom.records import KINDS, SEVERITIES

if TYPE_CHECKING:
    from fracview.phantom.bones import LongBone
    from fracview.phantom.frames import Values

_SLABS = 6


@dataclass(frozen=True)
class Motion:
    """A small rigid motion in a bone's plane: a turn about a point, then a shift."""

    turn: float
    about: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)

    def move(self, u: Values, v: Values) -> tuple[Values, Values]:
        """Where points of the healthy bone go."""
        cos, sin = np.float32(math.cos(self.turn)), np.float32(math.sin(self.turn))
        (pu, pv), (su, sv) = self.about, self.shift
        du, dv = u - np.float32(pu), v - np.float32(pv)
        return cos * du - sin * dv + np.float32(pu + su), sin * du + cos * dv + np.float32(pv + sv)

    def back(self, u: Values, v: Values) -> tuple[Values, Values]:
        """Which points of the healthy bone are now at (u, v)."""
        cos, sin = np.float32(math.cos(self.turn)), np.float32(math.sin(self.turn))
        (pu, pv), (su, sv) = self.about, self.shift
        du, dv = u - np.float32(pu + su), v - np.float32(pv + sv)
        return cos * du + sin * dv + np.float32(pu), cos * dv - sin * du + np.float32(pv)


@dataclass(frozen=True)
class Wedge:
    """The third fragment of a comminuted fracture: a triangle on one side."""

    side: float
    length: float
    off: float
    motion: Motion


@dataclass(frozen=True)
class Fracture:
    """One broken bone.

    Both fragments turn about their own joints, so that joints and neighbours stay where they are:
    a joint must not tell of a fracture far away. For the same reason a gap is taken from the
    fragments' ends, and ends that override are that much longer.
    """

    bone: LongBone
    at: float
    kind: str
    severity: str
    slope: float
    lean: float
    waves: tuple[tuple[float, float, float, float], ...]
    proximal: Motion
    distal: Motion
    wedge: Wedge | None
    gap: float
    shift: float
    angle: float
    pad: float

    @cached_property
    def radius(self) -> float:
        """Radius of the bone where it is broken, mm."""
        return self.bone.radius_at(self.at)

    @cached_property
    def centre(self) -> float:
        """Sideways place of the bone's axis where it is broken, mm."""
        return self.bone.bend_at(self.at)

    @cached_property
    def reach(self) -> float:
        """How far from ``at`` the surface or the wedge may lie, mm."""
        far = self.radius * (abs(self.slope) + abs(self.lean)) + 1 + abs(self.gap)
        far += sum(w[0] for w in self.waves)
        return far + (1.3 * self.wedge.length if self.wedge else 0.0)

    @property
    def push(self) -> float:
        """How far the fracture ends are pushed sideways on the whole, mm."""
        p = -self.proximal.turn * (0 - self.at)
        d = -self.distal.turn * (self.bone.length - self.at)
        return (p + d) / 2

    def surface(self, v: Values, z: float | Values) -> Values:
        """Return u of the fracture surface at (v, z)."""
        f = np.float32
        v = v - f(self.centre)
        slope = self.slope
        u: Values
        if self.kind == "spiral":
            u = f(self.at) + v * np.where(np.asarray(z) > 0, f(slope), f(-0.55 * slope))
        else:
            u = f(self.at) + f(slope) * v + f(self.lean) * np.asarray(z, np.float32)
        for height, rate, depth, phase in self.waves:
            u = u + f(height) * np.sin(f(rate) * v + np.asarray(depth * z + phase, np.float32))
        return u.astype(np.float32)

    def path(self, u: Values, v: Values, pixel_mm: float) -> Values:
        """Bone-equivalent path, mm, through all fragments at points (n,) of the bone's frame."""
        near_p = self._fragment(*self.proximal.back(u, v), -1.0, pixel_mm)
        near_d = self._fragment(*self.distal.back(u, v), 1.0, pixel_mm)
        total = near_p + near_d
        if self.wedge is not None:
            total += self._fragment(*self.wedge.motion.back(u, v), 0.0, pixel_mm)
        return total

    def _fragment(self, u: Values, v: Values, side: float, pixel_mm: float) -> Values:
        """Path through one fragment; ``side`` is -1 proximal, +1 distal, 0 the wedge."""
        f = np.float32
        total = np.zeros_like(u)
        away = (u - f(self.at)) * f(side)
        near = np.abs(u - f(self.at)) <= f(self.reach + pixel_mm)
        bone = self.bone
        if side:
            whole = np.flatnonzero(~near & (away > 0) & (u > -3) & (u < bone.length + 3))
            chords = bone.chords(u[whole], v[whole], pixel_mm)
            total[whole] = chords.path(f(2) * chords.outer, f(2) * chords.inner)
        rows = np.flatnonzero(near & (np.abs(v - f(self.centre)) < self.radius * 1.6 + 4))
        if rows.size:
            un, vn = u[rows], v[rows]
            chords = bone.chords(un, vn, pixel_mm)
            outer, inner = self._slabs(un, vn, chords.outer, chords.inner, side, pixel_mm)
            total[rows] = chords.path(outer, inner)
        return total

    def _slabs(
        self, u: Values, v: Values, outer: Values, inner: Values, side: float, pixel_mm: float
    ) -> tuple[Values, Values]:
        """Cut chords in slabs of depth, each with its own place of the surface."""
        f = np.float32
        cuts = np.linspace(-1, 1, _SLABS + 1) * self.radius * self.bone.depth
        keep_outer, keep_inner = np.zeros_like(u), np.zeros_like(u)
        sharp = f(1 / pixel_mm)
        for i in range(_SLABS):
            low, high = (-1e3 if i == 0 else cuts[i]), (1e3 if i == _SLABS - 1 else cuts[i + 1])
            beyond = u - self.surface(v, float(cuts[i] + cuts[i + 1]) / 2)
            kept = f(side) * beyond - f(self.gap / 2)
            part = np.clip(f(0.5) + kept * sharp, 0, 1) if side else f(1)
            if self.wedge is not None:
                wedge = self.wedge
                reach = f(wedge.side) * (v - f(self.centre)) + f(0.15 * self.radius)
                inside = f(wedge.length / self.radius) * reach - np.abs(beyond - f(wedge.off))
                chip = np.clip(f(0.5) + inside * sharp, 0, 1)
                part = part * (f(1) - chip) if side else chip
            for chord, keep in ((outer, keep_outer), (inner, keep_inner)):
                length = np.minimum(chord, f(high)) - np.maximum(-chord, f(low))
                keep += np.maximum(length, 0) * part
        return keep_outer, keep_inner

    def outline(self) -> tuple[Values, Values]:
        """Points of the fracture surfaces after the motions, in the bone's frame, mm."""
        r = np.float32(self.radius)
        across, deep = np.meshgrid(np.linspace(-1, 1, 33), np.linspace(-1, 1, 9))
        inside = across**2 + deep**2 <= 1.0001
        v = across[inside].astype(np.float32) * r + np.float32(self.centre)
        z = deep[inside].astype(np.float32) * r * np.float32(self.bone.depth)
        u = self.surface(v, z)
        half = np.float32(self.gap / 2)
        parts = [self.proximal.move(u - half, v), self.distal.move(u + half, v)]
        if self.wedge is not None:
            w = self.wedge
            edge = np.float32(self.centre + w.side * self.radius)
            tip = np.float32(self.centre - 0.15 * w.side * self.radius)
            at = self.surface(np.array([edge, edge, tip], np.float32), 0.0) + np.float32(w.off)
            at[0] -= np.float32(1.15 * w.length)
            at[1] += np.float32(1.15 * w.length)
            corners = np.array([edge, edge, tip], np.float32)
            parts += [m.move(at, corners) for m in (w.motion, self.proximal, self.distal)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def break_bone(bone: LongBone, share: float, rng: np.random.Generator, severity: str) -> Fracture:
    """Draw a fracture.

    Parameters
    ----------
    bone
        The bone to break.
    share
        Where, as a share of its length.
    rng
        Chance; the same number of draws whatever happens.
    severity
        ``"hairline"``, ``"moderate"`` or ``"displaced"``.
    """
    draw = rng.random(24)
    sign = np.where(rng.random(8) < 0.5, -1.0, 1.0)
    at = share * bone.length
    r, rest = bone.radius_at(at), bone.length - at
    kind = KINDS[int(np.searchsorted((0.32, 0.62, 0.80), draw[0]))]
    level = SEVERITIES.index(severity)
    room = 0.75 * min(at, rest) / r
    steep = {
        "transverse": 0.25 * draw[2],
        "oblique": 0.5 + 0.5 * draw[2],
        "spiral": 0.7 + 0.7 * draw[2],
        "comminuted": 0.35 + 0.5 * draw[2],
    }[kind]
    lean = {"transverse": 0.22, "oblique": 0.4, "spiral": 0.0, "comminuted": 0.22}[kind]
    edge_on = (0.2, 0.7, 1.0)[level]  # a narrow gap shows only where the beam runs along it
    waves = tuple(
        (
            (0.03 + 0.06 * draw[4 + i]) * r * 0.5**i,
            (0.7 + 0.8 * draw[8 + i]) * 2 ** (i + 1) / r,
            (3 * draw[12 + i] - 1.5) * 2**i / r * edge_on,
            6.28 * draw[(16 + i) % 20],
        )
        for i in range(4)
    )
    small = min(1.0, r / 6.0)
    gap = (
        (1.2 + 0.6 * draw[16]) * (0.75 + 0.25 * small),
        (1.1 + 1.4 * draw[16]) * (0.6 + 0.4 * small),
        (-4.5 + 7.0 * draw[16]) * small,
    )[level]
    shift = sign[2] * r * (0.0, 0.08 + 0.32 * draw[17], 0.35 + 0.75 * draw[17])[level]
    apex = sign[3] * min(4.0, 0.5 * r) * (0.0, 0.35 * draw[18], 0.3 + 0.9 * draw[18])[level]
    if gap < 0 and abs(shift) < 0.9 * r:
        gap = -gap * 0.5
    hp = float(np.clip(apex - shift * rest / (at + rest) * 0.7, -0.3 * at, 0.3 * at))
    hd = float(np.clip(apex + shift, -0.3 * rest, 0.3 * rest))
    proximal = Motion(math.asin(hp / at), (0.0, 0.0))
    distal = Motion(-math.asin(hd / rest), (bone.length, 0.0))
    wedge = None
    if kind == "comminuted":
        side, out = sign[4], (0.4, 0.9, 1.6)[level] + (0.5, 1.0, 1.6)[level] * draw[19] * small
        about = (at, bone.bend_at(at) + 0.6 * side * r)
        move = (0.0, side * out + (hp + hd) / 2)
        turn = sign[5] * (0.05, 0.15, 0.3)[level] * draw[20]
        length = r * min(0.5 + 0.6 * draw[21], 0.6 * room)
        wedge = Wedge(side, length, 0.0, Motion(turn, about, move))
    return Fracture(
        bone, at, kind, severity, float(sign[0] * min(steep, room)),
        float(sign[1] * min(lean * edge_on * draw[3], room)), waves, proximal, distal, wedge,
        float(gap), abs(hd - hp), abs(math.degrees(proximal.turn - distal.turn)),
        1.0 + 1.3 * float(draw[22]),
    )  # fmt: skip
