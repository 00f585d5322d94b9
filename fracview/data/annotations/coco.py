"""COCO JSON: one file for all pictures; boxes as x, y, width, height, floats from 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fracview.data.annotations.checks import DETAILS, Harvest, details_of, number
from fracview.data.annotations.files import image_name, is_json, read_json, write_json
from fracview.data.annotations.records import BoxFile, Format, Labelled, SizeOf, no_size
from fracview.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fracview.data.annotations.records import Size


def sniff(path: Path) -> bool:
    """Whether a file is a JSON object with a list of images."""
    if not is_json(path):
        return False
    document = read_json(path)
    return isinstance(document, dict) and isinstance(document.get("images"), list)


def read(path: Path, size_of: SizeOf = no_size) -> BoxFile:
    """Read all pictures, those without boxes too.

    Raises
    ------
    AnnotationError
        If it is no COCO file.
    """
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        raise AnnotationError(path, "it has no list of images, so it is no COCO file")
    if not isinstance(document.get("annotations", []), list):
        raise AnnotationError(path, "its annotations are no list", "Export it again")
    problems: list[str] = []
    names, harvests = _images(path, document["images"], size_of, problems)
    labels = {
        item.get("id"): str(item.get("name"))
        for item in _objects(document.get("categories"))
        if isinstance(item.get("id"), int | str)
    }
    for index, item in enumerate(_objects(document.get("annotations"))):
        where = f"{path.name}, annotation {index + 1}"
        key = item.get("image_id")
        harvest = harvests.get(key) if isinstance(key, int | str) else None
        if harvest is None:
            problems.append(f"{where}: no image has the id {str(key)[:20]}; left out.")
            continue
        _add(harvest, where, item, labels)
    films = tuple(
        Labelled(names[key], tuple(harvest.boxes), harvest.size, tuple(harvest.problems))
        for key, harvest in harvests.items()
    )
    return BoxFile(path, "coco", films, tuple(problems))


def write(films: Sequence[Labelled], out: Path) -> list[Path]:
    """Write one file; ids start at 1.

    Parameters
    ----------
    films
        All pictures, with sizes where they are known.
    out
        A ``.json`` file, or a folder that gets ``annotations.json``.
    """
    labels = list(dict.fromkeys(box.label for film in films for box in film.boxes)) or ["fractured"]
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, film in enumerate(films, start=1):
        image: dict[str, Any] = {"id": image_id, "file_name": film.name}
        if film.size is not None:
            image["height"], image["width"] = film.size
        images.append(image)
        for box in film.boxes:
            entry: dict[str, Any] = {
                "id": len(annotations) + 1,
                "image_id": image_id,
                "category_id": labels.index(box.label) + 1,
                "bbox": [box.x1, box.y1, box.width, box.height],
                "area": box.area,
                "iscrowd": 0,
                "segmentation": [],
            }
            details = details_of(box)
            annotations.append({**entry, DETAILS: details} if details else entry)
    document = {
        "info": {"description": "boxes written by fracview"},
        "images": images,
        "annotations": annotations,
        "categories": [{"id": index, "name": name} for index, name in enumerate(labels, start=1)],
    }
    target = out if is_json(out) else out / "annotations.json"
    return [write_json(target, document)]


def _images(
    path: Path, items: list[Any], size_of: SizeOf, problems: list[str]
) -> tuple[dict[Any, str], dict[Any, Harvest]]:
    names: dict[Any, str] = {}
    harvests: dict[Any, Harvest] = {}
    for index, item in enumerate(items):
        where = f"{path.name}, image {index + 1}"
        key = item.get("id") if isinstance(item, dict) else None
        name = image_name(item.get("file_name"), "") if isinstance(item, dict) else ""
        if not isinstance(key, int | str) or not name:
            problems.append(f"{where}: it has no id or no file name; left out.")
            continue
        if key in names:
            problems.append(f"{where}: its id {str(key)[:20]} is taken by {names[key]}; left out.")
            continue
        names[key] = name
        harvests[key] = Harvest(_size(item) or size_of(name))
    return names, harvests


def _add(harvest: Harvest, where: str, item: dict[str, Any], labels: dict[Any, str]) -> None:
    bbox = item.get("bbox")
    if not isinstance(bbox, list) or len(bbox) != 4:
        harvest.refuse(where, "it has no box of four numbers")
        return
    try:
        x, y, width, height = (number(value) for value in bbox)
    except ValueError as error:
        harvest.refuse(where, str(error))
        return
    category = item.get("category_id")
    known = labels.get(category) if isinstance(category, int | str) else None
    if known is None and labels:
        harvest.refuse(where, f"no category has the id {str(category)[:20]}")
        return
    harvest.add(where, (x, y, x + width, y + height), known or "fractured", item.get(DETAILS))


def _size(item: dict[str, Any]) -> Size | None:
    height, width = item.get("height"), item.get("width")
    if isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0:
        return height, width
    return None


def _objects(items: Any) -> list[dict[str, Any]]:
    """Entries of a list, an empty object where one is none, so that indices stay."""
    if not isinstance(items, list):
        return []
    return [item if isinstance(item, dict) else {} for item in items]


FORMAT = Format("coco", ".json", sniff, read, write, rounding=1e-9, single=True)
