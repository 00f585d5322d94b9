"""``fracview phantom``: drawn radiographs with exact boxes, in FracAtlas's layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fracview.cli.options import Json, Seed
from fracview.cli.output import console, one_line_errors, print_json, watched


@one_line_errors
def phantom(
    out: Annotated[Path, typer.Argument(readable=False, help="Folder to make.")],
    count: Annotated[int, typer.Option("--count", "-n", help="Number of radiographs.")] = 40,
    size: Annotated[int, typer.Option("--size", help="Side of a picture in pixels.")] = 448,
    seed: Seed = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that exists.")] = False,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", readable=False, help="Also save a contact sheet (PNG)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw phantom radiographs, half of them fractured, with boxes exact by construction."""
    from fracview.phantom import contact_sheet, write_dataset

    task = write_dataset(out, count=count, seed=seed, size=size, force=force)
    watched(task, "drawing", quiet=as_json)
    if sheet is not None:
        contact_sheet(out, sheet)
    if as_json:
        print_json({"folder": str(out), "count": count, "size": size, "seed": seed})
    else:
        console.print(f"{count} phantoms in {out}; open them with: fracview open {out}")
