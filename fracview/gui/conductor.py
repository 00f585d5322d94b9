"""Plan minus store goes to the runner; what comes back enters the store and is announced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from fracview.errors import FracviewError
from fracview.gui.runner import Runner
from fracview.pipeline import AttackFrame, Explanation, explain, request_key
from fracview.recall import keep, recall
from fracview.request import Request
from fracview.store import Store
from fracview.workspace import Workspace, plan

if TYPE_CHECKING:
    from fracview.archive import Archive
    from fracview.data.radiograph import Radiograph
    from fracview.gui.runner import Failure, Job
    from fracview.gui.session import Session
    from fracview.task import Progress, Task


class Conductor(QObject):
    """Sees to it that what the workspace asks for becomes known.

    What is not in the store is first sought in the archive, in a lane of its own: what was known
    before the last start is there before torch is loaded. Answers of the device go into both.

    Signals
    -------
    arrived(Request)
        The answer is in the store; ask :meth:`answer`.
    stepped(Request, AttackFrame)
        A running attack has taken a step.
    failed(Request, str)
        The answer cannot be had; the sentence says why.
    planned()
        The plan has changed: cells may now be wanted, known or gone.
    """

    arrived = Signal(object)
    stepped = Signal(object, object)
    failed = Signal(object, str)
    planned = Signal()

    def __init__(
        self,
        session: Session,
        runner: Runner,
        store: Store | None = None,
        device: str | None = None,
        parent: QObject | None = None,
        archive: Archive | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.runner, self.archive = session, runner, archive
        self.store = store or Store()
        self.device = device
        self.lane = Runner(self, "archive")
        self._running: dict[str, Job] = {}
        self._errors: dict[str, str] = {}
        self._wanted: tuple[Request, ...] = ()
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(0)
        self._due.timeout.connect(self.catch_up)
        session.changed.connect(self._on_change)
        runner.progressed.connect(self._on_progress)
        runner.succeeded.connect(self._on_success)
        runner.failed.connect(self._on_failure)
        runner.cancelled.connect(self._on_cancel)
        self.lane.succeeded.connect(self._on_recalled)
        self.lane.failed.connect(lambda job, _: self._on_recalled(job, None))
        self.lane.cancelled.connect(self._on_cancel)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.applicationStateChanged.connect(self._on_focus)

    @property
    def wanted(self) -> tuple[Request, ...]:
        """The plan as it stands, most wanted first."""
        return self._wanted

    @property
    def settled(self) -> bool:
        """Whether the plan is up to date and each of its requests is known or has failed."""
        if self._due.isActive():
            return False
        keys = [request_key(request) for request in self._wanted]
        return all(key in self.store or key in self._errors for key in keys)

    def answer(self, request: Request) -> Explanation | None:
        """What is known, or None."""
        return self.store.get(request_key(request))

    def error(self, request: Request) -> str:
        """Why a request failed, or ""."""
        return self._errors.get(request_key(request), "")

    def is_pending(self, request: Request) -> bool:
        """Whether the answer is on its way."""
        return request_key(request) in self._running

    def cancel(self) -> None:
        """Stop all running work and wish for no more than predictions."""
        self.session.update(wishes=self.session.workspace.wishes & {"predict"})
        for job in self._running.values():
            job.cancel()

    def move(self, device: str | None) -> None:
        """Run models elsewhere from now on; what another device has answered is forgotten."""
        self.device = device
        for job in self._running.values():
            job.cancel()
        self.store.clear()
        self.retry()

    def retry(self) -> None:
        """Forget failures and try again."""
        self._errors.clear()
        self.catch_up()

    def catch_up(self) -> None:
        """Queue what is planned and not known; drop what is queued and no longer planned."""
        workspace = self.session.workspace
        before, self._wanted = self._wanted, plan(workspace)
        submitted = False
        keys = {request_key(request): request for request in self._wanted}
        for key, job in list(self._running.items()):
            if key not in keys:
                job.cancel()
        for key, request in keys.items():
            job_now = self._running.get(key)
            stale = job_now is not None and job_now.stop.is_set()
            if key in self.store or key in self._errors or (job_now is not None and not stale):
                continue
            self._running[key] = self._seek(request, workspace.radiograph)
            submitted = True
        if submitted or self._wanted != before:
            self.planned.emit()

    def shutdown(self) -> None:
        """Wait for the thread that reads and writes the archive."""
        self.lane.shutdown()

    def _seek(self, request: Request, film: Radiograph | None) -> Job:
        """Look for an answer on disk; what is not there is computed."""
        archive, device = self.archive, self.device
        if archive is None or film is None:
            return self._submit(request, film)
        return self.lane.submit(
            f"look for {_title(request)}", lambda: _seeking(archive, request, film, device), request
        )

    def _submit(self, request: Request, film: Radiograph | None) -> Job:
        store, device = self.store, self.device
        return self.runner.submit(
            _title(request), lambda: explain(request, film, store=store, device=device), request
        )

    def _on_change(self, old: Workspace, new: Workspace) -> None:
        fields = ("radiograph", "models", "methods", "attack", "attacked", "wishes", "protocol")
        changed = any(getattr(old, name) != getattr(new, name) for name in fields)
        if changed or old.seed != new.seed or old.current != new.current or old.edits != new.edits:
            self._due.start()

    def _on_focus(self, state: Qt.ApplicationState) -> None:
        """Look whether weights or cards were replaced while another program was in front."""
        if state == Qt.ApplicationState.ApplicationActive:
            self._due.start()

    def _on_progress(self, job: Job, progress: Progress) -> None:
        # A search for the smallest epsilon runs attacks as well; those are its own affair.
        if isinstance(progress.payload, AttackFrame) and isinstance(job.tag, Request):
            self.stepped.emit(job.tag, progress.payload)

    def _on_success(self, job: Job, record: object) -> None:
        if not isinstance(record, Explanation):
            return
        key = self._end(job)
        if job.stop.is_set():  # it came too late to stop: perhaps from a device left meanwhile
            self._due.start()
            return
        self._learn(key, job.tag, record)
        if self.archive is not None:
            archive, device = self.archive, self.device
            self.lane.submit("keep", lambda: _keeping(archive, record, device))

    def _on_recalled(self, job: Job, record: object) -> None:
        if not isinstance(job.tag, Request):
            return
        key = self._end(job)
        if job.stop.is_set():
            self._due.start()
        elif isinstance(record, Explanation):
            self._learn(key, job.tag, record)
        elif key and any(request_key(request) == key for request in self._wanted):
            self._running[key] = self._submit(job.tag, self.session.workspace.radiograph)

    def _learn(self, key: str, request: Request, record: Explanation) -> None:
        # Under the key at the time of asking: other weights may have come into place meanwhile.
        self.store.put(key or request_key(request), record)
        self.arrived.emit(request)

    def _on_failure(self, job: Job, failure: Failure) -> None:
        key = self._end(job)
        if key:
            self._errors[key] = failure.sentence
            self.failed.emit(job.tag, failure.sentence)
            self.session.say(failure.sentence, "error")

    def _on_cancel(self, job: Job) -> None:
        if self._end(job):
            self.planned.emit()

    def _end(self, job: Job) -> str:
        for key, running in list(self._running.items()):
            if running is job:
                del self._running[key]
                return key
        return ""


def _seeking(
    archive: Archive, request: Request, film: Radiograph, device: str | None
) -> Task[Explanation | None]:
    yield from ()
    try:
        return recall(archive, request, film, device)
    except FracviewError:
        return None  # whoever loads the model says what is wrong with it


def _keeping(archive: Archive, answer: Explanation, device: str | None) -> Task[bool]:
    yield from ()
    return keep(archive, answer, device)


def _title(request: Request) -> str:
    name = Path(request.path).name
    if request.attribution is not None:
        return f"{request.attribution.name} · {request.model} · {request.condition} · {name}"
    if request.attack is not None:
        return f"{request.attack.name} · {request.model} · {name}"
    return f"predict · {request.model} · {name}"
