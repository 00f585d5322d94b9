"""Reads films beside the window: the current one first, its neighbours ahead, thumbnails last."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fracview.gui.runner import Runner
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from fracview.data.radiograph import Radiograph
    from fracview.gui.runner import Failure, Job
    from fracview.gui.session import Session
    from fracview.workspace import Workspace


class Films(QObject):
    """Puts the film of the selected case into the session, and keeps its neighbours ready.

    Signals
    -------
    loaded(Path)
        The film of the current case is in the workspace.
    troubled(Path, str)
        The current case has no film; the sentence says why.
    """

    loaded = Signal(object)
    troubled = Signal(object, str)

    def __init__(self, session: Session, parent: QObject | None = None, keep: int = 8) -> None:
        super().__init__(parent)
        self.session = session
        self.lane = Runner(self, "films")
        self._ready: OrderedDict[Path, Radiograph] = OrderedDict()
        self._keep = keep
        self._jobs: dict[Path, Job] = {}
        session.changed.connect(self._on_change)
        self.lane.succeeded.connect(self._on_success)
        self.lane.failed.connect(self._on_failure)

    def select(self, index: int | None) -> None:
        """Go to a case; its film appears at once if it is ready, else as soon as it is read."""
        workspace = self.session.workspace
        cases = workspace.cases
        if index is None or not 0 <= index < len(cases):
            self.session.update(current=None, radiograph=None, trouble="", selected_box=None)
            return
        if index == workspace.current and workspace.radiograph is not None:
            return
        film = self._ready.get(cases[index].path)
        wishes = workspace.wishes if workspace.auto else workspace.wishes & {"predict"}
        self.session.update(
            current=index, radiograph=film, trouble="", selected_box=None, wishes=wishes
        )
        if film is not None:
            self.loaded.emit(cases[index].path)

    def reload(self) -> None:
        """Read the film of the current case anew."""
        case = self.session.workspace.case
        if case is not None:
            self._ready.pop(case.path, None)
            self.session.update(radiograph=None, trouble="")
            self._read_around(self.session.workspace)

    def shutdown(self) -> None:
        """Stop reading and wait for the thread."""
        self.lane.shutdown()

    def _on_change(self, old: Workspace, new: Workspace) -> None:
        moved = old.current != new.current or old.cases is not new.cases
        if moved or (new.radiograph is None and old.radiograph is not None):
            self._read_around(new)

    def _read_around(self, workspace: Workspace) -> None:
        case, index = workspace.case, workspace.current
        if case is None or index is None:
            return
        if workspace.radiograph is None and case.path in self._ready:
            self.session.update(radiograph=self._ready[case.path], trouble="")
            self.loaded.emit(case.path)
        wanted = [index, index + 1, index - 1]
        paths = [workspace.cases[i].path for i in wanted if 0 <= i < len(workspace.cases)]
        for path, job in self._jobs.items():
            if path not in paths:
                job.cancel()
        for path in paths:
            waiting = self._jobs.get(path)
            busy = waiting is not None and not waiting.stop.is_set()
            if path not in self._ready and not busy:
                reading = _Reading(path)
                job = self.lane.submit(f"read {path.name}", reading, path)
                reading.job = self._jobs[path] = job

    def _on_success(self, job: Job, film: Radiograph) -> None:
        path = job.tag
        self._jobs.pop(path, None)
        self._ready[path] = film
        self._ready.move_to_end(path)
        while len(self._ready) > self._keep:
            self._ready.popitem(last=False)
        case = self.session.workspace.case
        if case is not None and case.path == path and self.session.workspace.radiograph is None:
            self.session.update(radiograph=film, trouble="")
            self.loaded.emit(path)

    def _on_failure(self, job: Job, failure: Failure) -> None:
        path = job.tag
        self._jobs.pop(path, None)
        case = self.session.workspace.case
        if case is not None and case.path == path:
            self.session.update(radiograph=None, trouble=failure.sentence)
            self.session.say(failure.sentence, "error")
            self.troubled.emit(path, failure.sentence)


class _Reading:
    """The task of one film; who cancels its job ends the process that reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.job: Job | None = None

    def __call__(self) -> Generator[Progress, None, Radiograph]:
        from fracview.data.readers import read_radiograph
        from fracview.data.reading import ReadingCancelled

        yield from ()
        try:
            film = read_radiograph(self.path, stop=self._unwanted)
        except ReadingCancelled:
            yield Progress(0, 0)  # a cancelled job ends here, without a sentence
            raise
        _ = film.digest  # here, since the plan asks for it in the thread of the window
        return film

    def _unwanted(self) -> bool:
        return self.job is not None and self.job.stop.is_set()
