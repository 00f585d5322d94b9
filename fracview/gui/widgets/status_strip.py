"""The line at the bottom: what was said, what runs, where, and what this program is not for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from fracview.gui.style import STYLE, icon
from fracview.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from fracview.gui.runner import Job, Runner

RESEARCH = "Research use only – not for diagnosis"
ICONS = {
    "info": ("mdi6.information-outline", "muted"),
    "warning": ("mdi6.alert-outline", "warning"),
    "error": ("mdi6.alert-circle-outline", "error"),
}


@dataclass(frozen=True)
class Message:
    """Something that was said, when, and how grave it is."""

    when: datetime
    text: str
    level: str


class StatusStrip(QStatusBar):
    """Message, progress with a cancel button, device, and the research line that always stays.

    Signals
    -------
    messages_asked()
        The message was clicked.
    cancel_asked()
        Somebody wants to stop the work.
    """

    messages_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, runners: tuple[Runner, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.runners = runners
        self.messages: deque[Message] = deque(maxlen=300)
        self._level = "info"
        self.picture = QLabel()
        self.text = ElidedLabel()
        self.text.clicked.connect(self.messages_asked)
        self.work = ElidedLabel()
        self.work.setFixedWidth(210)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setMaximumHeight(6)
        self.bar.setFixedWidth(110)
        self.bar.setAccessibleName("Progress of the work")
        self.stop = QToolButton(autoRaise=True)
        self.stop.setToolTip("Cancel all work (Esc)")
        self.stop.setAccessibleName("Cancel all work")
        self.stop.setIconSize(QSize(16, 16))
        STYLE.set_icon(self.stop, "mdi6.stop-circle-outline", "error")
        self.stop.clicked.connect(self.cancel_asked)
        self.device = QLabel()
        self.device.setProperty("role", "muted")
        self.device.setToolTip("Where models run; choose it in the Models panel")
        self.research = QLabel(RESEARCH)
        self.research.setProperty("role", "research")
        self.addWidget(self.picture)
        self.addWidget(self.text, 1)
        for part in (self.work, self.bar, self.stop, self.device, self.research):
            self.addPermanentWidget(part)
        self._due = QTimer(self, singleShot=True, interval=60)
        self._due.timeout.connect(self.refresh)
        for runner in runners:
            for signal in (runner.queued, runner.started, runner.progressed, runner.succeeded,
                           runner.failed, runner.cancelled):  # fmt: skip
                signal.connect(self._soon)
        STYLE.changed.connect(self._paint)
        self.refresh()
        self._paint()

    def say(self, text: str, level: str = "info") -> None:
        """Show a sentence and keep it in the list."""
        self.messages.append(Message(datetime.now(), text, level))
        self._level = level
        self.text.setText(text)
        self._paint()

    def show_device(self, text: str) -> None:
        """Say where models run."""
        self.device.setText(text)

    def refresh(self) -> None:
        """Show the work as it stands."""
        jobs = [job for lane in self.runners for job in lane.jobs if not job.dropped]
        running = [job for job in jobs if job.state == "running"]
        for part in (self.work, self.bar, self.stop):
            part.setVisible(bool(jobs))
        if jobs:
            self._show_job((running or jobs)[0], len(jobs) - 1)

    def _show_job(self, job: Job, more: int) -> None:
        rest = f" (+{more})" if more else ""
        self.work.setText(f"{job.title}{rest}")
        progress = job.progress
        known = progress is not None and progress.total > 0
        self.bar.setRange(0, 1000 if known else 0)
        if progress is not None and known:
            self.bar.setValue(round(progress.fraction * 1000))

    def _soon(self, *_: object) -> None:
        if not self._due.isActive():
            self._due.start()

    def _paint(self, *_: object) -> None:
        name, colour = ICONS.get(self._level, ICONS["info"])
        shown = bool(self.text.text())
        self.picture.setPixmap(icon(name, colour).pixmap(16, 16) if shown else QLabel().pixmap())
