"""Whether films were drawn by ``fracview phantom``: a ``truth.json`` lies above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TRUTH = "truth.json"
_DEPTH = 3
_KEYS = (b'"version"', b'"seed"', b'"cases"')


def are_phantoms(path: Path) -> bool:
    """Whether a folder or film is, or lies in, a data set of drawn phantoms."""
    for folder in (path, *list(path.absolute().parents)[:_DEPTH]):
        try:
            with (folder / TRUTH).open("rb") as stream:
                head = stream.read(512)
        except OSError:
            continue
        return all(key in head for key in _KEYS)
    return False
