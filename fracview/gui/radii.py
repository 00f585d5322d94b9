"""Seeks the smallest radius that flips each model on the film, when nothing else is to do."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from fracview.errors import FracviewError
from fracview.gui.sentences import HIGHEST
from fracview.gui.views.cells import compared
from fracview.identity import model_card
from fracview.pipeline import request_key
from fracview.recall import KeptRadius, archive_key
from fracview.request import Method
from fracview.workspace import plan

if TYPE_CHECKING:
    from fracview.archive import Archive
    from fracview.data.radiograph import Radiograph
    from fracview.gui.conductor import Conductor
    from fracview.gui.runner import Job, Runner
    from fracview.gui.session import Session
    from fracview.request import Request
    from fracview.task import Task
    from fracview.workspace import Workspace

SEARCH = Method.of("pgd", steps=10)
"""The same attack whatever is set up, so that two films and two models can be compared."""
SLOW = 10.0
"""Seconds of one attack above which a search, which takes a dozen, is not begun unasked; what an
earlier one has found is shown."""
REST = 60
"""Milliseconds of idleness before a search begins."""
KEPT = 2000


class Radii(QObject):
    """Smallest radii by model for the current film, sought in the background and kept on disk.

    A search begins only where the reader has asked for attacks, after all that was asked for, and
    gives way as soon as something else is asked.

    Signals
    -------
    grown()
        One more is known, or can be no more.
    """

    grown = Signal()

    def __init__(self, session: Session, conductor: Conductor, runner: Runner) -> None:
        super().__init__(session)
        self.session, self.conductor, self.runner = session, conductor, runner
        self._known: dict[str, KeptRadius | None] = {}
        self._job: Job | None = None
        self._due = QTimer(self, singleShot=True, interval=REST)
        self._due.timeout.connect(self._begin)
        session.watch(lambda w: (compared(w), w.boxes), lambda _: self._look(), now=False)
        for signal in (conductor.arrived, conductor.failed, conductor.planned, runner.idle):
            signal.connect(lambda *_: self._look())
        for lane in (runner, conductor.lane):
            lane.succeeded.connect(self._on_success)
            lane.failed.connect(lambda job, _: self._on_success(job, None))
            lane.cancelled.connect(self._on_cancel)

    def of(self, model: str) -> KeptRadius | None:
        """What is known of a model on the current film."""
        request = search_request(self.session.workspace, model)
        return None if request is None else self._known.get(request_key(request))

    def is_left(self, model: str) -> bool:
        """Whether the search is left to the reader: it would take long, or has failed."""
        request = search_request(self.session.workspace, model)
        return request is not None and self._known.get(request_key(request), request) is None

    def _is_slow(self, model: str) -> bool:
        answers = map(self.conductor.answer, self._attacks(model))
        return any(answer is not None and answer.seconds > SLOW for answer in answers)

    def _attacks(self, model: str) -> list[Request]:
        asked = self.conductor.wanted
        return [r for r in asked if r.model == model and r.attack and not r.attribution]

    def _look(self) -> None:
        """Give way to what is asked for; begin a little later otherwise."""
        if self._job is not None and not (self.conductor.settled and self._is_wanted(self._job)):
            self._job.cancel()
        self._due.start()

    def _is_wanted(self, job: Job) -> bool:
        return any(job.tag == ("radius", request_key(r)) for r in self._open())

    def _open(self) -> list[Request]:
        """Searches that are wanted and not done."""
        w = self.session.workspace
        if "attack" not in w.wishes or w.radiograph is None:
            return []
        found = []
        for model in w.models:
            request = search_request(w, model)
            attacked = any(self.conductor.answer(r) is not None for r in self._attacks(model))
            if request is not None and attacked and request_key(request) not in self._known:
                found.append(request)
        return found

    def _begin(self) -> None:
        if self._job is not None or self.runner.jobs or not self.conductor.settled:
            return
        film, archive, device = (
            self.session.workspace.radiograph, self.conductor.archive, self.conductor.device,
        )  # fmt: skip
        for request in self._open()[:1]:
            tag = ("radius", request_key(request))
            assert film is not None
            look = _recalling if self._is_slow(request.model) else _searching
            search = partial(look, request, film, archive, device)
            self._job = self.runner.submit(f"smallest radius · {request.model}", search, tag)

    def _on_success(self, job: Job, record: object) -> None:
        if job is not self._job:
            return
        self._job = None
        while len(self._known) >= KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[job.tag[1]] = record if isinstance(record, KeptRadius) else None
        self.grown.emit()
        self._due.start()

    def _on_cancel(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self._due.start()


def search_request(workspace: Workspace, model: str) -> Request | None:
    """The attack whose radius is sought; None while there is no film."""
    asked = plan(replace(workspace, models=(model,), wishes=frozenset({"attack"}), attack=SEARCH))
    return next((request for request in asked if request.attack is not None), None)


def _searching(
    request: Request, film: Radiograph, archive: Archive | None, device: str | None
) -> Task[KeptRadius]:
    from fracview.studies.smallest import smallest_flip

    kept = yield from _recalling(request, film, archive, device)
    if kept is not None:
        return kept
    key = _key(request, device)
    found = yield from smallest_flip(request, film, device=device, high=HIGHEST)
    radius = KeptRadius(found.label, found.epsilon, found.below)
    if archive is not None and key and key == _key(request, device):
        archive.put(key, radius)
    return radius


def _recalling(
    request: Request, film: Radiograph, archive: Archive | None, device: str | None
) -> Task[KeptRadius | None]:
    yield from ()
    key = _key(request, device)
    kept = archive.get(key) if archive is not None and key else None
    return kept if isinstance(kept, KeptRadius) else None


def _key(request: Request, device: str | None) -> str:
    try:
        return archive_key(request, model_card(request.model), device, "smallest", repr(HIGHEST))
    except FracviewError:
        return ""
