"""Checkpoints: whole or not at all, so that a kill at any moment loses some steps and no more."""

from __future__ import annotations

import io
import pickle
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from fracview.errors import CheckpointError, InputError
from fracview.files import whole_file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class State:
    """Where an arm stands.

    Order, augmentation and random starts follow from the seed and :attr:`step` alone, so the
    step's number is their whole state.

    Parameters
    ----------
    identity
        Fingerprint of recipe, arm and films; a checkpoint of another training is refused.
    step
        Optimiser steps done.
    net, average, optimiser
        State dictionaries.
    best, best_score, best_step
        Averaged weights with the best validation so far.
    waited
        Validations since then.
    epsilon, accuracy
        Radius of the next step (0: not begun), and running accuracy under attack.
    start
        SHA-256 of the weights on file with which its line of arms began.
    seconds
        CPU seconds spent.
    history
        One row per validation.
    finished
        Whether the arm is over.
    """

    identity: str
    step: int = 0
    net: dict[str, Any] = field(default_factory=dict)
    average: dict[str, Any] = field(default_factory=dict)
    optimiser: dict[str, Any] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    best_score: float = -1.0
    best_step: int = 0
    waited: int = 0
    epsilon: float = 0.0
    accuracy: float = 0.75
    start: str = ""
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    finished: bool = False


def save(state: State, path: Path) -> None:
    """Write a checkpoint beside its old self, then put it in its place.

    Raises
    ------
    InputError
        If it cannot be written; the old one stays.
    """
    # asdict would copy every tensor; the fields are what is written.
    table = {name: getattr(state, name) for name in asdict(State(""))}
    content = io.BytesIO()  # torch hides a full disk behind an error of its own
    torch.save(table, content)
    try:
        with whole_file(path, private=True) as stream:
            stream.write(content.getbuffer())
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> InputError:
    """Say that a file of a training cannot be written."""
    return InputError(path, f"cannot be written ({error.strerror})", "Choose another --out")


def load(path: Path, identity: str) -> State:
    """Read a checkpoint; it may hold tensors and numbers, no code.

    Raises
    ------
    CheckpointError
        If it is broken, or belongs to another recipe or other films.
    """
    try:
        table = torch.load(path, map_location="cpu", weights_only=True)
        state = State(**table)
    except (OSError, RuntimeError, EOFError, TypeError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            path, "not a checkpoint of a training, or damaged", "Delete it to begin again"
        ) from error
    if state.identity != identity:
        raise CheckpointError(
            path,
            "belongs to another recipe or other films",
            "Give the same ones, or another folder with --out",
        )
    return state
