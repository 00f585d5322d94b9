"""What is known of an attack on one model, while it runs and afterwards. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fracview.attacks import ATTACKS
from fracview.request import FRACTURED
from fracview.task import Progress
from fracview.workspace import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.gui.runner import Job
    from fracview.pipeline import Attacked, AttackFrame, Explanation
    from fracview.request import Method, Request
    from fracview.studies.smallest import SmallestFlip
    from fracview.task import Task
    from fracview.workspace import Workspace


@dataclass(frozen=True, eq=False)
class AttackFilm:
    """Steps of an attack on one model.

    Parameters
    ----------
    model
        Its name.
    frames
        As far as they are known, the clean image first.
    classes
        Names of the classes, in the order of the probabilities.
    """

    model: str
    frames: tuple[AttackFrame, ...]
    classes: tuple[str, ...]

    @property
    def fracture(self) -> int:
        """Index of the class ``"fractured"``, 0 if the model has none."""
        return self.classes.index(FRACTURED) if FRACTURED in self.classes else 0


def attack_requests(workspace: Workspace) -> tuple[Request, ...]:
    """The attack on each model of the comparison, asked for or not."""
    full = replace(workspace, wishes=frozenset({"attack"}))
    return tuple(request for request in plan(full) if request.attack is not None)


def with_frame(frames: Sequence[AttackFrame], frame: AttackFrame) -> tuple[AttackFrame, ...]:
    """Add a step; another restart begins the film anew, but keeps the clean image."""
    kept = [old for old in frames if old.restart == frame.restart and old.step < frame.step]
    if not kept and frames and frame.step > 0:
        kept = [old for old in frames[:1] if old.step == 0]
    return (*kept, frame)


def summary(method: Method) -> str:
    """An attack in a line: ``pgd: epsilon 4/255, step size 1/255, steps 10``."""
    parts, grey = [], method.settings().get("norm") != "L2"
    for name, value in method.parameters:
        text = str(value)
        if name in ("epsilon", "step_size") and isinstance(value, float):
            text = f"{255 * value:.3g}/255" if grey else f"{value:.3g}"
        parts.append(f"{name.replace('_', ' ')} {text}")
    return f"{method.name}: {', '.join(parts) or 'as usual'}"


def flipped_at(attacked: Attacked, classes: Sequence[str]) -> int | None:
    """First step at which the answer had left the label (or reached it); None if it never did."""
    if attacked.label not in classes:
        return None
    label = classes.index(attacked.label)
    for frame in attacked.frames:
        said = max(range(len(frame.probabilities)), key=frame.probabilities.__getitem__)
        if frame.step > 0 and (said == label) == attacked.targeted:
            return frame.step
    return None


def result_line(answer: Explanation) -> str:
    """How the attack ended: ``demo-standard: flipped at step 3; largest change 4.0 of 255 ...``."""
    attacked = answer.attacked
    assert attacked is not None
    step = flipped_at(attacked, answer.prediction.classes)
    if attacked.success:
        verdict = "flipped" if step is None else f"flipped at step {step}"
    else:
        verdict = "held" if not attacked.targeted else f"did not become '{attacked.label}'"
    if not attacked.targeted and answer.clean.label != attacked.label:
        verdict = f"was not '{attacked.label}' to begin with"
    before, after = answer.clean.probability(FRACTURED), answer.prediction.probability(FRACTURED)
    return (
        f"{answer.request.model}: {verdict}; largest change "
        f"{255 * attacked.largest_change:.1f} of 255; fractured {before:.2f} → {after:.2f}"
    )


def smallest_line(found: SmallestFlip) -> str:
    """What the search for the smallest epsilon found."""
    model = found.request.model
    if found.epsilon is None:
        return f"{model}: nothing up to {255 * found.below:.1f} of 255 flips it"
    if found.epsilon == 0:
        return f"{model}: the clean image is already not '{found.label}'"
    text = f"{model}: {255 * found.epsilon:.2f} of 255 flips it"
    return text + (f", {255 * found.below:.2f} does not" if found.below else "")


def search_key(job: Job) -> str:
    """Key of the search that a job is, or ""."""
    tag = job.tag
    return tag[1] if isinstance(tag, tuple) and tag[:1] == ("smallest",) else ""


def hint(no_film: bool) -> str:
    """What to do while there is no result."""
    if no_film:
        return "An attack needs a radiograph: choose one in the list."
    return "Run shows, step by step, what a change too small to see does to the answer."


def load_kinds() -> Task[dict[str, type]]:
    """Import the attacks, which need torch, so that their settings can be drawn as a form."""
    kinds = {}
    for done, name in enumerate(ATTACKS):
        yield Progress(done, len(ATTACKS), name)
        kinds[name] = ATTACKS.load(name)
    return kinds
