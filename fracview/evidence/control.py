"""Equal places elsewhere on a film: what hiding *anything* of that size and contrast does."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fracview.errors import NoBoxesError, SettingError
from fracview.evidence.fill import parts

if TYPE_CHECKING:
    import numpy.typing as npt

    Places: TypeAlias = npt.NDArray[np.intp]

GAP = 2
"""Pixels of the input that a control keeps from every box."""
POOL = 0.02
"""Share of the possible places, the best matched, from which controls are drawn at random."""

Rectangle: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Controls:
    """Places like the boxes, but elsewhere.

    Parameters
    ----------
    masks
        Bool (k, h, w): each hides as many pixels, in the same shapes, as the boxes.
    places
        For each control the rectangles (x1, y1, x2, y2) around its parts, in input pixels.
    brightness, contrast
        Mean and standard deviation of the grey levels under the boxes.
    brightness_gap, contrast_gap
        Mean distance of the controls from these two; None without controls.
    notes
        Why there are fewer than asked for.
    """

    masks: npt.NDArray[np.bool_]
    places: tuple[tuple[Rectangle, ...], ...]
    brightness: float
    contrast: float
    brightness_gap: float | None
    contrast_gap: float | None
    notes: tuple[str, ...] = ()


def choose_controls(
    grey: npt.ArrayLike,
    mask: npt.ArrayLike,
    count: int = 8,
    seed: int = 0,
    inside: npt.ArrayLike | None = None,
    gap: int = GAP,
) -> Controls:
    """Choose places that resemble the boxes in shape, brightness and contrast.

    Each connected part of the boxes is moved, unturned, to places where it lies on the film and
    keeps a gap from all boxes. Places are ranked by the distance sqrt(dm^2 + ds^2) of mean and
    standard deviation of the grey levels under the part (Wasserstein's, for Gaussians); controls
    are drawn from the best :data:`POOL` of them, and in order of rank when these are used up.
    Two controls lie at least half a side apart; parts of one control do not overlap.

    Parameters
    ----------
    grey
        Float (h, w) in [0, 1].
    mask
        Bool (h, w): the boxes.
    count
        Controls wanted, at least 0.
    seed
        Of the draw; the film enters it too.
    inside
        Bool (h, w): where the film is, if not everywhere.
    gap
        Pixels between a control and any box.

    Returns
    -------
    Controls
        Fewer than ``count``, or none, where there is no room; a note says so.

    Raises
    ------
    NoBoxesError
        If the mask is empty.
    SettingError
        If shapes do not fit or a number is negative.
    """
    from scipy.ndimage import binary_dilation

    film, boxes = np.asarray(grey, dtype=np.float64), np.asarray(mask, dtype=np.bool_)
    if film.ndim != 2 or film.shape != boxes.shape:
        raise SettingError(f"a mask of {boxes.shape} does not fit a film of {film.shape}.")
    if min(count, gap, seed) < 0:
        raise SettingError(f"controls ({count}), gap ({gap}) and seed ({seed}) must be at least 0.")
    if not boxes.any():
        raise NoBoxesError("there is no box that could be hidden; draw or load one.")
    blocked = binary_dilation(boxes, np.ones((2 * gap + 1, 2 * gap + 1)))
    if inside is not None:
        blocked |= ~np.asarray(inside, dtype=np.bool_)
    # The film's own bytes enter the seed, or all films of a cohort would prefer the same corners.
    generator = np.random.default_rng([seed, zlib.crc32(np.ascontiguousarray(film).tobytes())])
    shapes = sorted((_Shape.of(part) for part in parts(boxes)), key=lambda shape: -shape.area)
    ranked = [shape.ranked(film, blocked, generator) for shape in shapes]
    masks, places = _draw(shapes, ranked, count, film.shape)
    gaps = [(film[m].mean() - film[boxes].mean(), film[m].std() - film[boxes].std()) for m in masks]
    means = np.abs(gaps).mean(axis=0) if gaps else None
    return Controls(
        masks=np.array(masks, dtype=np.bool_).reshape(-1, *film.shape),
        places=tuple(places),
        brightness=float(film[boxes].mean()),
        contrast=float(film[boxes].std()),
        brightness_gap=None if means is None else float(means[0]),
        contrast_gap=None if means is None else float(means[1]),
        notes=_notes(len(masks), count),
    )


def _draw(
    shapes: list[_Shape], ranked: list[Places], count: int, size: tuple[int, ...]
) -> tuple[list[npt.NDArray[np.bool_]], list[tuple[Rectangle, ...]]]:
    """Take places from the front of each shape's ranking until one runs out."""
    masks: list[npt.NDArray[np.bool_]] = []
    places: list[tuple[Rectangle, ...]] = []
    while len(masks) < count:
        mask = np.zeros(size, dtype=np.bool_)
        taken: list[Rectangle] = []
        for number, shape in enumerate(shapes):
            free = shape.clear_of(taken, ranked[number])
            if not free.any():
                return masks, places
            top, left = (int(at) for at in ranked[number][int(np.argmax(free))])
            ranked[number] = shape.apart(ranked[number], top, left)
            mask[top : top + shape.height, left : left + shape.width] |= shape.pattern
            taken.append((left, top, left + shape.width, top + shape.height))
        masks.append(mask)
        places.append(tuple(taken))
    return masks, places


@dataclass(frozen=True, eq=False)
class _Shape:
    """One connected part of the boxes, cut out."""

    pattern: npt.NDArray[np.bool_]
    top: int
    left: int

    @classmethod
    def of(cls, part: npt.NDArray[np.bool_]) -> _Shape:
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        cut = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return cls(cut, int(rows[0]), int(columns[0]))

    @property
    def height(self) -> int:
        return int(self.pattern.shape[0])

    @property
    def width(self) -> int:
        return int(self.pattern.shape[1])

    @property
    def area(self) -> int:
        return int(self.pattern.sum())

    def ranked(
        self,
        film: npt.NDArray[np.float64],
        blocked: npt.NDArray[np.bool_],
        generator: np.random.Generator,
    ) -> Places:
        """Upper left corners (n, 2) where it fits: a shuffled pool of the best, then by rank."""
        mean, spread = self.moments(film)
        open_ = _window_sums(blocked.astype(np.int64), self.height, self.width) == 0
        distance = np.hypot(mean - mean[self.top, self.left], spread - spread[self.top, self.left])
        corners = np.argwhere(open_)
        # Rounded, so that the noise of the transform does not decide between equal places.
        order = np.argsort(np.round(distance[open_], 7), kind="stable")
        pool = max(1, round(POOL * len(order)))
        order[:pool] = generator.permutation(order[:pool])
        best: Places = corners[order]
        return best

    def moments(
        self, film: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Mean and standard deviation under the pattern for every upper left corner."""
        from scipy.signal import fftconvolve

        weights = self.pattern[::-1, ::-1] / self.area
        middle = film.mean()
        mean = fftconvolve(film - middle, weights, mode="valid")
        square = fftconvolve((film - middle) ** 2, weights, mode="valid")
        return mean + middle, np.sqrt(np.maximum(square - mean**2, 0))

    def clear_of(self, taken: list[Rectangle], corners: Places) -> npt.NDArray[np.bool_]:
        """Which corners keep this shape's rectangle off the taken ones."""
        free = np.ones(len(corners), dtype=np.bool_)
        for x1, y1, x2, y2 in taken:
            across = (corners[:, 1] < x2) & (corners[:, 1] + self.width > x1)
            down = (corners[:, 0] < y2) & (corners[:, 0] + self.height > y1)
            free &= ~(across & down)
        return free

    def apart(self, corners: Places, top: int, left: int) -> Places:
        """Corners at least half a side away from a taken one."""
        down = np.abs(corners[:, 0] - top) * 2 >= self.height
        across = np.abs(corners[:, 1] - left) * 2 >= self.width
        return corners[down | across]


def _window_sums(values: npt.NDArray[np.int64], height: int, width: int) -> npt.NDArray[np.int64]:
    total = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    sums: npt.NDArray[np.int64] = (
        total[height:, width:] - total[:-height, width:]
        - total[height:, :-width] + total[:-height, :-width]
    )  # fmt: skip
    return sums


def _notes(found: int, wanted: int) -> tuple[str, ...]:
    if found == wanted:
        return ()
    if not found:
        return ("No equal place elsewhere on the film: the box is too large, so no control.",)
    return (f"Only {found} of {wanted} equal places found elsewhere on the film.",)
