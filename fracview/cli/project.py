"""``fracview project``: what a project file holds, what goes in and out, is it sound."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fracview.cli.options import Json
from fracview.cli.output import console, finish, one_line_errors, print_json, warn, watched
from fracview.errors import ProjectError, SettingError

project = typer.Typer(
    help="Make a project file, look into it, bring boxes in and out, check it, put a copy back.",
    no_args_is_help=True,
)
File = Annotated[Path, typer.Argument(readable=False, help="A .fracview file.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only say what would be done.")]
Reader = Annotated[
    str, typer.Option("--reader", "-r", help="Code of who reads, such as R1; no name.")
]


@project.command()
@one_line_errors
def new(file: File, reader: Reader = "R1") -> None:
    """Make an empty project."""
    from fracview.project import Project

    with Project.create(file, reader):
        console.print(f"{file} made for reader {reader}.", soft_wrap=True)


@project.command()
@one_line_errors
def info(file: File, as_json: Json = False) -> None:
    """Count films, boxes, reviews and hours per reader; name films that changed or are gone."""
    from fracview.project import Project, snapshots

    with Project.open(file, "R1", read_only=True) as opened:
        films = opened.films()
        where = {film.name: opened.where(film) for film in films}
        readers: list[dict[str, Any]] = []
        for code in opened.readers():
            reads = [opened.read(film.id, code) for film in films]
            readers.append(
                {
                    "reader": code,
                    "boxes": sum(len(opened.boxes(film.id, code)) for film in films),
                    "reviewed": sum(read.state == "reviewed" for read in reads),
                    "discuss": sum(read.state == "discuss" for read in reads),
                    "seconds": sum(opened.seconds(film.id, code) for film in films),
                }
            )
        entries = len(opened.history())
    kept = [path.name for path in snapshots(opened.path)]
    if as_json:
        print_json({"films": len(films), "where": Counter(where.values()), "readers": readers,
                    "history": entries, "snapshots": kept})  # fmt: skip
        return
    table = Table("reader", "boxes", "reviewed", "to discuss", "minutes")
    for row in readers:
        minutes = f"{row.pop('seconds') / 60:.1f}"
        table.add_row(*map(str, row.values()), minutes)
    console.print(table)
    console.print(f"{len(films)} films, {entries} entries of history, {len(kept)} snapshots.")
    for name, state in where.items():
        if state != "same":
            warn(f"{name}: {'the file has changed' if state == 'changed' else 'it is not there'}.")


@project.command("import")
@one_line_errors
def import_(
    file: File,
    source: Annotated[
        Path, typer.Argument(readable=False, help="Radiographs with boxes, or a file of boxes.")
    ],
    reader: Reader = "R1",
    as_reader: Annotated[
        str | None, typer.Option("--as", help="To whom the boxes will belong, such as dataset.")
    ] = None,
    clash: Annotated[
        str, typer.Option("--clash", help="Films with other boxes: keep, add or replace.")
    ] = "keep",
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what would be done.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring films and boxes in as one step that can be undone."""
    from fracview.project import Import, Project, plan_import

    with Project.open(file, reader, read_only=preview) as opened:
        _say(opened.notes)
        if opened.read_only and not preview:
            raise ProjectError(opened.path, "nothing can be changed here", opened.notes[0])
        task = plan_import(opened, source, reader=as_reader, clash=clash)  # type: ignore[arg-type]
        plan = watched(task, "looking at films", quiet=as_json)
        done = None if preview else opened.do(Import(plan))
    if as_json:
        print_json({"plan": plan.sentence, "problems": plan.problems,
                    "entry": None if done is None else done.seq})  # fmt: skip
        return
    _say(plan.problems)
    if preview:
        console.print(f"Would bring in {plan.sentence}. Nothing was changed.", soft_wrap=True)
    elif done is None:
        console.print("There was nothing new to bring in.")
    else:
        console.print(f"Brought in {plan.sentence}. Undo takes all of it back.", soft_wrap=True)


