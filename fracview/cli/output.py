"""How verbs speak: people read tables, programs read JSON, errors are one line."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fracview.errors import FracviewError, SettingError, UnknownName
from fracview.task import drain

if TYPE_CHECKING:
    from fracview import task as tasks

RESEARCH = "Research use only, not for diagnosis."

console = Console(width=None if Console().is_terminal else 140)
errors = Console(stderr=True, highlight=False)

P = ParamSpec("P")
T = TypeVar("T")


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
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            complain("stopped by you; nothing half-written was left.")
            raise typer.Exit(1) from None

    return wrapped


def complain(sentence: str) -> None:
    """Print one line to the error stream."""
    errors.print(f"fracview: {sentence}", style="red", markup=False, soft_wrap=True)


def warn(sentence: str) -> None:
    """Print one line of warning to the error stream."""
    errors.print(f"warning: {sentence}", style="yellow", markup=False, soft_wrap=True)


def print_json(thing: Any) -> None:
    """Print strict JSON to the output stream; numbers that are not finite become null."""
    typer.echo(json.dumps(_strict(thing), indent=2, ensure_ascii=False, allow_nan=False))


def finish(left_out: Sequence[str]) -> None:
    """Name what was left out and leave with exit code 1 if there is anything."""
    if left_out:
        for sentence in left_out:
            complain(sentence)
        complain(f"{len(left_out)} left out, see above.")
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


def _strict(thing: Any) -> Any:
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else None
    if isinstance(thing, dict):
        return {str(key): _strict(value) for key, value in thing.items()}
    if isinstance(thing, Path):
        return str(thing)
    if isinstance(thing, list | tuple):
        return [_strict(value) for value in thing]
    return thing
