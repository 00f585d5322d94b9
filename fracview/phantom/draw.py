"""Drawing one phantom, or the twins with and without the fracture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fracview.data.boxes import Box, box_mask
from fracview.errors import SettingError, UnknownName
from fracview.phantom.clutter import Clutter, clutter
from fracview.phantom.fracture import Fracture, break_bone
from fracview.phantom.frames import stream, take
from fracview.phantom.hardware import hardware
from fracview.phantom.layers import (
    Grid,
    bent_flesh,
    bone_path,
    broken_path,
    flesh_path,
    muscle,
    shutter,
)
from fracview.phantom.masks import fracture_mask, no_mask
from fracview.phantom.optics import (
    Exposure,
    detect,
    develop,
    exposure,
    scattered,
    slow,
    transmit,
    window,
)
from fracview.phantom.records import SEVERITIES, VERSION, VIEWS, Phantom, Truth
from fracview.phantom.scene import Scene, scene, some_view

if TYPE_CHECKING:
    import numpy.typing as npt

    from fracview.phantom.frames import Values

VISIBLE = 14.0
"""Grey levels by which the clearest .05 % of the pixels must differ for a fracture to count."""
_PARTNERS = {"radius": "ulna", "ulna": "radius", "tibia": "fibula", "fibula": "tibia"}
_JUDGED = 224
"""Pixels of the film on which it is decided whether a fracture can be seen."""
_LEVELS = (0.17, 0.62)
"""Shares of hairlines, and of hairlines and moderate fractures."""
_TAKES, _TURNS = 16, 4
"""Scenes per case, and fractures per scene, that are tried until one can be seen."""


@dataclass
class _Film:
    """A film of the healthy limb, and what is needed to change a part of it."""

    scene: Scene
    grid: Grid
    exposure: Exposure
    over: Clutter
    uneven: Values
    beam: Values
    open: Values
    fat: float
    noise: Values
    soft: Values
    bone: Values
    halo: Values
    slow: Values
    limits: tuple[float, float]
    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class _Case:
    """A healthy film and the fracture that its bone has or could have."""

    seed: int
    film: _Film
    fracture: Fracture
    partner: tuple[Fracture, int] | None
    pixels: npt.NDArray[np.uint8]
    boxes: tuple[Box, ...]
    seen: float


def draw(
    seed: int,
    *,
    size: int = 224,
    view: str | None = None,
    fractured: bool | None = None,
    severity: str | None = None,
    bits: int = 8,
) -> Phantom:
    """Draw a phantom radiograph.

    Parameters
    ----------
    seed
        Decides everything, together with :data:`VERSION`; not negative.
    size
        Side of the picture in pixels, 32 to 4096.
    view
        One of :data:`VIEWS`, or None to draw one.
    fractured
        Whether a bone is broken, or None to toss a coin. The rest of the picture does not
        depend on it: the two are twins.
    severity
        One of :data:`SEVERITIES`, or None to draw one. A fracture that nobody could see is
        drawn anew, if need be with another limb: for both twins, so that nothing but the
        fracture tells them apart.
    bits
        8 or 12 per pixel; the same film either way.

    Raises
    ------
    SettingError, UnknownName
        If an argument is out of its range.
    """
    _check(seed, size, view, severity)
    if bits not in (8, 12):
        raise SettingError(f"a phantom has 8 or 12 bits per pixel, not {bits}.")
    coin = bool(stream(seed, "label").random() < 0.5)
    case = _case(seed, size, view, severity)
    broken = coin if fractured is None else fractured
    phantom = _broken(case) if broken else _normal(case)
    return phantom if bits == 8 else replace(phantom, pixels=_fine(case, broken))


def twins(
    seed: int, size: int = 224, *, view: str | None = None, severity: str | None = None
) -> tuple[Phantom, Phantom]:
    """Draw a phantom with its fracture, and the same one without; see :func:`draw`."""
    _check(seed, size, view, severity)
    case = _case(seed, size, view, severity)
    return _broken(case), _normal(case)


def check_view(view: str | None) -> None:
    """Refuse a view that nobody knows with an UnknownName."""
    if view is not None and view not in VIEWS:
        raise UnknownName("view", view, VIEWS)


def check_size(seed: int, size: int) -> None:
    """Refuse a seed or a size that is out of its range with a SettingError."""
    if seed < 0:
        raise SettingError(f"a seed is 0 or more, not {seed}.")
    if not 32 <= size <= 4096:
        raise SettingError(f"a phantom is 32 to 4096 pixels wide, not {size}.")


def _check(seed: int, size: int, view: str | None, severity: str | None) -> None:
    check_size(seed, size)
    check_view(view)
    if severity is not None and severity not in SEVERITIES:
        raise UnknownName("severity", severity, SEVERITIES)


def _healthy(seed: int, size: int, view: str) -> _Film:
    scn = scene(seed, view)
    grid = Grid.over(scn.field, size)
    exposed = exposure(stream(seed, "exposure"), size, grid.pixel_mm)
    over = clutter(stream(seed, "clutter"), grid.xs, scn.field, grid.pixel_mm)
    hardware(over, scn, grid, stream(seed, "hardware"))
    f = np.float32
    hx, hy = exposed.heel
    share = grid.xs / f(scn.field)
    beam = f(1) + f(hx) * share[None, :] + f(hy) * share[:, None]
    film = _Film(
        scn, grid, exposed, over, muscle(seed, size), beam, shutter(scn, grid),
        float(stream(seed, "fat").uniform(5, 12)) * scn.scale,
        stream(seed, "noise").standard_normal((size, size), dtype=np.float32),
        flesh_path(scn.limb.flesh, scn, grid), bone_path(scn, grid),
        np.zeros(0, np.float32), np.zeros(0, np.float32), (0.0, 1.0),
        np.zeros((size, size), np.uint8),
    )  # fmt: skip
    light = _light(film, film.soft, film.bone, np.s_[:, :])
    film.halo = scattered(light, film.soft, exposed.scatter_reach / grid.pixel_mm)
    depth = detect(light, film.halo, film.noise, exposed)
    film.slow = slow(depth, film.open, exposed, grid.pixel_mm)
    depth -= film.slow
    film.limits = window(depth, film.open, over.metal, exposed)
    film.pixels = develop(depth, film.open, film.limits, exposed)
    return film


def _light(film: _Film, soft: Values, bone: Values, part: tuple[slice, slice]) -> Values:
    """Primary light in a part of the film, for the given path lengths there."""
    f = np.float32
    fat = np.minimum(soft, f(film.fat))
    soft = soft * film.uneven[part]
    if film.over.soft is not None:
        soft = soft + film.over.soft[part]
    metal = None if film.over.metal is None else film.over.metal[part]
    cap = f(70)
    light = transmit(soft, fat, np.minimum(bone, cap), metal) * film.beam[part]
    through: Values = light * (film.open[part] * f(0.996) + f(0.004))
    return through


def _case(seed: int, size: int, view: str | None, severity: str | None) -> _Case:
    """Find a scene whose fracture can be seen; the same one for every size and both labels."""
    chance = stream(seed, "severity").random()
    severity = severity or SEVERITIES[int(np.searchsorted(_LEVELS, chance))]
    view = view or some_view(seed)
    best: tuple[_Case, int, int] | None = None
    for number in range(_TAKES):
        root = take(seed, number)
        film = _healthy(root, _JUDGED, view)
        for turn in range(_TURNS):
            case = _with_fracture(seed, film, _fracture(film, root, turn, severity), None)
            if best is None or case.seen > best[0].seen:
                best = case, root, turn
            if case.seen >= VISIBLE:
                best = _with_partner(case, root, turn), root, turn
                return _sized(*best, size, view, severity)
    assert best is not None
    return _sized(*best, size, view, severity)


def _sized(case: _Case, root: int, turn: int, size: int, view: str, severity: str) -> _Case:
    if size == _JUDGED:
        return case
    film = _healthy(root, size, view)
    fracture = _fracture(film, root, turn, severity)
    return _with_fracture(case.seed, film, fracture, case.partner)


def _fracture(film: _Film, root: int, turn: int, severity: str) -> Fracture:
    scn = film.scene
    bone = scn.limb.bones[scn.bone]
    return break_bone(bone, scn.share, stream(root, "fracture", turn), severity)


def _with_partner(case: _Case, root: int, turn: int) -> _Case:
    """Break the bone beside the broken one, too, in some cases and if that can be seen."""
    film, fracture = case.film, case.fracture
    chance, drift = stream(root, "partner", turn).normal(size=2)
    name = _PARTNERS.get(fracture.bone.name)
    if name is None or fracture.severity == "hairline" or chance < 0.5:
        return case
    bones = film.scene.limb.bones
    index = [bone.name for bone in bones].index(name)
    share = float(np.clip(film.scene.share + 0.05 * drift, 0.08, 0.92))
    # the same chance again: both bones give way to one blow
    second = break_bone(bones[index], share, stream(root, "fracture", turn), fracture.severity)
    alone = _redrawn(film, second, index)
    box = _box(film, second)
    if not _within(box, film) or _visibility(film.pixels, alone, box) < VISIBLE:
        return case
    return _with_fracture(case.seed, film, fracture, (second, index))


def _within(box: Box, film: _Film) -> bool:
    """Whether the middle of a box lies inside the collimation."""
    row, col = int((box.y1 + box.y2) / 2), int((box.x1 + box.x2) / 2)
    size = film.grid.size
    return 0 <= row < size and 0 <= col < size and bool(film.open[row, col] > 0.5)


def _with_fracture(
    seed: int, film: _Film, fracture: Fracture, partner: tuple[Fracture, int] | None
) -> _Case:
    pixels = _redrawn(film, fracture, film.scene.bone, *(() if partner is None else (partner,)))
    broken = (fracture,) if partner is None else (fracture, partner[0])
    boxes = tuple(_box(film, one) for one in broken)
    seen = _visibility(film.pixels, pixels, *boxes)
    return _Case(seed, film, fracture, partner, pixels, boxes, seen)


def _normal(case: _Case) -> Phantom:
    film = case.film
    return Phantom(
        film.pixels, (), "not fractured", _truth(film, case.seed), no_mask(film.grid.size)
    )


def _broken(case: _Case) -> Phantom:
    fracture = case.fracture
    truth = replace(
        _truth(case.film, case.seed),
        bone=fracture.bone.name,
        kind=fracture.kind,
        severity=fracture.severity,
        gap_mm=round(fracture.gap, 2),
        shift_mm=round(fracture.shift, 2),
        angle_deg=round(fracture.angle, 1),
        visibility=round(case.seen, 1),
        partner=case.partner[0].bone.name if case.partner else "",
    )
    boxes = tuple(replace(box, kind=fracture.kind) for box in case.boxes)
    broken = (fracture,) if case.partner is None else (fracture, case.partner[0])
    mask = fracture_mask(broken, boxes, case.film.scene.frame, case.film.grid)
    return Phantom(case.pixels, boxes, "fractured", truth, mask)


def _fine(case: _Case, broken: bool) -> npt.NDArray[np.uint16]:
    """The same film with 12 bits; it is worked out as a whole."""
    film = case.film
    soft, bone = film.soft, film.bone
    if broken:
        soft, bone, _ = _paths(film, case.fracture, film.scene.bone, case.partner)
    light = _light(film, soft, bone, np.s_[:, :])
    depth = detect(light, film.halo, film.noise, film.exposure) - film.slow
    return develop(depth, film.open, film.limits, film.exposure, 4095)


def _redrawn(
    film: _Film, fracture: Fracture, index: int, partner: tuple[Fracture, int] | None = None
) -> npt.NDArray[np.uint8]:
    """Film of the broken limb: worked out anew only where a path changed, plus what spreads."""
    soft, bone, changed = _paths(film, fracture, index, partner)
    rows, cols = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    out = film.pixels.copy()
    if not rows.size:
        return out
    reach = film.exposure.margin
    keep = tuple(slice(max(0, a[0] - reach), a[-1] + 1 + reach) for a in (rows, cols))
    work = tuple(slice(max(0, a[0] - 2 * reach), a[-1] + 1 + 2 * reach) for a in (rows, cols))
    part = (work[0], work[1])
    light = _light(film, soft[part], bone[part], part)
    depth = detect(light, film.halo[part], film.noise[part], film.exposure) - film.slow[part]
    fresh = develop(depth, film.open[part], film.limits, film.exposure)
    inner = tuple(slice(k.start - w.start, k.stop - w.start) for k, w in zip(keep, work))
    out[keep[0], keep[1]] = fresh[inner[0], inner[1]]
    return out


def _paths(
    film: _Film, fracture: Fracture, index: int, partner: tuple[Fracture, int] | None
) -> tuple[Values, Values, npt.NDArray[np.bool_]]:
    """Paths through flesh and bone when it is broken, and where they have changed."""
    scn, grid = film.scene, film.grid
    bone = broken_path(film.bone, fracture, scn, grid)
    if partner is not None:
        bone = broken_path(bone, partner[0], scn, grid)
    soft = film.soft
    if abs(fracture.push) > 1.0:
        soft = flesh_path(bent_flesh(fracture, index, scn), scn, grid)
    changed = (bone != film.bone) | (np.abs(soft - film.soft) > 0.02)
    return np.where(changed, soft, film.soft), bone, changed


def _box(film: _Film, fracture: Fracture) -> Box:
    """Box around the fracture surfaces, in pixels."""
    there = film.scene.frame.inverse().after(fracture.bone.frame)
    x, y = there.points(*fracture.outline())
    grid = film.grid
    half = grid.size / 2
    pad = max(1.0, fracture.pad / grid.pixel_mm)
    px, py = x / grid.pixel_mm + half, y / grid.pixel_mm + half
    whole = Box(
        float(px.min()) - pad, float(py.min()) - pad, float(px.max()) + pad, float(py.max()) + pad
    )
    inside = whole.clipped(grid.size, grid.size)
    return whole if inside is None else inside


def _visibility(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8], *boxes: Box) -> float:
    """Grey levels that the clearest .05 % of the pixels, all in a box, differ by at least."""
    size = before.shape[0]
    inside = box_mask(boxes, size, size)
    gap = np.abs(after[inside].astype(np.int16) - before[inside].astype(np.int16))
    rank = max(1, min(round(25 * (size / 224) ** 2), gap.size // 2))
    return float(np.partition(gap, -rank)[-rank])


def _truth(film: _Film, seed: int) -> Truth:
    scn, over = film.scene, film.over
    return Truth(
        version=VERSION,
        seed=seed,
        size=film.grid.size,
        view=scn.view,
        child=scn.child,
        pixel_mm=round(film.grid.pixel_mm, 4),
        marker=over.marker,
        hardware=over.hardware,
        lookalikes=tuple(sorted({*scn.lookalikes, *over.lookalikes})),
    )
