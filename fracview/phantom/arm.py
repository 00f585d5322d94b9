"""The arm, elbow bent a little: humerus, forearm, carpus and hand. Sizes in mm of an adult."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fracview.phantom.blocks import Block, Blocks
from fracview.phantom.bones import LongBone
from fracview.phantom.frames import Frame
from fracview.phantom.limb import Flesh, Limb, Site

if TYPE_CHECKING:
    import numpy as np

_CARPUS = (  # x from the wrist, y, half axes, tilt: scaphoid, lunate, triquetrum, then distal row
    (7.5, -11.5, 6.0, 8.8, 0.55),
    (6.0, 0.0, 6.3, 6.3, 0.0),
    (9.5, 10.0, 5.6, 6.4, -0.4),
    (18.5, -20.0, 6.2, 6.6, 0.5),
    (20.0, -11.0, 5.6, 5.2, 0.2),
    (18.5, -2.0, 9.0, 6.2, 0.0),
    (19.0, 9.0, 7.6, 6.8, -0.25),
)
_RAYS = (  # start x, y, direction, lengths of metacarpal and phalanges
    (26.0, -25.0, -0.72, (44, 31, 0, 22)),
    (28.0, -13.5, -0.13, (66, 40, 23, 17)),
    (29.0, -3.5, -0.02, (63, 44, 27, 18)),
    (28.0, 5.5, 0.09, (56, 41, 26, 18)),
    (26.0, 13.0, 0.21, (52, 32, 18, 16)),
)
_TUBES = (  # shaft, proximal, distal radius and their reach, of metacarpal and phalanges
    (3.9, 7.4, 6.9, 9.0, 9.0),
    (4.2, 7.3, 5.3, 8.0, 6.0),
    (3.6, 6.4, 4.7, 7.0, 5.0),
    (2.5, 5.0, 3.3, 5.0, 3.0),
)
_JOINTS = ("metacarpal", "proximal phalanx", "middle phalanx", "distal phalanx")


@dataclass(frozen=True)
class Body:
    """What one patient's bones have in common: scale, cortex share, texture and chance."""

    rng: np.random.Generator
    scale: float
    cortex: float
    grain: float

    def size(self, mean: float, spread: float = 0.07) -> float:
        """Scale a length and vary it."""
        return mean * self.scale * float(self.rng.uniform(1 - spread, 1 + spread))

    def depth(self, low: float = 0.85, high: float = 1.05) -> float:
        """Depth ratio of a bone."""
        return float(self.rng.uniform(low, high))

    def phase(self) -> float:
        """Where a bone begins on the texture tile, mm."""
        return float(self.rng.uniform(0, 128))

    def shell(self, shaft: float) -> float:
        """Thickness of the cortex of a shaft of that radius, mm."""
        return shaft * self.cortex * float(self.rng.uniform(0.9, 1.1))


def arm(body: Body, view: str) -> Limb:
    """Lay out an arm; x runs from the elbow (0) to the hand, the thumb at negative y."""
    rng, s = body.rng, body.scale
    fore = Frame.along(0, 0, 0)
    flexed, flexion = rng.random() < 0.35, rng.uniform(0.4, 1.4)
    bend = flexion if flexed else rng.normal(0, 0.2)
    upper = Frame.along(0, 0, 3.14159 + bend * (-1 if rng.random() < 0.5 else 1))
    hand = Frame.along(234 * s, 0, rng.normal(0, 0.12))
    spread = body.size(12.2, 0.1)
    bones = [*_forearm(body, spread), _humerus(body, upper)]
    segment = [1, 1, 0]
    flesh = [_upper_flesh(body, upper), _fore_flesh(body, fore), _palm(body, hand)]
    for i, ray in enumerate(_RAYS):
        made, tube = _ray(body, hand, i, ray)
        flesh.append(tube)
        bones += made
        segment += [2] + [len(flesh) - 1] * (len(made) - 1)
    blocks = (_carpus(body, hand), _head(body, upper))
    sites, field = _VIEWS[view]
    return Limb(
        tuple(flesh),
        tuple(bones),
        blocks,
        tuple(segment),
        sites,
        field,
        (-315 * s, 420 * s),
        _AIM[view] * s,
    )


