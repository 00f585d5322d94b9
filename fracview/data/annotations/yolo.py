"""YOLO text: one file per picture; class, centre and size as shares of the upright picture."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from fracview.data.annotations.checks import Harvest, hull, token
from fracview.data.annotations.files import file_stem, read_text, write_whole
from fracview.data.annotations.records import BoxFile, Format, Labelled, SizeOf, no_size
from fracview.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fracview.data.annotations.records import Size

CLASS_LISTS = ("classes.txt", "labels.txt", "obj.names", "_darknet.labels", "data.yaml",
               "data.yml", "dataset.yaml")  # fmt: skip
"""Files that name the classes, looked for beside the labels and up to two folders above."""

_DIGITS = 8
"""Decimals written: a hundredth of a millionth of the picture's side."""


def sniff(path: Path) -> bool:
    """Whether a text file's first line is a class and at least four numbers; or it is empty."""
    if path.suffix.lower() != ".txt" or path.name.lower() in CLASS_LISTS:
        return False
    lines = [line for line in read_text(path)[:8192].splitlines() if line.strip()]
    return not lines or re.match(r"\s*\d+(\s+[-+.,\deE]+){3,}\s*$", lines[0]) is not None


def read(path: Path, size_of: SizeOf = no_size, classes: Sequence[str] | None = None) -> BoxFile:
    """Read the boxes of one picture.

    Parameters
    ----------
    path
        The file; its stem is the picture's.
    size_of
        Asked for the upright picture's size, which YOLO needs.
    classes
        Names by index; looked for in :data:`CLASS_LISTS` if None. Without any list class 0 is
        ``"fractured"`` and class 7 is ``"class 7"``.

    Raises
    ------
    AnnotationError
        If there are boxes and the picture's size is unknown.
    """
    lines = [
        (index, line) for index, line in enumerate(read_text(path).splitlines(), 1) if line.strip()
    ]
    size = size_of(path.stem) if lines else None
    if lines and size is None:
        raise AnnotationError(
            path,
            "YOLO boxes are shares of a picture, and no picture of this name is near",
            "Name the picture",
        )
    if classes is None:
        classes = find_classes(path.parent)
    # Files of four decimals round a centre and a side; that much may stand out silently.
    harvest = Harvest(size, slack=1e-4 * max(size or (1, 1)))
    for index, line in lines:
        _add(harvest, f"{path.name}, line {index}", line.split(), size or (1, 1), classes)
    film = Labelled(path.stem, tuple(harvest.boxes), size, tuple(harvest.problems))
    return BoxFile(path, "yolo", (film,))


def write(films: Sequence[Labelled], out: Path) -> list[Path]:
    """Write one file per picture and ``classes.txt`` into a folder.

    Parameters
    ----------
    films
        Pictures, each with its size.
    out
        A folder; or a ``.txt`` file if there is one picture, with ``classes.txt`` beside it.

    Raises
    ------
    AnnotationError
        If a picture has boxes and no size.
    """
    labels = list(dict.fromkeys(box.label for film in films for box in film.boxes)) or ["fractured"]
    single = out.suffix.lower() == ".txt" and len(films) == 1
    folder = out.parent if single else out
    written = [write_whole(folder / "classes.txt", "".join(f"{name}\n" for name in labels))]
    for film in films:
        target = out if single else folder / f"{file_stem(film.name)}.txt"
        if film.boxes and film.size is None:
            raise AnnotationError(target, f"YOLO needs the size of {film.name}")
        height, width = film.size or (1, 1)
        text = ""
        for box in film.boxes:
            shares = ((box.x1 + box.x2) / 2 / width, (box.y1 + box.y2) / 2 / height,
                      box.width / width, box.height / height)  # fmt: skip
            numbers = " ".join(f"{share:.{_DIGITS}f}" for share in shares)
            text += f"{labels.index(box.label)} {numbers}\n"
        written.append(write_whole(target, text))
    return written


def find_classes(folder: Path) -> tuple[str, ...] | None:
    """Names of classes by index, from the nearest list, or None."""
    for place in (folder, *list(folder.resolve().parents)[:2]):
        for name in CLASS_LISTS:
            path = place / name
            if not path.is_file():
                continue
            text = read_text(path)
            found = _yaml_names(text) if path.suffix in (".yaml", ".yml") else text.splitlines()
            names = tuple(line.strip() for line in found if line.strip())
            if names:
                return names
    return None


def _add(
    harvest: Harvest, where: str, words: list[str], size: Size, classes: Sequence[str] | None
) -> None:
    polygon = len(words) >= 7 and len(words) % 2 == 1
    if len(words) not in (5, 6) and not polygon:
        harvest.refuse(where, f"{len(words)} columns instead of 5")
        return
    try:
        index = token(words[0])
        shares = [token(word) for word in words[1:]]
    except ValueError as error:
        harvest.refuse(where, str(error))
        return
    if not index.is_integer() or index < 0:
        harvest.refuse(where, f"class {words[0][:20]} is no whole number from 0")
        return
    label = _label(int(index), classes)
    if label is None:
        harvest.refuse(where, f"class {int(index)} is not in the list of {len(classes or ())}")
        return
    height, width = size
    if polygon:
        points = [(x * width, y * height) for x, y in zip(shares[::2], shares[1::2])]
        harvest.add(where, hull(points), label)
        return
    if not all(math.isfinite(share) for share in shares) or max(map(abs, shares[:4])) > 2:
        harvest.refuse(where, "its numbers are pixels or nonsense; YOLO wants shares from 0 to 1")
        return
    cx, cy, w, h = shares[0] * width, shares[1] * height, shares[2] * width, shares[3] * height
    harvest.add(where, (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), label)


def _label(index: int, classes: Sequence[str] | None) -> str | None:
    if classes is None:
        return "fractured" if index == 0 else f"class {index}"
    return classes[index] if index < len(classes) else None


def _yaml_names(text: str) -> list[str]:
    """``names`` of a data.yaml: an inline list or map, or a block of either."""
    match = re.search(r"^names\s*:[ \t]*(.*)$", text, re.MULTILINE)
    if match is None:
        return []
    inline = match.group(1).split(" #")[0].strip()
    if inline[:1] in ("[", "{"):
        closing = text.find("]" if inline[0] == "[" else "}", match.start(1))
        body = text[match.start(1) + 1 : closing] if closing > 0 else inline[1:]
        entries = body.replace("\n", " ").split(",")
    else:
        block = re.match(r"(?:[ \t]*(?:-|\d+\s*:)[^\n]*\n?|[ \t]*\n)*", text[match.end() + 1 :])
        entries = block.group(0).splitlines() if block else []
    names = (re.sub(r"^\s*(-|\d+\s*:)\s*", "", entry).strip().strip("'\"") for entry in entries)
    return [name for name in names if name]


FORMAT = Format(
    "yolo", ".txt", sniff, read, write, rounding=2e-5, keeps_details=False
)  # fmt: skip
