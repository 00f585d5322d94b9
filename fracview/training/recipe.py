"""Everything that decides a training, as one frozen record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from fracview.errors import SettingError


@dataclass(frozen=True)
class Adversary:
    """The attack inside the training loop, L-infinity in pixel units.

    Parameters
    ----------
    epsilon
        Radius that is held at the end.
    steps
        Gradient steps from a random start; one step is FGSM (Wong et al. 2020, arXiv:2001.03994).
        0: a random corner of the ball, the control that shows what the gradient adds.
    stride
        Step size as a share of epsilon.
    ramp
        Share of the arm's steps over which epsilon grows linearly from a tenth to its full value.
    floor
        Running accuracy under attack below which epsilon falls again; 0: it never falls.
    """

    epsilon: float = 2 / 255
    steps: int = 2
    stride: float = 0.75
    ramp: float = 0.6
    floor: float = 0.0


@dataclass(frozen=True)
class Arm:
    """One training run.

    Parameters
    ----------
    name
        Of the arm; the card is called ``<recipe>-<arm>``.
    steps
        Optimiser steps.
    learning_rate
        Peak of the cosine.
    start
        Name of an earlier arm whose averaged weights are the start; empty: from scratch, or
        from ``weights``.
    weights
        Name or path of a card of the same net, whose weights are the start.
    adversary
        None trains on clean films.
    crops
        Pairs (until, side): up to this share of the steps, squares of this side around a
        fracture box (the other class is cut at the same places). Needs boxes.
    spare
        Share of the other class's crops that are cut from fractured films instead, away from
        every box, so that metal or a body part betrays nothing.
    plain
        Share of the twin pairs, those with the plainest fracture, that the arm begins with; it
        has met all of them after four fifths of its steps. 0: all from the beginning.
    publish
        Whether weights, card and measured figures are written; a warm start needs none.
    title
        For people.
    """

    name: str
    steps: int
    learning_rate: float = 2e-3
    start: str = ""
    weights: str = ""
    adversary: Adversary | None = None
    crops: tuple[tuple[float, int], ...] = ()
    spare: float = 0.0
    plain: float = 0.0
    publish: bool = True
    title: str = ""

    @property
    def is_robust(self) -> bool:
        """Whether it was trained against gradients."""
        return self.adversary is not None and self.adversary.steps > 0


@dataclass(frozen=True)
class Phantoms:
    """Drawn films to train on, each fractured one with its unbroken twin.

    Parameters
    ----------
    pairs
        Number of twin pairs for training.
    validation, test
        Numbers of single films, half of them fractured, no two of one seed.
    first_seed
        Seeds run from here: training, then validation, then test.
    drawn_at
        Side in pixels at which films are drawn; they are shrunk to the net's input as any film.
    """

    pairs: int = 5000
    validation: int = 1000
    test: int = 1000
    first_seed: int = 1_000_000
    drawn_at: int = 256


@dataclass(frozen=True)
class Augmentation:
    """Random changes, drawn alike for both classes.

    Parameters
    ----------
    turns
        Quarter turns.
    flip
        Left and right exchanged half of the time.
    shift
        Largest shift, as a share of the side.
    rotate
        Largest angle in degrees.
    zoom
        Largest relative change of scale.
    gain, offset, gamma
        Largest changes of contrast (relative), brightness and log2 of the exponent.
    """

    turns: bool = False
    flip: bool = True
    shift: float = 0.07
    rotate: float = 15.0
    zoom: float = 0.15
    gain: float = 0.15
    offset: float = 0.05
    gamma: float = 0.3


@dataclass(frozen=True)
class Recipe:
    """A whole training: data, split, net, arms and what is measured at the end.

    Parameters
    ----------
    name
        First part of the cards' names.
    arms
        In the order in which they run; see :class:`Arm`.
    phantoms
        Drawn films; None: a folder is given.
    size
        Height and width of the net's input.
    architecture, options
        Name and constructor options in the source ``"small"``.
    batch
        Films per step, half of each class.
    paired
        A fractured film and its twin in one batch; phantoms only.
    weight_decay, clip, average
        Of AdamW; largest norm of the gradient; decay of the averaged weights.
    precision
        ``"float32"``, or ``"bfloat16"`` for the convolutions of training. Measured is in float32.
    licence, limits
        Of the weights, and sentences about the data: they go onto the cards as they are.
    seed
        Root of weights, order, augmentation, attack and split.
    validation, test
        Shares of a folder's films that are held out.
    split
        Shipped name or file of a split to follow instead, such as ``"fracatlas"``.
    validate_every, patience
        Steps between validations, and how many without gain end an arm (0: never).
    checkpoint_every
        Steps between checkpoints.
    equal_errors
        Whether the finished net's line is drawn where both errors are equal on validation.
    augmentation
        See :class:`Augmentation`.
    attack_steps, attack_epsilons
        PGD of the final measurement: steps of epsilon / 4, radii in pixel units.
    """

    name: str = "trained"
    arms: tuple[Arm, ...] = (Arm("standard", 2000),)
    phantoms: Phantoms | None = None
    size: tuple[int, int] = (128, 128)
    architecture: str = "small-resnet"
    options: dict[str, Any] = field(default_factory=dict)
    batch: int = 64
    paired: bool = False
    weight_decay: float = 5e-4
    clip: float = 1.0
    average: float = 0.995
    precision: Literal["float32", "bfloat16"] = "float32"
    licence: str = ""
    limits: tuple[str, ...] = ()
    seed: int = 0
    validation: float = 0.1
    test: float = 0.1
    split: str = ""
    validate_every: int = 100
    patience: int = 10
    checkpoint_every: int = 100
    equal_errors: bool = False
    augmentation: Augmentation = Augmentation()
    attack_steps: int = 10
    attack_epsilons: tuple[float, ...] = (1 / 255, 2 / 255, 4 / 255)

    def __post_init__(self) -> None:
        _check_arms(self.arms)
        _check(self)

    @property
    def uses_boxes(self) -> bool:
        """Whether any arm cuts crops at boxes."""
        return any(arm.crops for arm in self.arms)

    def arm(self, name: str) -> Arm:
        """Arm by name."""
        return next(arm for arm in self.arms if arm.name == name)

    def ancestry(self, arm: Arm) -> tuple[Arm, ...]:
        """Arms that an arm started from, the first first."""
        line: list[Arm] = []
        while arm.start:
            arm = self.arm(arm.start)
            line.insert(0, arm)
        return tuple(line)

    def lasting(self, steps: int) -> Recipe:
        """Same recipe with all arms together lasting about ``steps``, in their old proportions."""
        total = sum(arm.steps for arm in self.arms)
        arms = (replace(arm, steps=max(1, round(arm.steps * steps / total))) for arm in self.arms)
        return replace(self, arms=tuple(arms))


def default_recipe(
    *, adversarial: bool = False, steps: int = 2000, seed: int = 0, name: str = "trained"
) -> Recipe:
    """Recipe for a folder: whole films, no boxes, one arm."""
    adversary = Adversary() if adversarial else None
    arm = Arm("robust" if adversarial else "standard", steps, adversary=adversary)
    return Recipe(name=name, arms=(arm,), seed=seed)


def _check_arms(arms: tuple[Arm, ...]) -> None:
    names = [arm.name for arm in arms]
    if not names or len(set(names)) != len(names):
        raise SettingError("a recipe needs arms, each with a name of its own.")
    for position, arm in enumerate(arms):
        if not (0 <= arm.plain <= 1 and 0 <= arm.spare <= 1):
            raise SettingError(f"'plain' and 'spare' of arm '{arm.name}' are shares, 0 to 1.")
        if not arm.name or set(arm.name) & set("/\\"):
            raise SettingError(f"'{arm.name}' cannot be the name of an arm.")
        if arm.steps < 1:
            raise SettingError(f"arm '{arm.name}' needs at least one step, not {arm.steps}.")
        if arm.start and arm.start not in names[:position]:
            raise SettingError(f"arm '{arm.name}' starts from '{arm.start}', no earlier arm.")
        if arm.adversary and not 0 < arm.adversary.epsilon <= 1:
            raise SettingError(f"arm '{arm.name}' needs an epsilon in (0, 1].")
        if arm.start and arm.weights:
            raise SettingError(f"arm '{arm.name}' starts from an arm or from a card, not both.")
        if arm.adversary and not 0 <= arm.adversary.floor < 1:
            raise SettingError(f"the floor of arm '{arm.name}' is a share below 1.")
        if arm.adversary and arm.adversary.steps < 0:
            raise SettingError(f"the adversary of arm '{arm.name}' takes 0 steps or more.")


def _check(recipe: Recipe) -> None:
    if not recipe.name or set(recipe.name) & set("/\\"):
        raise SettingError(f"'{recipe.name}' cannot be the name of a recipe; it begins file names.")
    if recipe.seed < 0:
        raise SettingError(f"a seed is 0 or more, not {recipe.seed}.")
    if recipe.batch < 2 or recipe.batch % 2:
        raise SettingError(f"batch must be even and at least 2, not {recipe.batch}.")
    if len(recipe.size) != 2 or min(recipe.size) < 8:
        raise SettingError(f"size must be two numbers of at least 8 pixels, not {recipe.size}.")
    if not (0 < recipe.validation < 0.5 and 0 < recipe.test < 0.5):
        raise SettingError("validation and test must be shares between 0 and 0.5.")
    if min(recipe.validate_every, recipe.checkpoint_every, recipe.attack_steps) < 1:
        raise SettingError("validate_every, checkpoint_every and attack_steps must be 1 or more.")
    if recipe.precision not in ("float32", "bfloat16"):
        raise SettingError(f"precision is float32 or bfloat16, not {recipe.precision}.")
    if recipe.split and recipe.phantoms is not None:
        raise SettingError("phantoms are split by their seeds; leave 'split' out.")
    if not recipe.paired and any(arm.plain for arm in recipe.arms):
        raise SettingError("'plain' ranks twin pairs; set 'paired', or leave it out.")
    if recipe.paired and any(arm.spare for arm in recipe.arms):
        raise SettingError("'spare' is for films without twins; leave it or 'paired' out.")
    if recipe.paired and recipe.phantoms is None:
        raise SettingError("paired batches need phantoms; films of a folder have no twins.")
