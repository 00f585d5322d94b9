"""Answers without a model: numpy alone, put straight into the conductor's store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fracview.attribution.heatmap import Heatmap, reduce_channels
from fracview.data.boxes import Box
from fracview.data.case import Case
from fracview.data.frame import InputFrame
from fracview.data.radiograph import Radiograph, Window
from fracview.evidence.occlusion_test import BoxOcclusion, OcclusionTest
from fracview.gui.conductor import Conductor
from fracview.gui.runner import Runner
from fracview.gui.session import Session
from fracview.gui.views.cells import all_cells
from fracview.gui.views.evidence_book import EvidenceBook
from fracview.models.card import ModelCard
from fracview.pipeline import Attacked, AttackFrame, Explanation, request_key
from fracview.request import FRACTURED, NOT_FRACTURED, Method, Request, ThreatModel
from fracview.task import Progress, Task
from fracview.workspace import Workspace

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class Prediction:
    """Stands in for the real one, whose module imports torch."""

    logits: tuple[float, ...]
    probabilities: tuple[float, ...]
    classes: tuple[str, ...] = (FRACTURED, NOT_FRACTURED)

    @property
    def index(self) -> int:
        return int(np.argmax(self.logits))

    @property
    def label(self) -> str:
        return self.classes[self.index]

    def probability(self, label: str) -> float:
        return self.probabilities[self.classes.index(label)]


def prediction(fractured: float) -> Prediction:
    logit = float(np.log(fractured / (1 - fractured)))
    return Prediction((logit / 2, -logit / 2), (fractured, 1 - fractured))


def film(
    height: int = 500,
    width: int = 400,
    dtype: type = np.uint16,
    top: float = 4095.0,
    **more: object,
) -> Radiograph:
    """A bright bone with a dark line across it on a black ground, and some grain."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across = np.abs(columns - width / 2) / width
    grey = np.clip(0.75 - 2.4 * across, 0.02, 1) + 0.25 * np.exp(-((across - 0.12) ** 2) / 4e-4)
    crack = np.abs(rows - 0.55 * height - 0.2 * (columns - width / 2)) < 0.008 * height
    grey = np.where(crack & (across < 0.15), 0.35 * grey, grey)
    grain = np.random.default_rng(0).normal(0, 0.015, grey.shape)
    pixels = (np.clip(grey + grain, 0, 1) * top).astype(dtype)
    return Radiograph(pixels, Path("film.png"), Window(0.0, top), format="PNG", **more)  # type: ignore[arg-type]


def workspace(
    radiograph: Radiograph | None = None,
    boxes: tuple[Box, ...] = (Box(140, 230, 260, 320),),
    **changes: object,
) -> Workspace:
    radiograph = radiograph or film()
    cases = (
        Case(Path("/films/film.png"), boxes, FRACTURED),
        Case(Path("/films/other.png"), (), NOT_FRACTURED),
    )
    base = Workspace(cases=cases, current=0, radiograph=radiograph)
    return replace(base, **changes)  # type: ignore[arg-type]


def card(name: str) -> ModelCard:
    kind = "robust" if "robust" in name else "untrained" if "untrained" in name else "standard"
    warnings = ("untrained weights",) if kind == "untrained" else ()
    return ModelCard(name, "small", "small", kind=kind, warnings=warnings)  # type: ignore[arg-type]


def explanation(request: Request, radiograph: Radiograph, size: int = 64) -> Explanation:
    """What a model might have said: robust ones look at the crack, others at the edges."""
    frame = InputFrame(radiograph.height, radiograph.width, size, size)
    grey = frame.fit(radiograph.grey())
    image = np.repeat(grey[None], 3, axis=0)
    robust = "robust" in request.model
    clean = prediction(0.91 if robust else 0.97)
    attacked, said = None, clean
    if request.attack is not None:
        attacked = attack(request, image, robust)
        image, said = attacked.image, prediction(0.84 if robust else 0.02)
    heatmap = None
    if request.attribution is not None:
        raw = raw_map(request, size, robust)
        reduced = reduce_channels(raw, request.protocol.reduction)
        heatmap = Heatmap(
            frame.restore(reduced), reduced, raw, 0, request.attribution,
            completeness_error=3e-5 if "grad" in request.attribution.name else None,
            reduction=request.protocol.reduction, frame=frame,
        )  # fmt: skip
    return Explanation(
        request, card(request.model), frame, image, clean, said, attacked, heatmap,
        seconds=0.1, key=request_key(request),
    )  # type: ignore[arg-type]  # fmt: skip


