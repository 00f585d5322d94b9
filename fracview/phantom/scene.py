"""What is drawn, before it is drawn: patient, view, place of the film, place of a fracture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fracview.phantom.arm import Body, arm
from fracview.phantom.blocks import Block, Blocks
from fracview.phantom.frames import Frame, stream
from fracview.phantom.leg import leg
from fracview.phantom.limb import healthy_lines
from fracview.phantom.records import VIEWS

if TYPE_CHECKING:
    from fracview.phantom.bones import LongBone
    from fracview.phantom.limb import Limb

_SPREAD = 0.445
"""Sites of fractures lie anywhere up to this share of the field from the film's middle."""
_SHARES = (0.17, 0.19, 0.18, 0.12, 0.10, 0.14, 0.10)
"""How often each of VIEWS is drawn."""


@dataclass(frozen=True)
class Scene:
    """A limb and the film under it. The same whether or not a bone will be broken.

    Parameters
    ----------
    limb, view, child, scale
        The patient.
    field
        Side of the film, mm.
    frame
        From film (mm, origin in its middle) to limb.
    bone, share
        The bone that breaks if one does, and where along it.
    shutters
        Middle x and y, half width and half height, and tilt of the collimation, mm and radian.
    lookalikes
        Names of what the healthy bones show.
    """

    limb: Limb
    view: str
    child: bool
    scale: float
    field: float
    frame: Frame
    bone: int
    share: float
    shutters: tuple[float, float, float, float, float]
    lookalikes: tuple[str, ...]


def some_view(seed: int) -> str:
    """Draw a view."""
    return VIEWS[int(stream(seed, "view").choice(len(VIEWS), p=_SHARES))]


def scene(seed: int, view: str) -> Scene:
    """Set a scene up from its seed."""
    rng = stream(seed, "patient")
    child = bool(rng.random() < 0.28)
    scale = float(rng.uniform(0.9, 1.1) * (rng.uniform(0.66, 0.85) if child else 1.0))
    cortex, grain = float(rng.uniform(0.28, 0.46)), float(rng.uniform(0.06, 0.15))
    body = Body(stream(seed, "anatomy"), scale, cortex, grain)
    limb = (leg if view in ("leg", "ankle") else arm)(body, view)
    limb, names = _aged(limb, stream(seed, "lookalikes"), child, scale)
    limb, extra = _ossicle(limb, stream(seed, "ossicle"), scale)
    names = tuple(sorted({*names, *extra}))
    rng = stream(seed, "film")
    bone, share = _site(limb, rng)
    limb = _swollen(limb, bone, share, rng)
    low, high = limb.field
    field = float(rng.uniform(low, high)) * (0.5 + 0.5 * scale)
    frame, spot = _laid(limb, bone, share, field, rng)
    return Scene(
        limb, view, child, scale, field, frame, bone, share, _shutters(field, spot, rng), names
    )


def _aged(
    limb: Limb, rng: np.random.Generator, child: bool, scale: float
) -> tuple[Limb, tuple[str, ...]]:
    bones: list[LongBone] = []
    names: list[str] = []
    for bone in limb.bones:
        aged, seen = healthy_lines(rng, bone, child, scale)
        bones.append(aged)
        names += seen
    return replace(limb, bones=tuple(bones)), tuple(sorted(set(names)))


def _ossicle(limb: Limb, rng: np.random.Generator, scale: float) -> tuple[Limb, tuple[str, ...]]:
    """Sometimes a small smooth bone beside a joint, which is no torn-off piece."""
    r = rng.random(9)
    if r[0] > 0.22:
        return limb, ()
    site = limb.sites[int(r[1] * len(limb.sites))]
    bone = next(b for b in limb.bones if b.name == site.bone)
    end = bone.distal if r[2] < 0.6 else bone.proximal
    u = bone.length - 0.3 * end if r[2] < 0.6 else 0.3 * end
    size = scale * (1.1 + 1.6 * r[3]) * min(1.0, 0.5 + end / 20)
    v = (end + 1.4 * size) * (1 if r[4] < 0.5 else -1)
    block = Block(0, 0, size, size * (0.6 + 0.4 * r[5]), 3 * r[6], 0.9 * size)
    frame = bone.frame.after(Frame.along(u, v, 0))
    made = Blocks("ossicle", frame, (block,), 1.0, 0.05, 64 * r[7], 6 * r[8])
    return replace(limb, blocks=(*limb.blocks, made)), ("ossicle",)


def _site(limb: Limb, rng: np.random.Generator) -> tuple[int, float]:
    weights = np.array([site.weight for site in limb.sites])
    site = limb.sites[int(rng.choice(len(weights), p=weights / weights.sum()))]
    index = [bone.name for bone in limb.bones].index(site.bone)
    return index, float(rng.uniform(site.low, site.high))


def _swollen(limb: Limb, bone: int, share: float, rng: np.random.Generator) -> Limb:
    """Swelling near the site in some pictures, broken or not."""
    by = float(rng.uniform(0.5, 4.0)) * (rng.random() < 0.4)
    which = limb.segment[bone]
    flesh = limb.flesh[which]
    place = limb.bones[bone]
    x, _ = flesh.frame.inverse().point(*place.frame.point(share * place.length, 0))
    by *= min(1.0, float(flesh.radius.max()) / 40)
    puffed = flesh.swollen(x + float(rng.normal(0, 15)), by, float(rng.uniform(18, 40)))
    return replace(limb, flesh=(*limb.flesh[:which], puffed, *limb.flesh[which + 1 :]))


def _laid(
    limb: Limb, bone: int, share: float, field: float, rng: np.random.Generator
) -> tuple[Frame, tuple[float, float]]:
    """Lay the film so that the site falls anywhere on it; return where it fell, too."""
    turn = float(rng.normal(0, 0.24)) + math.pi / 2 * int(rng.choice(4, p=(0.2, 0.4, 0.2, 0.2)))
    frame = Frame.along(0, 0, turn, bool(rng.random() < 0.5))
    place = limb.bones[bone]
    at = share * place.length
    x, y = place.frame.point(at, place.bend_at(at))
    sx, sy = rng.uniform(-_SPREAD, _SPREAD, 2) * field
    airy = rng.random() < 0.15
    low, high = limb.reach[0] + 0.45 * field, limb.reach[1] - 0.3 * field

    def cost(spot: tuple[float, float]) -> float:
        # films hold more limb than air, and nothing beyond what is modelled
        dx, dy = frame.point(*spot)
        cx, cy = x - dx, y - dy
        beyond = max(low - cx, 0) + max(cx - high, 0)
        return 8 * beyond + (0 if airy else abs(cy) + 0.3 * abs(cx - limb.middle))

    # mirroring keeps the distance from the middle, which therefore is spread evenly
    spot = min(((a * sx, b * sy) for a in (1, -1) for b in (1, -1)), key=cost)
    dx, dy = frame.point(*spot)
    return replace(frame, e=x - dx, f=y - dy), (float(spot[0]), float(spot[1]))


def _shutters(
    field: float, spot: tuple[float, float], rng: np.random.Generator
) -> tuple[float, float, float, float, float]:
    half = rng.uniform(0.38, 0.62, 2) * field
    middle = rng.normal(0, 0.03, 2) * field
    room = half - 0.08 * field
    middle = np.clip(middle, np.array(spot) - room, np.array(spot) + room)
    tilt = rng.normal(0, 0.04)
    return float(middle[0]), float(middle[1]), float(half[0]), float(half[1]), float(tilt)
