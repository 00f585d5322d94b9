"""Goes from film to film, in the order in which the browser lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fracview.gui.films import Films
    from fracview.gui.session import Session


class Ordered(Protocol):
    """Something that lists cases, such as the browser."""

    def order(self) -> Sequence[int]:
        """Indices of the listed cases, first to last."""
        ...


class Navigator(QObject):
    """Next, previous, first, last; with or without what is reviewed already."""

    def __init__(
        self, session: Session, films: Films, listed: Ordered, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.films, self.listed = session, films, listed

    def next(self) -> None:
        """Next film of the list."""
        self._step(1, lambda _: True, "This is the last film of the list.")

    def previous(self) -> None:
        """Previous film of the list."""
        self._step(-1, lambda _: True, "This is the first film of the list.")

    def first(self) -> None:
        """First film of the list."""
        self._end(0)

    def last(self) -> None:
        """Last film of the list."""
        self._end(-1)

    def next_unreviewed(self) -> None:
        """Next film that nobody has marked as reviewed."""
        self._step(1, self._unreviewed, "All films after this one are reviewed.")

    def previous_unreviewed(self) -> None:
        """Previous film that nobody has marked as reviewed."""
        self._step(-1, self._unreviewed, "All films before this one are reviewed.")

    def _unreviewed(self, index: int) -> bool:
        workspace = self.session.workspace
        return str(workspace.cases[index].path) not in workspace.edits.reviewed

    def _end(self, place: int) -> None:
        order = self.listed.order()
        if order:
            self.films.select(order[place])

    def _step(self, by: int, wanted: Callable[[int], bool], sentence: str) -> None:
        order, current = list(self.listed.order()), self.session.workspace.current
        if not order:
            return
        if current in order:
            ahead = order[order.index(current) + 1 :] if by > 0 else None
            if ahead is None:
                ahead = order[: order.index(current)][::-1]
        else:
            ahead = order if by > 0 else order[::-1]
        for index in ahead:
            if wanted(index):
                self.films.select(index)
                return
        self.session.say(sentence)
