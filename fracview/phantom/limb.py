"""A limb: bones, short bones and soft tissue in one plane, before any film is laid under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fracview.phantom.bones import Line, LongBone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.phantom.blocks import Blocks
    from fracview.phantom.frames import Frame, Values


@dataclass(frozen=True)
class Flesh:
    """Soft tissue of one segment: an elliptic tube along x, tabulated in steps of 1 mm.

    Parameters
    ----------
    frame
        From the segment to the limb.
    start
        Where the tables begin, mm.
    radius, depth, middle
        Half width, half depth and midline of the tube, mm.
    """

    frame: Frame
    start: float
    radius: Values
    depth: Values
    middle: Values

    @classmethod
    def tube(
        cls,
        frame: Frame,
        x: Sequence[float],
        radius: Sequence[float],
        depth: Sequence[float],
        rng: np.random.Generator,
        *,
        middle: float = 0.0,
        waves: float = 1.0,
    ) -> Flesh:
        """Tube through a profile, with a skin line that waves a little."""
        at = np.arange(x[0], x[-1] + 1.0)
        r, d = _through(np.array(x, float), np.array([radius, depth], float), at)
        y = np.full_like(at, middle)
        for table, strength in ((r, 1.0), (y, 0.7)):
            amount = rng.uniform(0.3, 1.3, 3) * waves * strength
            rate, phase = rng.uniform(0.015, 0.07, 3), rng.uniform(0, 6.28, 3)
            table += (amount * np.sin(at[:, None] * rate + phase)).sum(1)
        r[0] = r[-1] = 0.05
        return cls(
            frame,
            float(at[0]),
            np.maximum(r, 0.05).astype(np.float32),
            d.astype(np.float32),
            y.astype(np.float32),
        )

    def chord(self, x: Values, y: Values) -> Values:
        """Path through the tube, mm, at points of the segment's frame."""
        f = np.float32
        last = len(self.radius) - 1
        place = x - f(self.start)
        row = np.clip(place, 0, last).astype(np.int32)
        off = (y - self.middle[row]) / self.radius[row]
        inside = np.maximum(f(1) - off * off, 0) * ((place > 0) & (place < f(last)))
        chord: Values = f(2) * self.depth[row] * np.sqrt(inside)
        return chord

    def bent(self, at: float, by: float, width: float) -> Flesh:
        """Return the tube with its midline pushed aside around ``at``, as over a fragment."""
        x = np.arange(len(self.middle), dtype=np.float32) + np.float32(self.start - at)
        push = np.float32(by) * np.exp(-((x / np.float32(width)) ** 2))
        return replace(self, middle=self.middle + push.astype(np.float32))

    def swollen(self, at: float, by: float, width: float) -> Flesh:
        """Return the tube thicker around ``at``."""
        x = np.arange(len(self.middle), dtype=np.float32) + np.float32(self.start - at)
        more = np.float32(by) * np.exp(-((x / np.float32(width)) ** 2))
        return replace(self, radius=self.radius + more * (self.radius > 1))


def _through(x: Values, y: Values, at: Values) -> Values:
    """Monotone cubic curves through (k, n) points at x (n,); Fritsch and Carlson 1980."""
    step = np.diff(x)
    slope = np.diff(y, axis=1) / step
    left, right = slope[:, :-1], slope[:, 1:]
    same = left * right > 0
    tangent = np.zeros_like(y)
    both = np.where(same, left + right, 1.0)
    tangent[:, 1:-1] = np.where(same, 2 * left * right / both, 0.0)
    tangent[:, 0], tangent[:, -1] = slope[:, 0], slope[:, -1]
    row = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(step) - 1)
    t, h = (at - x[row]) / step[row], step[row]
    rise = y[:, row + 1] - y[:, row]
    curve: Values = y[:, row] + t * t * (3 - 2 * t) * rise
    curve += h * t * (1 - t) * ((1 - t) * tangent[:, row] - t * tangent[:, row + 1])
    return curve


@dataclass(frozen=True)
class Site:
    """Where fractures happen: a bone, how often, and where along it (share of its length)."""

    bone: str
    weight: float
    low: float
    high: float


@dataclass(frozen=True)
class Limb:
    """All that is in the beam. ``segment`` says in which flesh each bone lies."""

    flesh: tuple[Flesh, ...]
    bones: tuple[LongBone, ...]
    blocks: tuple[Blocks, ...]
    segment: tuple[int, ...]
    sites: tuple[Site, ...]
    field: tuple[float, float]
    reach: tuple[float, float]
    """Stretch of the limb's x axis that is modelled, mm."""
    middle: float = 0.0
    """Where on the limb's x axis films of the view are aimed, mm; they may miss it."""


def healthy_lines(
    rng: np.random.Generator, bone: LongBone, child: bool, scale: float
) -> tuple[LongBone, tuple[str, ...]]:
    """Give a bone what healthy bones show; the same chances whatever the label.

    Returns
    -------
    tuple
        The bone and the names of what it got.
    """
    draw = rng.random(12)
    lines: list[Line] = []
    names: list[str] = []
    length, tall = bone.length, bone.length > 25 * scale
    if child and tall:
        for at, radius, wave in (
            (1.1 * bone.proximal**0.75, bone.proximal, draw[0]),
            (length - 1.1 * bone.distal**0.75, bone.distal, draw[1]),
        ):
            width = 0.45 + 0.5 * wave
            lines.append(
                Line(at, 0, 1.5708, 4 * radius, width, 0.5 + 0.3 * draw[2], 0.9 * wave, 0.12)
            )
            names.append("growth plate")
    if not child and tall and draw[3] < 0.3:
        at = length - (0.5 + 0.3 * draw[4]) * bone.distal
        lines.append(Line(at, 0, 1.5708, 0.9 * bone.distal, 0.5, -0.08 - 0.2 * draw[5], 0.3))
        names.append("scar")
    if length > 90 * scale and draw[6] < 0.3:
        side = 1 if draw[7] < 0.5 else -1
        at, off = length * (0.25 + 0.5 * draw[8]), side * bone.shaft * (0.3 + 0.45 * draw[9])
        lines.append(
            Line(at, off, side * (0.08 + 0.3 * draw[10]), 4 + 6 * draw[11], 0.6, 0.22, 0.0, 0.08)
        )
        names.append("canal")
    if rng.random() < 0.12:
        at, size = length * rng.uniform(0.1, 0.9), rng.uniform(0.8, 1.8)
        lines.append(Line(at, rng.uniform(-0.5, 0.5) * bone.shaft, 0, size, size, -0.5))
        names.append("island")
    chance, place, high, wide = rng.random(4)
    callus = bone.callus
    if tall and chance < 0.02:
        callus = (
            length * (0.2 + 0.6 * place),
            bone.shaft * (0.12 + 0.25 * high),
            bone.shaft * (1.1 + 1.2 * wide),
        )
        names.append("callus")
    return replace(bone, lines=tuple(lines), callus=callus), tuple(names)
