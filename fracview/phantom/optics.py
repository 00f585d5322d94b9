"""From path lengths to grey levels: beam, scatter, blur, noise, logarithm, window, curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter

if TYPE_CHECKING:
    from fracview.phantom.frames import Values

_BEAM = (  # weight, and per mm: soft tissue, bone, fat at 40, 50 and 65 keV
    (0.35, 0.0284, 0.128, 0.0228),
    (0.40, 0.0240, 0.0814, 0.0200),
    (0.25, 0.0212, 0.0555, 0.0182),
)
_CURVE = 2048


@dataclass(frozen=True)
class Exposure:
    """How one film was taken and shown.

    Parameters
    ----------
    heel
        Fall-off of the beam along x and y.
    scatter, scatter_reach
        Share of scattered light and its reach in mm.
    focus, after
        Blur before and after the noise, pixels.
    dose
        Quanta per pixel.
    low, high
        Percentiles of the optical depth that become black and white.
    gamma, mix, slope, centre, contrast, offset
        The tone curve.
    outside
        Grey beyond the collimation, or negative to leave it as exposed.
    crisp, crisp_reach
        Edge enhancement and its reach in pixels.
    flatten, flatten_reach
        Share of the slow changes of optical depth that the display takes away, and their reach
        in mm: thick and thin parts become legible side by side, as on digital films.
    """

    heel: tuple[float, float]
    scatter: float
    scatter_reach: float
    focus: float
    after: float
    dose: float
    low: float
    high: float
    gamma: float
    mix: float
    slope: float
    centre: float
    contrast: float
    offset: float
    outside: float
    crisp: float
    crisp_reach: int
    flatten: float
    flatten_reach: float

    @property
    def margin(self) -> int:
        """Pixels by which a change may spread."""
        spread = int(3 * self.focus + 1) + int(3 * self.after + 1) + 2
        return spread + (2 * (self.crisp_reach // 2) + 1 if self.crisp else 0)


def exposure(rng: np.random.Generator, size: int, pixel_mm: float) -> Exposure:
    """Draw an exposure; always the same number of draws."""
    r = rng.random(24)
    grain = size / 160
    crisp_reach = 2 * int((0.015 + 0.035 * r[17]) * size / 2) + 1
    return Exposure(
        heel=(0.16 * r[0] - 0.08, 0.16 * r[1] - 0.08),
        scatter=0.12 + 0.4 * r[2],
        scatter_reach=12 + 16 * r[3],
        focus=(0.25 + 0.35 * r[4]) * grain,
        after=(0.25 + 0.2 * r[5]) * grain if r[6] < 0.6 else 0.0,
        dose=0.6 * (pixel_mm / 0.9) ** 2 * float(np.exp(8.3 + 2.7 * r[7])),
        low=0.5 + 3.0 * r[8],
        high=99.3 + 0.6 * r[9],
        gamma=0.75 + 0.5 * r[10],
        mix=r[11],
        slope=4.5 + 1.5 * r[12],
        centre=0.42 + 0.13 * r[13],
        contrast=0.86 + 0.14 * r[14],
        offset=0.05 * r[15],
        outside=0.05 * r[16] if r[18] < 0.85 else -1.0,
        crisp=0.2 + 0.6 * r[16] if r[19] < 0.4 else 0.0,
        crisp_reach=crisp_reach,
        flatten=max(0.0, -0.15 + 0.8 * r[20]),
        flatten_reach=10 + 18 * r[21],
    )


def transmit(soft: Values, fat: Values, bone: Values, metal: Values | None) -> Values:
    """Share of the beam that gets through: Beer and Lambert at three energies."""
    f = np.float32
    through = np.zeros_like(soft)
    for weight, mu_soft, mu_bone, mu_fat in _BEAM:
        depth = f(-mu_soft) * soft - f(mu_bone - mu_soft) * bone - f(mu_fat - mu_soft) * fat
        through += f(weight) * np.exp(depth)
    if metal is not None:
        through *= np.exp(-metal)
    return through


def cells(size: int) -> int:
    """Cells of the coarse grid along one side, of about 8 pixels each."""
    return max(4, size // 8)


def _averaged(fine: Values) -> Values:
    """Average (S, S) to (cells, cells). No matrix product: those differ between machines."""
    size = fine.shape[0]
    edges = np.arange(cells(size)) * size // cells(size)
    count = np.diff(np.append(edges, size)).astype(np.float32)
    rows = np.add.reduceat(fine, edges, axis=0) / count[:, None]
    return np.add.reduceat(rows, edges, axis=1) / count


def spread(coarse: Values, size: int) -> Values:
    """Interpolate (cells, cells) to (size, size)."""
    last = coarse.shape[0] - 1
    at = np.clip((np.arange(size) + 0.5) * (last + 1) / size - 0.5, 0, last)
    low = np.minimum(at.astype(np.intp), last - 1)
    part = (at - low).astype(np.float32)
    rows = coarse[low] + (coarse[low + 1] - coarse[low]) * part[:, None]
    left = rows[:, low]
    fine: Values = left + (rows[:, low + 1] - left) * part
    return fine


def scattered(light: Values, soft: Values, reach_px: float) -> Values:
    """Wide halo of light scattered in thick parts, (S, S); smooth, so worked out coarsely."""
    size = light.shape[0]
    small, thick = _averaged(light), _averaged(soft)
    source = small * (0.35 + thick / (thick + 45))
    blurred = gaussian_filter(source, reach_px * cells(size) / size, mode="constant")
    return spread(blurred, size)


def detect(light: Values, halo: Values, noise: Values, e: Exposure) -> Values:
    """Optical depth as the detector sees it: scatter, blur, quanta, logarithm."""
    f = np.float32
    s = f(e.scatter)
    light = light * (f(1) - f(0.3) * s) + s * halo
    light = gaussian_filter(light, e.focus, truncate=3.0, mode="nearest")
    light += noise * np.sqrt(np.maximum(light, 0) * f(1 / e.dose))
    np.maximum(light, f(2e-4), out=light)
    if e.after:
        light = gaussian_filter(light, e.after, truncate=3.0, mode="nearest")
    return -np.log(light)


def slow(depth: Values, inside: Values, e: Exposure, pixel_mm: float) -> Values:
    """Return what the display takes away of the optical depth, (S, S); see ``flatten``."""
    size = depth.shape[0]
    reach = e.flatten_reach / pixel_mm * cells(size) / size
    weight = gaussian_filter(_averaged(inside), reach, mode="constant") + np.float32(1e-3)
    small = gaussian_filter(_averaged(depth * inside), reach, mode="constant") / weight
    return spread(np.float32(e.flatten) * small, size)


def window(depth: Values, inside: Values, metal: Values | None, e: Exposure) -> tuple[float, float]:
    """Optical depths of black and white, from the field without metal."""
    use = inside[::2, ::2] > 0.5
    if metal is not None:
        use &= metal[::2, ::2] < 0.05
    seen = depth[::2, ::2][use]
    if seen.size < 16:
        seen = depth.ravel()
    low, high = np.percentile(seen, (e.low, e.high))
    return float(low) - 0.03, float(max(high, low + 0.3))


def develop(
    depth: Values, inside: Values, limits: tuple[float, float], e: Exposure, top: int = 255
) -> Values:
    """Optical depth to grey levels 0 to ``top``, in the smallest unsigned type that holds them."""
    low, high = limits
    row = np.clip((depth - np.float32(low)) * np.float32(_CURVE / (high - low)), 0, _CURVE)
    grey = _tone(e)[row.astype(np.int32)]
    if e.outside >= 0:
        grey = grey * inside + np.float32(e.outside) * (1 - inside)
    if e.crisp:
        side = e.crisp_reach // 2 * 2 + 1
        half = max(3, side // 2 | 1)
        smooth = uniform_filter(uniform_filter(grey, half, mode="nearest"), half, mode="nearest")
        grey = grey + np.float32(e.crisp) * (grey - smooth)
    levels: Values = np.clip(grey * np.float32(top) + np.float32(0.5), 0, top)
    return levels.astype(np.min_scalar_type(top))


def _tone(e: Exposure) -> Values:
    x = np.linspace(0, 1, _CURVE + 1)
    low, high = (1 / (1 + np.exp(-e.slope * (q - e.centre))) for q in (0.0, 1.0))
    logistic = (1 / (1 + np.exp(-e.slope * (x - e.centre))) - low) / (high - low)
    curve = (1 - e.mix) * x**e.gamma + e.mix * logistic
    tone: Values = (curve * e.contrast * (1 - e.offset) + e.offset).astype(np.float32)
    return tone