def _forearm(body: Body, spread: float) -> list[LongBone]:
    rng, s = body.rng, body.scale
    radius, ulna = body.size(7.2), body.size(6.2)
    return [
        between(
            body, "radius", (2 * s, -0.75 * spread), (232 * s, -0.85 * spread),
            radius, body.size(10.5), body.size(15.0), 14 * s, 22 * s,
            bow=-rng.uniform(2, 6) * s, lean_d=1.5 * s, slope_d=-rng.uniform(0.15, 0.35),
            hollow_p=0.02, hollow_d=-0.006,
        ),
        between(
            body, "ulna", (-18 * s, 0.8 * spread), (228 * s, 1.2 * spread),
            ulna, body.size(12.5), body.size(8.2), 30 * s, 14 * s,
            bow=rng.uniform(0, 3) * s, lean_p=-4 * s, slope_d=rng.uniform(0, 0.3),
        ),
    ]  # fmt: skip


def _humerus(body: Body, upper: Frame) -> LongBone:
    return between(
        body, "humerus", (0, 0), (300 * body.scale, 3), body.size(11.2, 0.1),
        body.size(25), body.size(21), 26 * body.scale, 32 * body.scale, upper,
        bow=body.rng.uniform(-4, 4), hollow_p=0.006, depth=body.depth(0.7, 0.9),
    )  # fmt: skip


def _ray(
    body: Body, hand: Frame, finger: int, ray: tuple[float, float, float, tuple[int, ...]]
) -> tuple[list[LongBone], Flesh]:
    rng, s = body.rng, body.scale
    x, y, angle = ray[0] * s, ray[1] * s, ray[2] + rng.normal(0, 0.03)
    thick = (1.05, 1.0, 1.0, 0.95, 0.88)[finger]
    bones: list[LongBone] = []
    start, knuckle = (x, y), (x, y)
    for joint, length in enumerate(ray[3]):
        if not length:
            continue
        shaft, near, far, reach_p, reach_d = _TUBES[joint]
        long = body.size(length, 0.05)
        step = Frame.along(*start, angle)
        stop = step.point(long, 0)
        bones.append(
            between(
                body, f"{_JOINTS[joint]} {finger + 1}", start, stop,
                body.size(shaft * thick), body.size(near * thick), body.size(far * thick),
                reach_p * s, reach_d * s, hand,
                hollow_p=0.018, hollow_d=(-0.035, 0.02, 0.02, -0.02)[joint],
                depth=body.depth(0.8, 0.95), edge=0.55, cortex=1.12,
            )
        )  # fmt: skip
        if joint == 0:
            knuckle = step.point(long - 12 * s, 0) if finger else step.point(8 * s, 0)
        start = step.point(long + rng.uniform(1.2, 1.9) * s, 0)
        angle += rng.normal(0, 0.04)
    dx, dy = start[0] - knuckle[0], start[1] - knuckle[1]
    total = (dx * dx + dy * dy) ** 0.5 + 4 * s
    along = hand.after(Frame.along(*knuckle, math.atan2(dy, dx)))
    wide = body.size(10.0 if finger else 12.5, 0.1) * thick
    x_profile = (-6, 0, 0.35 * total, 0.7 * total, total - 6 * s, total - 1.5 * s, total)
    r_profile = (0.6 * wide, wide, 0.95 * wide, 0.85 * wide, 0.7 * wide, 0.42 * wide, 0.05)
    d_profile = tuple(0.9 * r for r in r_profile)
    tube = Flesh.tube(along, x_profile, r_profile, d_profile, rng, waves=0.25)
    return bones, tube


def _upper_flesh(body: Body, upper: Frame) -> Flesh:
    w = body.size(1.0, 0.12)
    return Flesh.tube(
        upper,
        [x * body.scale for x in (-45, -25, 0, 50, 130, 220, 310, 420)],
        [r * w for r in (0.1, 30, 41, 43, 49, 55, 64, 74)],
        [r * w for r in (5, 22, 34, 36, 43, 49, 56, 64)],
        body.rng,
        middle=2,
    )


def _fore_flesh(body: Body, fore: Frame) -> Flesh:
    w = body.size(1.0, 0.1)
    return Flesh.tube(
        fore,
        [x * body.scale for x in (-45, -22, 15, 70, 140, 200, 235, 262, 285)],
        [r * w for r in (0.1, 30, 42, 43, 35, 29.5, 28.5, 26, 8)],
        [r * w for r in (5, 22, 33, 33, 26, 21, 19, 14, 2)],
        body.rng,
    )


