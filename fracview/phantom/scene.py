"""What is drawn, before it is drawn: patient, view, place of the film, place of a fracture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fracview.phantom.arm import Body, arm
from fracview.phantom.frames import Frame, stream
from fracview.phantom.leg import leg
from fracview.phantom.limb import healthy_lines
from fracview.phantom.records import VIEWS

if TYPE_CHECKING:
    from fracview.phantom.bones import LongBone
    from fracview.phantom.limb import Limb

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


def scene(seed: int, view: str | None) -> Scene:
    """Set a scene up from its seed, with the view drawn unless it is given."""
    rng = stream(seed, "patient")
    drawn = VIEWS[int(rng.choice(len(VIEWS), p=_SHARES))]
    view = view or drawn
    child = bool(rng.random() < 0.28)
    scale = float(rng.uniform(0.9, 1.1) * (rng.uniform(0.66, 0.85) if child else 1.0))
    cortex, grain = float(rng.uniform(0.28, 0.46)), float(rng.uniform(0.06, 0.18))
    body = Body(stream(seed, "anatomy"), scale, cortex, grain)
    limb = (leg if view in ("leg", "ankle") else arm)(body, view)
    limb, names = _aged(limb, stream(seed, "lookalikes"), child, scale)
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
    along, aside = rng.uniform(-0.43, 0.43) * field, rng.uniform(-0.36, 0.36) * field
    x, y = limb.bones[bone].frame.point(share * limb.bones[bone].length, 0)
    if rng.random() < 0.85:  # films hold more limb than air: the middle lies towards the limb
        aside = math.copysign(aside, y)
        along = math.copysign(along, x - 0.5 * sum(limb.reach)) if limb.hangs else along
    back = frame.inverse()
    most = 0.42 * field
    sx, sy = back.point(along, aside)
    dx, dy = frame.point(min(max(sx, -most), most), min(max(sy, -most), most))
    cx, cy = x - dx, y - dy
    end = max(limb.reach[1] - 0.3 * field, x - 0.42 * field)
    cx = min(max(cx, limb.reach[0] + 0.45 * field), end)
    return replace(frame, e=cx, f=cy), back.point(x - cx, y - cy)


def _shutters(
    field: float, spot: tuple[float, float], rng: np.random.Generator
) -> tuple[float, float, float, float, float]:
    half = rng.uniform(0.38, 0.62, 2) * field
    middle = rng.normal(0, 0.03, 2) * field
    room = half - 0.08 * field
    middle = np.clip(middle, np.array(spot) - room, np.array(spot) + room)
    tilt = rng.normal(0, 0.04)
    return float(middle[0]), float(middle[1]), float(half[0]), float(half[1]), float(tilt)


def other_site(scn: Scene, rng: np.random.Generator) -> tuple[int, float]:
    """Another place for a fracture well inside the field, where the first one cannot be seen."""
    back = scn.frame.inverse()
    x0, y0, wide, high, _ = scn.shutters
    rim = 0.04 * scn.field
    wide, high = min(wide, scn.field / 2) - rim, min(high, scn.field / 2) - rim
    for _ in range(12):
        index, share = _site(scn.limb, rng)
        bone = scn.limb.bones[index]
        x, y = back.point(*bone.frame.point(share * bone.length, bone.bend_at(share * bone.length)))
        if abs(x - x0) < wide and abs(y - y0) < high and max(abs(x), abs(y)) < 0.46 * scn.field:
            return index, share
    return scn.bone, scn.share
