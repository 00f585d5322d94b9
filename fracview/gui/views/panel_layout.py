"""How large panels in the shape of the film can be, and which way round the grid lies best."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 150
"""Pixels; narrower panels are scrolled, not shrunk."""
GAP = 4


@dataclass(frozen=True)
class Arrangement:
    """A grid of equal panels.

    Parameters
    ----------
    rows, columns
        Of panels.
    width, height
        Of one panel with its header, in pixels.
    turned
        Whether models lie beside each other, instead of below.
    """

    rows: int
    columns: int
    width: int
    height: int
    turned: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole grid."""
        return (
            self.columns * (self.width + GAP) - GAP,
            self.rows * (self.height + GAP) - GAP,
        )


def arrange(
    rows: int,
    columns: int,
    room: tuple[int, int],
    aspect: float,
    header: int,
    turned: bool | None = None,
) -> Arrangement:
    """Lay out ``rows`` of models by ``columns`` of methods.

    Parameters
    ----------
    rows, columns
        At least 1.
    room
        Width and height there are, in pixels.
    aspect
        Width of the film by its height.
    header
        Height of what stands above a film.
    turned
        False: a row for each model; True: a column for each model; None: whichever gives clearly
        larger films, rows otherwise.
    """
    upright = _fitted(rows, columns, room, aspect, header, False)
    across = _fitted(columns, rows, room, aspect, header, True)
    if turned is None:
        # Rows are what people expect, so the other way round must be worth it.
        turned = across.width > 1.2 * upright.width
    return across if turned else upright


def _fitted(
    rows: int, columns: int, room: tuple[int, int], aspect: float, header: int, turned: bool
) -> Arrangement:
    wide = (room[0] + GAP) / columns - GAP
    high = (room[1] + GAP) / rows - GAP - header
    width = min(wide, max(high, 1.0) * aspect)
    if width < SMALLEST:
        # They do not fit: use the width and let the reader scroll downwards.
        width = max(min(wide, SMALLEST * 1.6), SMALLEST)
        high = width / aspect
    # What is left over between the panels goes to them: a zoomed film fills any shape.
    width = max(width, min(wide, 1.35 * width))
    height = min(high, max(width / aspect, 1.0)) if high >= SMALLEST * 0.5 else width / aspect
    return Arrangement(rows, columns, int(width), int(max(height, 80)) + header, turned)
