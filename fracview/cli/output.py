"""How verbs speak: people read tables, programs read JSON, errors are one line."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from typer.core import TyperGroup

from fracview.errors import FracviewError, SettingError, UnknownName
from fracview.task import drain

if TYPE_CHECKING:
    from fracview import task as tasks
    from fracview.reports.measured import FigureTable

RESEARCH = "Research use only, not for diagnosis."
STOPPED = "stopped by you; nothing half-written was left."
UsageError: Any = typer.BadParameter.__mro__[1]
"""What typer raises for a mistake in the command; it exports only this child of it."""

console = Console(width=None if Console().is_terminal else 140)
errors = Console(stderr=True, highlight=False)

P = ParamSpec("P")
T = TypeVar("T")


class Verbs(TyperGroup):
    """The program's verbs; a mistake in the command is one line, like every other mistake."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a verb; leave with its exit code, or return it if not ``standalone_mode``."""
        run = functools.partial(
            super().main, args, prog_name, complete_var, False, windows_expand_args, **extra
        )
        if not standalone_mode:
            return run()
        try:
            code = run()
        except UsageError as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context is not None else "fracview"
            complain(f"{error.format_message().rstrip('.')}. See {path} --help.")
            code = 2
        except typer.Abort:
            complain(STOPPED)
            code = 1
        raise SystemExit(code)


def one_line_errors(verb: Callable[P, None]) -> Callable[P, None]:
    """Turn the errors meant for people into one line and an exit code."""

    @functools.wraps(verb)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            verb(*args, **kwargs)
        except (SettingError, UnknownName) as error:
            complain(str(error))
            raise typer.Exit(2) from None
        except FracviewError as error:
            complain(str(error))
            raise typer.Exit(1) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains at its end
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            complain(STOPPED)
            raise typer.Exit(1) from None
        except (RuntimeError, MemoryError, OSError, ValueError, TypeError, LookupError) as error:
            if isinstance(error, typer.Exit) or os.environ.get("FRACVIEW_DEBUG"):
                raise
            complain(_unforeseen(error))
            raise typer.Exit(1) from None

    return wrapped


def _unforeseen(error: Exception) -> str:
    """Say in one line what nobody foresaw."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{Path(os.fsdecode(error.filename)).name[:80]}: " if error.filename else ""
        return f"{name}{error.strerror.lower()}."
    from fracview.models.device import is_out_of_memory

    if is_out_of_memory(error):
        return "memory ran out. Close other programs, use a smaller input, or --device cpu."
    return (
        f"a mistake of fracview itself ({type(error).__name__}: {str(error)[:160]}). "
        "Please report what FRACVIEW_DEBUG=1 before the same command prints."
    )


def complain(sentence: str) -> None:
    """Print one line to the error stream."""
    errors.print(f"fracview: {_line(sentence)}", style="red", markup=False, soft_wrap=True)


def warn(sentence: str) -> None:
    """Print one line of warning to the error stream."""
    errors.print(f"warning: {_line(sentence)}", style="yellow", markup=False, soft_wrap=True)


def _line(sentence: str) -> str:
    """One line, also where a file's name has several."""
    return " ".join(sentence.split())


def print_json(thing: Any) -> None:
    """Print strict JSON to the output stream; numbers that are not finite become null."""
    from fracview.reports.files import json_text

    typer.echo(json_text(thing))


def print_figures(tables: Sequence[FigureTable]) -> None:
    """Print the measured figures of a card."""
    for figures in tables:
        table = Table(title=figures.title, title_justify="left")
        for number, head in enumerate(figures.heads):
            words = [word for row in figures.rows for word in row[number].split()]
            least = max(map(len, words), default=0) if number == 0 else None
            table.add_column(head, no_wrap=number > 0, min_width=least)
        for row in figures.rows:
            table.add_row(*row)
        console.print(table)
        if figures.note:
            console.print(figures.note, markup=False, soft_wrap=True, style="dim")


def finish(left_out: Sequence[str], of: int | None = None) -> None:
    """Name what was left out (``of`` so many) and leave with exit code 1 if there is anything."""
    for sentence in left_out:
        complain(sentence)
    if left_out and of != 1:
        complain(f"{len(left_out)} left out, see above.")
    if left_out:
        raise typer.Exit(1)


def watched(task: tasks.Task[T], title: str, *, quiet: bool) -> T:
    """Run a task to its end under a progress bar on the error stream."""
    if quiet or not errors.is_terminal:
        return drain(task)
    columns = (
        TextColumn("[bold]{task.fields[title]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=errors, transient=True) as bars:
        bar = bars.add_task("", total=None, title=title)

        def report(news: tasks.Progress) -> None:
            bars.update(
                bar, total=news.total or None, completed=news.step, description=news.message
            )

        return drain(task, report)
