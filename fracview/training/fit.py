"""One arm of a training, as a task that can be killed and taken up again."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from fracview.errors import DeviceError, ModelError
from fracview.fingerprint import fingerprint
from fracview.request import FRACTURED, NOT_FRACTURED
from fracview.task import Progress
from fracview.training import checkpoint
from fracview.training.adversary import first_radius, harden, next_radius
from fracview.training.batches import Batches
from fracview.training.checkpoint import State
from fracview.training.validation import Verdict, validate

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.task import Task
    from fracview.training.pool import Split
    from fracview.training.recipe import Arm, Recipe

CLASSES = (FRACTURED, NOT_FRACTURED)


@dataclass(frozen=True)
class TrainingStep:
    """News of one optimiser step, or of a validation.

    Parameters
    ----------
    arm
        Its name.
    loss, accuracy
        Of this batch, under the arm's attack if it has one.
    epsilon
        Radius of this step in pixel units; 0 on clean films.
    verdict
        Validation of the averaged weights, where one was made.
    """

    arm: str
    loss: float
    accuracy: float
    epsilon: float
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Start:
    """Weights to begin with.

    Parameters
    ----------
    weights
        State dictionary of the net.
    sha256
        Of the file that they came from, at the beginning of the line; empty: there was none.
    """

    weights: dict[str, Any]
    sha256: str = ""


def arm_identity(recipe: Recipe, arm: Arm, split: Split, start: str = "") -> str:
    """Fingerprint of all that decides the weights of an arm, for its checkpoint.

    ``start`` is the SHA-256 of the weights from which the first arm of its line began.
    """
    before = [start, *recipe.ancestry(arm)]
    said = (recipe.architecture, recipe.options, recipe.size, recipe.batch, recipe.paired)
    tuning = (recipe.weight_decay, recipe.clip, recipe.average, recipe.precision, recipe.seed)
    watch = (recipe.validate_every, recipe.patience, recipe.augmentation)
    return fingerprint(said, tuning, watch, arm, before, split.train.identity, split.names())


def new_net(recipe: Recipe) -> nn.Module:
    """Net with fresh weights from the recipe's seed; torch's own generator is left alone."""
    from fracview.models.zoo.small import SOURCE

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return SOURCE.build(recipe.architecture, CLASSES, recipe.options)


def fit(
    recipe: Recipe,
    arm: Arm,
    split: Split,
    path: Path,
    device: torch.device,
    start: Start | None = None,
) -> Task[State]:
    """Train an arm, from its checkpoint if there is one.

    Parameters
    ----------
    recipe, arm
        What to do.
    split
        Films; only the training and validation parts are looked at.
    path
        File of the checkpoint. Closing the task writes it; a kill loses the steps since the last.
    device
        Where to compute.
    start
        Weights to begin with; None: fresh ones.

    Returns
    -------
    State
        Its ``best`` are the averaged weights with the best validation.

    Raises
    ------
    CheckpointError
        If the checkpoint belongs to another training.
    ModelError
        If the loss is no longer finite.
    DeviceError
        If the device has run out of memory.
    """
    identity = arm_identity(recipe, arm, split, start.sha256 if start else "")
    state = (
        checkpoint.load(path, identity)
        if path.exists()
        else State(identity, start=start.sha256 if start else "")
    )
    if state.finished:
        return state
    trainer = _Trainer(recipe, arm, split, device, state, start)
    try:
        while trainer.going:
            news = trainer.advance()
            if not trainer.going or state.step % recipe.checkpoint_every == 0:
                checkpoint.save(trainer.snapshot(), path)
            yield Progress(state.step, arm.steps, trainer.sentence(news), news)
    except GeneratorExit:
        checkpoint.save(trainer.snapshot(), path)
        raise
    except torch.OutOfMemoryError as error:
        raise DeviceError(
            f"{device} has no memory for batches of {recipe.batch}. Halve 'batch' in the recipe."
        ) from error
    return state


class _Trainer:
    """Net, average and optimiser of one arm while it runs."""

    def __init__(
        self,
        recipe: Recipe,
        arm: Arm,
        split: Split,
        device: torch.device,
        state: State,
        start: Start | None,
    ) -> None:
        self.recipe, self.arm, self.split, self.device, self.state = (
            recipe, arm, split, device, state,
        )  # fmt: skip
        self.precision = getattr(torch, recipe.precision)
        self.batches = Batches(split.train, recipe, arm)
        self.net, self.average = new_net(recipe), new_net(recipe)
        if state.step:
            self.net.load_state_dict(state.net)
            self.average.load_state_dict(state.average)
        elif start is not None:
            self.net.load_state_dict(start.weights)
            self.average.load_state_dict(start.weights)
        for net in (self.net, self.average):
            net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average.eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=arm.learning_rate, weight_decay=recipe.weight_decay
        )
        if state.step:
            self.optimiser.load_state_dict(state.optimiser)

    @property
    def going(self) -> bool:
        """Whether there is a step left to do."""
        return not self.state.finished

    def snapshot(self) -> State:
        """State with the weights of now."""
        self.state.net = self.net.state_dict()
        self.state.average = self.average.state_dict()
        self.state.optimiser = self.optimiser.state_dict()
        return self.state

    def advance(self) -> TrainingStep:
        """One step, with a validation where it is due."""
        began = time.process_time()
        loss, accuracy, epsilon = self._step(self.state.step)
        self.state.step += 1
        last = self.state.step == self.arm.steps
        verdict = None
        if last or self.state.step % self.recipe.validate_every == 0:
            verdict = self._validate(loss)
        self.state.seconds += time.process_time() - began
        tired = 0 < self.recipe.patience <= self.state.waited
        self.state.finished = last or tired
        return TrainingStep(self.arm.name, loss, accuracy, epsilon, verdict)

    def sentence(self, news: TrainingStep) -> str:
        """What a person reads beside the bar."""
        words = f"{self.arm.name}: loss {news.loss:.3f}, accuracy {news.accuracy:.2f}"
        if news.epsilon:
            words += f" at {news.epsilon * 255:.2f}/255"
        if self.state.history:
            words += f"; validation {self.state.history[-1]['score']:.3f}"
        return words

    def _step(self, step: int) -> tuple[float, float, float]:
        films, fractured = self.batches(step)
        x = films.to(self.device)
        y = (~fractured).long().to(self.device)
        adversary, state = self.arm.adversary, self.state
        epsilon = 0.0
        if adversary is not None:
            epsilon = state.epsilon or first_radius(adversary)
            generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + step)
            x = harden(self.net, x, y, adversary, epsilon, generator, self.precision)
        loss, logits = self._learn(x, y, step)
        accuracy = float((logits.argmax(1) == y).float().mean())
        if adversary is not None:
            state.accuracy += 0.03 * (accuracy - state.accuracy)
            state.epsilon = next_radius(adversary, epsilon, state.accuracy, self.arm.steps)
        return loss, accuracy, epsilon

    def _learn(self, x: Tensor, y: Tensor, step: int) -> tuple[float, Tensor]:
        for group in self.optimiser.param_groups:
            group["lr"] = self.arm.learning_rate * _cosine(step, self.arm.steps)
        self.net.train()
        half = self.precision != torch.float32
        with (
            torch.enable_grad(),
            torch.autocast(self.device.type, torch.bfloat16, enabled=half),
        ):
            logits = self.net(x).float()
            loss = functional.cross_entropy(logits, y)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise ModelError(
                f"the loss of arm '{self.arm.name}' is not finite at step {step}. "
                "Lower its learning_rate."
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), self.recipe.clip)
        self.optimiser.step()
        self._blend(step)
        return value, logits.detach()

    def _blend(self, step: int) -> None:
        """Move the average; batch norm's statistics go with the weights they belong to."""
        keep = min(self.recipe.average, (1 + step) / (10 + step))
        with torch.no_grad():
            for mine, theirs in zip(
                self.average.state_dict().values(), self.net.state_dict().values(), strict=True
            ):
                if mine.is_floating_point():
                    mine.lerp_(theirs, 1 - keep)
                else:
                    mine.copy_(theirs)

    def _validate(self, loss: float) -> Verdict:
        verdict = validate(
            self.average, self.split.validation, self.arm.adversary, self.device, self.precision
        )
        state = self.state
        state.history.append({"step": float(state.step), "loss": loss, **verdict.row()})
        # While the adversary still grows, no gain is no reason to stop.
        adversary = self.arm.adversary
        rising = adversary is not None and state.epsilon < 0.999 * adversary.epsilon
        if verdict.score > state.best_score:
            state.waited = 0
        elif not rising:
            state.waited += 1
        if verdict.score >= state.best_score:
            state.best_score, state.best_step = verdict.score, state.step
            state.best = {
                key: value.detach().cpu().clone()
                for key, value in self.average.state_dict().items()
            }
        return verdict


def _cosine(step: int, steps: int) -> float:
    """Warm up over a twentieth of the steps, at most 100, then fall to nearly nothing."""
    warm = max(1, min(100, steps // 20))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) + 1e-3
