"""Recipes as TOML, read strictly and written back whole."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import tomli_w

from fracview.errors import CardError, SettingError
from fracview.files import read_toml
from fracview.request import parse_epsilon
from fracview.training.recipe import Adversary, Arm, Augmentation, Phantoms, Recipe

if TYPE_CHECKING:
    from pathlib import Path


_PLAIN: dict[str, tuple[Any, str]] = {
    "int": (int, "a whole number"),
    "float": (int | float, "a number"),
    "str": (str, "a text"),
    "bool": (bool, "true or false"),
}


def read_recipe(path: Path) -> Recipe:
    """Read a recipe from TOML; radii may be written as ``"2/255"``.

    Raises
    ------
    CardError
        If the file cannot be read or has an unknown or false field.
    """
    try:
        return _recipe(read_toml(path))
    except (TypeError, ValueError, AttributeError, SettingError) as error:
        raise CardError(path, str(error).rstrip(".")) from error


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write a recipe as TOML."""
    path.write_text(tomli_w.dumps(as_table(recipe)), encoding="utf-8")


def as_table(recipe: Recipe) -> dict[str, Any]:
    """Turn a recipe into plain tables, without what is None."""
    table: dict[str, Any] = _plain(asdict(recipe))
    return table


def _recipe(table: dict[str, Any]) -> Recipe:
    parts = dict(table)
    if "phantoms" in parts:
        parts["phantoms"] = _record(Phantoms, parts["phantoms"], "phantoms")
    if "augmentation" in parts:
        parts["augmentation"] = _record(Augmentation, parts["augmentation"], "augmentation")
    if "attack_epsilons" in parts:
        parts["attack_epsilons"] = tuple(map(parse_epsilon, parts["attack_epsilons"]))
    if "arms" in parts:
        arms = parts["arms"] if isinstance(parts["arms"], list) else [parts["arms"]]
        parts["arms"] = tuple(_arm(arm) for arm in arms)
    recipe: Recipe = _record(Recipe, parts, "recipe")
    return recipe


def _arm(table: dict[str, Any]) -> Arm:
    parts = dict(table) if isinstance(table, dict) else {"name": table}
    adversary = parts.get("adversary")
    if adversary is not None:
        if isinstance(adversary, dict) and "epsilon" in adversary:
            adversary = {**adversary, "epsilon": parse_epsilon(adversary["epsilon"])}
        parts["adversary"] = _record(Adversary, adversary, "adversary")
    if "crops" in parts:
        parts["crops"] = tuple((float(until), int(side)) for until, side in parts["crops"])
    arm: Arm = _record(Arm, parts, "arms")
    return arm


def _record(kind: Any, table: dict[str, Any], where: str) -> Any:
    if not isinstance(table, dict):
        raise SettingError(f"[{where}] must be a table, not {table!r}.")
    types = {item.name: str(item.type) for item in fields(kind)}
    unknown = sorted(set(table) - set(types))
    if unknown:
        raise SettingError(f"[{where}] has unknown fields {', '.join(unknown)}.")
    for name, value in table.items():
        wanted, said = _PLAIN.get(types[name], (object, ""))
        is_flag = isinstance(value, bool)
        if said and (not isinstance(value, wanted) or is_flag is not (wanted is bool)):
            raise SettingError(f"{name} in [{where}] must be {said}, not {value!r}.")
    values = {key: tuple(item) if isinstance(item, list) else item for key, item in table.items()}
    return kind(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
