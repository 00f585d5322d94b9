"""``fracview open``: the window on files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fracview.cli.output import one_line_errors


@one_line_errors
def open_(
    paths: Annotated[
        list[Path], typer.Argument(readable=False, help="Radiographs, folders or data sets.")
    ],
    screenshot: Annotated[
        Path | None,
        typer.Option(
            "--screenshot", readable=False, help="Save a picture of the window once all is there."
        ),
    ] = None,
    leave: Annotated[bool, typer.Option("--exit", help="Leave after the screenshot.")] = False,
) -> None:
    """Open the window on radiographs, folders or a FracAtlas data set."""
    from fracview.gui.app import run

    raise typer.Exit(run(paths, screenshot=screenshot, exit_after=leave))
