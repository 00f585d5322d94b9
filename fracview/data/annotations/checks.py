"""One box at a time: what is wrong with it, and what can be kept."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

from fracview.data.boxes import Box, Certainty
from fracview.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fracview.data.annotations.records import Size

SLACK = 1e-3
"""Pixels by which a box may leave its picture without a word: rounding of decimal files."""

DETAILS = "fracview"
"""Free key under which JSON formats keep what they have no word for."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass
class Harvest:
    """Collects the good boxes of one picture and the problems of the others.

    Parameters
    ----------
    size
        Height and width to clip to, or None.
    slack
        Pixels by which a box may stand out silently.
    """

    size: Size | None = None
    slack: float = SLACK
    boxes: list[Box] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, where: str, corners: tuple[float, float, float, float], label: str,
            details: Mapping[str, Any] | None = None) -> None:  # fmt: skip
        """Keep a box, clipped if need be, or say why not.

        Parameters
        ----------
        where
            Such as ``"a.txt, line 3"``.
        corners
            x1, y1, x2, y2 on pixel edges.
        label
            Class name.
        details
            Certainty, kind, note, locked, as :func:`details_of` writes them.
        """
        x1, y1, x2, y2 = corners
        if all(map(math.isfinite, corners)) and (x2 < x1 or y2 < y1):
            self.refuse(where, f"the box is reversed ({_show(corners)})")
            return
        if all(map(math.isfinite, corners)) and (x2 == x1 or y2 == y1):
            self.refuse(where, f"the box has no area ({_show(corners)})")
            return
        try:
            box = Box(x1, y1, x2, y2, label)
        except SettingError:
            self.refuse(where, f"a corner is not a finite number ({_show(corners)})")
            return
        inside = self._clipped(box)
        if inside is None:
            picture = "" if self.size is None else f" of {self.size[1]} x {self.size[0]}"
            self.refuse(where, f"the box lies outside its picture{picture} ({_show(corners)})")
            return
        worst = max(abs(a - b) for a, b in zip(inside.corners, corners))
        if worst > self.slack:
            self.problems.append(
                f"{where}: the box stood {worst:.4g} pixels out of its picture and was clipped."
            )
        self.boxes.append(with_details(inside, details))

    def refuse(self, where: str, reason: str) -> None:
        """Note a box that is left out."""
        self.problems.append(f"{where}: {reason}; left out.")

    def _clipped(self, box: Box) -> Box | None:
        height, width = self.size if self.size is not None else (math.inf, math.inf)
        return box.clipped(height, width)


def number(value: Any) -> float:
    """Take a JSON number as float.

    Raises
    ------
    ValueError
        With a reason, for texts, booleans, missing values and numbers without end.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = "a text" if isinstance(value, str) else "nothing" if value is None else "no number"
        raise ValueError(f"{kind} stands where a number belongs")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def token(text: str) -> float:
    """Take a number of a text file, strictly: no commas, no underscores, no nan.

    Raises
    ------
    ValueError
        With a reason.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if "," in text and _NUMBER.fullmatch(text.replace(",", ".", 1)):
        raise ValueError(f"'{text[:20]}' has a decimal comma; use a point")
    raise ValueError(f"'{text[:20]}' is not a number" if text else "a number is missing")


def details_of(box: Box) -> dict[str, Any]:
    """Fields of a box that differ from a plain one; empty for most."""
    plain = Box(0, 0, 1, 1)
    words = ("certainty", "kind", "note", "locked")
    return {
        word: getattr(box, word) for word in words if getattr(box, word) != getattr(plain, word)
    }


def with_details(box: Box, details: Any) -> Box:
    """Put back what :func:`details_of` took; anything odd is passed over."""
    if not isinstance(details, dict):
        return box
    if details.get("certainty") in get_args(Certainty):
        box = replace(box, certainty=details["certainty"])
    for word in ("kind", "note"):
        if isinstance(details.get(word), str):
            box = replace(box, **{word: details[word]})
    return replace(box, locked=details.get("locked") is True)


def hull(points: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Bounding box of points: x1, y1, x2, y2."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _show(corners: tuple[float, ...]) -> str:
    return ", ".join(f"{corner:.6g}" for corner in corners)
