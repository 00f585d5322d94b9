"""An attack as files: the attacked film, the change, and every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fracview.reports.files import atomic_write, json_text, together
from fracview.reports.rows import RESEARCH

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from fracview.pipeline import Explanation


def save_attack(answer: Explanation, row: dict[str, Any], folder: Path) -> list[Path]:
    """Write ``attack.json, clean.png, attacked.png, difference_x20.png, steps.npz``.

    PNG files hold 8 bits, too coarse for a radius below one grey level: exact floats are in
    ``steps.npz``, the steps and the result (``attacked``), which need not be the last of them.

    Parameters
    ----------
    answer
        With an attack.
    row
        What the command prints; goes into ``attack.json``.
    folder
        Made if needed.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    with together(folder) as part:
        written = _write(answer, row, part)
    return [folder / path.name for path in written]


def _write(answer: Explanation, row: dict[str, Any], folder: Path) -> list[Path]:
    assert answer.attacked is not None
    image = answer.attacked.image
    clean = answer.attacked.frames[0].image
    change = image - clean
    steps = np.stack([frame.image for frame in answer.attacked.frames])
    body = json_text(row)
    return [
        atomic_write(folder / "attack.json", lambda stream: stream.write(body.encode())),
        _picture(folder / "clean.png", clean),
        _picture(folder / "attacked.png", image),
        _picture(folder / "difference_x20.png", np.clip(change * 20 + 0.5, 0, 1)),
        atomic_write(
            folder / "steps.npz",
            lambda stream: np.savez_compressed(
                stream, steps=steps, attacked=image, note=np.array(RESEARCH)
            ),
        ),
    ]


def _picture(path: Path, image: npt.NDArray[np.floating[Any]]) -> Path:
    levels = np.rint(image * 255).astype(np.uint8)
    pixels = levels[0] if len(levels) == 1 else np.moveaxis(levels, 0, -1)
    note = PngInfo()
    note.add_text("Comment", RESEARCH)
    return atomic_write(
        path, lambda stream: Image.fromarray(pixels).save(stream, "PNG", pnginfo=note)
    )
