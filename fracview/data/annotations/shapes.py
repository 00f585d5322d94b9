"""Points of a shape in JSON, checked."""

from __future__ import annotations

from typing import Any

from fracview.data.annotations.checks import number


def pairs(value: Any, count: int | None) -> list[tuple[float, float]]:
    """Take a list of points.

    Parameters
    ----------
    value
        Should be ``[[x, y], ...]``.
    count
        How many there must be; None for three or more.

    Raises
    ------
    ValueError
        With a reason.
    """
    if not isinstance(value, list) or not all(isinstance(p, list) and len(p) == 2 for p in value):
        raise ValueError("its points are no list of pairs")
    if len(value) != count if count is not None else len(value) < 3:
        raise ValueError(f"{len(value)} points instead of {count or 'three or more'}")
    return [(number(x), number(y)) for x, y in value]


def positive(height: Any, width: Any) -> tuple[int, int] | None:
    """Height and width if both are whole numbers above 0."""
    if isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0:
        return height, width
    return None
