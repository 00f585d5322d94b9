"""Figures without a window: coverage curves and panels, by matplotlib's object interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.evidence.words import NO_PROOF
from fracview.reports.rows import RESEARCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.studies.comparison import Cell, Comparison

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe and Ito's palette: told apart by colour-blind eyes too."""


def curve_figure(comparison: Comparison) -> Any:
    """Coverage curves of all cells, with chance and the maps that need no model.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.4, 5.0), layout="constrained")
    axes = figure.add_subplot()
    free = next(iter(comparison.baselines.values()), {})
    dashes = {"chance": ":", "centre": "--", "brightness": "-.", "sobel": (0, (5, 1, 1, 1, 1, 1))}
    for name, curve in free.items():
        axes.plot(
            curve.percents, curve.coverage * 100, color="0.45", lw=1.1,
            ls=dashes.get(name, "--"), label=f"{name} (no model)",
        )  # fmt: skip
    kinds = list(dict.fromkeys(_kind(cell) for cell in comparison.cells))
    for cell in comparison.cells:
        if cell.scores is None:
            continue
        request = cell.explanation.request
        axes.plot(
            cell.scores.curve.percents,
            cell.scores.curve.coverage * 100,
            color=COLOURS[kinds.index(_kind(cell)) % len(COLOURS)],
            ls="-" if request.attack is None else (0, (4, 2)),
            lw=1.8,
            label=f"{request.model} · {_kind(cell)[1]} · {request.condition}",
        )
    axes.set(
        xlim=(0, 100), ylim=(0, 100), xlabel="top p % of the map",
        ylabel="coverage: box pixels among them (%)",
        title=f"{comparison.image.name} · n = 1, no interval · {comparison.protocol.title}",
    )  # fmt: skip
    axes.title.set_fontsize(9)
    axes.grid(alpha=0.25)
    # Outside of the axes: curves run through every corner of a coverage plot.
    figure.legend(fontsize=7, loc="outside right upper", frameon=False)
    figure.supxlabel("\n".join(_box_lines(comparison)), fontsize=7, x=0.01, ha="left")
    _sign(figure)
    return figure


def panel_figure(comparison: Comparison, percent: float = 5.0) -> Any:
    """Film, heatmaps and top-p % outlines of all cells on one shared colour scale.

    Parameters
    ----------
    comparison
        What to draw: a row per model and condition, a column per method.
    percent
        Of the outline.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    lines = list(dict.fromkeys(_line(cell) for cell in comparison.cells))
    columns = list(dict.fromkeys(_kind(cell)[1] for cell in comparison.cells))
    figure = Figure(
        figsize=(2.5 * (len(columns) + 1) + 0.8, 2.75 * len(lines) + 0.5), layout="constrained"
    )
    grid = np.atleast_2d(figure.subplots(len(lines), len(columns) + 1, squeeze=False))
    # One scale per method: the units of two methods differ, those of two models do not.
    tops = {name: _top(comparison.cells, name) for name in columns}
    for row, line in enumerate(lines):
        cells = [cell for cell in comparison.cells if _line(cell) == line]
        _draw_input(grid[row, 0], cells[0], comparison)
        for cell in cells:
            name = _kind(cell)[1]
            _draw_map(grid[row, 1 + columns.index(name)], cell, comparison, tops[name], percent)
    bar = ScalarMappable(Normalize(0, 100), "inferno")
    scale = figure.colorbar(bar, ax=grid.ravel().tolist(), shrink=0.6, pad=0.01, aspect=30)
    scale.set_label("% of the method's 99.5th percentile over all its panels", fontsize=7)
    scale.ax.tick_params(labelsize=7)
    _sign(figure)
    return figure


def _draw_input(axes: Any, cell: Cell, comparison: Comparison) -> None:
    answer = cell.explanation
    axes.imshow(answer.image.mean(axis=0), cmap="gray", vmin=0, vmax=1)
    _draw_boxes(axes, cell, comparison)
    share = answer.prediction.probability("fractured")
    axes.set_title(f"{answer.request.model} · {answer.request.condition}\nfractured {share:.2f}",
                   fontsize=7)  # fmt: skip
    axes.set_axis_off()


def _draw_map(axes: Any, cell: Cell, comparison: Comparison, top: float, percent: float) -> None:
    from fracview.metrics.coverage import top_mask

    heatmap = cell.explanation.heatmap
    if heatmap is None:
        return
    strength = np.clip(np.abs(heatmap.reduced) / top, 0, 1)
    axes.imshow(cell.explanation.image.mean(axis=0), cmap="gray", vmin=0, vmax=1)
    axes.imshow(strength, cmap="inferno", vmin=0, vmax=1, alpha=strength**0.5 * 0.85)
    outline = top_mask(heatmap.reduced, percent, comparison.protocol.rule)
    if 0 < outline.mask.mean() < 1:
        axes.contour(outline.mask, levels=[0.5], colors=["#56B4E9"], linewidths=0.5)
    _draw_boxes(axes, cell, comparison)
    text = heatmap.method.name
    if cell.scores is not None:
        text += f"\ncoverage@{percent:g} {cell.scores.curve.at(percent) * 100:.1f} %"
    axes.set_title(text, fontsize=7)
    axes.set_axis_off()


def _draw_boxes(axes: Any, cell: Cell, comparison: Comparison) -> None:
    from matplotlib.patches import Rectangle

    for box in comparison.boxes:
        placed = cell.explanation.frame.to_model(box)
        # imshow puts pixel centres on whole numbers; boxes live on edges.
        corner = (placed.x1 - 0.5, placed.y1 - 0.5)
        axes.add_patch(Rectangle(corner, placed.width, placed.height, fill=False, ec="lime", lw=1))


def _top(cells: Sequence[Cell], method: str) -> float:
    maps = [
        np.abs(cell.explanation.heatmap.reduced).ravel()
        for cell in cells
        if cell.explanation.heatmap is not None and _kind(cell)[1] == method
    ]
    return max(float(np.percentile(np.concatenate(maps), 99.5)), 1e-30)


def _kind(cell: Cell) -> tuple[str, str]:
    request = cell.explanation.request
    method = request.attribution
    name = "" if method is None else method.name
    if method is not None and method.parameters:
        name += " " + ",".join(f"{key}={value}" for key, value in method.parameters)
    return request.model, name


def _line(cell: Cell) -> tuple[str, str]:
    request = cell.explanation.request
    return request.model, request.condition


def _box_lines(comparison: Comparison) -> list[str]:
    """What the answers rest on, below the curves: a line per model and condition."""
    from fracview.evidence.words import line

    said = {
        _line(cell): line(cell.box_occlusion) for cell in comparison.cells if cell.box_occlusion
    }
    return [NO_PROOF, *(f"{' '.join(map(str, name))}: {text}." for name, text in said.items())]


def _sign(figure: Any) -> None:
    figure.text(0.995, 0.004, RESEARCH, ha="right", va="bottom", fontsize=6, color="0.35")
