"""What a model answers to one image. No torch here, so that whoever reads answers needs none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """Answer of a model to one image.

    Parameters
    ----------
    logits, probabilities
        One number per class, in the order of :attr:`classes`; softmax of the logits.
    classes
        Names of the classes.
    """

    logits: tuple[float, ...]
    probabilities: tuple[float, ...]
    classes: tuple[str, ...]

    @property
    def index(self) -> int:
        """Index of the largest logit."""
        return max(range(len(self.logits)), key=self.logits.__getitem__)

    @property
    def label(self) -> str:
        """Name of the predicted class."""
        return self.classes[self.index]

    def probability(self, label: str) -> float:
        """Probability of a class by name, 0 to 1."""
        return self.probabilities[self.classes.index(label)]
