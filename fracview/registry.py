"""Names of methods, each a string until it is used, so that a list of methods imports nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from fracview.errors import UnknownName


class Registry(Mapping[str, str]):
    """A table from a name to ``"module:attribute"``, imported on use.

    Outsiders add to it through an entry point group of the same name as :attr:`group`.

    Parameters
    ----------
    group
        Entry point group, such as ``"fracview.attacks"``.
    kind
        What one entry is called in messages, such as ``"attack"``.
    entries
        The methods of fracview itself.
    """

    def __init__(self, group: str, kind: str, entries: Mapping[str, str]) -> None:
        self.group, self.kind = group, kind
        self._own = dict(entries)
        self._all: dict[str, str] | None = None

    def _table(self) -> dict[str, str]:
        if self._all is None:
            found = {point.name: point.value for point in entry_points(group=self.group)}
            self._all = {**found, **self._own}
        return self._all

    def __getitem__(self, name: str) -> str:
        try:
            return self._table()[name]
        except KeyError:
            raise UnknownName(self.kind, name, tuple(self._table())) from None

    def __contains__(self, name: object) -> bool:
        return name in self._table()

    def __iter__(self) -> Iterator[str]:
        return iter(self._table())

    def __len__(self) -> int:
        return len(self._table())

    def load(self, name: str) -> Any:
        """Import and return the object behind ``name``.

        Raises
        ------
        UnknownName
            If there is no such entry; the message lists those there are.
        """
        module, _, attribute = self[name].partition(":")
        return getattr(import_module(module), attribute)
