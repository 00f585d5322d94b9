"""The box-occlusion test: what a model's margin and decision lose when the box is hidden."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import ModelError
from fracview.evidence import FILLS
from fracview.evidence.control import choose_controls
from fracview.evidence.fill import hide
from fracview.evidence.words import fall, number, verdict
from fracview.registry import check_settings
from fracview.request import FRACTURED
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from fracview.evidence.control import Controls, Rectangle
    from fracview.models.classifier import Classifier
    from fracview.task import Task

VERSION = 1
"""Raised when the numbers change."""
CPU_BATCH = 2
"""Images that a CPU is given between two looks at whether to stop."""


@dataclass(frozen=True)
class BoxOcclusion:
    """What hiding the box did to one answer, beside what hiding equal places did.

    The margin is the logit of "fractured" minus the largest other. Everything here is of one
    image: spreads are over its controls, and none is an interval.

    Parameters
    ----------
    margin, margin_hidden, control_margins
        As the image is, with the box hidden, with each equal place elsewhere hidden instead.
    probability, probability_hidden, control_probabilities
        Of "fractured", 0 to 1.
    label, label_hidden, control_labels
        The decisions.
    fill
        A name of :data:`fracview.evidence.FILLS`.
    seed
        Of the choice of places.
    box_share
        Share of the input that was hidden, 0 to 1.
    change, control_change
        Root mean square change of the hidden pixels by the fill, in grey levels of [0, 1], and its
        mean over controls: how equal the places were in what they lost.
    contrast, contrast_gap, brightness_gap
        Standard deviation under the box, and mean distances of the controls from it and from the
        brightness under the box; None without controls.
    places
        For each control its rectangles (x1, y1, x2, y2) in input pixels.
    notes
        Why there are fewer controls than asked for, and that memory ran out.
    """

    margin: float
    margin_hidden: float
    control_margins: tuple[float, ...]
    probability: float
    probability_hidden: float
    control_probabilities: tuple[float, ...]
    label: str
    label_hidden: str
    control_labels: tuple[str, ...]
    fill: str
    seed: int
    box_share: float
    change: float
    control_change: float | None
    contrast: float
    contrast_gap: float | None
    brightness_gap: float | None
    places: tuple[tuple[Rectangle, ...], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def drop(self) -> float:
        """Fall of the margin when the box is hidden; negative if it rises."""
        return self.margin - self.margin_hidden

    @property
    def control_drops(self) -> tuple[float, ...]:
        """Fall of the margin for each equal place elsewhere."""
        return tuple(self.margin - margin for margin in self.control_margins)

    @property
    def control_drop(self) -> float | None:
        """Mean of :attr:`control_drops`; None without controls."""
        return float(np.mean(self.control_drops)) if self.control_margins else None

    @property
    def difference(self) -> float | None:
        """:attr:`drop` minus :attr:`control_drop`: what is owed to the box and not to hiding."""
        return None if self.control_drop is None else self.drop - self.control_drop

    @property
    def control_spread(self) -> float | None:
        """Standard deviation of :attr:`control_drops` (n - 1); None below two controls."""
        if len(self.control_margins) < 2:
            return None
        return float(np.std(self.control_drops, ddof=1))

    @property
    def control_low(self) -> float | None:
        """Smallest of :attr:`control_drops`; None without controls."""
        return min(self.control_drops, default=None)

    @property
    def control_high(self) -> float | None:
        """Largest of :attr:`control_drops`; None without controls."""
        return max(self.control_drops, default=None)

    @property
    def controls_as_strong(self) -> int:
        """Number of controls that lower the margin at least as much as the box."""
        return sum(drop >= self.drop for drop in self.control_drops)

    @property
    def flips(self) -> bool:
        """Whether hiding the box changes the decision."""
        return self.label_hidden != self.label

    @property
    def control_flips(self) -> int:
        """Number of controls that change the decision."""
        return sum(label != self.label for label in self.control_labels)

    @property
    def sentence(self) -> str:
        """The outcome in plain words."""
        words = f"Hiding the box ({self.fill}) {fall(self.drop)}"
        if self.flips:
            words += f" and turns the answer to {self.label_hidden}"
        if self.control_drop is None:
            return f"{words}; no equal place elsewhere to compare with, so it says nothing."
        count = len(self.control_margins)
        spread = "" if self.control_spread is None else f" (SD {number(self.control_spread)})"
        equal = f"{count} equal place{'s' if count > 1 else ''} elsewhere"
        words += f"; hiding {equal} {fall(self.control_drop)} on average{spread}"
        above = self.controls_as_strong
        rank = f"{above or 'none'} of them cost{'' if above > 1 else 's'} it at least as much"
        return f"{words}, and {rank}: {verdict(self)}. One image: no interval."


@dataclass(frozen=True)
class OcclusionTest:
    """Hide the box, then equal places elsewhere, and compare the margins.

    Parameters
    ----------
    fill
        A name of :data:`fracview.evidence.FILLS`.
    controls
        Equal places wanted; see :func:`fracview.evidence.control.choose_controls`.
    seed
        Of the choice of places.
    """

    fill: str = field(default="blur", metadata={"label": "Fill"})
    controls: int = field(
        default=8, metadata={"label": "Controls", "low": 0, "high": 256, "help": "Equal places."}
    )
    seed: int = field(default=0, metadata={"label": "Seed", "low": 0, "high": 2**63 - 1})

    def __post_init__(self) -> None:
        check_settings(self)
        FILLS[self.fill]  # says which there are

    def __call__(
        self,
        classifier: Classifier,
        image: npt.NDArray[np.floating],
        mask: npt.NDArray[np.bool_],
        film: npt.NDArray[np.floating] | None = None,
        inside: npt.NDArray[np.bool_] | None = None,
    ) -> Task[BoxOcclusion]:
        """Run the test on one image.

        Parameters
        ----------
        classifier
            That knows the class "fractured".
        image
            Float (C, h, w) in [0, 1]: what the model is fed, attacked or not.
        mask
            Bool (h, w): the boxes in the input.
        film
            Float (h, w): where the places are chosen, such as the clean film, so that clean and
            attacked images are compared at the same places; the channels' mean if None.
        inside
            Bool (h, w): where the film is in a padded input.

        Raises
        ------
        NoBoxesError
            If the mask is empty.
        ModelError
            If a logit is not finite.
        """
        grey = image.mean(axis=0) if film is None else film
        yield Progress(0, self.controls + 2, "hiding the box")
        controls = choose_controls(grey, mask, self.controls, self.seed, inside)
        hidden = [hide(image, place, self.fill) for place in (mask, *controls.masks)]
        images = np.stack([image, *hidden])
        logits: list[list[float]] = []
        notes = list(controls.notes)
        for stop, part in _answers(classifier, images, notes):
            logits += part
            yield Progress(stop, len(images), f"box test, {stop} of {len(images)} images")
        if not np.isfinite(logits).all():
            raise ModelError(f"{classifier.card.name} answered with a number that is not finite.")
        found = replace(controls, notes=tuple(notes))
        return self._record(classifier, np.array(logits), images, mask, found)

    def _record(
        self,
        classifier: Classifier,
        logits: npt.NDArray[np.float64],
        images: npt.NDArray[np.floating],
        mask: npt.NDArray[np.bool_],
        controls: Controls,
    ) -> BoxOcclusion:
        fracture, classes = classifier.card.index(FRACTURED), classifier.card.classes
        margins = logits[:, fracture] - np.delete(logits, fracture, axis=1).max(axis=1)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = (powers / powers.sum(axis=1, keepdims=True))[:, fracture]
        labels = [classes[int(index)] for index in logits.argmax(axis=1)]
        places = (mask, *controls.masks)
        changes = [_change(images[0], image, place) for image, place in zip(images[1:], places)]
        return BoxOcclusion(
            margin=float(margins[0]),
            margin_hidden=float(margins[1]),
            control_margins=tuple(margins[2:].tolist()),
            probability=float(shares[0]),
            probability_hidden=float(shares[1]),
            control_probabilities=tuple(shares[2:].tolist()),
            label=labels[0],
            label_hidden=labels[1],
            control_labels=tuple(labels[2:]),
            fill=self.fill,
            seed=self.seed,
            box_share=float(mask.mean()),
            change=changes[0],
            control_change=float(np.mean(changes[1:])) if len(changes) > 1 else None,
            contrast=controls.contrast,
            contrast_gap=controls.contrast_gap,
            brightness_gap=controls.brightness_gap,
            places=controls.places,
            notes=controls.notes,
        )


def _change(
    image: npt.NDArray[np.floating], hidden: npt.NDArray[np.floating], mask: npt.NDArray[np.bool_]
) -> float:
    change = (hidden - image)[:, mask]
    return float(np.sqrt(np.mean(np.square(change, dtype=np.float64))))


def _answers(
    classifier: Classifier, images: npt.NDArray[np.floating], notes: list[str]
) -> Iterator[tuple[int, list[list[float]]]]:
    """Logits in batches, halved (and noted) when memory runs out; and how many are done.

    On a CPU a batch is no faster than its images one by one, but it cannot be stopped.
    """
    import torch

    from fracview.models.batches import in_slices

    x = torch.from_numpy(images).to(dtype=classifier.dtype)

    def part(start: int, stop: int) -> list[list[float]]:
        rows: list[list[float]] = classifier.logits(x[start:stop]).cpu().double().tolist()
        return rows

    size = CPU_BATCH if classifier.device.type == "cpu" else len(images)
    yield from in_slices(part, len(images), size, notes)