def _palm(body: Body, hand: Frame) -> Flesh:
    w = body.size(1.0, 0.06)
    return Flesh.tube(
        hand,
        [x * body.scale for x in (-25, -5, 20, 50, 78, 95, 106, 118)],
        [r * w for r in (14, 27, 32, 39, 42, 41, 36, 20)],
        [r * w for r in (6, 17, 18, 15, 12, 9, 6, 0.5)],
        body.rng,
        middle=-3 * body.scale,
        waves=0.6,
    )


def _carpus(body: Body, hand: Frame) -> Blocks:
    rng, s = body.rng, body.scale
    members = tuple(
        Block(
            s * (x + rng.normal(0, 0.5)), s * (y + rng.normal(0, 0.5)), body.size(a, 0.06),
            body.size(b, 0.06), tilt + rng.normal(0, 0.15), s * rng.uniform(4.6, 6.0),
        )
        for x, y, a, b, tilt in _CARPUS
    )  # fmt: skip
    gap = float(rng.uniform(1.1, 1.9)) * s
    return Blocks("carpus", hand, members, gap, body.grain, body.phase(), float(rng.uniform(0, 6)))


def _head(body: Body, upper: Frame) -> Blocks:
    s = body.scale
    member = Block(296 * s, 9 * s, body.size(22), body.size(22), 0.0, body.size(18))
    return Blocks("humeral head", upper, (member,), 1.0, body.grain, body.phase(), 1.0)


def between(
    body: Body,
    name: str,
    start: tuple[float, float],
    stop: tuple[float, float],
    shaft: float,
    proximal: float,
    distal: float,
    reach_p: float,
    reach_d: float,
    segment: Frame | None = None,
    *,
    cortex: float = 1.0,
    depth: float | None = None,
    **more: Any,
) -> LongBone:
    """Make a long bone from one point of a segment to another."""
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    frame = Frame.along(*start, math.atan2(dy, dx))
    return LongBone(
        name,
        frame if segment is None else segment.after(frame),
        math.hypot(dx, dy),
        shaft,
        proximal,
        distal,
        reach_p,
        reach_d,
        cortex=body.shell(shaft) * cortex,
        depth=depth or body.depth(),
        grain=body.grain,
        phase=body.phase(),
        **more,
    )


_AIM = {"forearm": 110.0, "wrist": 240.0, "hand": 300.0, "finger": 340.0, "humerus": -140.0}
_VIEWS: dict[str, tuple[tuple[Site, ...], tuple[float, float]]] = {
    "forearm": (
        (
            Site("radius", 0.5, 0.12, 0.9),
            Site("ulna", 0.42, 0.1, 0.9),
            Site("humerus", 0.08, 0.1, 0.2),
        ),
        (190, 300),
    ),
    "wrist": (
        (
            Site("radius", 0.42, 0.78, 0.95),
            Site("ulna", 0.16, 0.8, 0.95),
            *(Site(f"metacarpal {i}", 0.07, 0.12, 0.88) for i in (1, 2, 3, 4, 5)),
        ),
        (150, 240),
    ),
    "hand": (
        (
            *(Site(f"metacarpal {i}", 0.14, 0.15, 0.88) for i in (1, 2, 3, 4)),
            Site("metacarpal 5", 0.3, 0.2, 0.88),
            *(Site(f"proximal phalanx {i}", 0.1, 0.15, 0.85) for i in (1, 2, 3, 4, 5)),
            *(Site(f"middle phalanx {i}", 0.06, 0.2, 0.8) for i in (2, 3, 4, 5)),
            *(Site(f"distal phalanx {i}", 0.04, 0.3, 0.8) for i in (1, 2, 3, 4, 5)),
        ),
        (160, 250),
    ),
    "finger": (
        (
            *(Site(f"proximal phalanx {i}", 0.12, 0.15, 0.85) for i in (1, 2, 3, 4, 5)),
            *(Site(f"middle phalanx {i}", 0.12, 0.18, 0.85) for i in (2, 3, 4, 5)),
            *(Site(f"distal phalanx {i}", 0.07, 0.25, 0.8) for i in (1, 2, 3, 4, 5)),
            *(Site(f"metacarpal {i}", 0.05, 0.5, 0.88) for i in (2, 3, 4, 5)),
        ),
        (95, 150),
    ),
    "humerus": (
        (
            Site("humerus", 0.75, 0.08, 0.88),
            Site("ulna", 0.12, 0.12, 0.35),
            Site("radius", 0.13, 0.06, 0.35),
        ),
        (220, 340),
    ),
}
