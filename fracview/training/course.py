"""A whole training: films, arms in their order, figures, cards."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from fracview.data.split import find_split
from fracview.errors import CardError, InputError, ModelError, SettingError
from fracview.files import whole_file
from fracview.fingerprint import fingerprint
from fracview.models.card import ModelCard, read_card
from fracview.models.seen import split_of
from fracview.training.balance import balance
from fracview.training.checkpoint import unwritable
from fracview.training.figures import QUICK, Figures
from fracview.training.fit import Start, fit, new_net
from fracview.training.folder import folder_pool
from fracview.training.measure import VERSION, measure
from fracview.training.phantoms import phantom_split
from fracview.training.pool import Split, divide
from fracview.training.publish import publish
from fracview.training.recipe import Phantoms
from fracview.training.split import follow

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.task import Task
    from fracview.training.checkpoint import State
    from fracview.training.recipe import Arm, Recipe


@dataclass(frozen=True)
class Outcome:
    """What a training gave.

    Parameters
    ----------
    cards
        One per published arm, with path and measured figures.
    left_out
        A sentence for each film that could not be used.
    """

    cards: tuple[ModelCard, ...]
    left_out: tuple[str, ...] = ()


def train(
    recipe: Recipe,
    out: Path,
    folder: Path | None = None,
    device: torch.device | str = "cpu",
    *,
    resume: bool = False,
    figures: Figures = QUICK,
) -> Task[Outcome]:
    """Follow a recipe; leaves ``<recipe>-<arm>.toml``, ``.safetensors`` and ``split.json``.

    Parameters
    ----------
    recipe
        See :class:`~fracview.training.recipe.Recipe`.
    out
        Folder to write to; it is made. Checkpoints lie in it until the end of time, so that a
        finished arm is not trained again.
    folder
        Data set; None where the recipe draws phantoms.
    device
        Where to compute.
    resume
        Take up a training that was stopped or killed. Without it a folder that holds one is
        refused.
    figures
        What is measured at the end; a resumed training measures anew where this has changed.

    Yields
    ------
    Progress
        Per film, step and measured batch. The payload of a step is a
        :class:`~fracview.training.fit.TrainingStep`.

    Raises
    ------
    SettingError
        If the data do not fit the recipe, or ``out`` holds another training.
    InputError
        If the folder gives no labelled films of both classes, or ``out`` cannot be written.
    CheckpointError
        If ``resume`` finds a checkpoint of another recipe or other films.
    """
    if (folder is None) == (recipe.phantoms is None):
        raise SettingError(
            "a recipe that draws phantoms takes no data set." if folder else
            "there is nothing to train on. Give a data set, or a recipe with [phantoms]."
        )  # fmt: skip
    new_net(recipe)  # refuses an unknown net or option before films are read
    made = _prepare(recipe, out, resume)
    try:
        split, left_out = yield from _films(recipe, folder)
        split.check()
        _check_boxes(recipe, split)
        _write_json(split.names(), out / "split.json")
    except BaseException:
        if made:
            out.rmdir()
        raise
    place = torch.device(device)
    states: dict[str, State] = {}
    cards: list[ModelCard] = []
    starts = {arm.name: _first_weights(recipe, arm, split) for arm in recipe.arms}
    for arm in recipe.arms:
        start = starts[arm.name]
        if arm.start:
            start = Start(states[arm.start].average, start.sha256 if start else "")
        states[arm.name] = yield from fit(recipe, arm, split, _checkpoint(out, arm), place, start)
        if arm.publish:
            cards.append((yield from _finish(recipe, arm, split, states, out, place, figures)))
    return Outcome(tuple(cards), left_out)


def _films(recipe: Recipe, folder: Path | None) -> Task[tuple[Split, tuple[str, ...]]]:
    if folder is None:
        phantoms = recipe.phantoms or Phantoms()
        return (yield from phantom_split(phantoms, recipe.size, recipe.paired)), ()
    pool = yield from folder_pool(folder, recipe.size)
    if recipe.split:
        split = follow(find_split(recipe.split, near=folder), pool, folder)
        return split, (*pool.left_out, *split.notes)
    return divide(pool, recipe.validation, recipe.test, recipe.seed), pool.left_out


def _finish(
    recipe: Recipe,
    arm: Arm,
    split: Split,
    states: dict[str, State],
    out: Path,
    device: torch.device,
    figures: Figures,
) -> Task[ModelCard]:
    state = states[arm.name]
    # All arms are explained under one radius, or their maps could not be compared.
    radii = [other.adversary.epsilon for other in recipe.arms if other.adversary is not None]
    claimed = max(radii, default=None)
    asked = fingerprint(state.identity, state.best_step, recipe.attack_steps, claimed,
                        recipe.attack_epsilons, split.test.names, figures, VERSION,
                        recipe.equal_errors)  # fmt: skip
    path = _files(recipe, arm, out)[1]
    with suppress(CardError):  # a missing or damaged card is written anew
        card = read_card(path)
        if card.measured.get("request") == asked:
            return card
    net = new_net(recipe)
    net.load_state_dict(state.best)
    net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    net.eval().requires_grad_(False)
    shift = 0.0
    if recipe.equal_errors:
        weights, shift = balance(net, split.validation, device)
        net.load_state_dict(weights)
        state = replace(state, best=weights)
    measured: dict[str, Any] = yield from measure(
        net, split.test, recipe.attack_epsilons, recipe.attack_steps, device, recipe.seed,
        figures, claimed,
    )  # fmt: skip
    measured["request"] = asked
    line = _ancestry(recipe, arm, states)
    try:
        return publish(recipe, arm, split, state, measured, line, out, shift)
    except OSError as error:
        raise unwritable(path, error) from error


def _ancestry(recipe: Recipe, arm: Arm, states: dict[str, State]) -> list[tuple[Arm, State]]:
    return [(before, states[before.name]) for before in recipe.ancestry(arm)]


def _first_weights(recipe: Recipe, arm: Arm, split: Split) -> Start | None:
    """Weights of the card with which the line of an arm begins.

    Raises
    ------
    CardError, ModelError
        If there is no such card, it holds another net, or it has learnt from films of another
        split, of which some may lie in the test part of this one.
    """
    from fracview.models.load import load_model

    name = [*recipe.ancestry(arm), arm][0].weights
    if not name:
        return None
    classifier = load_model(name)
    learnt = split_of(classifier.card)
    if learnt is not None and (split.followed is None or learnt.sha256 != split.followed[1]):
        raise ModelError(
            f"arm '{arm.name}' cannot start from {name}: it has learnt from films of the split "
            f"'{learnt.name}', and what is tested here may be among them."
        )
    weights, wanted = classifier.net.state_dict(), new_net(recipe).state_dict()
    shapes = [{key: value.shape for key, value in each.items()} for each in (weights, wanted)]
    if shapes[0] != shapes[1]:
        raise ModelError(f"arm '{arm.name}' cannot start from {name}: it holds another net.")
    return Start(weights, classifier.card.weights.sha256 if classifier.card.weights else "")


def _checkpoint(out: Path, arm: Arm) -> Path:
    return out / f"{arm.name}.checkpoint"


def _files(recipe: Recipe, arm: Arm, out: Path) -> tuple[Path, Path]:
    return _checkpoint(out, arm), out / f"{recipe.name}-{arm.name}.toml"


def _prepare(recipe: Recipe, out: Path, resume: bool) -> bool:
    """Make the folder, and tell whether it is new."""
    made = not os.path.exists(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot be made ({error.strerror})"
        raise InputError(out, reason, "Choose another --out") from None
    if not os.access(out, os.W_OK):
        raise InputError(out, "cannot be written to", "Choose another --out")
    there = [path for arm in recipe.arms for path in _files(recipe, arm, out) if path.exists()]
    if there and not resume:
        raise SettingError(
            f"{out} already holds {there[0].name}. Go on with --resume, or choose another --out."
        )
    return made


def _check_boxes(recipe: Recipe, split: Split) -> None:
    if not recipe.uses_boxes:
        return
    corners = split.train.boxes[split.train.fractured]
    missing = int((corners != corners).any(axis=1).sum())
    if missing:
        raise SettingError(
            f"the recipe cuts crops at boxes, but {missing} fractured films have none. "
            "Remove 'crops' from its arms."
        )


def _write_json(thing: Any, path: Path) -> None:
    try:
        with whole_file(path) as stream:
            stream.write(json.dumps(thing, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise unwritable(path, error) from error
