"""Names of methods, each a string until it is used, so that a list of methods imports nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from fracview.errors import SettingError, UnknownName


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

    def version(self, name: str) -> int:
        """``VERSION`` of the method's module: raised when its numbers change; 0 if it has none."""
        module = import_module(self[name].partition(":")[0])
        return int(getattr(module, "VERSION", 0))

    def build(self, name: str, settings: Mapping[str, Any]) -> Any:
        """Build the method behind ``name``, a dataclass, with settings that differ from its own.

        Raises
        ------
        UnknownName
            If there is no such entry.
        SettingError
            If the method has no such setting, or a value is out of its range.
        """
        kind = self.load(name)
        known = tuple(item.name for item in fields(kind) if item.init)
        unknown = sorted(set(settings) - set(known))
        if unknown:
            raise SettingError(
                f"{name} has no setting '{unknown[0]}'. It has: {', '.join(known) or 'none'}."
            )
        return kind(**settings)


def check_settings(record: Any) -> None:
    """Check a dataclass of settings against the ``low``, ``high`` and ``choices`` of its fields.

    The same metadata draws the forms of the window, so a form and a script obey one rule.

    Raises
    ------
    SettingError
        With the label of the field, its value and its range.
    """
    for item in fields(record):
        value, label = getattr(record, item.name), item.metadata.get("label", item.name)
        kind = str(item.type)
        if kind in ("int", "float"):
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole and not (kind == "float" and isinstance(value, float)):
                wanted = "a whole number" if kind == "int" else "a number"
                raise SettingError(f"{label} must be {wanted}, not {value!r}.")
            low = item.metadata.get("low", -math.inf)
            high = item.metadata.get("high", math.inf)
            if not low <= value <= high:
                raise SettingError(f"{label} must be from {low:g} to {high:g}, not {value:g}.")
        elif kind == "bool" and not isinstance(value, bool):
            raise SettingError(f"{label} must be true or false, not {value!r}.")
        choices = item.metadata.get("choices")
        if choices is not None and value not in choices:
            raise SettingError(f"{label} must be one of {', '.join(choices)}, not '{value}'.")
