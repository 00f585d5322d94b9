"""``fracview attack``: what the smallest visible or invisible change does to an answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from fracview.cli.options import (
    Device,
    Eps,
    Json,
    Label,
    Model,
    Norm,
    Out,
    ProtocolName,
    Restarts,
    Seed,
    Steps,
    StepSize,
    Targeted,
    Tied,
    attack_method,
)
from fracview.cli.output import RESEARCH, console, one_line_errors, print_json, warn, watched
from fracview.errors import InputError, SettingError
from fracview.request import FRACTURED, Request, load_protocol

if TYPE_CHECKING:
    from fracview.pipeline import Explanation


@one_line_errors
def attack(
    image: Annotated[Path, typer.Argument(readable=False, help="A radiograph.")],
    model: Model,
    label: Label = None,
    method: Annotated[
        str,
        typer.Option("--attack", help="pgd, fgsm, square or noise; settings as pgd:restarts=5."),
    ] = "pgd",
    eps: Eps = "4/255",
    step_size: StepSize = None,
    steps: Steps = None,
    norm: Norm = None,
    restarts: Restarts = None,
    targeted: Targeted = False,
    tied: Tied = False,
    smallest: Annotated[
        bool,
        typer.Option("--smallest", help="Seek the smallest radius that flips; --eps is not used."),
    ] = False,
    protocol: ProtocolName = "corrected",
    out: Out = None,
    seed: Seed = 0,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Attack one radiograph and tell, step by step, what the model answers."""
    from fracview.pipeline import explain
    from fracview.reports.attack import save_attack
    from fracview.reports.files import check_folder

    chosen = attack_method(method, eps, step_size, steps, norm, restarts, targeted, tied)
    request = Request(
        str(image), "", model, attack=chosen, label=label, protocol=load_protocol(protocol),
        seed=seed,
    )  # fmt: skip
    if smallest:
        if out is not None:
            raise SettingError("--out saves an attack; --smallest only seeks a radius. Drop one.")
        _seek_smallest(request, device, as_json)
        return
    if out is not None:
        check_folder(out)
    answer = watched(explain(request, device=device), "attacking", quiet=as_json)
    row = _row(answer)
    trouble: InputError | None = None
    if out is not None:
        try:
            row["files"] = [str(path) for path in save_attack(answer, row, out)]
        except InputError as error:
            trouble = error
    if as_json:
        print_json(row)
    else:
        _show(answer, row)
    if trouble is not None:  # after the numbers, which took their time
        raise trouble


def _seek_smallest(request: Request, device: str | None, as_json: bool) -> None:
    from fracview.reports.rows import settings
    from fracview.studies.smallest import smallest_flip

    found = watched(smallest_flip(request, device=device), "seeking", quiet=as_json)
    assert found.clean is not None
    assert found.attack is not None
    warnings, sought = found.clean.warnings, found.attack.settings()
    targeted = bool(sought.get("targeted", False))
    if as_json:
        attack = {"name": found.attack.name, "settings": sought}
        print_json(
            {
                "image": request.path,
                "model": request.model,
                "label": found.label,
                "targeted": targeted,
                "smallest_epsilon": found.epsilon,
                "largest_that_failed": found.below,
                "seed": request.seed,
                "settings": {**settings(found.clean), "attack": attack},
                "warnings": list(warnings),
                "note": RESEARCH,
            }
        )
        return
    name = Path(request.path).name
    if found.epsilon == 0:
        already = "already" if targeted else "not"
        console.print(
            f"{name} · {request.model}: {already} '{found.label}' even without an attack.",
            soft_wrap=True,
        )
    elif found.epsilon is None:
        console.print(f"{name} · {request.model}: holds up to {found.below * 255:.2f}/255.")
    else:
        console.print(
            f"{name} · {request.model}: flips at {found.epsilon * 255:.2f}/255, holds at "
            f"{found.below * 255:.2f}/255 (an upper bound: a stronger attack may need less).",
            soft_wrap=True,
        )
    for sentence in warnings:
        warn(sentence)


def _show(answer: Explanation, row: dict[str, Any]) -> None:
    assert answer.attacked is not None
    table = Table(
        "step", "loss", "P(fractured)", title=f"{Path(row['image']).name} · {row['model']}"
    )
    for step in row["steps"]:
        table.add_row(
            str(step["step"]), f"{step['loss']:.4f}", f"{step['fracture_probability']:.4f}"
        )
    console.print(table)
    console.print(
        f"{answer.clean.label} -> {answer.prediction.label}: {_verdict(answer)}; "
        f"largest change {answer.attacked.largest_change * 255:.2f} of 255 grey levels.",
        soft_wrap=True,
    )
    for sentence in answer.warnings:
        warn(sentence)
    for name in row.get("files", []):
        console.print(name)


def _verdict(answer: Explanation) -> str:
    attacked = answer.attacked
    assert attacked is not None
    if not attacked.targeted and answer.clean.label != attacked.label:
        return f"the answer was not '{attacked.label}' before the attack either"
    return "the answer flips" if attacked.success else "the answer holds"


def _row(answer: Explanation) -> dict[str, Any]:
    from fracview.reports.rows import settings

    attacked = answer.attacked
    assert attacked is not None
    fracture = answer.card.fracture
    return {
        "image": answer.request.path,
        "model": answer.request.model,
        "label": attacked.label,
        "success": attacked.success,
        "clean": dict(zip(answer.clean.classes, answer.clean.logits)),
        "attacked": dict(zip(answer.prediction.classes, answer.prediction.logits)),
        "fracture_probability": {
            "clean": answer.clean.probability(FRACTURED),
            "attacked": answer.prediction.probability(FRACTURED),
        },
        "largest_change": attacked.largest_change,
        "steps": [
            {
                "step": frame.step,
                "restart": frame.restart,
                "loss": frame.loss,
                "fracture_probability": frame.probabilities[fracture],
            }
            for frame in attacked.frames
        ],
        "settings": settings(answer),
        "warnings": list(answer.warnings),
        "note": RESEARCH,
    }
