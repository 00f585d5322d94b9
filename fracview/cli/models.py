"""``fracview models``: which models there are, what is known of them, and whether they keep it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from fracview.cli.options import MODEL_HELP, Device, Json
from fracview.cli.output import console, one_line_errors, print_figures, print_json, warn

if TYPE_CHECKING:
    from fracview.models.card import ModelCard

models = typer.Typer(help="List models, show a card, probe a model.", invoke_without_command=True)
Name = Annotated[str, typer.Argument(help=MODEL_HELP)]


@models.callback()
def default(context: typer.Context) -> None:
    """List models where no verb is given."""
    if context.invoked_subcommand is None:
        list_()


@models.command("list")
@one_line_errors
def list_(as_json: Json = False) -> None:
    """List the cards and the architectures that take weights of your own."""
    from fracview.models import ARCHITECTURES
    from fracview.models.shelf import read_shelf

    shelf = read_shelf()
    cards = shelf.cards
    names = {source: list(ARCHITECTURES.load(source).names()) for source in ARCHITECTURES}
    if as_json:
        print_json({"cards": [_card(card) for card in cards], "architectures": names})
        return
    table = Table("model", "kind", "input", "trained against", "what")
    for card in cards:
        threat = card.threat_model
        against = f"{threat.norm} {threat.epsilon * 255:.3g}/255" if threat else "nothing"
        size = f"{card.input.size[0]} x {card.input.size[1]} x {card.input.channels}"
        table.add_row(card.name, card.kind, size, against, card.title)
    console.print(table)
    for source, known in names.items():
        console.print(f"[bold]{source}[/]: {', '.join(known)}", soft_wrap=True)
    console.print("Use an architecture as NAME:weights-file, or NAME:seed=0 for random weights.")
    for error in shelf.broken:
        warn(str(error))


@models.command()
@one_line_errors
def show(model: Name, as_json: Json = False) -> None:
    """Show a model's card: identity, input, training, measured figures, warnings."""
    from fracview.models.shelf import find_card
    from fracview.reports.measured import measured_tables

    card = find_card(model)
    if as_json:
        print_json(_card(card))
        return
    body = _card(card)
    figures, body["measured"] = measured_tables(card.measured)
    table = Table(show_header=False, title=card.title or card.name)
    for key, value in _flat({key: value for key, value in body.items() if key != "warnings"}):
        table.add_row(key, str(value))
    console.print(table)
    print_figures(figures)
    if card.warnings:
        console.print("[bold]Limits: what this model is not[/]")
    for sentence in card.warnings:
        console.print(f"- {sentence}", markup=False, soft_wrap=True)
    for sentence in _split(card):
        console.print(sentence, markup=False, soft_wrap=True)


@models.command()
@one_line_errors
def probe(model: Name, device: Device = None, as_json: Json = False) -> None:
    """Load a model and check what its card promises."""
    from fracview.models.load import load_model
    from fracview.models.probe import probe as run

    findings = run(load_model(model, device))
    failed = any(finding.state == "fail" for finding in findings)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        colours = {"ok": "green", "caution": "yellow", "fail": "red"}
        table = Table("probe", "result", "finding")
        for finding in findings:
            colour = colours[finding.state]
            table.add_row(finding.name, f"[{colour}]{finding.state}[/]", finding.sentence)
        console.print(table)
    if failed:
        raise typer.Exit(1)


def _split(card: ModelCard) -> tuple[str, ...]:
    """Say which films it has learnt from, and which are new to it."""
    from fracview.data.split import PARTS
    from fracview.models.seen import WORDS, split_of

    split = split_of(card)
    if split is None:
        return ()
    counts = (f"{len(split.part(part))} {WORDS[part]} it" for part in PARTS)
    return (f"Films of the split '{split.name}': {', '.join(counts)}.",)


def _card(card: Any) -> dict[str, Any]:
    body = asdict(card)
    body["path"] = str(card.path) if card.path else None
    return body


def _flat(body: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in body.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key}.")
        elif value not in (None, "", (), []):
            text = ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
            rows.append((prefix + key, text))
    return rows
