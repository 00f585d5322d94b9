"""A comparison as a folder of files."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.evidence.words import NO_PROOF
from fracview.reports.figure import curve_figure, panel_figure
from fracview.reports.files import atomic_write, json_text, together
from fracview.reports.rows import RESEARCH, curve_items, rows

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.studies.comparison import Comparison

COLUMNS = ("image", "model", "method", "condition", "percent", "coverage", "area")
OCCLUSION = ("box_drop", "control_drop", "control_low", "control_high", "controls")
"""Columns of ``coverage.csv``: what was measured of a map, and what the answer rests on."""


def export(comparison: Comparison, folder: Path) -> list[Path]:
    """Write ``explain.json, coverage.csv, curves.png/.svg, panels.png, maps.npz``.

    Parameters
    ----------
    comparison
        What to write. Without boxes there are no curves.
    folder
        Made if needed; files of the same name are replaced, all of them or none.

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    with together(folder) as part:
        written = _write(comparison, part)
    return [folder / path.name for path in written]


def _write(comparison: Comparison, folder: Path) -> list[Path]:
    body = json_text(rows(comparison))
    written = [
        atomic_write(folder / "explain.json", lambda stream: stream.write(body.encode())),
        atomic_write(folder / "maps.npz", lambda stream: _save_maps(comparison, stream)),
    ]
    if comparison.boxes:
        table = _table(comparison)
        written.append(
            atomic_write(folder / "coverage.csv", lambda stream: stream.write(table.encode()))
        )
        written += _save(curve_figure(comparison), folder / "curves", ("png", "svg"))
    written += _save(panel_figure(comparison), folder / "panels", ("png",))
    return written


def _table(comparison: Comparison) -> str:
    """Tidy CSV of all curves: a comment line, a header, a row per cell and percentage."""
    text = io.StringIO()
    text.write(
        f"# {NO_PROOF} The fall of the margin by hiding the box, and by hiding equal places "
        f"(mean, lowest, highest, number), stands beside it. {RESEARCH} "
        f"protocol={comparison.protocol.name} seed={comparison.seed} n=1\n"
    )
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *OCCLUSION])
    for cell in comparison.cells:
        request = cell.explanation.request
        method = request.attribution.name if request.attribution else ""
        if cell.scores is not None:
            head = [comparison.image.name, request.model, method, request.condition]
            tail = _occlusion(cell.box_occlusion)
            _write_curve(writer, head, curve_items(cell.scores.curve), tail)
    for model, curves in comparison.baselines.items():
        for name, curve in curves.items():
            head = [comparison.image.name, f"(no model, input of {model})", name, "clean"]
            _write_curve(writer, head, curve_items(curve), _occlusion(None))
    return text.getvalue()


def _occlusion(test: BoxOcclusion | None) -> list[Any]:
    """The box-occlusion test in the columns of :data:`OCCLUSION`; empty cells without one."""
    if test is None:
        return [""] * len(OCCLUSION)
    falls = (test.drop, test.control_drop, test.control_low, test.control_high)
    return ["" if fall is None else fall for fall in falls] + [len(test.control_margins)]


def _write_curve(
    writer: Any, head: list[str], items: list[dict[str, float]], tail: list[Any]
) -> None:
    safe = ["'" + cell if cell.startswith(("=", "+", "-", "@")) else cell for cell in head]
    for item in items:
        writer.writerow([*safe, f"{item['percent']:g}", item["coverage"], item["area"], *tail])


def _save_maps(comparison: Comparison, stream: Any) -> None:
    arrays: dict[str, Any] = {"note": np.array(RESEARCH)}
    for number, cell in enumerate(comparison.cells):
        heatmap, request = cell.explanation.heatmap, cell.explanation.request
        if heatmap is None or request.attribution is None:
            continue
        name = f"{number:02d}_{request.model}_{request.attribution.name}_{request.condition}"
        name = name.replace("/", "-").replace(":", "-")
        arrays[f"{name}_map"] = heatmap.reduced
        arrays[f"{name}_raw"] = heatmap.raw
        arrays[f"{name}_input"] = cell.explanation.image
    np.savez_compressed(stream, **arrays)


def _save(figure: Any, stem: Path, kinds: tuple[str, ...]) -> list[Path]:
    from matplotlib import rc_context

    written = []
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "fracview"}):
        for kind in kinds:
            draw = partial(figure.savefig, format=kind, dpi=160)
            written.append(atomic_write(stem.with_name(f"{stem.name}.{kind}"), draw))
    return written
