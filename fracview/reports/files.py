"""Writing files whole or not at all."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.errors import InputError
from fracview.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO


def json_text(thing: Any) -> str:
    """Strict JSON: paths are texts, and numbers that are not finite become null."""
    return json.dumps(_strict(thing), indent=2, ensure_ascii=False, allow_nan=False)


def _strict(thing: Any) -> Any:
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else None
    if isinstance(thing, dict):
        return {str(key): _strict(value) for key, value in thing.items()}
    if isinstance(thing, Path):
        return str(thing)
    if isinstance(thing, list | tuple):
        return [_strict(value) for value in thing]
    return thing


def check_folder(folder: Path) -> None:
    """Refuse a folder that could not be made or written to, before the work for it begins.

    Raises
    ------
    InputError
        With the reason.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not os.path.isdir(there):
        raise InputError(there, "it is a file, not a folder", "Choose another folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(folder, "you may not write there", "Choose another folder")


@contextmanager
def together(folder: Path) -> Iterator[Path]:
    """Give a place for files that appear in a folder together, or not at all.

    Yields
    ------
    Path
        An empty folder inside; at the end its files move up and replace those of the same name.

    Raises
    ------
    InputError
        If the folder cannot be written or the disk is full; older files stay as they were.
    """
    made = not os.path.lexists(folder)
    make_folder(folder)
    part = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    try:
        yield part
        taken = [path.name for path in part.iterdir() if (folder / path.name).is_dir()]
        if taken:
            raise InputError(folder / taken[0], "a folder is in its place", "Choose another folder")
        for path in part.iterdir():
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if made and not any(folder.iterdir()):
            folder.rmdir()


def make_folder(folder: Path) -> None:
    """Make a folder for exports.

    Raises
    ------
    InputError
        If it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise InputError(
            folder, f"cannot be written ({error.strerror})", "Choose another folder"
        ) from (error)


def atomic_write(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Write through a temporary file in the same folder, onto the disk, then rename.

    Raises
    ------
    InputError
        If the disk is full or the folder cannot be written; an older file stays as it was.
    """
    try:
        with whole_file(path) as stream:
            write(stream)
    except OSError as error:
        raise InputError(
            path, f"cannot be written ({error.strerror})", "Choose another folder"
        ) from error
    return path
