"""Eight tests whether the label of a phantom can be read from anything but its fracture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from fracview.cli.options import MODEL_HELP, Device, Json, Seed
from fracview.cli.output import console, one_line_errors, print_json, watched
from fracview.errors import UnknownName
from fracview.phantom import VERSION
from tests.benchmarks.phantom_shortcuts.films import Pair, draw_pairs, seeds
from tests.benchmarks.phantom_shortcuts.free import (
    border_test,
    centre_test,
    global_test,
    metadata_test,
    twin_test,
)
from tests.benchmarks.phantom_shortcuts.verdict import Verdict

FREE: dict[str, Callable[[Sequence[Pair], float], list[Verdict]]] = {
    "global": global_test,
    "border": border_test,
    "twins": twin_test,
    "metadata": metadata_test,
    "centre": centre_test,
}
OF_NETS = ("marker", "occlusion", "negatives")
TESTS = (*FREE, *OF_NETS)
PAIR = ("demo-standard", "demo-robust")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@one_line_errors
def shortcuts(
    count: Annotated[int, typer.Option("--count", "-n", help="Number of films.")] = 2000,
    seed: Seed = 0,
    tests: Annotated[
        list[str] | None,
        typer.Option("--tests", "-t", help=f"All, or of {', '.join(TESTS)}. Repeatable."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", "-m", help=f"{MODEL_HELP} Repeatable; {' and '.join(PAIR)} if none."
        ),
    ] = None,
    size: Annotated[int, typer.Option("--size", help="Side of a film in pixels.")] = 256,
    level: Annotated[float, typer.Option("--level", help="Confidence of the intervals.")] = 0.95,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that draw.")] = 1,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Look for shortcuts on fresh phantoms and print a table; exit code 1 if a test fails.

    At a level of .95 a test of chance fails by chance once in twenty: repeat with another seed.
    """
    wanted = [name for text in tests or TESTS for name in text.split(",")]
    for name in wanted:
        if name not in TESTS:
            raise UnknownName("test", name, TESTS)
    began = time.monotonic()
    chosen = seeds(count, seed)
    pairs = watched(draw_pairs(chosen, size, workers), "drawing", quiet=as_json)
    found: list[Verdict] = []
    for name in (name for name in FREE if name in wanted):
        found += FREE[name](pairs, level)
    if set(wanted) & set(OF_NETS):
        for verdicts in _of_nets(pairs, wanted, model or PAIR, device, workers, level, as_json):
            found += verdicts
    title = (
        f"phantoms of version {VERSION}, {count} films of {size} px, seeds {chosen[0]} to "
        f"{chosen[-1]}, level {level:g}, {time.monotonic() - began:.0f} s"
    )
    if as_json:
        rows = [asdict(v) | {"passed": v.passed} for v in found]
        print_json({"version": VERSION, "title": title, "verdicts": rows})
    else:
        _print(found, title)
    if any(v.failed for v in found):
        raise typer.Exit(1)


def _of_nets(
    pairs: list[Pair],
    wanted: Sequence[str],
    models: Sequence[str],
    device: str | None,
    workers: int,
    level: float,
    quiet: bool,
) -> Iterator[list[Verdict]]:
    from fracview.models.load import load_model
    from tests.benchmarks.phantom_shortcuts.answers import Reader
    from tests.benchmarks.phantom_shortcuts.fill import occlusion_test
    from tests.benchmarks.phantom_shortcuts.marker import altered_films, marker_test
    from tests.benchmarks.phantom_shortcuts.negatives import negatives_test

    loaded = [load_model(spec, device) for spec in models]
    readers = [Reader(net.card.name, net) for net in loaded]
    if "marker" in wanted:
        size = pairs[0].normal.truth.size
        chosen = [pair.seed for pair in pairs if pair.normal.truth.marker]
        films = watched(altered_films(chosen, size, workers), "markers", quiet=quiet)
        yield from (marker_test(films, reader, level) for reader in readers)
    for reader in readers:
        if "occlusion" in wanted:
            yield occlusion_test(pairs, reader, level)
    for reader in readers:
        if "negatives" in wanted:
            yield negatives_test(pairs, reader, level)


def _print(found: Sequence[Verdict], title: str) -> None:
    table = Table(title=title, title_justify="left")
    for name in ("test", "figure"):
        table.add_column(name)
    for name in ("value", "interval", "n"):
        table.add_column(name, justify="right")
    table.add_column("rule")
    table.add_column("")
    last = ""
    for v in found:
        if last and v.test != last:
            table.add_section()
        mark = "" if v.passed is None else "[bold red]FAIL[/]" if v.failed else "pass"
        table.add_row(
            v.test if v.test != last else "", v.figure, v.value, v.interval,
            str(v.estimate.n), v.rule, mark,
        )  # fmt: skip
        last = v.test
    console.print(table)


if __name__ == "__main__":
    app(prog_name="phantom_shortcuts")
