"""What the user wants, as one frozen record, and the requests that follow from it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fracview.data.boxes import Box
from fracview.errors import InputError, SettingError
from fracview.files import whole_file
from fracview.models.shelf import DEMO_PAIR
from fracview.request import FRACTURED, Method, Protocol, Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fracview.data.case import Case
    from fracview.data.radiograph import Radiograph

Wish: TypeAlias = Literal["predict", "attack", "explain"]

DEFAULT_ATTACK = Method.of("pgd", epsilon=4 / 255, step_size=1 / 255, steps=10)
CORRECTED = Protocol()


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Edits:
    """All that a reader has changed; the unit of undo and of saving.

    Parameters
    ----------
    boxes
        Absolute path of a radiograph to its boxes, only where they differ from the data set's.
    reviewed
        Absolute paths of radiographs that were marked as reviewed.
    """

    boxes: Mapping[str, tuple[Box, ...]] = field(default_factory=_nothing)
    reviewed: frozenset[str] = frozenset()

    def with_boxes(self, path: Path, boxes: tuple[Box, ...]) -> Edits:
        """Return edits in which a radiograph has these boxes."""
        return replace(self, boxes=MappingProxyType({**self.boxes, str(path): boxes}))

    def with_review(self, path: Path, reviewed: bool) -> Edits:
        """Return edits in which a radiograph is (not) marked as reviewed."""
        marks = self.reviewed | {str(path)} if reviewed else self.reviewed - {str(path)}
        return replace(self, reviewed=marks)


@dataclass(frozen=True)
class Workspace:
    """Everything the window shows follows from this record and from what is known already.

    Parameters
    ----------
    cases
        What is open.
    columns
        Flag columns that the browser offers as filters.
    current
        Index of the selected case, or None.
    radiograph
        The film of the current case once it is read.
    trouble
        Why the current case has no film, or "".
    models
        What is compared, in order: each a card's name, a card file or ``ARCHITECTURE:...``.
    methods
        Attribution methods in the comparison, in order.
    attack
        The attack as it is set up.
    attacked
        Whether the comparison has an attacked half.
    wishes
        What may be computed for the current case: predictions, the attack, heatmaps.
    auto
        Keep the wishes when the case changes.
    protocol, seed
        Of every measurement.
    percent
        The p of the top-p % outline and of the marker on the curves, 1 to 100.
    opacity
        Of heatmaps, 0 to 1.
    show_boxes, show_heatmaps, model_eye
        What lies on the film; the model's eye is its exact input.
    selected_box
        Index of the selected box, or None.
    edits
        What the reader changed.
    """

    cases: tuple[Case, ...] = ()
    columns: tuple[str, ...] = ()
    current: int | None = None
    radiograph: Radiograph | None = None
    trouble: str = ""
    models: tuple[str, ...] = DEMO_PAIR
    methods: tuple[Method, ...] = (Method("saliency"), Method("integrated_gradients"))
    attack: Method = DEFAULT_ATTACK
    attacked: bool = True
    wishes: frozenset[Wish] = frozenset({"predict"})
    auto: bool = True
    protocol: Protocol = CORRECTED
    seed: int = 0
    percent: float = 5.0
    opacity: float = 0.7
    show_boxes: bool = True
    show_heatmaps: bool = True
    model_eye: bool = False
    selected_box: int | None = None
    edits: Edits = field(default_factory=Edits)

    @property
    def case(self) -> Case | None:
        """The selected case."""
        if self.current is None or not 0 <= self.current < len(self.cases):
            return None
        return self.cases[self.current]

    def boxes_of(self, case: Case) -> tuple[Box, ...]:
        """Boxes of a case as they stand now."""
        return self.edits.boxes.get(str(case.path), case.boxes)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Boxes of the selected case as they stand now."""
        return () if self.case is None else self.boxes_of(self.case)

    def label_of(self, case: Case) -> str | None:
        """True class of a case: what a box says, else what the data set says."""
        return FRACTURED if self.boxes_of(case) else case.label


def plan(workspace: Workspace) -> tuple[Request, ...]:
    """List what has to be known for the current case, most wanted first.

    Returns
    -------
    tuple of Request
        Predictions of all models, then attacks, then heatmaps: clean before attacked. Empty while
        no film is there.
    """
    case, film = workspace.case, workspace.radiograph
    if case is None or film is None:
        return ()
    base = [
        Request(
            path=str(case.path),
            digest=film.digest,
            model=model,
            protocol=workspace.protocol,
            seed=workspace.seed,
        )
        for model in workspace.models
    ]
    # The label belongs to attacks alone: drawing a box must not ask for a clean map anew.
    label = workspace.label_of(case)
    attacked = [replace(request, attack=workspace.attack, label=label) for request in base]
    asked: list[Request] = []
    if workspace.wishes:
        asked += base
    if "attack" in workspace.wishes:
        asked += attacked
    if "explain" in workspace.wishes:
        asked += [replace(r, attribution=m) for m in workspace.methods for r in base]
        if "attack" in workspace.wishes and workspace.attacked:
            asked += [replace(r, attribution=m) for m in workspace.methods for r in attacked]
    return tuple(asked)


def save_edits(edits: Edits, path: Path) -> None:
    """Write edits as JSON, whole or not at all, and onto the disk before returning.

    Raises
    ------
    InputError
        If the folder cannot be written or the disk is full; the old file is untouched.
    """
    body = {
        "format": "fracview-edits",
        "version": 1,
        "boxes": {name: [asdict(box) for box in boxes] for name, boxes in edits.boxes.items()},
        "reviewed": sorted(edits.reviewed),
    }
    try:
        with whole_file(path, private=True) as stream:
            stream.write(json.dumps(body).encode())
    except OSError as error:
        reason = f"your boxes could not be saved ({error.strerror})"
        raise InputError(path, reason, "Free some space or export them elsewhere") from error


def load_edits(path: Path) -> Edits:
    """Read edits; a missing file means none.

    Raises
    ------
    InputError
        If the file is damaged or of a newer version. It is never written over.
    """
    if not path.is_file():
        return Edits()
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["format"] != "fracview-edits" or body["version"] > 1:
            raise InputError(path, "written by a newer version", "Update fracview to open it")
        boxes = {name: tuple(Box(**box) for box in many) for name, many in body["boxes"].items()}
        return Edits(MappingProxyType(boxes), frozenset(body["reviewed"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SettingError) as error:
        raise InputError(
            path, f"saved boxes cannot be read ({error})", "It is left as it is"
        ) from (error)