@project.command()
@one_line_errors
def merge(
    file: File,
    other: Annotated[Path, typer.Argument(readable=False, help="Another .fracview file.")],
    reader: Reader = "R1",
    preview: Preview = False,
) -> None:
    """Take another reader's project in; nothing that is here changes."""
    from fracview.project import Merge, Project, plan_merge

    with Project.open(other, reader, read_only=True) as source:
        plan = plan_merge(source)
    with Project.open(file, reader, read_only=preview) as opened:
        _say(opened.notes)
        done = None if preview else opened.do(Merge(plan))
    if preview:
        console.print(f"Would take in {plan.sentence}. Nothing was changed.", soft_wrap=True)
    elif done is None:
        console.print("There was nothing new to take in.")
    else:
        console.print(f"Took in {plan.sentence}. Undo takes all of it back.", soft_wrap=True)


@project.command("export")
@one_line_errors
def export_(
    file: File,
    target: Annotated[Path, typer.Argument(readable=False, help="Folder or file to write.")],
    to: Annotated[str, typer.Option("--to", help="coco, voc, yolo, labelme or supervisely.")],
    reader: Reader = "R1",
    replace: Annotated[bool, typer.Option("--replace", help="Write over what is there.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what would be done.")
    ] = False,
) -> None:
    """Write a reader's boxes in a format of other programs."""
    from fracview.project import Project, export, plan_export

    with Project.open(file, reader, read_only=True) as opened:
        if reader not in opened.readers():
            known = ", ".join(opened.readers())
            raise SettingError(f"no reader is called '{reader}' here. There are: {known}.")
        plan = plan_export(opened, to, reader)
    _say(plan.problems)
    said = f"{plan.boxes} boxes of {len(plan.films)} films as {to}"
    if preview:
        console.print(f"Would write {said} to {target}. Nothing was written.", soft_wrap=True)
        return
    files = export(plan, target, replace=replace)
    console.print(f"{said} written to {target} ({len(files)} files).", soft_wrap=True)


@project.command()
@one_line_errors
def history(
    file: File,
    last: Annotated[int, typer.Option("--last", "-n", min=1, help="So many entries.")] = 20,
    as_json: Json = False,
) -> None:
    """List what was done, by whom and when."""
    from fracview.project import Project

    with Project.open(file, "R1", read_only=True) as opened:
        entries = opened.history(last)
        names = {film.id: film.name for film in opened.films()}
    if as_json:
        print_json([asdict(entry) for entry in entries])
        return
    table = Table("entry", "step", "what", "film", "reader", "when (UTC)")
    for entry in entries:
        step = entry.step if entry.step == "do" else f"{entry.step} {entry.gesture}"
        film = "" if entry.film is None else names.get(entry.film, f"film {entry.film}")
        table.add_row(str(entry.seq), step, entry.text, film, entry.reader, entry.at[:19])
    console.print(table)


@project.command()
@one_line_errors
def check(file: File, as_json: Json = False) -> None:
    """Check structure, history and boxes; nothing is changed."""
    from fracview.project import Project

    with Project.open(file, "R1", read_only=True) as opened:
        found = opened.check()
    if as_json:
        print_json(asdict(found))
        return
    for sentence in found.faults:
        warn(sentence)
    finish([f"{file.name} is damaged."] if found.faults else [], of=1)
    console.print(
        f"Sound: {found.films} films, {found.boxes} boxes, {found.gestures} gestures of "
        f"{len(found.readers)} readers; the history replayed gives the same boxes.",
        soft_wrap=True,
    )


@project.command("restore-snapshot")
@one_line_errors
def restore_snapshot(
    file: File,
    snapshot: Annotated[
        str | None, typer.Option("--snapshot", help="Its file name; the newest sound one if none.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Only list them, newest first.")] = False,
) -> None:
    """Put a checked copy back; the file that was there is moved aside, never removed."""
    from fracview.project import restore, snapshots

    file = file.resolve()
    there = {path.name: path for path in snapshots(file)}
    if list_:
        for name in there:
            console.print(name)
        return
    if snapshot is not None and snapshot not in there:
        raise SettingError(f"there is no snapshot '{snapshot}'. See --list.")
    chosen, aside = restore(file, there[snapshot] if snapshot is not None else None)
    old = "" if aside is None else f" The old file is {aside.name}."
    console.print(f"{file.name} is {chosen.name} again.{old}", soft_wrap=True)


def _say(sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        warn(sentence)
