"""Set up an attack, watch it step by step, read what it did."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from fracview.attacks import ATTACKS
from fracview.errors import FracviewError
from fracview.gui.docks.attack_norm import change_norm, show_unit
from fracview.gui.docks.attack_record import (
    AttackFilm,
    attack_requests,
    hint,
    load_kinds,
    result_line,
    search_key,
    smallest_line,
    summary,
    with_frame,
)
from fracview.gui.docks.attack_viewer import AttackViewer
from fracview.gui.views.cells import compared
from fracview.gui.views.frame_timer import FrameTimer
from fracview.gui.views.lightbox import Lightbox
from fracview.gui.widgets.fold import fold_button
from fracview.gui.widgets.parameter_form import ParameterForm
from fracview.pipeline import request_key
from fracview.request import FRACTURED, NOT_FRACTURED, Method, Request
from fracview.studies.smallest import SmallestFlip, smallest_flip

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from fracview.gui.conductor import Conductor
    from fracview.gui.docks.attack_plot import AttackPlot
    from fracview.gui.runner import Failure, Job, Runner
    from fracview.gui.session import Session
    from fracview.pipeline import AttackFrame, Explanation
    from fracview.task import Progress

FORMS = "attack kinds"
"""Tag of the job that reads the attacks' dataclasses: they need torch, so the lane does it."""
SKIP = ("seed",)


