"""``fracview train``: the small net, standard or adversarially, on a data set or on phantoms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fracview.cli.options import Device, Json
from fracview.cli.output import (
    RESEARCH,
    console,
    finish,
    one_line_errors,
    print_figures,
    print_json,
    watched,
)
from fracview.errors import SettingError

if TYPE_CHECKING:
    from fracview.models.card import ModelCard
    from fracview.training.recipe import Recipe


@one_line_errors
def train(
    dataset: Annotated[
        Path | None,
        typer.Argument(
            readable=False, help="Folder with labels, such as FracAtlas; none if the recipe draws."
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", readable=False, help="Folder for weights, cards and checkpoints."
        ),
    ] = Path("trained"),
    adversarial: Annotated[
        bool, typer.Option("--adversarial", help="Train against PGD of radius 2/255.")
    ] = False,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", readable=False, help="TOML with every setting; see recipes/."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="First part of the cards' names.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", help="Optimiser steps in all.")] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Root of all randomness; stored on the card."),
    ] = None,
    device: Device = None,
    figures: Annotated[
        str,
        typer.Option(
            "--figures",
            help="quick, or full: with strong PGD and square attack, as a claim needs.",
        ),
    ] = "quick",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was stopped or killed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a small classifier and write its card with measured clean and robust accuracy."""
    from fracview.models.device import choose_device
    from fracview.reports.measured import measured_tables
    from fracview.training.course import train as course
    from fracview.training.figures import BY_NAME

    if figures not in BY_NAME:
        raise SettingError(f"--figures is {' or '.join(BY_NAME)}, not '{figures}'.")
    chosen = _recipe(recipe, adversarial, name, steps, seed)
    place = choose_device(device)
    task = course(chosen, out, dataset, place, resume=resume, figures=BY_NAME[figures])
    outcome = watched(task, "training", quiet=as_json)
    if as_json:
        cards = [_row(card) for card in outcome.cards]
        print_json({"cards": cards, "left_out": list(outcome.left_out)})
    else:
        for card in outcome.cards:
            console.print(f"{card.name}: {card.title} ({card.path})", markup=False, soft_wrap=True)
            print_figures(measured_tables(card.measured)[0])
            for sentence in card.warnings:
                console.print(f"- {sentence}", markup=False, soft_wrap=True)
        console.print(RESEARCH)
    finish(outcome.left_out)


def _recipe(
    file: Path | None, adversarial: bool, name: str | None, steps: int | None, seed: int | None
) -> Recipe:
    from fracview.training.recipe import default_recipe
    from fracview.training.toml import read_recipe

    if steps is not None and steps < 1:
        raise SettingError(f"--steps must be at least 1, not {steps}.")
    if file is not None and adversarial:
        raise SettingError("a recipe says itself which arms are adversarial; leave one out.")
    recipe = default_recipe(adversarial=adversarial) if file is None else read_recipe(file)
    if steps is not None:
        recipe = recipe.lasting(steps)
    if seed is not None:
        recipe = replace(recipe, seed=seed)
    return replace(recipe, name=name) if name else recipe


def _row(card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "card": str(card.path),
        "weights_sha256": card.weights.sha256,
        "kind": card.kind,
        "measured": card.measured,
        "training": card.training,
        "warnings": list(card.warnings),
        "note": RESEARCH,
    }
