"""Decoded films on disk, by fingerprint: they can always be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from zipfile import BadZipFile

import numpy as np

from fracview.files import whole_file
from fracview.paths import cache_dir

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Tables: TypeAlias = dict[str, npt.NDArray[Any]]


def kept(identity: str) -> Tables | None:
    """Arrays that were kept under a fingerprint; None if there are none or they are broken."""
    try:
        with np.load(_file(identity), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, BadZipFile, EOFError):
        return None


def keep(identity: str, tables: Tables) -> None:
    """Keep arrays, whole or not at all."""
    with whole_file(_file(identity), private=True) as stream:
        np.savez(stream, allow_pickle=False, **tables)


def _file(identity: str) -> Path:
    folder = cache_dir() / "films"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{identity[:32]}.npz"
