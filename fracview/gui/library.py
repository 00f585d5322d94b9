"""Opens files, folders and the demonstration, beside the window and all or nothing."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fracview import __version__
from fracview.errors import CardError, InputError, UnreadableFile
from fracview.gui.autosave import edits_file
from fracview.gui.runner import Runner
from fracview.models.seen import mark, split_of
from fracview.models.shelf import DEMO_PAIR, FILM_PAIR, default_pair, list_cards
from fracview.paths import cache_dir
from fracview.request import Method
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from fracview.data.case import Case
    from fracview.gui.autosave import Autosave
    from fracview.gui.runner import Failure, Job
    from fracview.gui.session import Session
    from fracview.task import Task

DEMO_COUNT = 24
DEMO_WISHES: frozenset[Any] = frozenset({"predict", "attack", "explain"})
DEMO_CASE = "IMG0000017.jpg"
"""Where the demonstration opens: a broken wrist that both models find before any attack, ranked
first by ``tests/benchmarks/demo_case.py``. The other phantoms, those that the models get wrong
among them, are one key away."""
DEMO_ATTACK = Method.of("pgd", epsilon=1 / 255, step_size=0.25 / 255, steps=10)
"""At a radius that the robust model's card claims under the strong attack, not beyond."""


@dataclass(frozen=True)
class Opened:
    """What was opened.

    Parameters
    ----------
    paths
        What was asked for.
    cases, columns
        See :class:`fracview.workspace.Workspace`.
    problems
        What was left out or repaired, each a sentence.
    title
        For the title bar.
    source
        Which kind of data set it is, such as ``"FracAtlas"``.
    demo
        Whether it is the demonstration.
    pair
        Models to compare where the reader has chosen none.
    """

    paths: tuple[Path, ...]
    cases: tuple[Case, ...]
    columns: tuple[str, ...]
    problems: tuple[str, ...]
    title: str
    source: str = ""
    demo: bool = False
    pair: tuple[str, ...] = DEMO_PAIR

    @property
    def origin(self) -> str:
        """Who drew the boxes."""
        if self.demo:
            return "drawn by a program, so exact"
        if self.source == "FracAtlas":
            return "FracAtlas: boxes by two radiologists"
        return "as loaded"


class Library(QObject):
    """Turns paths into cases in a lane of its own.

    Signals
    -------
    opening(str)
        Something is being opened; the text says what.
    progressed(Progress)
        How far it is.
    opened(Opened)
        It is in the workspace.
    failed(str)
        It could not be opened; everything is as it was.
    """

    opening = Signal(str)
    progressed = Signal(object)
    opened = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, autosave: Autosave, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.autosave = session, autosave
        self.now: Opened | None = None
        self.lane = Runner(self, "library")
        self._job: Job | None = None
        self._then: dict[Job, Callable[[Any], None]] = {}
        self.lane.progressed.connect(self._on_progress)
        self.lane.succeeded.connect(self._on_success)
        self.lane.failed.connect(self._on_failure)

    @property
    def busy(self) -> bool:
        """Whether something is being opened."""
        return self._job is not None

    def open(self, paths: list[Path]) -> None:
        """Open radiographs, folders and data sets together, in place of what is open."""
        wanted = tuple(Path(path) for path in paths)
        self._open(f"open {_title(wanted)}", lambda: _opening(wanted))

    def open_demo(self) -> None:
        """Open the phantoms; they are drawn on the first occasion."""
        self._open("open the demonstration", _opening_demo)

    def run(self, title: str, start: Callable[[], Task[Any]], then: Callable[[Any], None]) -> None:
        """Do other work with files in the same lane, such as importing boxes."""
        job = self.lane.submit(title, start)
        self._then[job] = then

    def shutdown(self) -> None:
        """Stop and wait for the thread."""
        self.lane.shutdown()

    def _open(self, title: str, start: Callable[[], Task[Opened]]) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self.lane.submit(title, start)
        self.opening.emit(title)

    def _on_progress(self, job: Job, progress: Progress) -> None:
        if job is self._job:
            self.progressed.emit(progress)

    def _on_success(self, job: Job, record: Any) -> None:
        then = self._then.pop(job, None)
        if then is not None:
            then(record)
        if job is not self._job:
            return
        self._job = None
        edits, said = self.autosave.enter(edits_file(record.paths))
        current = 0
        if record.demo:
            self.session.update(wishes=DEMO_WISHES, attack=DEMO_ATTACK)
            names = [case.name for case in record.cases]
            current = names.index(DEMO_CASE) if DEMO_CASE in names else 0
        elif self.now is not None and self.now.demo:
            # What the demonstration computes by itself would be a surprise on a thousand films.
            self.session.update(wishes=self.session.workspace.wishes & {"predict"})
        if self.session.workspace.models in (DEMO_PAIR, FILM_PAIR):  # else a reader has chosen
            self.session.update(models=record.pair)
        self.session.open(record.cases, record.columns, edits, current)
        self.now = record
        self.opened.emit(record)
        if said:
            self.session.say(said, "warning")

    def _on_failure(self, job: Job, failure: Failure) -> None:
        self._then.pop(job, None)
        if job is self._job:
            self._job = None
            self.failed.emit(failure.sentence)
        self.session.say(failure.sentence, "error")


