"""``fracview evidence``: does a model use what lies in the boxes? Hide them and look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from fracview.cli.options import (
    Controls,
    Device,
    Eps,
    IncludeSeen,
    Json,
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
)
from fracview.cli.output import (
    RESEARCH,
    console,
    finish,
    one_line_errors,
    print_json,
    warn,
    watched,
)
from fracview.evidence.words import NO_PROOF, number
from fracview.request import load_protocol

if TYPE_CHECKING:
    from fracview.metrics.statistics import Estimate
    from fracview.studies.box_use import BoxUse
    from fracview.studies.evidence import EvidenceStudy


@one_line_errors
def evidence(
    dataset: Annotated[
        Path, typer.Argument(readable=False, help="A folder of radiographs with boxes.")
    ],
    models: Models = None,
    limit: Annotated[
        int | None, typer.Option("--limit", help="Films at most, drawn by the seed.")
    ] = None,
    fills: Annotated[
        list[str] | None,
        typer.Option("--fill", help="How to hide: blur, mean or inpaint. Repeatable."),
    ] = None,
    controls: Controls = 8,
    attack: Annotated[
        str | None, typer.Option("--attack", help="Also under attack: pgd, fgsm or noise.")
    ] = None,
    eps: Eps = "4/255",
    step_size: StepSize = None,
    steps: Steps = None,
    norm: Norm = None,
    restarts: Restarts = None,
    tied: Tied = False,
    include_seen: IncludeSeen = False,
    protocol: ProtocolName = "corrected",
    out: Out = None,
    seed: Seed = 0,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Hide the boxes of many films, and equal places elsewhere: what does each model lose?"""
    from fracview.data.dataset import open_folder
    from fracview.reports.evidence import evidence_body, export_evidence
    from fracview.reports.files import check_folder
    from fracview.studies.evidence import gather_evidence

    if out is not None:
        check_folder(out)
    task = gather_evidence(
        open_folder(dataset),
        models=chosen_models(models, [dataset]),
        fills=tuple(fills or ["blur"]),
        controls=controls,
        attack=attack_method(attack, eps, step_size, steps, norm, restarts, tied=tied)
        if attack
        else None,
        limit=limit,
        protocol=load_protocol(protocol),
        seed=seed,
        device=device,
        include_seen=include_seen,
    )
    study: EvidenceStudy = watched(task, "hiding boxes", quiet=as_json)
    if as_json:
        print_json(evidence_body(study))
    else:
        _show(study)
    if out is not None:  # after the numbers, which took their time
        for path in export_evidence(study, out):
            if not as_json:
                console.print(str(path))
    without = [name for use in study.models if use.condition == "clean" for name in use.left_out]
    finish([*study.left_out, *dict.fromkeys(without)])


def _show(study: EvidenceStudy) -> None:
    caption = f"means over films [95 % interval], margins in logits. {RESEARCH}"
    table = Table(caption=caption)
    for head in ("model", "film"):
        table.add_column(head, overflow="fold")
    heads = ("n", "box", "equal place", "difference", "SD", "lost", "by place", "change")
    for head in heads:
        table.add_column(head, justify="right", overflow="fold")
    for use in study.models:
        table.add_row(
            use.model, f"{use.condition}\n{use.fill}", str(use.n), _mean(use.drop),
            _mean(use.control_drop), _mean(use.difference),
            "-" if use.margin_sd is None else number(use.margin_sd), *_lost(use),
            f"{use.change:.3f}\nvs {use.control_change:.3f}",
        )  # fmt: skip
    console.print(table)
    _explain(study)
    for use in study.models:
        place = use.model if study.attack is None else f"{use.model}, {use.condition}"
        console.print(f"{place} ({use.fill}): {use.sentence}", markup=False, soft_wrap=True)
    if study.without_boxes:
        console.print(f"{study.without_boxes} radiographs without a box were not tested.")
    if study.not_drawn:
        console.print(f"{study.not_drawn} more with boxes were left out by --limit.")
    for sentence in (*study.held.sentences, *study.warnings):
        warn(sentence)


def _explain(study: EvidenceStudy) -> None:
    groups = max(use.groups for use in study.models)
    console.print(
        "box, equal place: fall of the margin (fractured minus the other) when hidden. "
        "SD: of the margin over films. "
        "lost: fractures found that are no longer found (Wilson); by place: mean share of them "
        "that equal places turn. change: root mean square by the fill, of 1 from black to white. "
        f"Other intervals: bootstrap over {groups} groups of near-twin films, seed {study.seed}; "
        "differences are paired within films.",
        soft_wrap=True,
    )
    console.print(NO_PROOF, soft_wrap=True)


def _mean(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return number(estimate.mean)
    return f"{number(estimate.mean)}\n[{number(estimate.low)}, {number(estimate.high)}]"


def _lost(use: BoxUse) -> tuple[str, str]:
    if use.lost is None or use.control_lost is None:
        return "none found", "-"
    count = f"{round(use.lost.mean * use.lost.n)} of {use.lost.n}"
    return (
        f"{count}{_ends(use.lost)}",
        f"{100 * use.control_lost.mean:.1f} %{_ends(use.control_lost)}",
    )


def _ends(share: Estimate) -> str:
    if share.low is None or share.high is None:
        return ""
    return f"\n[{100 * share.low:.0f}, {100 * share.high:.0f}] %"
