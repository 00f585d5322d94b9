"""A folder of phantoms in FracAtlas's layout: films, table, boxes and the truth beside them."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.data.annotations import coco
from fracview.data.annotations.records import Labelled
from fracview.data.phantoms import TRUTH
from fracview.errors import InputError, SettingError, UnknownName
from fracview.phantom.dicom import write_dicom
from fracview.phantom.draw import check_size, check_view, draw
from fracview.phantom.frames import stream
from fracview.phantom.records import VERSION
from fracview.task import Progress

if TYPE_CHECKING:
    from fracview.phantom.records import Phantom
    from fracview.task import Task

COLUMNS = (
    "image_id", "hand", "leg", "hip", "shoulder", "mixed", "hardware", "multiscan", "fractured",
    "fracture_count", "frontal", "lateral", "oblique",
)  # fmt: skip
_PART = {"humerus": "shoulder", "leg": "leg", "ankle": "leg"}
_HARDWARE = {"plate", "rod", "cast"}


@dataclass(frozen=True)
class FilmForm:
    """How films are written: the ending of their files and the bits of a pixel."""

    suffix: str
    bits: int


FORMS = {"jpeg": FilmForm(".jpg", 8), "dicom": FilmForm(".dcm", 12)}
_MOST = 1_000_000
"""Films per folder, so that the seeds of two folders never meet."""
_FIRST = 1_000_000_000
"""Seeds of folders begin here: nets are trained on smaller ones, so no folder shows those films."""


def write_dataset(
    folder: Path | str,
    count: int,
    seed: int = 0,
    size: int = 448,
    force: bool = False,
    *,
    form: str = "jpeg",
    masks: bool = False,
    view: str | None = None,
) -> Task[Path]:
    """Draw phantoms into a folder, half of them fractured (the odd one is not).

    The folder is complete or not there at all: everything is written beside it and renamed.
    Film number i comes from seed ``1000000000 + 1000000 * seed + i``.

    Parameters
    ----------
    folder
        The folder to make. Its parents are made, too.
    count
        Number of films, 1 to 1000000.
    seed
        Decides everything together with the version; not negative.
    size
        Side of a film in pixels.
    force
        Replace a folder that is not empty.
    form
        ``"jpeg"`` (8 bit, quality 95) or ``"dicom"`` (12 bit, with the size of its pixels).
    masks
        Also write the fractures as masks, white on black.
    view
        One of :data:`fracview.phantom.VIEWS`, or None for all of them.

    Returns
    -------
    Path
        The folder: ``images/Fractured``, ``images/Non_fractured``, ``dataset.csv``,
        ``Annotations/COCO JSON/COCO_fracture_masks.json``, ``truth.json`` and, if wanted,
        ``masks`` (PNG, one per fractured film).

    Raises
    ------
    SettingError, UnknownName
        If ``count``, ``seed`` or ``size`` is out of its range, or nobody knows the form or view.
    InputError
        If the folder is not empty and ``force`` is not set, or nothing can be written there.
    """
    target = Path(folder).absolute()
    if form not in FORMS:
        raise UnknownName("format of phantoms", form, tuple(FORMS))
    check_view(view)
    _check(target, count, seed, size, force)
    part = _beside(target)
    try:
        films: list[tuple[str, Phantom]] = []
        records: list[dict[str, Any]] = []
        chosen = set(stream(seed, "which are fractured", count).permutation(count)[: count // 2])
        for i in range(count):
            root = _FIRST + _MOST * seed + i
            phantom = draw(root, size=size, view=view, fractured=i in chosen, bits=FORMS[form].bits)
            name = f"IMG{i:07d}{FORMS[form].suffix}"
            file = _save(part, name, phantom)
            mask = _save_mask(part, name, phantom) if masks else ""
            films.append((name, _light(phantom)))
            records.append(_record(file, mask, phantom))
            yield Progress(i + 1, count, f"phantom {i + 1} of {count}")
        order = {"version": VERSION, "seed": seed, "size": size, "format": form, "view": view or ""}
        _tables(part, films, {**order, "cases": records})
        _put_in_place(part, target, force)
    except OSError as error:
        reason = error.strerror or "an unknown error"
        raise InputError(
            target, f"the phantoms cannot be written ({reason})", "Choose another folder"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Path(folder)


def _check(target: Path, count: int, seed: int, size: int, force: bool) -> None:
    if not 1 <= count <= _MOST:
        raise SettingError(f"the number of phantoms is 1 to {_MOST}, not {count}.")
    check_size(seed, size)
    if os.path.lexists(target) and (os.path.islink(target) or not os.path.isdir(target)):
        raise InputError(target, "it is no folder", "Name a new or empty folder")
    try:
        full = os.path.isdir(target) and any(target.iterdir())
    except OSError as error:
        raise InputError(target, "the folder cannot be read", "Choose another folder") from error
    if full and not force:
        raise InputError(
            target, "the folder is not empty", "Name a new folder, or use --force to replace it"
        )
    if full and not (target / TRUTH).is_file():  # no slip of the hand replaces a home
        raise InputError(
            target, "it holds other things than phantoms", "Empty it by hand, or name a new folder"
        )


def _beside(target: Path) -> Path:
    """Make a hidden folder next to the target, on the same disk."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        part.chmod(0o755)
    except OSError as error:
        reason = error.strerror or "an unknown error"
        raise InputError(
            target, f"no folder can be made here ({reason})", "Choose another folder"
        ) from error
    return part


