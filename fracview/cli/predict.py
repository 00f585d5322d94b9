"""``fracview predict``: what models say of radiographs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fracview.cli.options import (
    Device,
    IncludeSeen,
    Json,
    Models,
    ProtocolName,
    Seed,
    chosen_models,
)
from fracview.cli.output import RESEARCH, console, finish, one_line_errors, print_json, warn
from fracview.errors import FracviewError, InputError
from fracview.request import FRACTURED, Request, load_protocol
from fracview.task import drain


@one_line_errors
def predict(
    images: Annotated[list[Path], typer.Argument(readable=False, help="Radiographs or folders.")],
    models: Models = None,
    include_seen: IncludeSeen = False,
    protocol: ProtocolName = "corrected",
    seed: Seed = 0,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Say what models answer to radiographs; unreadable ones are named and left out."""
    from fracview.data.dataset import open_paths
    from fracview.models.load import load_model
    from fracview.models.seen import hold_out
    from fracview.pipeline import explain

    chosen = load_protocol(protocol)
    answers: list[dict[str, Any]] = []
    left_out: list[str] = []
    said: set[str] = set()
    cases = open_paths(images)
    if not cases:
        names = ", ".join(path.name or str(path) for path in images)
        raise InputError(
            names, "there is no radiograph in it", "Name PNG, JPEG, TIFF or DICOM files"
        )
    specs = chosen_models(models, images)
    for model in specs:  # a wrong model concerns the command, not the first radiograph
        load_model(model, device)
    files = [path for path in images if not os.path.isdir(path)]  # never raises
    held = hold_out(cases, specs, include_seen=include_seen, named=files)
    seen = {case.path: by for case, by in held.seen}
    for case in held.cases:
        for model in specs:
            request = Request(str(case.path), "", model, protocol=chosen, seed=seed)
            try:
                answer = drain(explain(request, device=device))
            except FracviewError as error:
                about = isinstance(error, InputError) and error.path == case.path
                left_out.append(str(error) if about else f"{case.name}: {error}")
                if about:  # no other model can read it either
                    break
                continue
            said.update(answer.warnings)
            answers.append(
                {
                    "image": str(case.path),
                    "model": model,
                    "prediction": answer.clean.label,
                    "fracture_probability": answer.clean.probability(FRACTURED),
                    "logits": dict(zip(answer.clean.classes, answer.clean.logits)),
                    "weights_sha256": answer.card.weights.sha256,
                    "seen_in_training": answer.card.name in seen.get(case.path, ()),
                    "device": answer.device,
                    "seed": seed,
                    "protocol": chosen.name,
                    "warnings": list(answer.warnings),
                    "note": RESEARCH,
                }
            )
    for sentence in held.sentences:
        warn(sentence)
    if as_json:
        print_json(answers)
    else:
        table = Table("image", "model", "prediction", "P(fractured)", caption=RESEARCH)
        for row in answers:
            name, share = Path(row["image"]).name, f"{row['fracture_probability']:.3f}"
            table.add_row(name, row["model"], row["prediction"], share)
        console.print(table)
        for sentence in sorted(said):
            warn(sentence)
    finish(left_out, of=len(cases))
