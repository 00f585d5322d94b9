"""Pascal VOC XML: one file per picture, whole pixels, counted from 1 or (FracAtlas) from 0.

Standard VOC counts pixels from 1 and means the last one too, so pixels 1..3 are the edges 0..3.
FracAtlas wrote COCO corners cut to whole numbers from 0, so its numbers are edges already. Its
files say the database ``MLBFR``; every other file counts as standard unless one says otherwise.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from xml.etree import ElementTree

from fracview.data.annotations.checks import DETAILS, Harvest, details_of, token
from fracview.data.annotations.files import file_stem, image_name, read_raw, write_whole
from fracview.data.annotations.records import BoxFile, Format, Labelled, SizeOf, no_size
from fracview.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.data.boxes import Box

Origin: TypeAlias = Literal["auto", 0, 1]

FRACATLAS_DATABASE = "MLBFR"
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def sniff(path: Path) -> bool:
    """Whether a file is XML with an ``annotation`` in its first bytes."""
    if path.suffix.lower() != ".xml":
        return False
    with path.open("rb") as stream:
        return b"<annotation" in stream.read(4096)


def read(path: Path, size_of: SizeOf = no_size, origin: Origin = "auto") -> BoxFile:
    """Read the boxes of one picture.

    Parameters
    ----------
    path
        The file.
    size_of
        Asked where the file gives no size.
    origin
        What the first pixel is called: 1 (standard, last pixel meant too), 0 (edges), or
        ``"auto"``: 0 for FracAtlas, else 1.

    Raises
    ------
    AnnotationError
        If it is no VOC file, or declares entities, which hide attacks.
    """
    import defusedxml.ElementTree as safe
    from defusedxml.common import DefusedXmlException

    try:
        root = safe.fromstring(read_raw(path), forbid_dtd=True)
    except DefusedXmlException:
        raise AnnotationError(path, "it declares a DTD or entities, which are not read") from None
    except ElementTree.ParseError as error:
        line, column = error.position
        raise AnnotationError(path, f"it is no XML: line {line}, column {column}") from None
    except (RecursionError, ValueError, LookupError):
        raise AnnotationError(path, "it is no XML that can be read") from None
    if root.tag != "annotation":
        raise AnnotationError(path, "it has no annotation, so it is no VOC file")
    if origin == "auto":
        origin = 0 if root.findtext("source/database") == FRACATLAS_DATABASE else 1
    name = image_name(root.findtext("filename"), path.stem)
    said = _size(root)
    harvest = Harvest(said or size_of(name))
    for index, item in enumerate(root.iter("object")):
        _add(harvest, f"{path.name}, object {index + 1}", item, origin)
    film = Labelled(name, tuple(harvest.boxes), harvest.size, tuple(harvest.problems))
    return BoxFile(path, "voc", (film,))


def write(films: Sequence[Labelled], out: Path, origin: Literal[0, 1] = 1) -> list[Path]:
    """Write one file per picture into a folder.

    Parameters
    ----------
    films
        Pictures.
    out
        A folder; or a ``.xml`` file if there is one picture.
    origin
        1: standard, edges rounded to the nearest pixel, off by half a pixel at most. 0: as
        FracAtlas, edges cut to whole numbers, off by less than one. A box keeps one pixel at
        least.
    """
    if out.suffix.lower() == ".xml" and len(films) == 1:
        return [write_whole(out, _document(films[0], origin))]
    return [
        write_whole(out / f"{file_stem(film.name)}.xml", _document(film, origin)) for film in films
    ]


def _add(harvest: Harvest, where: str, item: ElementTree.Element, origin: int) -> None:
    bounds = item.find("bndbox")
    if bounds is None:
        harvest.refuse(where, "it has no bndbox")
        return
    try:
        x1, y1, x2, y2 = (token(bounds.findtext(word) or "") for word in _CORNERS)
    except ValueError as error:
        harvest.refuse(where, str(error))
        return
    if origin == 1 and min(x1, y1) == 0 and min(x2, y2) > 0:
        harvest.problems.append(
            f"{where}: it starts at 0, though VOC counts from 1; the file may be off by one pixel."
        )
        x1, y1 = max(x1, 1.0), max(y1, 1.0)
    label = (item.findtext("name") or "").strip() or "fractured"
    if x2 < x1 or y2 < y1:  # pixels 5..5 are one pixel wide, 5..4 are an error, not an empty box
        harvest.refuse(where, f"the box is reversed ({x1:g}, {y1:g}, {x2:g}, {y2:g})")
        return
    harvest.add(where, (x1 - origin, y1 - origin, x2, y2), label, _details(item.find(DETAILS)))


def _details(item: ElementTree.Element | None) -> dict[str, Any]:
    if item is None:
        return {}
    found: dict[str, Any] = {child.tag: child.text or "" for child in item}
    return {**found, "locked": found.get("locked") == "true"}


def _size(root: ElementTree.Element) -> tuple[int, int] | None:
    try:
        height, width = (int(token(root.findtext(f"size/{word}") or "")) for word in
                         ("height", "width"))  # fmt: skip
    except (ValueError, OverflowError):
        return None
    return (height, width) if height > 0 and width > 0 else None


def _document(film: Labelled, origin: int) -> bytes:
    root = ElementTree.Element("annotation")
    _child(root, "folder", Path(film.name).parent.name)
    _child(root, "filename", Path(film.name).name)
    source = ElementTree.SubElement(root, "source")
    _child(source, "database", FRACATLAS_DATABASE if origin == 0 else "fracview")
    if film.size is not None:
        size = ElementTree.SubElement(root, "size")
        _child(size, "width", film.size[1])
        _child(size, "height", film.size[0])
        _child(size, "depth", 1)
    _child(root, "segmented", 0)
    for box in film.boxes:
        item = ElementTree.SubElement(root, "object")
        _child(item, "name", box.label)
        _child(item, "pose", "Unspecified")
        _child(item, "truncated", 0)
        _child(item, "difficult", 0)
        bounds = ElementTree.SubElement(item, "bndbox")
        for word, value in zip(_CORNERS, _whole(box, origin)):
            _child(bounds, word, value)
        details = details_of(box)
        if details:
            extra = ElementTree.SubElement(item, DETAILS)
            for word, value in details.items():
                _child(extra, word, "true" if value is True else value)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _whole(box: Box, origin: int) -> tuple[int, int, int, int]:
    if origin == 0:
        x1, y1, x2, y2 = (math.floor(corner) for corner in box.corners)
    else:
        x1, y1, x2, y2 = (math.floor(corner + 0.5) for corner in box.corners)
    if x2 <= x1:
        x1 = math.floor((box.x1 + box.x2) / 2)
        x2 = x1 + 1
    if y2 <= y1:
        y1 = math.floor((box.y1 + box.y2) / 2)
        y2 = y1 + 1
    return x1 + origin, y1 + origin, x2, y2


def _child(parent: ElementTree.Element, tag: str, text: object) -> None:
    """Add a child; characters that XML cannot hold are dropped."""
    clean = "".join(letter for letter in str(text) if letter.isprintable() or letter in "\n\t")
    ElementTree.SubElement(parent, tag).text = clean


FORMAT = Format("voc", ".xml", sniff, read, write, rounding=1.0)
