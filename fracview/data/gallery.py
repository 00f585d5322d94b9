"""Radiographs and files of boxes in any folder, by name first and by content where that fails."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.data.annotations.folder import natural
from fracview.data.readers import READERS, suffixes
from fracview.data.readers.source import HEAD
from fracview.request import FRACTURED, NOT_FRACTURED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fracview.data.boxes import Box
    from fracview.data.readers.reader import Reader

BOX_FILES = frozenset({".json", ".xml", ".txt"})

_BESIDE = ("labels", "ann", "annotations", "Annotations", "boxes")
"""Folders of boxes that stand beside a folder of pictures."""

_PICTURES = ("images", "img", "imgs", "JPEGImages")
_NOT = re.compile(
    r"^(non|not|no|un)[ _-]*fractur|^(normal|healthy|negative|intact)$", re.IGNORECASE
)
_YES = re.compile(r"^fractur", re.IGNORECASE)


def find_films(folder: Path) -> list[Path]:
    """All radiographs in a folder and below it, in natural order, hidden ones left out.

    A known suffix is believed without opening the file; a file without suffix (or with a number
    for one, as PACS exports have) is asked by its first bytes.
    """
    known = suffixes()
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=natural)
        for name in sorted(names, key=natural):
            path = Path(place, name)
            if not name.startswith(".") and name.upper() != "DICOMDIR" and _is_film(path, known):
                found.append(path)
    return found


def box_folders(folder: Path) -> list[Path]:
    """Folders that may hold boxes: all with such files at or below ``folder``, and its siblings."""
    places = [folder]
    if folder.name in _PICTURES:
        places.extend(folder.parent / name for name in _BESIDE)
    elif folder.parent.name in _PICTURES:  # images/train and labels/train
        places.extend(folder.parent.parent / name / folder.name for name in _BESIDE)
    found: dict[str, Path] = {}
    for start in places:
        for place, folders, names in os.walk(start):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if any(Path(name).suffix.lower() in BOX_FILES for name in names):
                found.setdefault(_identity(Path(place)), Path(place))
    return list(found.values())


def folders_near(film: Path) -> list[Path]:
    """Folders that may hold the boxes of one film: its own, those in it and those beside it."""
    own = film.parent
    places = [own, *(own / name for name in _BESIDE), *(own.parent / name for name in _BESIDE)]
    if own.parent.name in _PICTURES:
        places.extend(own.parent.parent / name / own.name for name in _BESIDE)
    found: dict[str, Path] = {}
    for place in (*places, *(place / "ann" for place in places)):
        if os.path.isdir(place):
            found.setdefault(_identity(place), place)
    return list(found.values())


def folder_label(folder: Path) -> str | None:
    """Label that a folder's name states, such as ``Non_fractured``."""
    if _NOT.search(folder.name):
        return NOT_FRACTURED
    return FRACTURED if _YES.search(folder.name) else None


def box_label(boxes: Iterable[Box]) -> str | None:
    """``"fractured"`` if any box is labelled so."""
    return FRACTURED if any(_YES.search(box.label.strip()) for box in boxes) else None


def _identity(folder: Path) -> str:
    """One name per folder, also where a file system that ignores case shows it under two."""
    return os.path.normcase(os.path.realpath(folder))


def _is_film(path: Path, known: frozenset[str]) -> bool:
    suffix = path.suffix.lower()
    if suffix in known:
        return path.is_file()
    if suffix and not suffix[1:].isdecimal():
        return False
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError:
        return False
    readers: list[Reader] = [READERS.load(name) for name in READERS]
    return any(reader.sniff(head) for reader in readers)
