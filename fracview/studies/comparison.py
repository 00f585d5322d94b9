"""Models x methods x {clean, attacked} on one radiograph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from fracview.pipeline import Explanation, explain, hide_box, measure, model_free
from fracview.request import Method, Protocol, Request
from fracview.store import Store
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fracview.data.boxes import Box
    from fracview.evidence.occlusion_test import BoxOcclusion, OcclusionTest
    from fracview.metrics.coverage import CoverageCurve
    from fracview.metrics.scores import Scores
    from fracview.task import Task

T = TypeVar("T")
NO_BOXES = "No boxes were given, so there is no coverage."


@dataclass(frozen=True, eq=False)
class Cell:
    """One heatmap and, where there are boxes, its scores and the box-occlusion test.

    The test knows nothing of the method: cells of one model and condition share it.
    """

    explanation: Explanation
    scores: Scores | None
    box_occlusion: BoxOcclusion | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """All cells of one radiograph.

    Parameters
    ----------
    image
        The radiograph's file.
    digest
        Of its pixels, as they were read.
    boxes
        In film pixels.
    cells
        In the order model, method, condition.
    baselines
        Coverage curves of the maps that need no model, for each input size; keyed by model name.
    protocol, seed
        Of every cell.
    notes
        Of the radiograph, such as that it was turned, and of its boxes.
    """

    image: Path
    digest: str
    boxes: tuple[Box, ...]
    cells: tuple[Cell, ...]
    baselines: Mapping[str, Mapping[str, CoverageCurve]]
    protocol: Protocol
    seed: int
    notes: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on the radiograph and its boxes, which concern every cell."""
        return self.notes if self.boxes else (*self.notes, NO_BOXES)

    @property
    def warnings(self) -> tuple[str, ...]:
        """All sentences that must stand beside these numbers, each once."""
        sentences = list(self.remarks)
        for cell in self.cells:
            sentences += cell.explanation.warnings
            sentences += cell.box_occlusion.notes if cell.box_occlusion is not None else ()
        return tuple(dict.fromkeys(sentences))


def compare(
    image: Path,
    *,
    models: tuple[str, ...],
    methods: tuple[Method, ...],
    attack: Method | None = None,
    label: str | None = None,
    boxes: tuple[Box, ...] = (),
    notes: tuple[str, ...] = (),
    protocol: Protocol,
    seed: int = 0,
    device: str | None = None,
    test: OcclusionTest | None = None,
) -> Task[Comparison]:
    """Explain one radiograph by all models and methods, clean and (if asked) attacked.

    Parameters
    ----------
    image
        The radiograph's file.
    models, methods
        What to compare.
    attack
        None leaves the attacked half out.
    label
        True class for the attack; the predicted one if None.
    boxes
        In film pixels; may be empty.
    protocol, seed, device
        Of every cell.
    notes
        Sentences on the boxes that must stand beside the numbers.
    test
        The box-occlusion test to run where there are boxes; None leaves it out.

    Returns
    -------
    Comparison

    Raises
    ------
    FracviewError
        If the file, a model or a setting is unusable.
    """
    from fracview.data.readers import read_radiograph

    film = read_radiograph(image, orientation=protocol.orientation, truncated=protocol.truncated)
    base = Request(str(image), film.digest, "", protocol=protocol, seed=seed)
    conditions: list[tuple[Method | None, str | None]] = [(None, None)]
    if attack is not None:
        conditions.append((attack, label))
    requests = [
        replace(base, model=model, attribution=method, attack=condition, label=fled)
        for model in models
        for method in methods
        for condition, fled in conditions
    ]
    store, cells = Store(), []
    baselines: dict[str, Mapping[str, CoverageCurve]] = {}
    tests: dict[tuple[str, str], BoxOcclusion] = {}
    for done, request in enumerate(requests):
        title = f"{request.model}, {request.attribution.name if request.attribution else ''}"
        yield Progress(done, len(requests), f"{title}, {request.condition}")
        task = explain(request, film, store=store, device=device)
        answer = yield from within(task, done, len(requests))
        place = (request.model, request.condition)
        if boxes and test is not None and place not in tests:
            hiding = hide_box(answer, boxes, test, device=device)
            tests[place] = yield from within(hiding, done, len(requests))
        scores = measure(answer, boxes) if boxes else None
        cells.append(Cell(answer, scores, tests.get(place)))
        if boxes and request.model not in baselines:
            baselines[request.model] = model_free(answer, boxes)
    return Comparison(
        image,
        film.digest,
        boxes,
        tuple(cells),
        baselines,
        protocol,
        seed,
        (*film.notes, *notes),
    )


def within(task: Task[T], done: int, total: int) -> Task[T]:
    """Pass steps on as breath between units: the count is of units, the message of the step."""
    try:
        while True:
            news = next(task)
            yield Progress(done, total, news.message)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        task.close()
