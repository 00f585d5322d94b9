"""Box-occlusion tests of the current film: asked for when the boxes rest, and remembered."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from fracview.errors import FracviewError
from fracview.evidence import FILLS
from fracview.evidence.occlusion_test import BoxOcclusion, OcclusionTest
from fracview.gui.runner import Runner
from fracview.gui.views.cells import all_cells, compared
from fracview.pipeline import hide_box

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from fracview.data.boxes import Box
    from fracview.gui.conductor import Conductor
    from fracview.gui.runner import Failure, Job
    from fracview.gui.session import Session
    from fracview.pipeline import Explanation
    from fracview.task import Task

    Boxes: TypeAlias = tuple[Box, ...]
    Place: TypeAlias = tuple[tuple[float, float, float, float], ...]

REST = 300
"""Milliseconds for which boxes must rest before models are asked: a nudge is no question."""
CONTROLS = 8
KEPT = 400


@dataclass(frozen=True)
class Question:
    """One test: of which answer, with which boxes hidden in which way."""

    key: str
    device: str
    place: Place
    fill: str
    controls: int


@dataclass(frozen=True, eq=False)
class Hidden:
    """A model's input with a region filled.

    Parameters
    ----------
    grey
        float32 (h, w): mean over channels.
    mask
        Bool (h, w): what was filled.
    """

    grey: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]


class EvidenceBook(QObject):
    """What hiding the boxes does to each answer. Get it by :meth:`of`; one per session.

    Tests wait their turn behind the conductor's work: models are asked in its lane. Those of boxes
    that have changed meanwhile are stopped.

    Signals
    -------
    grown()
        A test or a filled picture that was not known before is there.
    fill_changed(str)
        Boxes are hidden in another way from now on.
    """

    grown = Signal()
    fill_changed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.conductor: Conductor | None = None
        self.ask_models: Callable[..., Task[BoxOcclusion]] = hide_box
        self._fill = "blur"
        self._known: OrderedDict[object, object] = OrderedDict()
        self._jobs: dict[object, Job] = {}
        self._errors: dict[Question, str] = {}
        self._pictures = Runner(self, "fill")
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._ask_all)
        self._listen(self._pictures)
        session.watch(lambda w: (compared(w), w.boxes), lambda _: self._wait(), now=False)

    @staticmethod
    def of(session: Session) -> EvidenceBook:
        """Return the session's book, made on first use."""
        found = session.findChild(EvidenceBook)
        return found if isinstance(found, EvidenceBook) else EvidenceBook(session)

    def follow(self, conductor: Conductor) -> None:
        """Tell where answers come from; telling it again changes nothing."""
        if conductor is self.conductor:
            return
        self.conductor = conductor
        self._listen(conductor.runner)
        conductor.arrived.connect(self._wait)
        self._wait()

    def shutdown(self) -> None:
        """Wait for the thread that fills pictures."""
        self._rest.stop()
        self._pictures.shutdown()

    @property
    def fill(self) -> str:
        """A name of :data:`fracview.evidence.FILLS`."""
        return self._fill

    def set_fill(self, name: str) -> None:
        """Hide boxes in another way from now on."""
        FILLS[name]
        if name != self._fill:
            self._fill = name
            self._wait()
            self.fill_changed.emit(name)

    @property
    def waiting(self) -> bool:
        """Whether tests are on their way, or will be when the boxes have rested."""
        return self._rest.isActive() or any(isinstance(key, Question) for key in self._jobs)

    def test(self, answer: Explanation) -> BoxOcclusion | None:
        """The test of all boxes of the film as they stand; None until it is known."""
        found = self._known.get(self._question(answer, self.session.workspace.boxes))
        return found if isinstance(found, BoxOcclusion) else None

    def error(self, answer: Explanation) -> str:
        """Why the test of all boxes cannot be had, or ""."""
        return self._errors.get(self._question(answer, self.session.workspace.boxes), "")

    def peek(self, answer: Explanation, boxes: Boxes) -> BoxOcclusion | None:
        """What an answer becomes when some boxes are hidden; asked for at once if not known."""
        whole = self._known.get(self._question(answer, boxes))
        question = self._question(answer, boxes, controls=0)
        found = whole or self._known.get(question)
        if isinstance(found, BoxOcclusion):
            return found
        if question not in self._errors:
            self._ask(question, answer, boxes)
        return None

    def hidden(self, answer: Explanation, boxes: Boxes) -> Hidden | None:
        """The picture that the model is given then; None until it is made."""
        key = ("picture", self._question(answer, boxes, controls=0))
        found = self._known.get(key)
        if isinstance(found, Hidden):
            return found
        if key not in self._jobs and found is None:
            fill = self._fill
            self._jobs[key] = self._pictures.submit(
                "fill a region", lambda: _filling(answer, boxes, fill), key
            )
        return None

    # Inside -----------------------------------------------------------------------------------

    def _question(self, answer: Explanation, boxes: Boxes, controls: int = CONTROLS) -> Question:
        place = tuple(box.corners for box in boxes)
        return Question(answer.key, answer.device, place, self._fill, controls)

    def _wait(self, *_: object) -> None:
        """Boxes or answers are not what they were: stop what is stale, ask when they rest."""
        fresh = {key for key, _ in self._wanted()}
        for key, job in list(self._jobs.items()):
            if isinstance(key, Question) and key.controls and key not in fresh:
                job.cancel()
        self._rest.start()

    def _wanted(self) -> list[tuple[Question, Explanation]]:
        """A question for each answer to the film itself, clean and attacked."""
        w = self.session.workspace
        if self.conductor is None or not w.boxes:
            return []
        cells = [cell for cell in all_cells(w) if not cell.key[1]]
        answers = [self.conductor.answer(cell.request) for cell in cells]
        return [(self._question(a, w.boxes), a) for a in answers if a is not None]

    def _ask_all(self) -> None:
        for question, answer in self._wanted():
            if question not in self._known and question not in self._errors:
                self._ask(question, answer, self.session.workspace.boxes)

    def _ask(self, question: Question, answer: Explanation, boxes: Boxes) -> None:
        running = self._jobs.get(question)
        if self.conductor is None or (running is not None and not running.stop.is_set()):
            return
        device, seed = self.conductor.device, answer.request.seed
        ask, test = self.ask_models, OcclusionTest(question.fill, question.controls, seed)
        request = answer.request
        self._jobs[question] = self.conductor.runner.submit(
            f"box test · {request.model} · {request.condition}",
            lambda: _testing(ask, answer, boxes, test, device),
            question,
        )

    def _listen(self, runner: Runner) -> None:
        runner.succeeded.connect(self._on_success)
        runner.failed.connect(self._on_failure)
        runner.cancelled.connect(self._end)

    def _on_success(self, job: Job, record: object) -> None:
        if not self._end(job):
            return
        if isinstance(record, str) and isinstance(job.tag, Question):
            self._errors[job.tag] = record
        else:
            self._known[job.tag] = record
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.grown.emit()

    def _on_failure(self, job: Job, failure: Failure) -> None:
        if self._end(job):
            if isinstance(job.tag, Question):
                self._errors[job.tag] = failure.sentence
            else:  # known to be none, or whoever paints would ask for it again for ever
                self._known[job.tag] = failure.sentence
            self.grown.emit()

    def _end(self, job: Job) -> bool:
        """Forget a job; whether it was one of ours and the last of its kind."""
        if self._jobs.get(job.tag) is not job:
            return False
        del self._jobs[job.tag]
        return True


def _testing(
    ask: Callable[..., Task[BoxOcclusion]],
    answer: Explanation,
    boxes: Boxes,
    test: OcclusionTest,
    device: str | None,
) -> Task[BoxOcclusion | str]:
    """The test, or a sentence why there is none: a box beside the film is no mistake."""
    try:
        result = yield from ask(answer, boxes, test, device=device)
    except FracviewError as error:
        return str(error)
    return result


def _filling(answer: Explanation, boxes: Boxes, fill: str) -> Task[Hidden | str]:
    from fracview.evidence.fill import hide
    from fracview.pipeline import box_mask_of

    yield from ()
    try:
        mask = box_mask_of(answer, boxes)
        filled = hide(answer.image, mask, fill)
    except FracviewError as error:
        return str(error)
    return Hidden(filled.mean(axis=0), mask)
