"""A case: a radiograph's file with its boxes, its label and what the data set says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.data.boxes import Box


@dataclass(frozen=True)
class Case:
    """One entry of a folder or data set. Pixels are read when they are needed.

    Parameters
    ----------
    path
        The radiograph's file.
    boxes
        Boxes in the oriented frame of the radiograph.
    label
        ``"fractured"``, ``"not fractured"`` or None where nobody said.
    flags
        Columns of the data set, such as ``("hand", "1")``; they become filters.
    notes
        Clashes and repairs that the reader must know of, each a sentence.
    """

    path: Path
    boxes: tuple[Box, ...] = ()
    label: str | None = None
    flags: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """File name without its folder."""
        return self.path.name

    def flag(self, column: str) -> str:
        """Value of a column, or an empty string."""
        return dict(self.flags).get(column, "")
