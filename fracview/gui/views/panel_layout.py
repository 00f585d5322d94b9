"""How large panels in the shape of the film can be, and which way round the grid lies best."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

SMALLEST = 96
"""Pixels, of the side of a square as large as the film; smaller films are scrolled, not shrunk."""
GAP = 4


@dataclass(frozen=True)
class Arrangement:
    """A grid of equal panels.

    Parameters
    ----------
    rows, columns
        Of panels.
    width, height
        Of one panel with its caption, in pixels.
    turned
        Whether models lie beside each other, instead of below.
    film
        Side of a square as large as one film, in pixels; 0 if they have to be scrolled.
    """

    rows: int
    columns: int
    width: int
    height: int
    turned: bool
    film: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of all panels."""
        return (
            self.columns * (self.width + GAP) - GAP,
            self.rows * (self.height + GAP) - GAP,
        )


def arrange(
    rows: int,
    columns: int,
    room: tuple[int, int],
    aspect: float,
    caption: int,
    turned: bool | None = None,
    heads: tuple[int, int] = (0, 0),
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
    caption
        Height of what stands below a film.
    turned
        False: a row for each model; True: a column for each model; None: whichever gives clearly
        larger films, rows otherwise.
    heads
        Thickness of the strips that name models, and of those that name methods.
    """
    beside = (room[0] - heads[0], room[1] - heads[1])
    above = (room[0] - heads[1], room[1] - heads[0])
    upright = _fitted(rows, columns, beside, aspect, caption, False)
    across = _fitted(columns, rows, above, aspect, caption, True)
    if turned is None:
        # Rows are what people expect, so the other way round must be worth it.
        turned = across.film > 1.2 * upright.film
    return across if turned else upright


def _fitted(
    rows: int, columns: int, room: tuple[int, int], aspect: float, caption: int, turned: bool
) -> Arrangement:
    wide = (room[0] + GAP) / columns - GAP
    high = (room[1] + GAP) / rows - GAP - caption
    width = min(wide, max(high, 1.0) * aspect)
    film = width / sqrt(aspect)
    if film < SMALLEST:
        # They do not fit: use the width and let the reader scroll downwards.
        width = max(min(wide, SMALLEST * 1.6), SMALLEST)
        height = max(width / aspect, 80.0)
        return Arrangement(rows, columns, int(width), int(height) + caption, turned)
    # What is left over between the panels goes to them: a zoomed film fills any shape.
    width = max(width, min(wide, max(1.6 * width, SMALLEST)))
    height = min(high, max(width / aspect, 80.0))
    return Arrangement(rows, columns, int(width), int(height) + caption, turned, film)
