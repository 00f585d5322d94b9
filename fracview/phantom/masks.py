"""The pixels of a fracture: its surfaces and what lies between them, projected to the film."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fracview.data.boxes import box_mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from fracview.data.boxes import Box
    from fracview.phantom.fracture import Fracture
    from fracview.phantom.frames import Frame, Values
    from fracview.phantom.layers import Grid

    Curve: TypeAlias = tuple[Values, Values]

_LAYERS, _POINTS = 9, 41


def fracture_mask(
    fractures: Iterable[Fracture], boxes: Iterable[Box], film: Frame, grid: Grid
) -> npt.NDArray[np.bool_]:
    """Project fractures to the film.

    Parameters
    ----------
    fractures
        What is broken.
    boxes
        Around them, pixels; the mask never leaves them.
    film
        From film (mm, origin in its middle) to limb.
    grid
        The film's pixels.

    Returns
    -------
    ndarray of bool, (S, S)
        Pixels that a fracture surface touches, seen along the beam, and those between the
        surfaces of two fragments, whether they gape or override.
    """
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (grid.size, grid.size))
    pen = ImageDraw.Draw(sheet)
    for fracture in fractures:
        there = film.inverse().after(fracture.bone.frame)
        for u, v in _patches(fracture):
            x, y = there.points(u, v)
            # PIL counts from the middle of pixel (0, 0), boxes from its corner
            px, py = (at / grid.pixel_mm + grid.size / 2 - 0.5 for at in (x, y))
            corners = list(zip(px.tolist(), py.tolist(), strict=True))
            pen.polygon(corners, fill=1, outline=1)
    drawn = np.asarray(sheet) > 0
    mask: npt.NDArray[np.bool_] = drawn & box_mask(boxes, grid.size, grid.size)
    return mask


def no_mask(size: int) -> npt.NDArray[np.bool_]:
    """Mask of a film without a fracture."""
    return np.zeros((size, size), np.bool_)


def _patches(fracture: Fracture) -> Iterator[Curve]:
    """Polygons (u, v), mm, in the bone's frame, that together are the mask."""
    before: list[Curve] = []
    for t in np.linspace(-1, 1, _LAYERS):
        edges, gaps = _layer(fracture, float(t))
        for one, other in gaps:
            yield _between(one, other)
        for one, other in zip(before, edges):
            yield _between(one, other)
        before = edges


def _layer(fracture: Fracture, t: float) -> tuple[list[Curve], list[tuple[Curve, Curve]]]:
    """Edges of all fragments at one depth, and which of them face each other."""
    r = fracture.radius
    s = np.linspace(-1, 1, _POINTS)
    v = (s * r + fracture.centre).astype(np.float32)
    z = (t * r * fracture.bone.depth * np.sqrt(1 - s * s)).astype(np.float32)
    at = fracture.surface(v, z)
    wide = np.full(_POINTS, fracture.gap / 2)
    wedge = fracture.wedge
    if wedge is None:
        near = fracture.proximal.move(at - wide.astype(np.float32), v)
        far = fracture.distal.move(at + wide.astype(np.float32), v)
        return [near, far], [(near, far)]
    reach = wedge.length * (wedge.side * s + 0.15)
    torn = reach >= 0
    wide = np.where(torn, np.maximum(wide, reach), wide).astype(np.float32)
    near, far = fracture.proximal.move(at - wide, v), fracture.distal.move(at + wide, v)
    half = reach[torn].astype(np.float32)
    middle = at[torn] + np.float32(wedge.off)
    low = wedge.motion.move(middle - half, v[torn])
    high = wedge.motion.move(middle + half, v[torn])
    rest = ~torn
    gaps = [
        ((near[0][torn], near[1][torn]), low),
        ((far[0][torn], far[1][torn]), high),
        ((near[0][rest], near[1][rest]), (far[0][rest], far[1][rest])),
    ]
    return [near, far, low, high], gaps


def _between(one: Curve, other: Curve) -> Curve:
    return np.concatenate([one[0], other[0][::-1]]), np.concatenate([one[1], other[1][::-1]])
