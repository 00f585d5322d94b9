"""Flat frames: film to limb, limb to segment, segment to bone; and streams of chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

import numpy as np

from fracview.phantom.records import VERSION

if TYPE_CHECKING:
    import numpy.typing as npt

    # float32 unless a docstring says otherwise; numpy's stubs lose the width at every operator
    Values: TypeAlias = npt.NDArray[Any]


def stream(seed: int, part: str, turn: int = 0) -> np.random.Generator:
    """Return a part's own stream of chance, so that no part's draws depend on another's."""
    return np.random.default_rng([VERSION, seed, crc32(part.encode()), turn])


def take(seed: int, number: int) -> int:
    """Return the seed of another scene for the same case; number 0 is the case's own."""
    if not number:
        return seed
    words = np.random.SeedSequence([VERSION, seed, number]).generate_state(3)
    return sum(int(word) << (32 * i) for i, word in enumerate(words))


@dataclass(frozen=True)
class Frame:
    """An affine map of the plane, ``(x, y) -> (a x + b y + e, c x + d y + f)``, in mm."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def along(cls, x: float, y: float, angle: float, flip: bool = False) -> Frame:
        """Frame with its origin at (x, y) and its first axis turned by ``angle``, to outside."""
        cos, sin = math.cos(angle), math.sin(angle)
        side = -1.0 if flip else 1.0
        return cls(cos, -sin * side, sin, cos * side, x, y)

    def after(self, first: Frame) -> Frame:
        """Return the map that applies ``first`` and then this one."""
        return Frame(
            self.a * first.a + self.b * first.c,
            self.a * first.b + self.b * first.d,
            self.c * first.a + self.d * first.c,
            self.c * first.b + self.d * first.d,
            self.a * first.e + self.b * first.f + self.e,
            self.c * first.e + self.d * first.f + self.f,
        )

    def inverse(self) -> Frame:
        """Return the map back."""
        det = self.a * self.d - self.b * self.c
        a, b, c, d = self.d / det, -self.b / det, -self.c / det, self.a / det
        return Frame(a, b, c, d, -a * self.e - b * self.f, -c * self.e - d * self.f)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Map one point."""
        return self.a * x + self.b * y + self.e, self.c * x + self.d * y + self.f

    def points(self, x: Values, y: Values) -> tuple[Values, Values]:
        """Map arrays of points; float32 in, float32 out."""
        f = np.float32
        return (
            f(self.a) * x + f(self.b) * y + f(self.e),
            f(self.c) * x + f(self.d) * y + f(self.f),
        )
