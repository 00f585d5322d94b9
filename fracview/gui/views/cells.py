"""The cells of the comparison: models x methods x {clean, attacked}, asked for or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from fracview.workspace import plan

if TYPE_CHECKING:
    from fracview.request import Method, Request
    from fracview.workspace import Workspace

CellKey: TypeAlias = tuple[str, str, str]
"""Model, method ("" for the input itself), condition."""


@dataclass(frozen=True)
class Cell:
    """One place of the comparison.

    Parameters
    ----------
    request
        What would answer it.
    column
        0 for the input, 1 and up for the methods in their order.
    asked
        Whether the workspace wishes for it.
    """

    request: Request
    column: int
    asked: bool

    @property
    def key(self) -> CellKey:
        """Identity within one comparison."""
        method = self.request.attribution
        return self.request.model, method_title(method), self.request.condition

    @property
    def row(self) -> tuple[str, str]:
        """Model and condition."""
        return self.request.model, self.request.condition


def method_title(method: Method | None) -> str:
    """A method with the settings that differ from its defaults; "" for none."""
    if method is None:
        return ""
    settings = ", ".join(f"{name} {value}" for name, value in method.parameters)
    name = method.name.replace("_", " ")
    return f"{name} ({settings})" if settings else name


def compared(workspace: Workspace) -> tuple[object, ...]:
    """Whatever decides which cells there are; for :meth:`Session.watch`."""
    w = workspace
    label = None if w.case is None else w.label_of(w.case)
    asked = (w.models, w.methods, w.attack, w.attacked, w.wishes, w.protocol, w.seed)
    return (w.current, id(w.radiograph), label, *asked)


def all_cells(workspace: Workspace) -> tuple[Cell, ...]:
    """All cells of the current case, row by row; empty while there is no film."""
    full = replace(workspace, wishes=frozenset({"predict", "attack", "explain"}))
    asked = set(plan(workspace))
    order = {model: index for index, model in enumerate(workspace.models)}
    cells = []
    for request in plan(full):
        if request.attack is not None and not workspace.attacked:
            continue
        column = 0
        if request.attribution is not None:
            column = 1 + workspace.methods.index(request.attribution)
        cells.append(Cell(request, column, request in asked))
    rank = {"clean": 0, "attacked": 1}
    cells.sort(key=lambda c: (order[c.request.model], rank[c.request.condition], c.column))
    return tuple(cells)
