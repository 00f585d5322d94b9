"""Models x methods x {clean, attacked} on one radiograph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fracview.pipeline import Explanation, explain, measure, model_free
from fracview.request import Method, Protocol, Request
from fracview.store import Store
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fracview.data.boxes import Box
    from fracview.metrics.coverage import CoverageCurve
    from fracview.metrics.scores import Scores
    from fracview.task import Task


@dataclass(frozen=True, eq=False)
class Cell:
    """One heatmap and, where there are boxes, its scores."""

    explanation: Explanation
    scores: Scores | None


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
        Of the radiograph, such as that it was turned.
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
    def warnings(self) -> tuple[str, ...]:
        """All sentences that must stand beside these numbers, each once."""
        sentences = list(self.notes)
        if not self.boxes:
            sentences.append("No boxes were given, so there is no coverage.")
        for cell in self.cells:
            sentences += cell.explanation.warnings
        return tuple(dict.fromkeys(sentences))


def compare(
    image: Path,
    *,
    models: tuple[str, ...],
    methods: tuple[Method, ...],
    attack: Method | None = None,
    label: str | None = None,
    boxes: tuple[Box, ...] = (),
    protocol: Protocol,
    seed: int = 0,
    device: str | None = None,
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
    for done, request in enumerate(requests):
        title = f"{request.model}, {request.attribution.name if request.attribution else ''}"
        yield Progress(done, len(requests), f"{title}, {request.condition}")
        task = explain(request, film, store=store, device=device)
        answer = yield from _within(task, done, len(requests))
        cells.append(Cell(answer, measure(answer, boxes) if boxes else None))
        if boxes and request.model not in baselines:
            baselines[request.model] = model_free(answer, boxes)
    return Comparison(
        image, film.digest, boxes, tuple(cells), baselines, protocol, seed, film.notes
    )


def _within(task: Task[Explanation], done: int, total: int) -> Task[Explanation]:
    """Pass steps on as breath between cells: the count is of cells, the message of the step."""
    try:
        while True:
            news = next(task)
            yield Progress(done, total, news.message)
    except StopIteration as stop:
        answer: Explanation = stop.value
        return answer
    finally:
        task.close()
