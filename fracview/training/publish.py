"""What a training leaves behind: weights as safetensors and a card that says how they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fracview.files import whole_file
from fracview.fingerprint import file_sha256
from fracview.models.card import ModelCard, Weights, read_card, write_card
from fracview.request import ThreatModel
from fracview.training.fit import CLASSES
from fracview.training.toml import as_table

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from fracview.training.checkpoint import State
    from fracview.training.pool import Pool, Split
    from fracview.training.recipe import Arm, Recipe

ONE_SEED = (
    "One training seed: the figures' intervals cover test films, not what another seed would give."
)
FOLDER = "Trained on one folder of films; nothing is known about films from elsewhere."
PHANTOM = (
    "Trained and measured on drawn phantoms alone: it illustrates the method, knows nothing of "
    "real radiographs, and is no evidence for any claim about them."
)


def publish(
    recipe: Recipe,
    arm: Arm,
    split: Split,
    state: State,
    measured: dict[str, Any],
    ancestry: list[tuple[Arm, State]],
    folder: Path,
) -> ModelCard:
    """Write ``<recipe>-<arm>.safetensors`` and its card, the card last.

    Parameters
    ----------
    recipe, arm, split, state
        The training; ``state.best`` are the weights.
    measured
        From :func:`fracview.training.measure.measure`.
    ancestry
        Arms that this one started from, the first first.
    folder
        Where to.

    Returns
    -------
    ModelCard
        With its path.
    """
    from fracview.models.zoo.small import SOURCE

    name = f"{recipe.name}-{arm.name}"
    weights = folder / f"{name}.safetensors"
    _write_weights(state.best, weights)
    default = SOURCE.default_card(recipe.architecture)
    spec = default.input
    card = ModelCard(
        name=name,
        source="small",
        architecture=recipe.architecture,
        options=recipe.options,
        classes=CLASSES,
        kind="standard" if arm.adversary is None else "robust",
        input=type(spec)(recipe.size, 1, spec.normalisation, spec.mean, spec.std),
        weights=Weights(weights.name, file_sha256(weights)),
        threat_model=None if arm.adversary is None else ThreatModel("Linf", arm.adversary.epsilon),
        title=arm.title or name,
        description=_description(arm),
        licence="BSD-3-Clause" if recipe.phantoms else "that of the films it was trained on",
        training=_training(recipe, arm, split, state, ancestry),
        measured=measured,
        warnings=(
            PHANTOM if recipe.phantoms else FOLDER,
            ONE_SEED,
            *([] if arm.adversary is None else [reach(measured, split.test)]),
        ),
    )
    path = folder / f"{name}.toml"
    write_card(card, path)
    return read_card(path)  # as everybody else will see it


def reach(measured: dict[str, Any], test: Pool) -> str:
    """Say up to which measured radius a net beats a constant answer, by the interval's low end."""
    broken = int(test.fractured.sum())
    constant = max(broken, len(test) - broken) / len(test)
    held, failed = "", ""
    for row in measured["pgd"]:
        low, high = row["accuracy_interval"]
        words = f"{row['epsilon']} (accuracy {row['accuracy']:.2f} [{low:.2f}, {high:.2f}])"
        if low <= constant:
            failed = words
            break
        held = words
    if not held:
        return f"Not robust: at {failed} it is no better than a constant answer ({constant:.2f})."
    if not failed:
        return f"Under PGD it beats a constant answer ({constant:.2f}) at least up to {held}."
    return (
        f"Under PGD it beats a constant answer ({constant:.2f}) at {held}, "
        f"but not at {failed}: call it robust at the first radius only."
    )


def _write_weights(state: dict[str, Tensor], path: Path) -> None:
    from safetensors.torch import save

    data = save({key: value.contiguous() for key, value in state.items()})
    with whole_file(path) as stream:
        stream.write(data)


def _description(arm: Arm) -> str:
    if arm.adversary is None:
        return "Trained on clean films alone."
    radius = f"{arm.adversary.epsilon * 255:g}/255"
    return (
        f"Trained against an adversary of radius {radius} (L-infinity, pixel units, "
        f"{arm.adversary.steps} gradient step(s) from a random start). "
        f"What it really withstands stands under 'measured'."
    )


def _training(
    recipe: Recipe, arm: Arm, split: Split, state: State, ancestry: list[tuple[Arm, State]]
) -> dict[str, Any]:
    line = [*ancestry, (arm, state)]
    boxes = [step.name for step, _ in line if step.crops]
    rule = (
        "averaged weights with the best validation score (balanced accuracy; for an adversarial "
        "arm the mean of clean and attacked); the test part was measured once, at the end"
    )
    return {
        "data": split.train.origin,
        "data_fingerprint": split.train.identity,
        "films": {
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "boxes_used": (
            f"yes: crops were cut at fracture boxes in arm {', '.join(boxes)}"
            if boxes
            else "no: image labels only"
        ),
        "selection": rule,
        "seeds": [recipe.seed],
        "arms": [
            {
                "name": step.name,
                "steps": done.step,
                "best_step": done.best_step,
                "validation_score": round(done.best_score, 4),
                "cpu_seconds": round(done.seconds),
            }
            for step, done in line
        ],
        "recipe": as_table(recipe),
    }
