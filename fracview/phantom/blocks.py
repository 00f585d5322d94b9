"""Groups of short bones (carpus, tarsus, patella) that share the space without overlapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fracview.phantom.texture import texture

if TYPE_CHECKING:
    from fracview.phantom.frames import Frame, Values


@dataclass(frozen=True)
class Block:
    """One short bone: an oval with a middle, half axes and a tilt; mm and radian."""

    x: float
    y: float
    a: float
    b: float
    tilt: float = 0.0
    depth: float = 5.5


@dataclass(frozen=True)
class Blocks:
    """Short bones side by side.

    Neighbours cut each other off along the line of equal relative distance, less half a joint
    gap, so that they fit like the real ones and never cross.

    Parameters
    ----------
    name
        Such as ``"carpus"``.
    frame
        From the group's plane to the limb.
    members
        The bones.
    gap
        Width of the joints, mm.
    grain, phase
        Strength and place of the texture.
    wobble
        Phase of the lobes of the outlines.
    """

    name: str
    frame: Frame
    members: tuple[Block, ...]
    gap: float = 1.3
    grain: float = 0.1
    phase: float = 0.0
    wobble: float = 0.0

    def circle(self) -> tuple[float, float, float]:
        """Middle and radius of a circle around the group, mm, in the group's plane."""
        x = float(np.mean([m.x for m in self.members]))
        y = float(np.mean([m.y for m in self.members]))
        far = max(np.hypot(m.x - x, m.y - y) + 1.25 * max(m.a, m.b) for m in self.members)
        return x, y, float(far)

    def path(self, x: Values, y: Values, pixel_mm: float) -> Values:
        """Bone-equivalent path, mm, at points (n,) of the group's plane."""
        f = np.float32
        rho = [self._relative(m, x, y) for m in self.members]
        total = np.zeros_like(x)
        grain = f(1) + f(1.9 * self.grain) * texture(x, y, self.phase, pixel_mm)
        for i, member in enumerate(self.members):
            size = f((member.a * member.b) ** 0.5)
            inside = (f(1) - rho[i]) * size
            for j, other in enumerate(self.members):
                near = np.hypot(member.x - other.x, member.y - other.y)
                if i != j and near < 1.3 * (max(member.a, member.b) + max(other.a, other.b)):
                    inside = np.minimum(inside, (rho[j] - rho[i]) * size * f(0.5) - f(self.gap / 2))
            outer = _dome(inside, 0.55 * float(size)) * f(2 * member.depth)
            core = f(max(0.0, 2 * member.depth - 1.2))
            inner = _dome(inside - f(0.75), 0.55 * float(size)) * core
            inner = np.minimum(inner, outer)
            total += (outer - inner) * f(0.9) + inner * f(0.30) * grain
        return total

    def _relative(self, block: Block, x: Values, y: Values) -> Values:
        """Distance from the middle of a block over its radius in that direction."""
        f = np.float32
        cos, sin = f(np.cos(block.tilt)), f(np.sin(block.tilt))
        dx, dy = x - f(block.x), y - f(block.y)
        p = (cos * dx + sin * dy) / f(block.a)
        q = (cos * dy - sin * dx) / f(block.b)
        rho = np.sqrt(np.sqrt(p**4 + q**4 + f(1.2) * p * p * q * q))
        s = self.wobble + block.x
        lobes = f(0.05) * np.sin(f(3) * p + f(s)) + f(0.05) * np.sin(f(3) * q - f(s))
        return rho * (f(1) + lobes)


def _dome(inside: Values, width: float) -> Values:
    q = np.clip(inside * np.float32(1 / width), 0, 1)
    return np.sqrt(q * (np.float32(2) - q))
