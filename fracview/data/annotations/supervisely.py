"""Supervisely JSON: ``ann/NAME.jpg.json`` per picture; a rectangle is two points of ``exterior``.

The points are taken as edges, as the published FracAtlas notebooks do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fracview.data.annotations.checks import DETAILS, Harvest, details_of, hull
from fracview.data.annotations.files import is_json, read_json, write_json
from fracview.data.annotations.records import BoxFile, Format, Labelled, SizeOf, no_size
from fracview.data.annotations.shapes import pairs, positive
from fracview.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Sequence


def sniff(path: Path) -> bool:
    """Whether a file is a JSON object with a size and a list of objects."""
    return is_json(path) and _is_supervisely(read_json(path))


def read(path: Path, size_of: SizeOf = no_size) -> BoxFile:
    """Read the rectangles of one picture; polygons only where there is no rectangle.

    Raises
    ------
    AnnotationError
        If it is no Supervisely file.
    """
    document = read_json(path)
    if not _is_supervisely(document):
        raise AnnotationError(path, "it has no size and objects, so it is no Supervisely file")
    name = path.name.removesuffix(path.suffix)
    said = positive(document["size"].get("height"), document["size"].get("width"))
    harvest = Harvest(said or size_of(name))
    objects = [item if isinstance(item, dict) else {} for item in document["objects"]]
    rectangles = any(item.get("geometryType") == "rectangle" for item in objects)
    for index, item in enumerate(objects):
        where = f"{path.name}, object {index + 1}"
        kind = item.get("geometryType")
        if kind != "rectangle" and (rectangles or kind != "polygon"):
            harvest.refuse(where, f"a {str(kind)[:20]} is no box")
            continue
        exterior = item.get("points")
        exterior = exterior.get("exterior") if isinstance(exterior, dict) else None
        try:
            points = pairs(exterior, 2 if kind == "rectangle" else None)
        except ValueError as error:
            harvest.refuse(where, str(error))
            continue
        label = item.get("classTitle")
        details = item.get(DETAILS) or {"note": item.get("description")}
        harvest.add(where, hull(points), label if isinstance(label, str) else "fractured", details)
    film = Labelled(name, tuple(harvest.boxes), harvest.size, tuple(harvest.problems))
    return BoxFile(path, "supervisely", (film,))


def write(films: Sequence[Labelled], out: Path) -> list[Path]:
    """Write ``ann/NAME.json`` per picture into a folder, or one ``.json`` for one picture.

    Raises
    ------
    AnnotationError
        If a picture has no size, which Supervisely demands.
    """
    written = []
    for film in films:
        single = is_json(out) and len(films) == 1
        target = out if single else out / "ann" / f"{Path(film.name).name}.json"
        if film.size is None:
            raise AnnotationError(target, f"Supervisely needs the size of {film.name}")
        written.append(write_json(target, _document(film, film.size)))
    return written


def _document(film: Labelled, size: tuple[int, int]) -> dict[str, Any]:
    objects = []
    for index, box in enumerate(film.boxes, start=1):
        entry: dict[str, Any] = {
            "id": index,
            "classTitle": box.label,
            "description": box.note,
            "geometryType": "rectangle",
            "tags": [],
            "points": {"exterior": [[box.x1, box.y1], [box.x2, box.y2]], "interior": []},
        }
        details = details_of(box)
        objects.append({**entry, DETAILS: details} if details else entry)
    return {
        "description": "",
        "tags": [],
        "size": {"height": size[0], "width": size[1]},
        "objects": objects,
    }


def _is_supervisely(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and isinstance(document.get("objects"), list)
        and isinstance(document.get("size"), dict)
    )


FORMAT = Format("supervisely", ".json", sniff, read, write)
