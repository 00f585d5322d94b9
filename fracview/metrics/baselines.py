"""Maps that need no model. An attribution that does not beat them has not been shown to see more.

Each function takes the film at the network's resolution, float (H, W) in [0, 1], and returns a
float64 map of that shape, larger where the "explanation" is stronger. Each filter is pinned,
because coverage of image-dependent maps moves by some tenths of a point with it.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import SettingError
from fracview.metrics import BASELINES
from fracview.metrics.coverage import CoverageCurve, as_map, as_percents, coverage_curve

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from fracview.request import Rule

    Map = npt.NDArray[np.float64]

STANDARD = ("chance", "centre", "brightness", "sobel")
"""The baselines that stand beside every curve."""


def baseline_map(name: str, grey: npt.ArrayLike, **settings: float) -> Map:
    """Draw a model-free map.

    Parameters
    ----------
    name
        A name of :data:`fracview.metrics.BASELINES`.
    grey
        The film at the network's resolution, (H, W), in [0, 1].
    **settings
        Of that map, such as ``seed`` of ``"random"``.

    Returns
    -------
    ndarray of float64, (H, W)

    Raises
    ------
    UnknownName
        If there is no such map.
    SettingError
        If the film is empty, not finite or not (H, W).
    """
    draw = BASELINES.load(name)
    film = as_map(grey).astype(np.float64)
    if not np.isfinite(film).all():
        raise SettingError("the radiograph holds values that are not finite. Read it again.")
    drawn: Map = draw(film, **settings)
    return drawn


def baseline_curves(
    grey: npt.ArrayLike,
    mask: npt.ArrayLike,
    rule: Rule = "exact",
    percents: npt.ArrayLike | None = None,
    names: Iterable[str] = STANDARD,
) -> dict[str, CoverageCurve]:
    """Coverage curves of model-free maps on one radiograph, by name, in the order of ``names``.

    Parameters
    ----------
    grey
        The film at the network's resolution, (H, W), in [0, 1].
    mask
        Union of the boxes in the same frame, (H, W).
    rule, percents
        See :func:`fracview.metrics.coverage.coverage_curve`.
    names
        Names of :data:`fracview.metrics.BASELINES`. ``"chance"`` is the line coverage = p under
        either rule, not the curve of a constant map, which the repo rule would give 100 %.

    Raises
    ------
    NoBoxesError
        If the mask is empty.
    UnknownName, SettingError
        As :func:`baseline_map` and :func:`fracview.metrics.coverage.coverage_curve`.
    """
    return {
        name: chance_curve(percents)
        if name == "chance"
        else coverage_curve(baseline_map(name, grey), mask, percents, rule)
        for name in names
    }


def chance_curve(percents: npt.ArrayLike | None = None) -> CoverageCurve:
    """Line that a map without any knowledge gets on average: coverage = area = p."""
    percent = as_percents(percents)
    return CoverageCurve(percent, percent / 100, percent / 100)


def chance(grey: Map) -> Map:
    """Constant map: no pixel is preferred."""
    return np.ones_like(grey)


def random(grey: Map, seed: int = 0) -> Map:
    """Independent uniform noise in [0, 1), the same for the same film and seed.

    The film enters the seed: one noise for all films of a cohort would favour the same places in
    each, and its mean would miss chance by more than its interval says.
    """
    digest = zlib.crc32(np.ascontiguousarray(grey).tobytes())
    return np.random.default_rng([int(seed), digest]).random(grey.shape)


def centre(grey: Map) -> Map:
    """Nearness to the middle of the image, at most 0; any other radial dot ranks pixels alike.

    In half pixels squared, so that whole numbers keep the symmetric ties exact.
    """
    height, width = grey.shape
    down = 2.0 * np.arange(height) - (height - 1)
    across = 2.0 * np.arange(width) - (width - 1)
    nearness: Map = -(down[:, None] ** 2 + across[None, :] ** 2)
    return nearness


def brightness(grey: Map) -> Map:
    """The film itself: bone is bright."""
    return grey.copy()


def sobel(grey: Map) -> Map:
    """Modulus of the Sobel gradient (3x3, edges mirrored), from 0."""
    from scipy.ndimage import sobel as derivative

    edges: Map = np.hypot(derivative(grey, axis=0), derivative(grey, axis=1))
    return edges


def laplacian_of_gaussian(grey: Map, sigma: float = 2.0) -> Map:
    """Modulus of the Laplacian of the Gaussian-blurred film, sigma in pixels, from 0."""
    from scipy.ndimage import gaussian_laplace

    blobs: Map = np.abs(gaussian_laplace(grey, sigma))
    return blobs


def local_standard_deviation(grey: Map, size: float = 9) -> Map:
    """Standard deviation in a square window of ``size`` pixels, from 0."""
    from scipy.ndimage import uniform_filter

    mean = uniform_filter(grey, int(size))
    texture: Map = np.sqrt(np.maximum(uniform_filter(grey * grey, int(size)) - mean * mean, 0))
    return texture
