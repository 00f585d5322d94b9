"""What a training leaves behind: weights as safetensors and a card that says how they came."""

from __future__ import annotations

import re
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
    from fracview.training.pool import Split
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
    shift: float = 0.0,
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
    shift
        What :func:`fracview.training.balance.balance` added to the margin.

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
        kind="robust" if _is_adversarial(arm) else "standard",
        input=type(spec)(recipe.size, 1, spec.normalisation, spec.mean, spec.std),
        weights=Weights(weights.name, file_sha256(weights)),
        threat_model=ThreatModel("Linf", arm.adversary.epsilon)
        if arm.adversary is not None and _is_adversarial(arm)
        else None,
        title=title_of(arm, name, measured),
        description=_description(arm),
        licence=recipe.licence
        or ("BSD-3-Clause" if recipe.phantoms else "that of the films it was trained on"),
        training=_training(recipe, arm, split, state, ancestry) | _point(recipe, shift),
        measured=measured,
        warnings=(
            PHANTOM if recipe.phantoms else FOLDER,
            *recipe.limits,
            ONE_SEED,
            *([reach(measured)] if _is_adversarial(arm) else []),
        ),
    )
    path = folder / f"{name}.toml"
    write_card(card, path)
    return read_card(path)  # as everybody else will see it


def robust_at(measured: dict[str, Any]) -> str:
    """Largest radius that may be claimed, such as ``2/255``; empty if none.

    The rule: up to there, the lower 95 % limit of balanced accuracy under the strong attack is
    above one half, which is what any constant answer scores; and where an attack without gradients
    was tried, it does not press balanced accuracy down to that, or gradients were merely useless.
    """
    held = ""
    felled = _felled_without_gradients(measured)
    for row in measured.get("strong", []):
        if row["epsilon"] in felled or _is_beaten(row):
            break
        held = row["epsilon"]
    return held


def reach(measured: dict[str, Any]) -> str:
    """Say up to which radius a net beats a constant answer, under which attack."""
    rows = measured.get("strong")
    if not rows:
        return (
            "No claim of robustness: only PGD with one start was measured, and a stronger attack "
            "may find more."
        )
    held = robust_at(measured)
    useless = _useless_gradients(measured, rows, held)
    if useless:
        return useless
    first = rows[0]
    attack = f"PGD-{first['steps']} with {first['restarts']} restarts, n = {first['n']}"
    failed = next((row for row in rows if _is_beaten(row)), None)
    if failed is None:
        words = _balanced(next(row for row in rows if row["epsilon"] == held))
        return f"It beats a constant answer (0.50) at least up to {words} under {attack}."
    if not held:
        return (
            f"Not robust: at {_balanced(failed)} it is no better than a constant answer ({attack})."
        )
    words = _balanced(next(row for row in rows if row["epsilon"] == held))
    return (
        f"It beats a constant answer (0.50) at {words}, but not at {_balanced(failed)}, under "
        f"{attack}: call it robust at {held} and no further."
    )


def _useless_gradients(measured: dict[str, Any], rows: list[dict[str, Any]], held: str) -> str:
    """A sentence, where the square attack fells a net that strong PGD does not; else ""."""
    felled = _felled_without_gradients(measured)
    first = next((row for row in rows if _is_beaten(row) or row["epsilon"] in felled), None)
    if first is None or _is_beaten(first):
        return ""
    return (
        f"Useless gradients: at {_balanced(first)} PGD does not fell it, but the square attack, "
        f"which asks for none, does ({_balanced(felled[first['epsilon']])}): "
        + (f"call it robust at {held} and no further." if held else "not robust.")
    )


def _is_beaten(row: dict[str, Any]) -> bool:
    """Whether a net may be no better than a constant answer there."""
    return not row["balanced_accuracy_interval"][0] > 0.5


def _felled_without_gradients(measured: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Rows, by radius, at which the gradient-free attack leaves no more than a constant answer.

    Its share itself counts, not its interval: it is tried on fewer films, as a check of the other.
    """
    rows = measured.get("gradient_free", [])
    return {row["epsilon"]: row for row in rows if not row.get("balanced_accuracy", 0) > 0.5}


def title_of(arm: Arm, name: str, measured: dict[str, Any]) -> str:
    """Title for people: a radius stands in it only where :func:`robust_at` allows it."""
    title = arm.title or name
    if not _is_adversarial(arm):
        return title
    assert arm.adversary is not None
    plain = re.sub(r"\s+(?:at|against) \S+/255", "", title)
    held = robust_at(measured)
    if held:
        return f"{plain} at {held}" if plain.endswith("robust") else f"{plain}, robust at {held}"
    plain = re.sub(r",?\s*\brobust$", "", plain)
    return f"{plain}, trained against {arm.adversary.epsilon * 255:g}/255"


def _balanced(row: dict[str, Any]) -> str:
    low, high = row["balanced_accuracy_interval"]
    share = row["balanced_accuracy"]
    return f"{row['epsilon']} (balanced accuracy {share:.2f} [{low:.2f}, {high:.2f}])"


def _is_adversarial(arm: Arm) -> bool:
    """Whether a gradient chose what the arm was trained on; blind noise is a control."""
    return arm.adversary is not None and arm.adversary.steps > 0


def _write_weights(state: dict[str, Tensor], path: Path) -> None:
    from safetensors.torch import save

    data = save({key: value.contiguous() for key, value in state.items()})
    with whole_file(path) as stream:
        stream.write(data)


def _description(arm: Arm) -> str:
    if arm.adversary is None:
        return "Trained on clean films alone."
    radius = f"{arm.adversary.epsilon * 255:g}/255"
    if not _is_adversarial(arm):
        return (
            f"Trained on films with random noise of radius {radius} (L-infinity, pixel units): the "
            "control that shows what an adversary's gradient adds."
        )
    return (
        f"Trained against an adversary of radius {radius} (L-infinity, pixel units, "
        f"{arm.adversary.steps} gradient step(s) from a random start). "
        f"What it really withstands stands under 'measured'."
    )


def _point(recipe: Recipe, shift: float) -> dict[str, str]:
    if not recipe.equal_errors:
        return {}
    words = "so that sensitivity and specificity are equal on the validation part"
    return {"operating_point": f"{shift:+.3f} added to the margin, {words}"}


def _training(
    recipe: Recipe, arm: Arm, split: Split, state: State, ancestry: list[tuple[Arm, State]]
) -> dict[str, Any]:
    line = [*ancestry, (arm, state)]
    boxes = [step.name for step, _ in line if step.crops]
    first = line[0][0].weights
    rule = (
        "averaged weights with the best validation score (balanced accuracy; for an adversarial "
        "arm the mean of clean and attacked); the test part was measured once, at the end"
    )
    followed: dict[str, str] = {}
    if split.followed:
        followed = dict(zip(("split", "split_sha256"), split.followed, strict=True))
    return {
        **followed,
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
        **({"started_from": f"{first}, SHA-256 {line[0][1].start}"} if first else {}),
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
