"""``fracview phantom``: drawn radiographs with exact boxes, in FracAtlas's layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fracview.cli.options import Json, Seed
from fracview.cli.output import console, one_line_errors, print_json, watched
from fracview.errors import InputError


@one_line_errors
def phantom(
    out: Annotated[Path, typer.Argument(readable=False, help="Folder to make.")],
    count: Annotated[int, typer.Option("--count", "-n", help="Number of radiographs.")] = 40,
    size: Annotated[int, typer.Option("--size", help="Side of a picture in pixels.")] = 448,
    seed: Seed = 0,
    view: Annotated[
        str | None,
        typer.Option(
            "--view",
            "--anatomy",
            help="forearm, wrist, hand, finger, humerus, leg or ankle; all if not given.",
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="jpeg, or dicom (12 bit, with pixel spacing).")
    ] = "jpeg",
    mask: Annotated[
        bool, typer.Option("--mask", help="Also write the fractures as masks.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that exists.")] = False,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", readable=False, help="Also save a contact sheet (PNG)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw phantom radiographs, half of them fractured, with boxes exact by construction."""
    from fracview.phantom import contact_sheet, write_dataset

    if sheet is not None and not sheet.absolute().parent.is_dir():
        # said before anything is drawn, so that nobody waits for half of what was wanted
        raise InputError(sheet, "its folder does not exist", "Name another place for --sheet")
    task = write_dataset(
        out, count=count, seed=seed, size=size, force=force, form=form, masks=mask, view=view
    )
    watched(task, "drawing", quiet=as_json)
    if sheet is not None:
        contact_sheet(out, sheet)
    if as_json:
        print_json({"folder": str(out), "count": count, "size": size, "seed": seed, "format": form})
    else:
        console.print(f"{count} phantoms in {out}; open them with: fracview open {out}")
