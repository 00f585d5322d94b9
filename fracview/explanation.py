"""What is answered: records of one explanation, free of torch, so whoever reads them needs none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fracview.attribution.heatmap import Heatmap
    from fracview.data.frame import InputFrame
    from fracview.models.card import ModelCard
    from fracview.models.classifier import Prediction
    from fracview.request import Method, Request, ThreatModel


@dataclass(frozen=True, eq=False)
class AttackFrame:
    """One step of an attack as a picture; the payload of Progress while an attack runs.

    Parameters
    ----------
    step, steps, restart
        Step 0 is the clean image.
    image
        float32 (C, h, w) in [0, 1].
    probabilities
        One per class of the model.
    loss
        What the attack raises.
    """

    step: int
    steps: int
    restart: int
    image: npt.NDArray[np.float32]
    probabilities: tuple[float, ...]
    loss: float


@dataclass(frozen=True, eq=False)
class Attacked:
    """An attack as it went: the film of its steps and its end.

    Parameters
    ----------
    image
        float32 (C, h, w) in [0, 1]: the adversarial input.
    frames
        The steps of the winning restart, the clean image first.
    success
        Whether the prediction left the label (or reached it, if targeted).
    label
        Class that was fled from, or sought.
    largest_change
        Largest modulus of the change, in pixel units.
    method
        The attack with all its settings, where it is known.
    """

    image: npt.NDArray[np.float32]
    frames: tuple[AttackFrame, ...]
    success: bool
    label: str
    targeted: bool
    threat: ThreatModel
    largest_change: float
    seed: int
    notes: tuple[str, ...] = ()
    method: Method | None = None


@dataclass(frozen=True, eq=False)
class Explanation:
    """Answer to a :class:`~fracview.request.Request`.

    Parameters
    ----------
    request
        What was asked.
    card
        The model that answered.
    frame
        Place of the radiograph in the model's input.
    image
        float32 (C, h, w) in [0, 1]: exactly what the model saw, before its normalisation.
    clean, prediction
        Answers to the clean image and to the condition's image (the same if there is no attack).
    attacked
        None for the clean condition.
    heatmap
        None if no attribution was asked for.
    device, seconds
        Where and how long.
    key
        Fingerprint of everything that determines the numbers.
    notes
        Of the radiograph, such as that it is truncated or not what its name says.
    """

    request: Request
    card: ModelCard
    frame: InputFrame
    image: npt.NDArray[np.float32]
    clean: Prediction
    prediction: Prediction
    attacked: Attacked | None = None
    heatmap: Heatmap | None = None
    device: str = "cpu"
    seconds: float = 0.0
    key: str = ""
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """All sentences that must stand beside these numbers."""
        notes = (*self.notes, *self.card.warnings, *self.request.protocol.warnings)
        if self.attacked is not None:
            notes += self.attacked.notes
        if self.heatmap is not None:
            notes += self.heatmap.notes
        return tuple(dict.fromkeys(notes))
