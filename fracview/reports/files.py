"""Writing files whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fracview.errors import InputError
from fracview.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO


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
        raise InputError(folder, f"cannot be written ({error.strerror})", "Choose another") from (
            error
        )


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
        raise InputError(path, f"cannot be written ({error.strerror})") from error
    return path
