"""What every annotation format is read into and written from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from fracview.data.boxes import Box

Size: TypeAlias = tuple[int, int]
"""Height and width of an upright picture."""

SizeOf: TypeAlias = Callable[[str], Size | None]
"""Finds the size of a picture by its file name or stem; None where nobody knows."""


def no_size(name: str) -> Size | None:
    """Know no picture's size."""
    return None


@dataclass(frozen=True)
class Labelled:
    """One picture's entry in a file of boxes.

    Parameters
    ----------
    name
        File name of the picture as the file says it, ``/`` between folders; for YOLO, which
        says none, the stem.
    boxes
        Good boxes, on pixel edges in the upright frame, clipped to the picture.
    size
        Height and width that the file says, or None.
    problems
        Sentences on boxes that were left out or changed, each with line or index.
    """

    name: str
    boxes: tuple[Box, ...] = ()
    size: Size | None = None
    problems: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """File name without folders and suffix."""
        return PurePosixPath(self.name).stem


@dataclass(frozen=True)
class BoxFile:
    """All that a file (or a folder of files) of boxes says.

    Parameters
    ----------
    path
        The file or folder.
    format
        Name in :data:`fracview.data.annotations.ANNOTATIONS`.
    films
        One entry per picture, also for those without boxes.
    problems
        Sentences that concern no single picture.
    """

    path: Path
    format: str
    films: tuple[Labelled, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def all_problems(self) -> tuple[str, ...]:
        """Problems of the file and of all its pictures."""
        return (*self.problems, *(line for film in self.films for line in film.problems))

    @cached_property
    def _index(self) -> tuple[dict[str, list[Labelled]], dict[str, list[Labelled]]]:
        """Films by file name and by stem."""
        names: dict[str, list[Labelled]] = {}
        stems: dict[str, list[Labelled]] = {}
        for film in self.films:
            names.setdefault(PurePosixPath(film.name).name, []).append(film)
            stems.setdefault(film.stem, []).append(film)
        return names, stems

    def find(self, image: Path) -> Labelled | None:
        """Entry of a picture: by file name, else by stem; folders decide between namesakes."""
        names, stems = self._index
        found = names.get(image.name) or stems.get(image.name) or stems.get(image.stem)
        if not found:
            return None
        parts = image.as_posix().split("/")
        return max(found, key=lambda film: _shared_tail(film.name.split("/"), parts))


class Write(Protocol):
    """Writes films; see :func:`fracview.data.annotations.write_boxes`."""

    def __call__(self, films: Sequence[Labelled], out: Path) -> list[Path]:
        """Write and return the files."""


class Read(Protocol):
    """Reads one file of a format."""

    def __call__(self, path: Path, size_of: SizeOf = no_size) -> BoxFile:
        """Read; raises AnnotationError if nothing can be understood."""


@dataclass(frozen=True)
class Format:
    """One annotation format.

    Parameters
    ----------
    name
        As in the registry.
    suffix
        Ending of its files.
    sniff
        Whether a file is of this format.
    read, write
        See the protocols above.
    rounding
        Largest error of an edge after writing and reading, in pixels of a picture whose longer
        side is 1000 pixels.
    single
        Whether one file holds all pictures; otherwise there is one file per picture.
    keeps_details
        Whether certainty, kind, note and lock of a box survive.
    """

    name: str
    suffix: str
    sniff: Callable[[Path], bool]
    read: Read
    write: Write
    rounding: float = 0.0
    single: bool = False
    keeps_details: bool = True


def _shared_tail(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(reversed(one), reversed(other)):
        if left != right:
            break
        count += 1
    return count
