"""The names around the comparison: models and conditions on one side, methods on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fracview.gui.views.head import THICK, Head
from fracview.gui.views.panel_layout import GAP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from fracview.gui.views.panel_layout import Arrangement
    from fracview.models.card import ModelCard

MODELS, METHODS = 2 * THICK + 2, THICK + 1
"""Pixels that the names of models with their conditions take, and the names of methods."""
_MEANINGS = {
    "robust": "Trained against adversarial changes.",
    "standard": "Trained in the usual way.",
    "untrained": "Random weights: its maps show what a net draws without having learned anything.",
}
_CONDITIONS = {
    "clean": "The film as it is.",
    "attacked": "What the attack made of the film.",
}


@dataclass(frozen=True)
class Column:
    """A method: its name in several lengths, longest first, and its settings in full."""

    names: tuple[str, ...]
    tip: str


class GridHeads:
    """Keeps a strip for each model, each of its conditions, and each method."""

    def __init__(self, sheet: QWidget) -> None:
        self._sheet = sheet
        self.heads: dict[tuple[str, ...], Head] = {}
        """By ("model", model), ("condition", model, condition) or ("method", title)."""

    def place(
        self,
        rows: Sequence[tuple[str, str]],
        columns: Sequence[Column],
        plan: Arrangement,
        cards: Mapping[str, ModelCard],
    ) -> tuple[int, int]:
        """Put all strips around panels laid out by a plan; return where the panels begin.

        Parameters
        ----------
        rows
            Model and condition of each row of panels (column, if turned).
        columns
            Of methods.
        plan
            How the panels lie.
        cards
            Cards of the models that are known.
        """
        left, top = (METHODS, MODELS) if plan.turned else (MODELS, METHODS)
        across, down = plan.width + GAP, plan.height + GAP
        step = across if plan.turned else down
        used: set[tuple[str, ...]] = set()
        for model in dict.fromkeys(model for model, _ in rows):
            places = [index for index, row in enumerate(rows) if row[0] == model]
            start, length = places[0] * step, len(places) * step - GAP
            card = cards.get(model)
            kind = "" if card is None else card.kind
            head = self._head(used, "model", model)
            head.show_name(
                (model,),
                tip=_MEANINGS.get(kind, ""),
                kind=kind,
                warnings=() if card is None else card.warnings,
                upright=not plan.turned,
            )
            _lay(head, plan.turned, (left, top), start, length, 0)
            for place in places:
                name = rows[place][1]
                part = self._head(used, "condition", model, name)
                tip = _CONDITIONS.get(name, "")
                part.show_name((name,), tip=tip, bold=False, upright=not plan.turned)
                _lay(part, plan.turned, (left, top), place * step, step - GAP, THICK + 1)
        step = down if plan.turned else across
        for place, column in enumerate(columns):
            head = self._head(used, "method", column.tip)
            head.show_name(column.names, tip=column.tip, upright=plan.turned)
            _lay(head, not plan.turned, (left, top), place * step, step - GAP, 0)
        for key in [key for key in self.heads if key not in used]:
            self.heads.pop(key).deleteLater()
        return left, top

    def _head(self, used: set[tuple[str, ...]], *key: str) -> Head:
        used.add(key)
        if key not in self.heads:
            self.heads[key] = Head(self._sheet)
            self.heads[key].show()
        return self.heads[key]


def _lay(
    head: Head, flat: bool, origin: tuple[int, int], start: int, length: int, depth: int
) -> None:
    """Put a strip above the panels (flat) or at their left."""
    if flat:
        head.setGeometry(origin[0] + start, depth, length, THICK)
    else:
        head.setGeometry(depth, origin[1] + start, THICK, length)