def raw_map(request: Request, size: int, robust: bool) -> npt.NDArray[np.float32]:
    seed = sum(map(ord, f"{request.model}{request.attribution}{request.condition}"))
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:size, 0:size] / size
    spot = np.exp(-(((rows - 0.55) / 0.12) ** 2 + ((columns - 0.5) / 0.2) ** 2))
    rim = np.exp(-((np.abs(columns - 0.5) - 0.3) ** 2) / 2e-3)
    shape = spot if robust else 0.3 * spot + rim
    noise = rng.normal(0, 0.15 if robust else 0.45, (3, size, size))
    return ((shape + noise * (0.3 + shape)) * (0.01 if robust else 0.03)).astype(np.float32)


def attack(request: Request, image: npt.NDArray[np.float32], robust: bool) -> Attacked:
    steps, radius = 6, 4 / 255
    sign = np.sign(np.random.default_rng(1).normal(size=image.shape)).astype(np.float32)
    frames = []
    for step in range(steps + 1):
        moved = np.clip(image + sign * radius * step / steps, 0, 1).astype(np.float32)
        share = step / steps
        fractured = 0.91 - 0.07 * share if robust else 0.97 - 0.95 * share
        loss = float(-np.log(fractured))
        frames.append(AttackFrame(step, steps, 0, moved, (fractured, 1 - fractured), loss))
    return Attacked(
        frames[-1].image, tuple(frames), not robust, request.label or FRACTURED, False,
        ThreatModel("Linf", radius), radius, 0, (),
    )  # fmt: skip


def box_test(
    answer: Explanation, boxes: tuple[Box, ...], test: OcclusionTest, *, device: str | None
) -> Task[BoxOcclusion]:
    """What a net would lose that rests on the box if it is robust, and on anything if not."""
    yield Progress(0, test.controls + 2, "hiding the box")
    area = sum(box.area for box in boxes)
    robust, margin = "robust" in answer.request.model, 2.0
    drop = 2.5 if robust else 0.1
    drops = np.linspace(-0.2, 0.3, test.controls) * (1 if robust else 2)
    labels = (FRACTURED, NOT_FRACTURED)
    return BoxOcclusion(
        margin=margin, margin_hidden=margin - drop,
        control_margins=tuple((margin - drops).tolist()),
        probability=answer.prediction.probability(FRACTURED),
        probability_hidden=0.38 if robust else 0.96,
        control_probabilities=(0.9,) * test.controls, label=FRACTURED,
        label_hidden=labels[robust], control_labels=(FRACTURED,) * test.controls, fill=test.fill,
        seed=test.seed, box_share=area / 1e6, change=0.05, control_change=0.05, contrast=0.1,
        contrast_gap=0.01, brightness_gap=0.01,
    )  # fmt: skip


class Bench:
    """A session, a runner and a conductor whose store is filled by hand."""

    def __init__(self, space: Workspace | None = None) -> None:
        self.session = Session(space or workspace())
        self.runner = Runner()
        self.conductor = Conductor(self.session, self.runner)
        # No model is loaded in these tests: what is wished for stays a wish.
        self.conductor._due.blockSignals(True)
        EvidenceBook.of(self.session).ask_models = box_test

    def answer(self, *, only: str = "", size: int = 64, **wishes: object) -> None:
        """Fill the store with all cells (of one model), and announce them."""
        full = frozenset({"predict", "attack", "explain"})
        self.session.update(wishes=full, **wishes)
        radiograph = self.session.workspace.radiograph
        assert radiograph is not None
        for cell in all_cells(self.session.workspace):
            if only and cell.request.model != only:
                continue
            self.conductor.store.put(
                request_key(cell.request), explanation(cell.request, radiograph, size)
            )
            self.conductor.arrived.emit(cell.request)

    def close(self) -> None:
        from fracview.gui.views.lightbox import Lightbox

        Lightbox.of(self.session).shutdown()
        self.runner.shutdown()


METHODS = (Method("saliency"), Method("integrated_gradients"))
