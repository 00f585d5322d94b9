"""Files that are written whole or not at all, and tables that are read strictly."""

from __future__ import annotations

import os
import tempfile
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fracview.errors import CardError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def read_toml(path: Path) -> dict[str, Any]:
    """Read a table of settings.

    Raises
    ------
    CardError
        If the file is missing, unreadable, no plain file or no TOML.
    """
    try:
        if path.exists() and not path.is_file():  # a FIFO would block for ever
            raise CardError(path, "it is a folder, a device or a pipe, not a TOML file")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CardError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise CardError(path, f"not a TOML file ({error})") from error


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when it is complete.

    The bytes go to a temporary file in the same folder and onto the disk before the name changes
    hands. Whatever goes wrong, an older file stays as it was and nothing is left beside it.

    Parameters
    ----------
    path
        Where the file will be.
    private
        Readable by its owner alone; otherwise as the umask says.

    Yields
    ------
    BinaryIO

    Raises
    ------
    OSError
        If the folder cannot be written or the disk is full; the caller says it in its own words.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if not private:
            os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    # The only way to read the mask is to set it; it is put back before anybody can notice.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself onto the disk, where the system can do that for folders."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
