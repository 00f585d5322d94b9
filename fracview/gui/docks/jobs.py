"""What is being worked on, what waits, and what went wrong lately."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fracview.gui.style import GAP, STYLE, icon
from fracview.gui.widgets.elided_label import ElidedLabel
from fracview.gui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from fracview.gui.runner import Failure, Job, Runner

SHOWN = 12
"""Jobs with a line of their own; the rest is counted."""
KEPT = 8
"""Failures that are kept."""


class JobLine(QWidget):
    """One job: title, what it does now, progress, cancel."""

    def __init__(self) -> None:
        super().__init__()
        self._job: Job | None = None
        self.title = ElidedLabel()
        self.state = ElidedLabel()
        self.state.setProperty("role", "muted")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setMaximumHeight(6)
        self.bar.setFixedWidth(110)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self.stop = QToolButton(autoRaise=True)
        self.stop.setToolTip("Cancel this job")
        self.stop.setAccessibleName("Cancel this job")
        STYLE.set_icon(self.stop, "mdi6.close-circle-outline", "muted")
        self.stop.clicked.connect(self._cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.title, 3)
        layout.addWidget(self.state, 2)
        layout.addWidget(self.bar)
        layout.addWidget(self.stop)

    def show_job(self, job: Job) -> None:
        """Show a job as it stands."""
        self._job = job
        self.title.setText(job.title)
        stopping = job.stop.is_set()
        progress = job.progress
        text = "stopping" if stopping else job.state
        if job.state == "running" and progress is not None and progress.message and not stopping:
            text = progress.message
        self.state.setText(text)
        running = job.state == "running"
        known = progress is not None and progress.total > 0
        self.bar.setVisible(running)
        self.bar.setRange(0, 1000 if known else 0)
        if progress is not None and known:
            self.bar.setValue(round(progress.fraction * 1000))
        self.stop.setEnabled(not stopping)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.show_job(self._job)


class JobsDock(QDockWidget):
    """Jobs of one or more lanes, and the last failures with their details."""

    def __init__(self, *runners: Runner, parent: QWidget | None = None) -> None:
        super().__init__("Jobs", parent)
        self.setObjectName("jobs_dock")
        self.runners = runners
        self.failures: deque[tuple[Job, Failure]] = deque(maxlen=KEPT)
        self._lines: list[JobLine] = []
        self._due = QTimer(self, singleShot=True, interval=100)
        self._due.timeout.connect(self.refresh)
        self._build()
        for runner in runners:
            for signal in (runner.queued, runner.started, runner.progressed, runner.succeeded,
                           runner.cancelled):  # fmt: skip
                signal.connect(self._soon)
            runner.failed.connect(self._on_failure)
        self.refresh()

    def refresh(self) -> None:
        """Show the jobs as they stand."""
        jobs = [job for lane in self.runners for job in lane.jobs if not job.dropped]
        jobs.sort(key=lambda job: job.state != "running")
        while len(self._lines) < min(len(jobs), SHOWN):
            line = JobLine()
            self._lines.append(line)
            self._running.addWidget(line)
        for place, line in enumerate(self._lines):
            line.setVisible(place < len(jobs))
            if place < len(jobs):
                line.show_job(jobs[place])
        rest = len(jobs) - SHOWN
        self.more.setText(f"and {rest} more" if rest > 0 else "")
        self.more.setVisible(rest > 0)
        self.empty.setVisible(not jobs and not self.failures)
        self.cancel_all.setEnabled(bool(jobs))

    def forget_failures(self) -> None:
        """Put all failures away."""
        self.failures.clear()
        self._show_failures()
        self.refresh()

    # Inside -----------------------------------------------------------------------------------

    def _build(self) -> None:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        layout.setSpacing(GAP // 2)
        self.cancel_all = QPushButton("Cancel all")
        self.cancel_all.setToolTip("Stop all work")
        STYLE.set_icon(self.cancel_all, "mdi6.stop-circle-outline")
        self.cancel_all.clicked.connect(self._cancel_all)
        self._running = QVBoxLayout()
        self._running.setSpacing(2)
        self.more = QLabel()
        self.more.setProperty("role", "muted")
        self.empty = EmptyState(
            "mdi6.coffee-outline",
            "Nothing to do",
            "Predictions, attacks and heatmaps show up here while they are computed.",
        )
        self._failed = QVBoxLayout()
        self._failed.setSpacing(2)
        self.forget = QPushButton("Put failures away")
        self.forget.hide()
        self.forget.clicked.connect(self.forget_failures)
        foot = QHBoxLayout()
        foot.addWidget(self.more)
        foot.addStretch(1)
        foot.addWidget(self.forget)
        foot.addWidget(self.cancel_all, 0, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.empty, 1)
        layout.addLayout(self._running)
        layout.addLayout(self._failed)
        layout.addStretch(1)
        layout.addLayout(foot)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(body)
        self.setWidget(scroll)

    def _soon(self, *_: object) -> None:
        if not self._due.isActive():
            self._due.start()

    def _cancel_all(self) -> None:
        for runner in self.runners:
            runner.cancel_all()
        self.refresh()

    def _on_failure(self, job: Job, failure: Failure) -> None:
        self.failures.append((job, failure))
        self._show_failures()
        self._soon()

    def _show_failures(self) -> None:
        while self._failed.count():
            item = self._failed.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.deleteLater()
        for job, failure in reversed(self.failures):
            self._failed.addWidget(_failure_line(job, failure))
        self.forget.setVisible(bool(self.failures))


def _failure_line(job: Job, failure: Failure) -> QWidget:
    line = QWidget()
    layout = QHBoxLayout(line)
    layout.setContentsMargins(0, 0, 0, 0)
    sentence = ElidedLabel(failure.sentence)
    sentence.setText(failure.sentence)
    sentence.setProperty("role", "error")
    copy = QPushButton("Copy details")
    copy.setToolTip("Copy what happened, for a bug report")
    text = f"{job.title}\n{failure.sentence}\n{failure.details}".strip()
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
    mark = QLabel()
    mark.setPixmap(icon("mdi6.alert-circle-outline", "error").pixmap(16, 16))
    layout.addWidget(mark)
    layout.addWidget(sentence, 1)
    layout.addWidget(copy)
    return line
