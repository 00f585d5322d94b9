"""A contact sheet: many phantoms on one picture, with their boxes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import InputError, SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from fracview.data.boxes import Box
    from fracview.phantom.records import Phantom

_CELL = 260
_MOST = 64


def contact_sheet(
    source: Path | str | Sequence[Phantom], out_png: Path | str, columns: int = 4
) -> Path:
    """Save phantoms side by side, boxes in green, a caption under each.

    Parameters
    ----------
    source
        Phantoms, or a folder that :func:`fracview.phantom.write_dataset` made (its first 64).
    out_png
        The picture to write.
    columns
        Pictures per row, 1 or more.

    Returns
    -------
    Path
        The file written.
    """
    from PIL import Image, ImageDraw

    if columns < 1:
        raise SettingError(f"a contact sheet has 1 column or more, not {columns}.")
    films = _of_folder(Path(source)) if isinstance(source, (str, Path)) else _of_phantoms(source)
    if not films:
        raise SettingError("a contact sheet needs at least one phantom.")
    rows = -(-len(films) // columns)
    sheet = Image.new("RGB", (columns * (_CELL + 6), rows * (_CELL + 22)), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (pixels, boxes, caption) in enumerate(films):
        x, y = i % columns * (_CELL + 6) + 3, i // columns * (_CELL + 22) + 18
        film = Image.fromarray(pixels).resize((_CELL, _CELL), Image.Resampling.LANCZOS)
        sheet.paste(film.convert("RGB"), (x, y))
        pen.text((x + 2, y - 15), caption, fill="black")
        for box in boxes:
            b = box.scaled(_CELL / pixels.shape[1], _CELL / pixels.shape[0]).moved(x, y)
            pen.rectangle(b.corners, outline=(0, 230, 0))
    path = Path(out_png)
    try:
        sheet.save(path, format="PNG")
    except OSError as error:
        raise InputError(
            path, "the contact sheet cannot be written here", "Choose another folder"
        ) from error
    return path


def _of_phantoms(
    phantoms: Sequence[Phantom],
) -> list[tuple[npt.NDArray[np.uint8], tuple[Box, ...], str]]:
    return [
        (
            p.pixels,
            p.boxes,
            " ".join(w for w in (p.truth.view, p.truth.kind or "normal", p.truth.severity) if w)
            + (" child" if p.truth.child else ""),
        )
        for p in phantoms
    ]


def _of_folder(folder: Path) -> list[tuple[npt.NDArray[np.uint8], tuple[Box, ...], str]]:
    import json

    from fracview.data.boxes import Box

    try:
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        films = []
        for case in truth["cases"][:_MOST]:
            pixels = _grey(folder / case["file"])
            words = (case["view"], case["kind"] or "normal", case["severity"])
            boxes = tuple(Box(*corners) for corners in case["boxes"])
            films.append((pixels, boxes, " ".join(w for w in words if w)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            folder, "it is not a folder of phantoms", "Make one with: fracview phantom"
        ) from error
    return films


def _grey(path: Path) -> npt.NDArray[np.uint8]:
    from fracview.data.readers import read_radiograph

    film = read_radiograph(path)
    shown = (film.pixels - film.window.low) / (film.window.high - film.window.low)
    grey: npt.NDArray[np.uint8] = np.rint(255 * np.clip(shown, 0, 1)).astype(np.uint8)
    return grey
