"""The files that a project is about: what is kept of them, and whether they are still the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fracview.errors import InputError, UnreadableFile
from fracview.fingerprint import file_sha256
from fracview.project.records import Film, FilmFacts

if TYPE_CHECKING:
    from fracview.project.records import Whereabouts
    from fracview.project.rows import Row

_FACTS = ("sha256", "bytes", "modified", "height", "width", "orientation", "label")


def read_facts(path: Path, label: str | None = None) -> FilmFacts:
    """Hash a radiograph's file and read its size; no pixel is decoded where the header says it.

    Parameters
    ----------
    path
        The file.
    label
        What the data set says of it.

    Raises
    ------
    UnreadableFile
        If it is no radiograph, or its name is not in Unicode.
    """
    from fracview.data.readers import image_size

    path = Path(os.path.abspath(path))
    try:
        str(path).encode()
    except UnicodeEncodeError:
        reason = "its name is not in Unicode and cannot be kept in a project"
        raise UnreadableFile(path, reason, "Rename it") from None
    height, width = image_size(path)
    try:
        before = path.stat()
        sha256 = file_sha256(path)
    except OSError as error:
        raise UnreadableFile(path, f"it cannot be read ({error.strerror})") from error
    return FilmFacts(
        path, sha256, before.st_size, before.st_mtime_ns, height, width, _orientation(path), label
    )


def whereabouts(facts: FilmFacts) -> Whereabouts:
    """Say whether a film's file holds what it held, something else, or is not there."""
    try:
        now = facts.path.stat()
        if (now.st_size, now.st_mtime_ns) == (facts.bytes, facts.modified):
            return "same"
        if now.st_size != facts.bytes:
            return "changed"
        return "same" if file_sha256(facts.path) == facts.sha256 else "changed"
    except OSError:
        return "missing"


def changed_film(path: Path) -> InputError:
    """Error for a box that would be drawn on other pixels than those that were added."""
    return InputError(
        path,
        "the file has changed since it came into the project, so its boxes may not fit",
        "Put the old file back, or take the changed one over",
    )


def name_in(project: Path, path: Path) -> str:
    """Path of a film as the project keeps it: so that both can be moved together."""
    try:
        return Path(os.path.relpath(path, project.parent)).as_posix()
    except ValueError:  # another drive of Windows
        return path.as_posix()


def film_of(project: Path, row: Row) -> Film:
    """A row of the table of films as a record."""
    path = Path(os.path.normpath(project.parent / row["path"]))
    return Film(row["id"], row["path"], FilmFacts(path, *(row[name] for name in _FACTS)))


def row_of(project: Path, facts: FilmFacts) -> Row:
    """Columns of a film."""
    columns: dict[str, Any] = {name: getattr(facts, name) for name in _FACTS}
    return {"path": name_in(project, facts.path), **columns}


def _orientation(path: Path) -> int:
    """EXIF orientation, 1 where there is none; DICOM has none."""
    from PIL import Image

    from fracview.data.readers.heard import hearing
    from fracview.data.readers.orientation import BROKEN_EXIF, TAG, checked

    try:
        with hearing(), Image.open(path, formats=("PNG", "JPEG", "TIFF")) as picture:
            return checked(picture.getexif().get(TAG, 1))
    except (*BROKEN_EXIF, Image.DecompressionBombError):
        return 1
