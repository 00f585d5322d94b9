"""``fracview split``: which films of a data set a model may learn from, written once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fracview.cli.options import Json, Seed
from fracview.cli.output import console, one_line_errors, print_json, watched
from fracview.errors import InputError, SettingError


@one_line_errors
def split(
    dataset: Annotated[
        Path, typer.Argument(readable=False, help="Folder with labels, such as FracAtlas.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", readable=False, help="JSON file to write.")],
    validation: Annotated[float, typer.Option("--validation", help="Share of the films.")] = 0.08,
    test: Annotated[float, typer.Option("--test", help="Share of the films.")] = 0.14,
    name: Annotated[
        str | None, typer.Option("--name", help="What cards call it; the file's if not given.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Divide a data set into training, validation and test, near-twins together."""
    from fracview.data.split import PARTS, write_split
    from fracview.training.split import make_split

    if not (0 < validation < 0.5 and 0 < test < 0.5):
        raise SettingError("--validation and --test must be shares between 0 and 0.5.")
    if not out.absolute().parent.is_dir():  # said before thousands of films are read
        raise InputError(out.parent, "there is no such folder", "Choose another --out")
    task = make_split(dataset, name or out.stem, validation=validation, test=test, seed=seed)
    written = write_split(watched(task, "reading films", quiet=as_json), out)
    groups = {part: len({film.group for film in written.part(part)}) for part in PARTS}
    films = Counter(film.part for film in written.films)
    unusable = written.made["not_usable"]
    if as_json:
        print_json(
            {
                "name": written.name,
                "file": str(out),
                "sha256": written.sha256,
                "films": films,
                "groups": groups,
                "not_usable": unusable,
            }
        )
        return
    table = Table("part", "films", "near-twin groups", caption=f"{out}, sha256 {written.sha256}")
    for part in PARTS:
        table.add_row(part, str(films[part]), str(groups[part]))
    console.print(table)
    if unusable:
        console.print(f"{unusable} labelled films cannot be read and are in no part.")
