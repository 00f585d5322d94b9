"""``fracview explain``: models x methods x {clean, attacked} on one radiograph, with coverage."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from fracview.cli.options import (
    Controls,
    Device,
    Eps,
    Json,
    Label,
    Models,
    Norm,
    Out,
    ProtocolName,
    Restarts,
    Seed,
    Steps,
    StepSize,
    Tied,
    attack_method,
    chosen_models,
    parse_method,
)
from fracview.cli.output import RESEARCH, console, one_line_errors, print_json, warn, watched
from fracview.evidence.words import NO_PROOF
from fracview.request import FRACTURED, load_protocol

if TYPE_CHECKING:
    from fracview.data.boxes import Box


@one_line_errors
def explain(
    image: Annotated[Path, typer.Argument(readable=False, help="A radiograph.")],
    models: Models = None,
    boxes: Annotated[
        Path | None,
        typer.Option(
            "--boxes",
            readable=False,
            help="COCO, VOC, YOLO, LabelMe or Supervisely file, or a folder.",
        ),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option("--method", help="Such as saliency or deeplift:baseline=blur. Repeatable."),
    ] = None,
    attack: Annotated[
        str | None, typer.Option("--attack", help="Also under attack: pgd, fgsm, square or noise.")
    ] = None,
    eps: Eps = "4/255",
    step_size: StepSize = None,
    steps: Steps = None,
    norm: Norm = None,
    restarts: Restarts = None,
    tied: Tied = False,
    label: Label = None,
    protocol: ProtocolName = "corrected",
    fill: Annotated[
        str, typer.Option("--fill", help="How the box test hides: blur, mean, inpaint; or none.")
    ] = "blur",
    controls: Controls = 8,
    out: Out = None,
    seed: Seed = 0,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Compare heatmaps of models and methods on one radiograph against its fracture boxes."""
    from fracview.evidence.occlusion_test import OcclusionTest
    from fracview.reports.files import check_folder
    from fracview.reports.rows import rows
    from fracview.studies.comparison import Comparison, compare

    if out is not None:
        check_folder(out)
    found, notes = _boxes(boxes, image) if boxes is not None else ((), ())
    attacking = (
        attack_method(attack, eps, step_size, steps, norm, restarts, tied=tied) if attack else None
    )
    task = compare(
        image,
        models=chosen_models(models, [image]),
        methods=tuple(parse_method(text) for text in methods or ["saliency"]),
        attack=attacking,
        label=label or (FRACTURED if found else None),
        boxes=found,
        notes=notes,
        protocol=load_protocol(protocol),
        seed=seed,
        device=device,
        test=None if fill == "none" else OcclusionTest(fill, controls, seed),
    )
    comparison: Comparison = watched(task, "explaining", quiet=as_json)
    results = rows(comparison)
    if as_json:
        print_json(results)
    else:
        _show(results, comparison.protocol.percents)
        _say(results)
        for sentence in comparison.warnings:
            warn(sentence)
    if out is not None:
        from fracview.reports.export import export

        for path in export(comparison, out):
            if not as_json:
                console.print(str(path))


def _boxes(file: Path, image: Path) -> tuple[tuple[Box, ...], tuple[str, ...]]:
    """Boxes of a film, and what was left out or clipped."""
    from fracview.data.annotations import read_boxes

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found = read_boxes(file, image=image)
    return found, tuple(str(warning.message) for warning in heard)


def _show(results: list[dict[str, Any]], percents: tuple[float, ...]) -> None:
    if not results:
        return
    marks = tuple(p for p in (5.0, 25.0, 50.0) if p in percents) or percents[:3]
    table = Table("model", "method", "condition", caption=f"n = 1 image, no interval. {RESEARCH}")
    headers = ("P(frac.)", *(f"cov@{p:g} %" for p in marks), "RRA", "box test", "compl. error")
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)
    for row in results:
        cells = {item["percent"]: item["coverage"] for item in row["coverage"] or []}
        table.add_row(
            row["model"],
            row["method"],
            row["condition"],
            f"{row['fracture_probability']:.3f}",
            *(_percent(cells.get(p)) for p in marks),
            _percent(row["rra"]),
            _drops(row["box_occlusion"]),
            "-" if row["completeness_error"] is None else f"{row['completeness_error']:.1e}",
        )
    for name, curve in (results[0]["baselines"] or {}).items():
        cells = {item["percent"]: item["coverage"] for item in curve}
        shares = (_percent(cells.get(p)) for p in marks)
        table.add_row("no model", name, "", "", *shares, "", "", "", style="dim")
    console.print(table)


def _say(results: list[dict[str, Any]]) -> None:
    """A sentence per model and condition: coverage is no proof that the box was used."""
    said = {
        (row["model"], row["condition"]): row["box_occlusion"]["sentence"]
        for row in results
        if row["box_occlusion"] is not None
    }
    if any(row["coverage"] for row in results):
        console.print(NO_PROOF, soft_wrap=True)
    if said:
        console.print("Box test: fall of the margin, the box against the mean of equal places.")
    for (model, condition), sentence in said.items():
        console.print(f"{model}, {condition}: {sentence}", markup=False, soft_wrap=True)


def _drops(test: dict[str, Any] | None) -> str:
    if test is None:
        return "-"
    control = test["control_drop"]
    return f"{test['drop']:+.3f} vs " + ("?" if control is None else f"{control:+.3f}")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.1f} %"