class AttackDock(QDockWidget):
    """The attack of the comparison: its settings, its film, its plot, its results."""

    def __init__(
        self, session: Session, conductor: Conductor, runner: Runner, parent: QWidget | None = None
    ) -> None:
        super().__init__("Attack", parent)
        self.setObjectName("attack")
        self.session, self.conductor, self.runner = session, conductor, runner
        self.lightbox = Lightbox.of(session)
        self.lightbox.follow(conductor)
        self.form: ParameterForm | None = None
        self._kinds: dict[str, type] = {}
        self._live: dict[str, tuple[AttackFrame, ...]] = {}
        self._smallest: dict[str, str] = {}
        self._searches: dict[str, Job] = {}
        self._asked = self._own = False
        self._norm = "Linf"
        self._plot: AttackPlot | None = None
        self._build()
        self._fresh = FrameTimer(self._refresh, self)
        self._connect()

    def load_forms(self) -> None:
        """Ask the lane for the attacks' dataclasses, of which the form is made."""
        self._asked = True
        self.runner.submit("load the attacks", load_kinds, FORMS)

    def show_kinds(self, kinds: dict[str, type]) -> None:
        """Take the attacks' dataclasses; the form appears."""
        self._kinds = kinds
        self._show_form(self.session.workspace.attack)

    def prepare(self) -> None:
        """Make the plot before it is needed."""
        self.plot.hide()

    @property
    def plot(self) -> AttackPlot:
        """The plot; made on first use, since pyqtgraph takes a third of the time of a start."""
        if self._plot is None:
            from fracview.gui.docks.attack_plot import AttackPlot

            self._plot = AttackPlot()
            self._split.addWidget(self._plot)
            self._split.setStretchFactor(1, 2)
            self._plot.set_step(self.viewer.step)
        return self._plot

    # Actions ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Attack all models of the comparison with the settings as they stand."""
        if self.session.workspace.radiograph is None:
            self.session.say("Open a radiograph before attacking a model on it.", "warning")
            return
        try:
            method = self.method()
        except FracviewError as error:
            self.session.say(str(error), "error")
            return
        wishes = self.session.workspace.wishes | {"predict", "attack"}
        self.session.update(attack=method, wishes=wishes)
        if any(self.conductor.error(r) for r in attack_requests(self.session.workspace)):
            self.conductor.retry()

    def cancel(self) -> None:
        """Stop the attack and all searches."""
        for job in self._searches.values():
            job.cancel()
        self.conductor.cancel()

    def seek_smallest(self) -> None:
        """Search, for each model, the smallest epsilon that flips it."""
        w, device = self.session.workspace, self.conductor.device
        if w.radiograph is None:
            self.session.say("Open a radiograph before attacking a model on it.", "warning")
            return
        self.session.update(attack=self.method())
        film = w.radiograph
        for request in attack_requests(self.session.workspace):
            key = request_key(request)
            if key in self._searches or key in self._smallest:
                continue
            search = partial(smallest_flip, request, film, device=device)
            title = f"smallest epsilon · {request.model}"
            self._searches[key] = self.runner.submit(title, search, ("smallest", key))
        self._fresh.ask()

    def step_forward(self) -> None:
        """Show the next step."""
        self.viewer.go(1)

    def step_back(self) -> None:
        """Show the step before."""
        self.viewer.go(-1)

    def method(self) -> Method:
        """The attack as the form has it."""
        name = self.names.currentText()
        if self.form is None or name not in self._kinds:
            kept = self.session.workspace.attack
            return kept if kept.name == name else Method(name)
        # What the workspace says stays said, even where it equals the default.
        said = dict(self.session.workspace.attack.parameters)
        values = self.form.values()
        chosen = self.form.differing()
        if self.session.workspace.attack.name == name:
            chosen |= {key: values[key] for key in said if key in values}
        return Method.of(name, **chosen)

    # Building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self.names, self.models = QComboBox(), QComboBox()
        self.names.addItems(list(ATTACKS))
        self.names.setAccessibleName("Attack")
        self.models.setAccessibleName("Model whose attack is shown")
        self.run_button, self.stop = QPushButton("Run (K)"), QPushButton("Cancel")
        self.least = QPushButton("Smallest epsilon that flips")
        self.least.setToolTip("Doubles and halves epsilon until it knows the smallest that flips")
        self.results = QLabel()
        self.results.setWordWrap(True)
        self.results.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form_place = QVBoxLayout()
        self._wait = QLabel("The settings appear once the attacks are read.")
        self._wait.setWordWrap(True)
        self._wait.hide()
        self.fold = fold_button("Settings of the attack")
        self._form_place.addWidget(self._wait)
        self.viewer = AttackViewer(self.lightbox)
        split = self._split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.viewer)
        split.setStretchFactor(0, 3)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(6, 4, 6, 4)
        row = QHBoxLayout()
        row.addWidget(self.names, 1)
        row.addWidget(self.run_button)
        row.addWidget(self.stop)
        layout.addLayout(row)
        layout.addWidget(self.fold)
        layout.addLayout(self._form_place)
        layout.addWidget(self.least)
        layout.addWidget(self.results)
        layout.addWidget(self.models)
        layout.addWidget(split, 1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(area)

    def _connect(self) -> None:
        self.names.activated.connect(lambda _: self._on_name())
        self.fold.toggled.connect(self._unfold)
        self.run_button.clicked.connect(self.run)
        self.stop.clicked.connect(self.cancel)
        self.least.clicked.connect(self.seek_smallest)
        self.models.activated.connect(lambda _: self._show_film())
        self.viewer.stepped.connect(self._on_viewed)
        self.session.watch(compared, lambda _: self._fresh.ask(), now=False)
        self.session.watch(lambda w: w.attack, self._on_attack)
        self.session.watch(lambda w: (w.boxes, w.show_boxes), self._on_boxes)
        self.lightbox.answered.connect(self._fresh.ask)
        self.conductor.stepped.connect(self._on_step)
        self.runner.succeeded.connect(self._on_success)
        self.runner.failed.connect(self._on_failure)
        self.runner.cancelled.connect(self._on_cancel)
        self.runner.progressed.connect(self._on_progress)

    def _on_name(self) -> None:
        self._show_form(Method(self.names.currentText()))
        self._take_form()

    def _on_form(self, values: dict[str, Any]) -> None:
        norm = str(values.get("norm", "Linf"))
        if norm != self._norm and self.form is not None:
            self._norm = norm
            change_norm(self.form, norm)
        self._take_form()

    def _take_form(self) -> None:
        """Set up the attack as the form has it; nothing runs before it is asked for again."""
        method, w = self.method(), self.session.workspace
        if method != w.attack:
            self._own = True
            self.session.update(attack=method, wishes=w.wishes - {"attack"})
            self._own = False

    def _on_attack(self, method: Method) -> None:
        self.fold.setText(summary(method))
        if not self._own:
            self._show_form(method)

    def _unfold(self, on: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        if on:
            self._ask_forms()
        (self.form or self._wait).setVisible(on)

    def _ask_forms(self) -> None:
        if not self._asked:
            self.load_forms()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has happened meanwhile."""
        super().showEvent(event)
        self._fresh.ask()

    def _show_form(self, method: Method) -> None:
        self.names.setCurrentText(method.name)
        kind = self._kinds.get(method.name)
        if kind is None:
            return
        if self.form is not None:
            self._form_place.removeWidget(self.form)
            self.form.deleteLater()
        self._wait.hide()
        self.form = ParameterForm(kind, method.settings(), skip=SKIP)
        self._norm = str(self.form.values().get("norm", "Linf"))
        show_unit(self.form, self._norm)
        self.form.changed.connect(self._on_form)
        self._form_place.addWidget(self.form)
        self.form.setVisible(self.fold.isChecked())

    # What is known ----------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Results, plot and film as they are known now; later, if nobody looks."""
        if not self.isVisible():
            return
        requests = attack_requests(self.session.workspace)
        names = [request.model for request in requests]
        if [self.models.itemText(i) for i in range(self.models.count())] != names:
            kept = self.models.currentText()
            self.models.clear()
            self.models.addItems(names)
            self.models.setCurrentIndex(max(0, self.models.findText(kept)))
        self.models.setVisible(len(names) > 1)
        lines, busy = [], bool(self._searches)
        for request in requests:
            busy = busy or self.conductor.is_pending(request)
            lines += self._lines(request)
        self.results.setText("\n".join(lines) or hint(self.session.workspace.radiograph is None))
        self.stop.setEnabled(busy)
        self.run_button.setEnabled(bool(requests))
        self.least.setEnabled(bool(requests))
        films = [self._film(request) for request in requests]
        known = any(film.frames for film in films)
        if known or self._plot is not None:
            self.plot.show_films(films)
            self.plot.setVisible(known)
        self._show_film()

    def _lines(self, request: Request) -> list[str]:
        key, lines = request_key(request), []
        answer = self.conductor.answer(request)
        if answer is not None and answer.attacked is not None:
            lines.append(result_line(answer))
            lines += [f"   ⚠ {note}" for note in answer.attacked.notes]
        elif error := self.conductor.error(request):
            lines.append(f"{request.model}: {error}")
        elif self.conductor.is_pending(request):
            lines.append(f"{request.model}: under attack …")
        if key in self._smallest:
            lines.append(f"   smallest epsilon: {self._smallest[key]}")
        elif key in self._searches:
            news = self._searches[key].progress
            lines.append(f"   smallest epsilon: {news.message if news else 'waiting'} …")
        return lines

    def _film(self, request: Request) -> AttackFilm:
        answer = self.conductor.answer(request)
        classes = (FRACTURED, NOT_FRACTURED) if answer is None else answer.prediction.classes
        frames = self._live.get(request_key(request), ())
        if answer is not None and answer.attacked is not None:
            frames = answer.attacked.frames
        return AttackFilm(request.model, frames, classes)

    def _show_film(self) -> None:
        index = self.models.currentIndex()
        requests = attack_requests(self.session.workspace)
        if not 0 <= index < len(requests):
            self.viewer.show_film(None, None)
            return
        answer: Explanation | None = self.conductor.answer(requests[index])
        film = self._film(requests[index])
        self.viewer.show_film(film, None if answer is None else answer.frame)

    # What happens -----------------------------------------------------------------------------

    def _on_viewed(self, step: int) -> None:
        if self._plot is not None:
            self._plot.set_step(step)

    def _on_boxes(self, state: tuple[Any, bool]) -> None:
        self.viewer.show_boxes(state[0] if state[1] else ())

    def _on_step(self, request: object, frame: AttackFrame) -> None:
        # A search for the smallest epsilon takes steps too; they are of no single film.
        if not isinstance(request, Request) or request.attribution is not None:
            return
        key = request_key(request)
        self._live[key] = with_frame(self._live.get(key, ()), frame)
        while len(self._live) > 16:
            self._live.pop(next(iter(self._live)))
        self._fresh.ask()

    def _on_progress(self, job: Job, progress: Progress) -> None:
        if search_key(job):
            self._fresh.ask()

    def _on_success(self, job: Job, record: object) -> None:
        if job.tag == FORMS and isinstance(record, dict):
            self.show_kinds(record)
        elif not self._asked:
            # Torch is there by now, so this costs nothing; before, it would delay the first film.
            self.load_forms()
        if job.tag == FORMS:
            return
        if isinstance(record, SmallestFlip):
            self._searches.pop(search_key(job), None)
            self._smallest[search_key(job)] = smallest_line(record).partition(": ")[2]
            self._fresh.ask()

    def _on_failure(self, job: Job, failure: Failure) -> None:
        if job.tag == FORMS:
            self._wait.setText(failure.sentence)
        elif key := search_key(job):
            self._searches.pop(key, None)
            self.session.say(failure.sentence, "error")
            self._fresh.ask()

    def _on_cancel(self, job: Job) -> None:
        if key := search_key(job):
            self._searches.pop(key, None)
            self._fresh.ask()