def _opening(paths: tuple[Path, ...]) -> Task[Opened]:
    from fracview.data.dataset import open_paths

    yield Progress(0, 0, f"reading {_title(paths)}")
    _check(paths)
    dataset = open_paths(list(paths))
    problems = tuple(str(problem) for problem in dataset.problems)
    if not dataset.cases:
        reason = problems[0] if problems else "there is no radiograph in it."
        raise InputError(
            paths[0],
            f"nothing could be opened: {reason.rstrip('.')}",
            "Choose PNG, JPEG, TIFF or DICOM files",
        )
    cases, broken = yield from _marked(dataset.cases)
    columns = replace(dataset, cases=cases).columns
    pair = default_pair(paths)
    problems += broken
    return Opened(paths, cases, columns, problems, _title(paths), dataset.source, pair=pair)


def _marked(cases: tuple[Case, ...]) -> Task[tuple[tuple[Case, ...], tuple[str, ...]]]:
    """Say of each case which of the models have learnt from it; and which cannot tell."""
    cards, broken = [], []
    for card in list_cards():
        try:
            if split_of(card) is not None:
                cards.append(card)
        except CardError as error:
            broken.append(str(error))
    if not cards:
        return cases, tuple(broken)
    marked = []
    for number, case in enumerate(cases):
        if number % 64 == 0:
            yield Progress(number, len(cases), "looking for films seen in training")
        marked.append(mark(case, cards))
    return tuple(marked), tuple(broken)


def _check(paths: tuple[Path, ...]) -> None:
    """Refuse what is gone, and files of which none is a radiograph; what is open then stays."""
    from fracview.data.readers import image_size

    for path in paths:
        if not path.exists():
            raise InputError(path, "there is no such file or folder", "Was it moved or renamed?")
    if any(path.is_dir() for path in paths):
        return
    first: UnreadableFile | None = None
    for path in paths:
        try:
            image_size(path)
            return
        except UnreadableFile as error:
            first = first or error
    if first is not None:
        raise first


def _opening_demo() -> Task[Opened]:
    folder = demo_folder()
    if not _is_whole(folder):
        yield from _draw_demo(folder)
    opened = yield from _opening((folder,))
    return replace(opened, title="Demonstration", demo=True)


def demo_folder() -> Path:
    """Where the phantoms lie once they are drawn; another generator has another folder."""
    from fracview.phantom import VERSION

    return cache_dir() / f"demo-{__version__}-phantoms-{VERSION}"


def _is_whole(folder: Path) -> bool:
    """Whether nothing is missing: whoever tidies up caches may have taken some films."""
    films = list(folder.glob("images/*/*.jpg"))
    drawn = len(films) == DEMO_COUNT and all(film.stat().st_size for film in films)
    return drawn and (folder / "truth.json").is_file()


def _draw_demo(folder: Path) -> Task[None]:
    """Draw into a folder beside and rename it, so that a half-drawn one is never opened."""
    from fracview.phantom import write_dataset

    part = folder.with_name(f"{folder.name}.part-{os.getpid()}")
    try:
        yield from write_dataset(part, count=DEMO_COUNT, seed=0)
        if not _is_whole(folder):
            shutil.rmtree(folder, ignore_errors=True)
            try:
                os.replace(part, folder)
            except OSError:
                if not _is_whole(folder):  # else another window was quicker
                    raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _title(paths: tuple[Path, ...]) -> str:
    first = paths[0].name or str(paths[0])
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"
