"""Checkpoints: whole or not at all, so that a kill at any moment loses some steps and no more."""

from __future__ import annotations

import os
import pickle
import tempfile
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from fracview.errors import CheckpointError

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
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    finished: bool = False


def save(state: State, path: Path) -> None:
    """Write a checkpoint beside its old self, then put it in its place."""
    # asdict would copy every tensor; the fields are what is written.
    table = {name: getattr(state, name) for name in asdict(State(""))}
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            torch.save(table, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


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
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            path, f"not a checkpoint of a training ({reason})", "Delete it to begin again"
        ) from error
    if state.identity != identity:
        raise CheckpointError(
            path,
            "belongs to another recipe or other films",
            "Give the same ones, or another folder with --out",
        )
    return state
