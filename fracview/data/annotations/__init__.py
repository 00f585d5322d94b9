"""Files of boxes in five formats, each with its own idea of a pixel."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.data.annotations.files import file_stem
from fracview.data.annotations.records import BoxFile, Format, Labelled, no_size
from fracview.errors import AnnotationError, UnreadableFile
from fracview.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.data.annotations.records import Size, SizeOf
    from fracview.data.boxes import Box

ANNOTATIONS = Registry(
    "fracview.annotations",
    "annotation format",
    {
        "coco": "fracview.data.annotations.coco:FORMAT",
        "supervisely": "fracview.data.annotations.supervisely:FORMAT",
        "labelme": "fracview.data.annotations.labelme:FORMAT",
        "voc": "fracview.data.annotations.voc:FORMAT",
        "yolo": "fracview.data.annotations.yolo:FORMAT",
    },
)

__all__ = [
    "ANNOTATIONS",
    "AnnotationWarning",
    "BoxFile",
    "Labelled",
    "find_format",
    "read_box_file",
    "read_boxes",
    "write_boxes",
]

_SHOWN = 5


class AnnotationWarning(UserWarning):
    """Some boxes of a file were left out or changed; the others are there."""


def read_boxes(path: Path | str, image: Path | str | None = None) -> tuple[Box, ...]:
    """Read the boxes of one picture.

    Parameters
    ----------
    path
        A COCO, Pascal VOC, YOLO, LabelMe or Supervisely file, or a folder of such files.
    image
        The picture; its name picks the entry, and its size turns YOLO's shares into pixels. May
        be left out where the file is about one picture and says its size.

    Returns
    -------
    tuple of Box
        On pixel edges of the upright picture; empty if the file says there are none.

    Raises
    ------
    AnnotationError
        If the file cannot be understood, is about other pictures, or holds no usable box but
        broken ones.

    Warns
    -----
    AnnotationWarning
        If some boxes were broken and left out, or clipped.
    """
    path = Path(path)
    picture = None if image is None else Path(image)
    said = read_box_file(path, _size_of(path, picture), picture)
    film = _entry(said, path, picture)
    problems = [*film.problems, *(said.problems if len(said.films) == 1 else ())]
    if picture is not None:
        problems.extend(_size_clash(film, picture))
    if problems and not film.boxes:
        raise AnnotationError(path, f"none of its boxes can be used: {problems[0].rstrip('.')}")
    if problems:
        more = f" And {len(problems) - _SHOWN} more." if len(problems) > _SHOWN else ""
        warnings.warn(" ".join(problems[:_SHOWN]) + more, AnnotationWarning, stacklevel=2)
    return film.boxes


def read_box_file(path: Path, size_of: SizeOf = no_size, picture: Path | None = None) -> BoxFile:
    """Read everything of a file or of a folder of files.

    Parameters
    ----------
    path
        The file or folder.
    size_of
        Gives the size of a picture by name or stem; needed for YOLO.
    picture
        Of a folder, read only what may concern this picture.

    Returns
    -------
    BoxFile
        With all problems in it; nothing is silent.

    Raises
    ------
    AnnotationError
        If a file is of no known format, or a folder holds none.
    """
    if not os.path.isdir(path):
        return find_format(path).read(path, size_of)
    from fracview.data.annotations.folder import read_folder

    return read_folder(path, size_of, picture)


def find_format(path: Path) -> Format:
    """Recognise a file of boxes by its content.

    Raises
    ------
    AnnotationError
        If it is none of the five formats, gone, or broken.
    """
    if not os.path.exists(path):
        raise AnnotationError(path, "there is no such file", "Was it moved or renamed?")
    for name in ANNOTATIONS:
        form: Format = ANNOTATIONS.load(name)
        if form.sniff(path):
            return form
    raise AnnotationError(
        path,
        "it is no file of boxes",
        "fracview reads COCO, Pascal VOC, YOLO, LabelMe and Supervisely",
    )


def write_boxes(films: Sequence[Labelled], out: Path, to: str) -> list[Path]:
    """Write boxes in a format; every file appears whole or not at all.

    Parameters
    ----------
    films
        Pictures with boxes, sizes where they are known.
    out
        Folder, or file where the format or the number of pictures allows it.
    to
        A name of :data:`ANNOTATIONS`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UnknownName
        If there is no such format.
    AnnotationError
        If two pictures would share a file, a file cannot be written, or a size is missing that
        the format needs.
    """
    form: Format = ANNOTATIONS.load(to)
    if not form.single:
        _check_namesakes(films, out)
    return form.write(films, out)


def _check_namesakes(films: Sequence[Labelled], out: Path) -> None:
    """Two pictures must never share a file of boxes, not even where case does not count."""
    seen: dict[str, str] = {}
    for film in films:
        key = file_stem(film.name).casefold()
        if key in seen:
            raise AnnotationError(
                out,
                f"{seen[key]} and {film.name} would share one file of boxes",
                "Rename one or choose coco",
            )
        seen[key] = film.name


def _entry(said: BoxFile, path: Path, picture: Path | None) -> Labelled:
    if picture is not None:
        film = said.find(picture)
        if film is None:
            raise AnnotationError(path, f"it says nothing of {picture.name}; {_list(said)}")
        return film
    if len(said.films) == 1:
        return said.films[0]
    raise AnnotationError(
        path, f"it is about {len(said.films)} pictures", "Say which, by image=... or the picture"
    )


def _list(said: BoxFile) -> str:
    names = [film.name for film in said.films[:3]]
    more = f" and {len(said.films) - 3} more" if len(said.films) > 3 else ""
    return f"it is about {', '.join(names)}{more}" if names else "it is about no picture at all"


def _size_of(path: Path, picture: Path | None) -> SizeOf:
    """Sizes by name: of the picture, or of one beside the file."""
    from fracview.data.readers import image_size, suffixes

    def find(name: str) -> Size | None:
        places = [picture] if picture is not None and _same(picture, name) else []
        if not places and picture is None:
            folder = path if path.is_dir() else path.parent
            stem = folder / name
            places = [stem, *(stem.with_name(stem.name + end) for end in sorted(suffixes()))]
        for place in places:
            if place.is_file():
                try:
                    return image_size(place)
                except UnreadableFile:
                    continue
        return None

    return find


def _same(picture: Path, name: str) -> bool:
    last = Path(name).name
    return last in (picture.name, picture.stem) or Path(last).stem == picture.stem


def _size_clash(film: Labelled, picture: Path) -> list[str]:
    """Say so where boxes were drawn on a picture of another size: its raw frame, or a copy."""
    from fracview.data.readers import image_size

    try:
        real = image_size(picture)
    except UnreadableFile:
        return []
    if film.size is None or film.size == real:
        return []
    return [
        f"{picture.name} is {real[1]} x {real[0]} pixels upright, but its boxes were drawn on "
        f"{film.size[1]} x {film.size[0]}; they may lie in the wrong place."
    ]
