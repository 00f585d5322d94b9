"""``fracview convert``: boxes from one format into another."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fracview.cli.options import Json
from fracview.cli.output import console, one_line_errors, print_json, warn, watched


@one_line_errors
def convert(
    source: Annotated[
        Path, typer.Argument(readable=False, help="A data set folder or an annotation file.")
    ],
    target: Annotated[Path, typer.Argument(readable=False, help="Folder or file to write.")],
    to: Annotated[str, typer.Option("--to", help="coco, voc, yolo, labelme or supervisely.")],
    as_json: Json = False,
) -> None:
    """Convert boxes; what could not be taken along is named."""
    from fracview.data.convert import convert as run

    result = watched(run(source, target, to), "converting", quiet=as_json)
    if as_json:
        print_json(asdict(result))
        return
    for problem in result.problems:
        warn(str(problem))
    console.print(f"{result.boxes} boxes of {result.images} images written to {target} as {to}.")