def _save(part: Path, name: str, phantom: Phantom) -> str:
    from PIL import Image

    group = "Fractured" if phantom.boxes else "Non_fractured"
    file = f"images/{group}/{name}"
    for folder in ("Fractured", "Non_fractured"):
        (part / "images" / folder).mkdir(parents=True, exist_ok=True)
    if phantom.pixels.dtype == np.uint8:
        Image.fromarray(phantom.pixels).save(part / file, format="JPEG", quality=95)
    else:
        write_dicom(phantom, part / file)
    return file


def _save_mask(part: Path, name: str, phantom: Phantom) -> str:
    from PIL import Image

    if not phantom.boxes:
        return ""
    file = f"masks/{Path(name).stem}.png"
    (part / "masks").mkdir(exist_ok=True)
    Image.fromarray(phantom.mask).save(part / file, format="PNG")
    return file


def _light(phantom: Phantom) -> Phantom:
    """Return the phantom without its pixels, so that a large folder fits into memory."""
    return replace(phantom, pixels=phantom.pixels[:1, :1].copy(), mask=phantom.mask[:1, :1].copy())


def _record(file: str, mask: str, phantom: Phantom) -> dict[str, Any]:
    boxes = [list(box.corners) for box in phantom.boxes]
    named = {"file": file, "mask": mask, "label": phantom.label, "boxes": boxes}
    return {**named, **asdict(phantom.truth)}


def _tables(part: Path, films: list[tuple[str, Phantom]], truth: dict[str, Any]) -> None:
    with (part / "dataset.csv").open("w", newline="", encoding="utf-8") as stream_:
        table = csv.DictWriter(stream_, COLUMNS, restval=0, lineterminator="\n")
        table.writeheader()
        for name, phantom in films:
            table.writerow(_row(name, phantom))
    boxes = part / "Annotations" / "COCO JSON" / "COCO_fracture_masks.json"
    boxes.parent.mkdir(parents=True)
    size = (truth["size"], truth["size"])
    # as in FracAtlas, only films with a fracture are listed
    coco.write([Labelled(name, p.boxes, size) for name, p in films if p.boxes], boxes)
    (part / TRUTH).write_text(json.dumps(truth, indent=1), encoding="utf-8")


def _row(name: str, phantom: Phantom) -> dict[str, Any]:
    return {
        "image_id": name,
        _PART.get(phantom.truth.view, "hand"): 1,
        "hardware": int(bool(_HARDWARE & set(phantom.truth.hardware))),
        "fractured": int(bool(phantom.boxes)),
        "fracture_count": len(phantom.boxes),
        "frontal": 1,
    }


def _put_in_place(part: Path, target: Path, force: bool) -> None:
    """Rename; an old folder moves aside first and comes back if the new one cannot move in."""
    old = None
    if target.is_dir():
        if not force and any(target.iterdir()):
            raise InputError(target, "files have appeared in the folder", "Name a new folder")
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
        try:
            os.replace(target, old / "was")
        except OSError:
            old.rmdir()
            raise
    try:
        os.replace(part, target)
    except OSError:
        if old is not None:  # where even that fails, the old folder stays aside and is not lost
            os.replace(old / "was", target)
            old.rmdir()
        raise
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
