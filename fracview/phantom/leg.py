"""The leg from thigh to forefoot, seen from the front. Sizes in mm of an adult."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fracview.phantom.arm import between
from fracview.phantom.blocks import Block, Blocks
from fracview.phantom.frames import Frame
from fracview.phantom.limb import Flesh, Limb, Site

if TYPE_CHECKING:
    from fracview.phantom.arm import Body
    from fracview.phantom.bones import LongBone

_TARSUS = (  # layers that cross; x from the ankle, y, half axes, depth
    ((11.5, -4.5, 9.5, 16.5, 14.0), (27.0, -7.0, 8.0, 12.0, 9.0)),
    ((27.0, 5.0, 15.0, 12.5, 8.0),),
    (
        (40.5, -15.0, 8.0, 6.5, 9.0),
        (41.0, -5.0, 7.5, 5.5, 8.0),
        (40.0, 3.5, 7.0, 5.0, 8.0),
        (38.0, 13.0, 9.5, 7.0, 8.0),
    ),
)


def leg(body: Body, view: str) -> Limb:
    """Lay out a leg; x runs from the knee (0) to the foot, the fibula at positive y."""
    rng, s = body.rng, body.scale
    thigh = Frame.along(0, 0, 3.14159 + rng.normal(0, 0.07))
    shank = Frame.along(0, 0, 0)
    foot = Frame.along(341 * s, 0, rng.normal(0, 0.1))
    bones = [*_shank(body), _femur(body, thigh), *_metatarsals(body, foot)]
    segment = [1, 1, 0, *([2] * 15)]
    sites, field = _VIEWS[view]
    return Limb(
        (_thigh_flesh(body, thigh), _shank_flesh(body, shank), _foot_flesh(body, foot)),
        tuple(bones),
        (*(_tarsus(body, foot, layer) for layer in _TARSUS), _patella(body, thigh)),
        tuple(segment),
        sites,
        field,
        (-330 * s, 460 * s),
        (150 if view == "leg" else 345) * s,
    )


def _shank(body: Body) -> list[LongBone]:
    rng, s = body.rng, body.scale
    apart = body.size(21, 0.12)
    return [
        between(
            body, "tibia", (2 * s, -4 * s), (338 * s, -5 * s), body.size(12.3),
            body.size(34), body.size(23), 42 * s, 32 * s, bow=rng.uniform(-3, 4) * s,
            lean_d=1.5 * s, hollow_p=-0.002, slope_d=-rng.uniform(0.12, 0.28), hollow_d=0.006,
            depth=body.depth(0.78, 0.92),
        ),
        between(
            body, "fibula", (14 * s, apart + 7 * s), (360 * s, apart + 2.5 * s), body.size(5.8),
            body.size(10.5), body.size(10), 17 * s, 24 * s, bow=rng.uniform(-3, 3) * s,
            slope_d=-0.25,
        ),
    ]  # fmt: skip


def _femur(body: Body, thigh: Frame) -> LongBone:
    s = body.scale
    return between(
        body, "femur", (3 * s, 2 * s), (380 * s, 0), body.size(14), body.size(38),
        body.size(20), 44 * s, 30 * s, thigh, bow=body.rng.uniform(-4, 4), hollow_p=0.003,
        depth=body.depth(0.8, 0.95),
    )  # fmt: skip


def _metatarsals(body: Body, foot: Frame) -> list[LongBone]:
    """The foot points at the tube, so its rays are foreshortened."""
    rng, s = body.rng, body.scale
    short = rng.uniform(0.5, 0.9)
    bones, toes = [], []
    for i in range(5):
        y = (-15 + 7.6 * i) * s
        start, long = (50 - 1.5 * abs(i - 1)) * s, body.size(52 * short)
        bones.append(
            between(
                body, f"metatarsal {i + 1}", (start, y), (start + long, y * 1.35),
                body.size(5.5 if i == 0 else 3.6), body.size(8.5 if i == 0 else 6),
                body.size(8.5 if i == 0 else 5), 9 * s, 8 * s, foot, depth=1.2,
            )
        )  # fmt: skip
        along = Frame.along(start, y, math.atan2(0.35 * y, long))
        at = math.hypot(long, 0.35 * y) + 1.5 * s
        for name, part in (("proximal", 26), ("distal", 20)):
            wide = (1.3 if i == 0 else 0.85) * (1.0 if name == "proximal" else 0.8)
            toe = body.size(part * short * (1.25 if i == 0 else 0.9))
            toes.append(
                between(
                    body, f"{name} toe phalanx {i + 1}", along.point(at, 0),
                    along.point(at + toe, 0), body.size(3.3 * wide), body.size(5.6 * wide),
                    body.size(4.3 * wide), 6 * s, 4 * s, foot, depth=1.0, edge=0.55,
                )
            )  # fmt: skip
            at += toe + 1.3 * s
    return [*bones, *toes]


def _tarsus(body: Body, foot: Frame, layer: tuple[tuple[float, ...], ...]) -> Blocks:
    rng, s = body.rng, body.scale
    members = tuple(
        Block(
            s * (x + rng.normal(0, 0.8)), s * (y + rng.normal(0, 0.8)), body.size(a),
            body.size(b), rng.normal(0, 0.12), s * depth,
        )
        for x, y, a, b, depth in layer
    )  # fmt: skip
    return Blocks("tarsus", foot, members, 1.6 * s, body.grain, body.phase(), rng.uniform(0, 6))


def _patella(body: Body, thigh: Frame) -> Blocks:
    s = body.scale
    member = Block(38 * s, body.rng.normal(2, 3) * s, body.size(20), body.size(21), 0, 8 * s)
    return Blocks("patella", thigh, (member,), 1.0, body.grain, body.phase(), 2.0)


def _thigh_flesh(body: Body, thigh: Frame) -> Flesh:
    w = body.size(1.0, 0.12)
    return Flesh.tube(
        thigh,
        [x * body.scale for x in (-60, -30, 0, 60, 140, 260, 460)],
        [r * w for r in (0.1, 42, 55, 60, 68, 80, 92)],
        [r * w for r in (8, 40, 52, 55, 62, 72, 80)],
        body.rng,
        middle=2,
    )


def _shank_flesh(body: Body, shank: Frame) -> Flesh:
    w = body.size(1.0, 0.1)
    return Flesh.tube(
        shank,
        [x * body.scale for x in (-60, -30, 20, 110, 220, 310, 350, 375, 392)],
        [r * w for r in (0.1, 42, 57, 61, 46, 36, 38, 33, 12)],
        [r * w for r in (8, 40, 51, 56, 42, 31, 34, 28, 4)],
        body.rng,
        middle=6 * body.scale,
    )


def _foot_flesh(body: Body, foot: Frame) -> Flesh:
    w = body.size(1.0, 0.08)
    return Flesh.tube(
        foot,
        [x * body.scale for x in (-30, -8, 16, 45, 75, 102, 122, 136, 145)],
        [r * w for r in (12, 30, 35, 36, 42, 43, 38, 27, 0.1)],
        [r * w for r in (6, 26, 38, 40, 34, 26, 15, 10, 1)],
        body.rng,
        middle=3 * body.scale,
    )


_VIEWS: dict[str, tuple[tuple[Site, ...], tuple[float, float]]] = {
    "leg": (
        (
            Site("tibia", 0.5, 0.1, 0.92),
            Site("fibula", 0.38, 0.06, 0.93),
            Site("femur", 0.12, 0.1, 0.35),
        ),
        (240, 390),
    ),
    "ankle": (
        (
            Site("fibula", 0.42, 0.75, 0.95),
            Site("tibia", 0.28, 0.78, 0.95),
            *(Site(f"metatarsal {i}", 0.06, 0.2, 0.8) for i in (1, 2, 3, 4, 5)),
        ),
        (170, 280),
    ),
}
