"""LabelMe JSON: one file per picture; a rectangle is two points in any order, floats from 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fracview.data.annotations.checks import DETAILS, Harvest, details_of, hull
from fracview.data.annotations.files import file_stem, image_name, is_json, read_json, write_json
from fracview.data.annotations.records import BoxFile, Format, Labelled, SizeOf, no_size
from fracview.data.annotations.shapes import pairs, positive
from fracview.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def sniff(path: Path) -> bool:
    """Whether a file is a JSON object with a list of shapes."""
    return is_json(path) and _is_labelme(read_json(path))


def read(path: Path, size_of: SizeOf = no_size) -> BoxFile:
    """Read the rectangles of one picture; polygons only where there is no rectangle.

    Raises
    ------
    AnnotationError
        If it is no LabelMe file.
    """
    document = read_json(path)
    if not _is_labelme(document):
        raise AnnotationError(path, "it has no list of shapes, so it is no LabelMe file")
    name = image_name(document.get("imagePath"), path.stem)
    said = positive(document.get("imageHeight"), document.get("imageWidth"))
    harvest = Harvest(said or size_of(name))
    shapes = [item if isinstance(item, dict) else {} for item in document["shapes"]]
    rectangles = any(item.get("shape_type") == "rectangle" for item in shapes)
    for index, item in enumerate(shapes):
        where = f"{path.name}, shape {index + 1}"
        kind = item.get("shape_type") or "polygon"
        if kind != "rectangle" and (rectangles or kind != "polygon"):
            harvest.refuse(where, f"a {str(kind)[:20]} is no box")
            continue
        try:
            points = pairs(item.get("points"), 2 if kind == "rectangle" else None)
        except ValueError as error:
            harvest.refuse(where, str(error))
            continue
        details = item.get(DETAILS) or {"note": item.get("description")}
        harvest.add(where, hull(points), _label(item.get("label")), details)
    film = Labelled(name, tuple(harvest.boxes), harvest.size, tuple(harvest.problems))
    return BoxFile(path, "labelme", (film,))


def write(films: Sequence[Labelled], out: Path) -> list[Path]:
    """Write one file per picture into a folder, or one ``.json`` file for one picture."""
    if is_json(out) and len(films) == 1:
        return [write_json(out, _document(films[0]))]
    return [write_json(out / f"{file_stem(film.name)}.json", _document(film)) for film in films]


def _document(film: Labelled) -> dict[str, Any]:
    shapes = []
    for box in film.boxes:
        shape: dict[str, Any] = {
            "label": box.label,
            "points": [[box.x1, box.y1], [box.x2, box.y2]],
            "group_id": None,
            "description": box.note,
            "shape_type": "rectangle",
            "flags": {},
            "mask": None,
        }
        details = details_of(box)
        shapes.append({**shape, DETAILS: details} if details else shape)
    height, width = film.size or (None, None)
    return {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": film.name,
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }


def _is_labelme(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("shapes"), list)


def _label(value: Any) -> str:
    return value.strip() or "fractured" if isinstance(value, str) else "fractured"


FORMAT = Format("labelme", ".json", sniff, read, write)
