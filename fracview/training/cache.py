"""Decoded films on disk, by fingerprint: they can always be made again."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from zipfile import BadZipFile

import numpy as np

from fracview.paths import cache_dir

if TYPE_CHECKING:
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
    path = _file(identity)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, allow_pickle=False, **tables)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _file(identity: str) -> Path:
    folder = cache_dir() / "films"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{identity[:32]}.npz"
