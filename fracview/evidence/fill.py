"""Hiding a part of a film: what stands in its place, computed from the film alone.

Every fill changes nothing outside of the mask. None is free of traces: a blur leaves the coarse
shape, a flat or smooth patch lacks the grain of a film. That is why equal places elsewhere are
hidden the same way as control.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fracview.errors import SettingError
from fracview.evidence import FILLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Image: TypeAlias = npt.NDArray[np.float64]
    Mask: TypeAlias = npt.NDArray[np.bool_]

BLUR_SHARE = 1 / 3
"""Standard deviation of the blur as a share of the side of a square as large as the part."""
EDGE_SHARE = 0.15
"""Width of the blur's soft edge as a share of the part's shorter side; it lies inside the part."""
EDGE_MOST = 3.0
"""The soft edge's largest width in pixels."""


def hide(image: npt.ArrayLike, mask: npt.ArrayLike, how: str = "blur") -> npt.NDArray[np.floating]:
    """Hide all pixels of a mask; each connected part is filled on its own.

    Parameters
    ----------
    image
        Float (C, h, w) or (h, w) in [0, 1].
    mask
        Bool (h, w): what to hide.
    how
        A name of :data:`fracview.evidence.FILLS`.

    Returns
    -------
    ndarray
        In the image's shape and floating type, in [0, 1]; equal to the image outside of the mask.

    Raises
    ------
    UnknownName
        If there is no such fill.
    SettingError
        If shapes do not fit or the image is not finite.
    """
    given, chosen = np.asarray(image), np.asarray(mask, dtype=np.bool_)
    if given.ndim not in (2, 3) or given.shape[-2:] != chosen.shape:
        raise SettingError(f"a mask of {chosen.shape} does not fit an image of {given.shape}.")
    if not np.issubdtype(given.dtype, np.floating) or not np.isfinite(given).all():
        raise SettingError("an image must be finite floats in [0, 1] for a part to be hidden.")
    fill = FILLS.load(how)
    film = given.reshape(-1, *chosen.shape).astype(np.float64)
    result = film.copy()
    for part in parts(chosen):
        result[:, part] = np.clip(fill(film, part)[:, part], 0, 1)
    return result.reshape(given.shape).astype(given.dtype)


def parts(mask: Mask) -> Iterator[Mask]:
    """Connected parts of a mask (touching corners connect), each as bool (h, w)."""
    from scipy.ndimage import label

    numbers, count = label(mask, structure=np.ones((3, 3)))
    for number in range(1, count + 1):
        yield numbers == number


def blur(image: Image, part: Mask) -> Image:
    """The film behind a Gaussian, faded in over a soft edge inside the part.

    Parameters
    ----------
    image
        float64 (C, h, w).
    part
        Bool (h, w), one connected part. The standard deviation is :data:`BLUR_SHARE` of the square
        root of its area; the film goes on beyond its border as its last pixel.

    Returns
    -------
    ndarray of float64, (C, h, w)
        Meant at the pixels of the part alone.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    sigma = BLUR_SHARE * math.sqrt(part.sum())
    rows, columns = _span(part)
    edge = min(EDGE_MOST, EDGE_SHARE * min(rows.stop - rows.start, columns.stop - columns.start))
    # Four deviations around the part are all that the filter sees from inside of it.
    near = _grown(rows, columns, 1 + math.ceil(4 * sigma), part.shape)
    window = (slice(None), *near)
    soft = gaussian_filter(image[window], sigma=(0, sigma, sigma), mode="nearest", truncate=4.0)
    depth = distance_transform_edt(np.pad(part[near], 1))[1:-1, 1:-1]
    share = np.minimum(1.0, depth / max(1.0, edge))
    result = image.copy()
    result[window] += share * (soft - image[window])
    return result


def border_mean(image: Image, part: Mask) -> Image:
    """The mean of the one-pixel border around the part, per channel; see :func:`blur`."""
    from scipy.ndimage import binary_dilation

    border = binary_dilation(part, np.ones((3, 3))) & ~part
    level = image[:, border if border.any() else part].mean(axis=1)
    return np.broadcast_to(level[:, None, None], image.shape)


def inpaint(image: Image, part: Mask) -> Image:
    """The smoothest patch that meets the film at the part's border; see :func:`blur`.

    Solves Laplace's equation on the pixels (each hidden pixel is the mean of its four neighbours),
    directly and so exactly; at the film's own border only the neighbours that exist count. It
    is the membrane of Perez, Gangnet and Blake, "Poisson image editing" (SIGGRAPH 2003), without
    guidance.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    if part.all():
        return border_mean(image, part)
    near = _grown(*_span(part), 1, part.shape)
    inside, film = part[near], image[(slice(None), *near)]
    count = int(inside.sum())
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(count)
    right = np.zeros((count, len(film)))
    degree = np.zeros(count)
    pairs: list[npt.NDArray[np.intp]] = []
    for here, there in _neighbours(inside.shape):
        hidden = inside[here]
        own, other = number[here][hidden], number[there][hidden]
        np.add.at(degree, own, 1)
        known = other < 0
        np.add.at(right, own[known], film[(slice(None), *there)][:, hidden][:, known].T)
        pairs.append(np.stack([own[~known], other[~known]]))
    joined = np.concatenate([np.stack([np.arange(count)] * 2), *pairs], axis=1)
    values = np.concatenate([degree, np.full(joined.shape[1] - count, -1.0)])
    system = coo_array((values, (joined[0], joined[1])), shape=(count, count)).tocsc()
    result = image.copy()
    result[:, part] = splu(system).solve(right).T
    return result


def _span(part: Mask) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _grown(rows: slice, columns: slice, by: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    return (
        slice(max(0, rows.start - by), min(shape[0], rows.stop + by)),
        slice(max(0, columns.start - by), min(shape[1], columns.stop + by)),
    )


def _neighbours(
    shape: tuple[int, ...],
) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Pairs of windows: each pixel of the first lies beside that of the second."""
    every = slice(None)
    low, high = slice(None, -1), slice(1, None)
    yield (low, every), (high, every)
    yield (high, every), (low, every)
    yield (every, low), (every, high)
    yield (every, high), (every, low)
