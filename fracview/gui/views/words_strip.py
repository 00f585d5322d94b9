"""What each model says of the film, in one plain sentence each, always in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QToolButton, QVBoxLayout, QWidget

from fracview.gui.docks.attack_record import result_line
from fracview.gui.sentences import Facts, explanation, sentences
from fracview.gui.style import GAP, STYLE, colours, small
from fracview.gui.titles import method_title, short_models
from fracview.gui.views.cells import all_cells, compared
from fracview.gui.views.frame_timer import FrameTimer
from fracview.gui.views.lightbox import Lightbox
from fracview.gui.views.scorebook import ScoreBook
from fracview.gui.widgets.fitting_label import FittingLabel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fracview.gui.conductor import Conductor
    from fracview.gui.radii import Radii
    from fracview.gui.session import Session
    from fracview.gui.views.cells import Cell, CellKey
    from fracview.pipeline import Explanation

MOST = 4
"""Models with a sentence; more of them are counted in a last line."""


class WordsStrip(QFrame):
    """A line per model above film and comparison, and a button that copies them."""

    def __init__(
        self, session: Session, conductor: Conductor, radii: Radii, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("words_strip")
        self.session, self.conductor, self.radii = session, conductor, radii
        self.book = ScoreBook.of(session)
        lightbox = Lightbox.of(session)
        lightbox.follow(conductor)
        self.lines: list[FittingLabel] = []
        self._marks: list[QFrame] = []
        self.copy_button = QToolButton(autoRaise=True)
        self.copy_button.setToolTip("Copy these sentences, and how they were measured")
        self.copy_button.setAccessibleName("Copy what the models say")
        self.copy_button.setIconSize(QSize(15, 15))
        self.copy_button.clicked.connect(self.copy)
        STYLE.set_icon(self.copy_button, "mdi6.content-copy", "muted")
        entry = QAction("Copy these sentences", self)
        entry.triggered.connect(self.copy)
        self.addAction(entry)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP // 2 + 2)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        layout = QGridLayout(self)
        layout.setContentsMargins(GAP, 4, GAP // 2, 4)
        layout.addLayout(self._grid, 0, 0)
        side = QVBoxLayout()
        side.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(side, 0, 1)
        layout.setColumnStretch(0, 1)
        self._fresh = FrameTimer(self.refresh, self, 40)
        lightbox.answered.connect(self._fresh.ask)
        radii.grown.connect(self._fresh.ask)
        session.watch(
            lambda w: (compared(w), w.boxes, w.percent), lambda _: self._fresh.ask(), now=False
        )
        STYLE.changed.connect(self._paint)
        self.refresh()

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences as they stand, in full."""
        return tuple(line.whole for line in self.lines if not line.isHidden())

    def refresh(self) -> None:
        """Say what is known now."""
        w = self.session.workspace
        shown = w.models[:MOST] if w.radiograph is not None else ()
        self._make(len(shown) + (len(w.models) > MOST and bool(shown)))
        facts = self._facts(shown)
        for line, one in zip(self.lines, facts):
            line.show_texts(sentences(one), explanation(one))
        if len(w.models) > MOST and shown:
            rest = len(w.models) - MOST
            self.lines[MOST].show_texts((f"{rest} more: see the table of coverage.",))
        self.setVisible(bool(shown))
        self._paint()

    def copy(self) -> None:
        """Put sentences and how they were measured on the clipboard."""
        parts = [line.toolTip() for line in self.lines if not line.isHidden()]
        parts.append("Research use only, not for diagnosis.")
        QGuiApplication.clipboard().setText("\n\n".join(parts))
        self.session.say("The sentences are on the clipboard.")

    def _facts(self, models: tuple[str, ...]) -> list[Facts]:
        w = self.session.workspace
        names = short_models(w.models)
        cells = {cell.key: cell for cell in all_cells(w)}
        return [self._of(model, _title(model, names[model]), cells) for model in models]

    def _of(self, model: str, name: str, cells: Mapping[CellKey, Cell]) -> Facts:
        w = self.session.workspace
        base = cells.get((model, "", "clean"))
        if base is None:
            return Facts(name)
        known = self.conductor.answer(base.request)
        mapped = next((c for c in cells.values() if c.key[0] == model and c.column == 1), None)
        drawn = None if mapped is None else self.conductor.answer(mapped.request)
        has_map = drawn is not None and drawn.heatmap is not None
        return Facts(
            name=name,
            probability=None if known is None else known.clean.probability("fractured"),
            trouble=self.conductor.error(base.request),
            boxes=len(w.boxes),
            percent=w.percent,
            method=method_title(w.methods[0]) if w.methods else "",
            coverage=self.book.coverage(drawn, w.boxes, w.percent) if has_map and drawn else None,
            centre=self._centre(known),
            mapped="explain" in w.wishes,
            attacked="attack" in w.wishes,
            radius=self.radii.of(model),
            slow=self.radii.is_left(model),
            aside=self._aside(model, known, cells),
        )

    def _centre(self, known: Explanation | None) -> float | None:
        w = self.session.workspace
        if known is None or not w.boxes:
            return None
        curve = self.book.free(known, w.boxes).get("centre")
        if curve is None:
            return None
        return float(curve.coverage[abs(curve.percents - w.percent).argmin()])

    def _aside(
        self, model: str, known: Explanation | None, cells: Mapping[CellKey, Cell]
    ) -> tuple[str, ...]:
        attacked = cells.get((model, "", "attacked"))
        answer = None if attacked is None else self.conductor.answer(attacked.request)
        lines = [] if answer is None else [f"Attack: {result_line(answer).partition(': ')[2]}."]
        return (*lines, *(f"⚠ {text}" for text in (() if known is None else known.warnings)))

    def _make(self, count: int) -> None:
        """Have so many lines, each with a mark in the colour of its model's kind."""
        while len(self.lines) < count:
            row, line, mark = len(self.lines), FittingLabel(), QFrame()
            line.setFont(small(line.font()))
            mark.setFixedWidth(3)
            self._grid.addWidget(mark, row, 0)
            self._grid.addWidget(line, row, 1)
            self.lines.append(line)
            self._marks.append(mark)
        for place, (line, mark) in enumerate(zip(self.lines, self._marks)):
            line.setVisible(place < count)
            mark.setVisible(place < count)

    def _paint(self, *_: object) -> None:
        now, w = colours(), self.session.workspace
        self.setStyleSheet(
            f"QFrame#words_strip {{ background: {now.base}; border: 0;"
            f" border-bottom: 1px solid {now.border}; }}"
        )
        bases = {c.key[0]: c for c in all_cells(w) if c.key[1:] == ("", "clean")}
        for model, mark in zip(w.models, self._marks):
            known = self.conductor.answer(bases[model].request) if model in bases else None
            colour = getattr(now, known.card.kind) if known is not None else now.border
            mark.setStyleSheet(f"background: {colour}; border-radius: 1px;")


def _title(model: str, short: str) -> str:
    """A name that was shortened begins the sentence with a capital."""
    return short[:1].upper() + short[1:] if short != model else model
