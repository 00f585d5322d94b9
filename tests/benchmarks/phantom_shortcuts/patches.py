"""Rectangles of a film that are filled from another film or place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fracview.data.boxes import box_mask
from fracview.phantom import Phantom

Film = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Patch:
    """A rectangle of whole pixels: top, left, height, width."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def around(cls, mask: npt.NDArray[np.bool_], pad: int = 0) -> Patch:
        """Smallest rectangle that holds a mask that is not empty, wider by ``pad``, cut off."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        top, left = max(0, int(rows[0]) - pad), max(0, int(columns[0]) - pad)
        bottom = min(mask.shape[0], int(rows[-1]) + 1 + pad)
        right = min(mask.shape[1], int(columns[-1]) + 1 + pad)
        return cls(top, left, bottom - top, right - left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )

    @property
    def middle(self) -> tuple[float, float]:
        """Row and column of the middle."""
        return self.top + self.height / 2, self.left + self.width / 2

    def meets(self, other: Patch) -> bool:
        """Whether two rectangles share a pixel."""
        return (
            self.top < other.top + other.height
            and other.top < self.top + self.height
            and self.left < other.left + other.width
            and other.left < self.left + self.width
        )

    def at(self, row: float, column: float, side: int) -> Patch:
        """Rectangle of this size with its middle as near to a place as the film allows."""
        top = int(np.clip(round(row - self.height / 2), 0, side - self.height))
        left = int(np.clip(round(column - self.width / 2), 0, side - self.width))
        return Patch(top, left, self.height, self.width)


def patches_of(film: Phantom) -> list[Patch]:
    """Boxes of a film in whole pixels, each for itself."""
    return [Patch.around(box_mask((box,), *film.pixels.shape)) for box in film.boxes]


def filled(film: Film, source: Film, patches: Sequence[Patch]) -> Film:
    """Film with rectangles taken from another film."""
    out = film.copy()
    for patch in patches:
        out[patch.slices] = source[patch.slices]
    return out


def exchanged(film: Film, one: Patch, other: Patch, soft: int = 3, *, both: bool = True) -> Film:
    """Film with two rectangles of one size exchanged, faded over ``soft`` pixels at their rims.

    Unless ``both``, the first takes the content of the second, which stays.
    """
    rows, columns = (
        np.minimum(np.arange(n) + 1, np.arange(n)[::-1] + 1) / (soft + 1)
        for n in (one.height, one.width)
    )
    share = np.minimum(1, np.minimum(rows[:, None], columns[None, :]))
    a, b = film[one.slices].astype(np.float64), film[other.slices].astype(np.float64)
    out = film.copy()
    out[one.slices] = np.rint(a + share * (b - a)).astype(np.uint8)
    if both:
        out[other.slices] = np.rint(b + share * (a - b)).astype(np.uint8)
    return out


def free_place(
    size: Patch,
    taken: Sequence[Patch],
    side: int,
    rng: np.random.Generator,
    *,
    rim: bool = False,
    tries: int = 400,
) -> Patch | None:
    """Find a rectangle of one size that meets none of those taken; None if there is no room.

    ``rim`` looks where markers lie (.28 to .44 of the side from the middle both ways) in the
    first half of the tries, and anywhere afterwards.
    """
    for number in range(tries):
        if rim and number < tries // 2:
            away = rng.uniform(0.28, 0.44, 2) * np.where(rng.random(2) < 0.5, -1, 1)
            row, column = (0.5 + away) * side
        else:
            row, column = rng.uniform(0, side, 2)
        place = size.at(row, column, side)
        if not any(place.meets(other) for other in taken):
            return place
    return None
