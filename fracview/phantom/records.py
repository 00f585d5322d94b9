"""What the generator hands out: a phantom radiograph and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fracview.data.boxes import Box

VERSION = 4
"""Number of the generator. It grows whenever a seed gives other pixels than before."""

VIEWS = ("forearm", "wrist", "hand", "finger", "humerus", "leg", "ankle")
KINDS = ("transverse", "oblique", "spiral", "comminuted")
SEVERITIES = ("hairline", "moderate", "displaced")


@dataclass(frozen=True)
class Truth:
    """Everything that was decided about one phantom.

    Parameters
    ----------
    version, seed, size
        What regenerates the picture; ``size`` in pixels.
    view
        One of :data:`VIEWS`.
    child
        Smaller bones with open growth plates.
    pixel_mm
        Side of a pixel in millimetres.
    marker
        ``"L"``, ``"R"`` or ``""``.
    hardware
        Metal and plaster in the picture: ``"plate"``, ``"rod"``, ``"cast"``, ``"wire"``,
        ``"ring"``. Independent of the label.
    lookalikes
        What may be mistaken for a fracture: ``"canal"``, ``"growth plate"``, ``"scar"``,
        ``"island"``, ``"fold"``, ``"callus"``, ``"ossicle"``. Independent of the label.
    bone, kind, severity
        The fracture; empty where there is none.
    partner
        The bone beside it that is broken, too, or empty.
    gap_mm, shift_mm, angle_deg
        Distraction (negative: overriding), sideways offset and angulation of the fragments.
    visibility
        Grey levels (0 to 255) by which the clearest .05 % of the pixels (inside the boxes)
        differ from the unfractured twin; 0 where there is no fracture.
    """

    version: int
    seed: int
    size: int
    view: str
    child: bool
    pixel_mm: float
    marker: str = ""
    hardware: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()
    bone: str = ""
    kind: str = ""
    severity: str = ""
    gap_mm: float = 0.0
    shift_mm: float = 0.0
    angle_deg: float = 0.0
    visibility: float = 0.0
    partner: str = ""


@dataclass(frozen=True, eq=False)
class Phantom:
    """One drawn radiograph.

    Parameters
    ----------
    pixels
        (size, size) of uint8, or of uint16 from 0 to 4095 if drawn with 12 bits; read-only;
        larger is brighter.
    boxes
        Around the fracture (a second one around that of the partner), exact by geometry, in
        pixels; empty where there is none.
    label
        ``"fractured"`` or ``"not fractured"``.
    truth
        What was drawn.
    mask
        (size, size) of bool, read-only: the fracture surfaces and what lies between them, seen
        along the beam; inside the boxes, and empty where there is no fracture.
    """

    pixels: npt.NDArray[Any]
    boxes: tuple[Box, ...]
    label: str
    truth: Truth
    mask: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        self.pixels.setflags(write=False)
        self.mask.setflags(write=False)
