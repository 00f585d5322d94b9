"""Grips, hits and drags of boxes: plain geometry in film pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from fracview.data.boxes import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

Grip: TypeAlias = Literal["nw", "n", "ne", "e", "se", "s", "sw", "w", "inside"]
GRIPS: tuple[Grip, ...] = ("nw", "ne", "se", "sw", "n", "e", "s", "w")
"""The eight handles; corners first, since they win where handles overlap."""

SMALLEST = 1.0
"""No gesture leaves a box narrower or lower than this."""


def grip_point(box: Box, grip: Grip) -> tuple[float, float]:
    """Where a handle sits."""
    x = box.x1 if "w" in grip else box.x2 if "e" in grip else (box.x1 + box.x2) / 2
    y = box.y1 if grip[0] == "n" else box.y2 if grip[0] == "s" else (box.y1 + box.y2) / 2
    return x, y


def grip_at(box: Box, x: float, y: float, reach: float) -> Grip | None:
    """The handle within ``reach`` of a point, or ``"inside"``, or None.

    On a box so small that its handles would cover it, the middle still moves it.
    """
    close = min(reach, max(box.width, box.height) / 3)
    for grip in GRIPS:
        gx, gy = grip_point(box, grip)
        near = reach if _outside(box, x, y) else close
        if abs(x - gx) <= near and abs(y - gy) <= near:
            return grip
    return None if _outside(box, x, y) else "inside"


def boxes_at(boxes: Sequence[Box], x: float, y: float, reach: float = 0.0) -> list[int]:
    """Indices of the boxes under a point, smallest first, so that none hides another."""
    found = [
        index
        for index, box in enumerate(boxes)
        if box.x1 - reach <= x <= box.x2 + reach and box.y1 - reach <= y <= box.y2 + reach
    ]
    return sorted(found, key=lambda index: boxes[index].area)


def dragged_box(box: Box, grip: Grip, dx: float, dy: float, height: float, width: float) -> Box:
    """Move a box, or one or two of its sides, within the film.

    Parameters
    ----------
    box
        As it was when the drag began.
    grip
        What was taken hold of.
    dx, dy
        How far, in film pixels.
    height, width
        Of the film. A box that already sticks out is not cut by moving it.
    """
    if grip == "inside":
        dx = min(max(dx, min(0.0, -box.x1)), max(0.0, width - box.x2))
        dy = min(max(dy, min(0.0, -box.y1)), max(0.0, height - box.y2))
        return box.moved(dx, dy)
    x1, y1, x2, y2 = box.corners
    if "w" in grip:
        x1 = _within(x1 + dx, width)
    if "e" in grip:
        x2 = _within(x2 + dx, width)
    if grip[0] == "n":
        y1 = _within(y1 + dy, height)
    if grip[0] == "s":
        y2 = _within(y2 + dy, height)
    if abs(x2 - x1) < SMALLEST:
        x1, x2 = (x2 - SMALLEST, x2) if "w" in grip else (x1, x1 + SMALLEST)
    if abs(y2 - y1) < SMALLEST:
        y1, y2 = (y2 - SMALLEST, y2) if grip[0] == "n" else (y1, y1 + SMALLEST)
    return box.resized(x1, y1, x2, y2)


def drawn_box(
    x1: float, y1: float, x2: float, y2: float, height: float, width: float
) -> Box | None:
    """Box between two corners in any order, cut to the film; None if it has no area."""
    left, right = sorted((_within(x1, width), _within(x2, width)))
    top, bottom = sorted((_within(y1, height), _within(y2, height)))
    if right - left < SMALLEST or bottom - top < SMALLEST:
        return None
    return Box(left, top, right, bottom)


def pasted(box: Box, by: float, height: float, width: float) -> Box:
    """A copy a little to the right and below, or to the left and above where there is no room."""
    dx = by if box.x2 + by <= width else -by
    dy = by if box.y2 + by <= height else -by
    fitting = box.clipped(height, width) or box
    return dragged_box(fitting, "inside", dx, dy, height, width)


def _within(value: float, size: float) -> float:
    return min(max(value, 0.0), size)


def _outside(box: Box, x: float, y: float) -> bool:
    return not (box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2)
