"""Models x methods x {clean, attacked} on one film, side by side and moving together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Signal
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from fracview.gui.titles import method_titles, short_method
from fracview.gui.views.cells import all_cells, compared
from fracview.gui.views.colour_bar import ColourBar
from fracview.gui.views.colour_scale import SHARINGS, TOP, shared_scales, unit_of
from fracview.gui.views.frame_timer import FrameTimer
from fracview.gui.views.grid_bar import GridBar
from fracview.gui.views.grid_heads import METHODS, MODELS, Column, GridHeads
from fracview.gui.views.lightbox import Lightbox
from fracview.gui.views.message_page import MessagePage
from fracview.gui.views.panel import CAPTION, Panel
from fracview.gui.views.panel_layout import GAP, Arrangement, arrange
from fracview.gui.views.scorebook import ScoreBook
from fracview.gui.widgets.elided_label import ElidedLabel
from fracview.request import FRACTURED, Request

if TYPE_CHECKING:
    from collections.abc import Hashable

    from fracview.gui.conductor import Conductor
    from fracview.gui.runner import Job
    from fracview.gui.session import Session
    from fracview.gui.views.cells import Cell, CellKey
    from fracview.gui.views.colour_scale import Scale
    from fracview.pipeline import AttackFrame, Explanation
    from fracview.task import Progress
    from fracview.workspace import Workspace


class ComparisonGrid(QWidget):
    """A panel for each cell of the comparison of the current film.

    Signals
    -------
    probed(object)
        Film point under the mouse, in whichever panel, or None.
    maximise_wanted()
        A panel was double-clicked.
    """

    probed = Signal(object)
    maximise_wanted = Signal()

    def __init__(
        self, session: Session, conductor: Conductor, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.conductor = session, conductor
        self.lightbox, self.book = Lightbox.of(session), ScoreBook.of(session)
        self.lightbox.follow(conductor)
        self.panels: dict[CellKey, Panel] = {}
        self._alone: CellKey | None = None
        self._plan = Arrangement(1, 1, 1, 1, False)
        self._rows: list[tuple[str, str]] = []
        self._scaled: tuple[object, dict[CellKey, Scale]] = (None, {})
        self._build()
        self._fresh = FrameTimer(self._fill, self)
        self._paint = FrameTimer(self._colour, self)
        self._connect()
        self._remake()

    def shutdown(self) -> None:
        """Wait for the reading thread of the light box."""
        self.lightbox.shutdown()

    def fit(self) -> None:
        """Show the whole film in all panels."""
        self.lightbox.look(type(self.lightbox.gaze)())

    def restore_panels(self) -> bool:
        """Leave a maximised panel; False if none is."""
        if self._alone is None:
            return False
        self._alone = None
        self._place()
        self._colour()
        return True

    # Building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self.bar, self.colour_bar = GridBar(self.session, self), ColourBar(self)
        self.warnings = ElidedLabel()
        self._message = MessagePage(self)
        self._message.pressed.connect(self._on_message)
        self._area, self._sheet = QScrollArea(self), QWidget()
        self._area.setWidget(self._sheet)
        self.heads = GridHeads(self._sheet)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.viewport().installEventFilter(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._message)
        self._pages.addWidget(self._area)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(3)
        layout.addWidget(self.bar)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.colour_bar)
        layout.addWidget(self.warnings)

    def _connect(self) -> None:
        session, conductor = self.session, self.conductor
        session.watch(compared, lambda _: self._remake(), now=False)
        session.watch(_looks, lambda _: self._paint.ask(), now=False)
        session.watch(lambda w: w.trouble, lambda _: self._remake(), now=False)
        self.bar.changed.connect(self._on_bar)
        self.lightbox.answered.connect(self._fresh.ask)
        conductor.stepped.connect(self._on_step)
        conductor.runner.progressed.connect(self._on_progress)

    def _remake(self) -> None:
        """Make, keep and drop panels so that there is one for each cell."""
        cells = all_cells(self.session.workspace)
        keys = {cell.key for cell in cells}
        for key in [key for key in self.panels if key not in keys]:
            panel = self.panels.pop(key)
            panel.hide()
            panel.deleteLater()
        for cell in cells:
            panel = self.panels.get(cell.key) or self._new_panel(cell)
            panel.set_cell(cell)
        self.panels = {cell.key: self.panels[cell.key] for cell in cells}
        if self._alone not in self.panels:
            self._alone = None
        self._say_empty()
        self._place()
        self._fill()

    def _new_panel(self, cell: Cell) -> Panel:
        panel = Panel(cell, self.lightbox, self._sheet)
        panel.wanted.connect(self._on_wanted)
        panel.retried.connect(self.conductor.retry)
        panel.hovered.connect(self._on_hover)
        panel.chosen.connect(self._on_chosen)
        self.panels[cell.key] = panel
        return panel

    def _say_empty(self) -> None:
        w = self.session.workspace
        if self.panels:
            self._pages.setCurrentWidget(self._area)
            return
        if w.trouble:
            self._message.say("Nothing to compare", w.trouble)
        elif w.case is None:
            text = "Open radiographs and choose one: its heatmaps will stand here side by side."
            self._message.say("No radiograph is selected", text)
        elif w.radiograph is None:
            self._message.say("Reading the radiograph", w.case.name, progress=-1)
        else:
            self._message.say("No model is chosen", "Tick at least one in the list of models.")
        self._pages.setCurrentWidget(self._message)

    # Filling ----------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Give each panel what is known of its cell."""
        for panel in self.panels.values():
            request = panel.cell.request
            answer = self.conductor.answer(request)
            if answer is not None:
                panel.set_answer(answer)
            elif not panel.cell.asked:
                panel.set_unasked()
            elif error := self.conductor.error(request):
                panel.set_failed(error)
            elif panel.state not in ("running", "waiting"):
                panel.set_waiting()
        self._colour()
        self._warn()
        if self._rows:
            self._place_heads()

    def _colour(self) -> None:
        """Scale, outline, boxes and header of all panels."""
        w = self.session.workspace
        known = {key: p.answer for key, p in self.panels.items() if p.answer is not None}
        mapped = {key: a for key, a in known.items() if a.heatmap is not None}
        groups = {key: self._group(key) for key in mapped}
        scored = self.book.fill(mapped.values(), w.boxes)
        if not scored:
            self._paint.ask()
        outlined = self.bar.outline.isChecked() and w.show_heatmaps
        scales = self._scales(mapped, groups)
        for key, panel in self.panels.items():
            panel.show_boxes(w.boxes if w.show_boxes else (), w.selected_box)
            panel.colour(scales.get(key), w.opacity, w.show_heatmaps)
            panel.mark(w.percent if outlined else None, self.book)
            answer = known.get(key)
            if answer is not None and (scored or answer.heatmap is None):
                short, full = self._line(answer, w)
                panel.say(full if key == self._alone else short, full)
        self._tell_scale(mapped, len(set(groups.values())), scales)

    def _scales(
        self, mapped: dict[CellKey, Explanation], groups: dict[CellKey, Hashable]
    ) -> dict[CellKey, Scale]:
        """Scales of all maps, worked out anew only for other maps or another grouping."""
        state = (mapped, groups)
        if state != self._scaled[0]:
            self._scaled = (state, shared_scales(mapped, groups))
        return self._scaled[1]

    def _group(self, key: CellKey) -> Hashable:
        model, method, condition = key
        by = {"all": "", "row": (model, condition), "method": method, "panel": key}
        return by[self.bar.shared]

    def _line(self, answer: Explanation, w: Workspace) -> tuple[str, str]:
        """Caption of a panel, short enough for a small one, and what it means in full."""
        said = answer.prediction
        fractured = f"fractured {said.probability(FRACTURED):.2f}"
        if answer.heatmap is None:
            size = f"{answer.image.shape[2]} × {answer.image.shape[1]}"
            if answer.attacked is None:
                return fractured, f"{fractured}; the model sees {size} pixels"
            before = answer.clean.probability(FRACTURED)
            after = said.probability(FRACTURED)
            change = 255 * answer.attacked.largest_change
            text = f"fractured {before:.2f} → {after:.2f}, change {change:.1f}/255"
            return f"{before:.2f} → {after:.2f}", f"{text}; at the model's {size} pixels"
        coverage = self.book.coverage(answer, w.boxes, w.percent)
        if coverage is None:
            return "no box", f"{fractured}. Draw a box (R) to measure coverage."
        text = f"{100 * coverage:.1f} % of the box lies in the top {w.percent:g} % of the map"
        short = f"cov@{w.percent:g} {100 * coverage:.1f} %"
        return short, f"{text}; chance is {w.percent:g} %. {fractured}"

    def _tell_scale(
        self, mapped: dict[CellKey, Explanation], groups: int, scales: dict[CellKey, Scale]
    ) -> None:
        if not mapped:
            self.colour_bar.show_scale(None, "no heatmap yet")
            return
        end = f"colours end at the {TOP:g}th percentile"
        if self.bar.shared == "all" or groups == 1:
            units = sorted({unit_of(answer) for answer in mapped.values()})
            what = units[0] if len(units) == 1 else "each method in its own units"
            (scale,) = set(scales.values())
            count = "this map" if len(mapped) == 1 else f"one scale for all {len(mapped)} maps"
            self.colour_bar.show_scale(scale, f"{count}: {end}; {what}")
            return
        text = f"{SHARINGS[self.bar.shared]} ({TOP:g}th percentile)"
        if self.bar.shared == "method":
            tops = {
                short_method(mapped[key].request.attribution): scale.high
                for key, scale in scales.items()
            }
            text += ": " + ", ".join(f"{name} {top:.2g}" for name, top in tops.items())
        self.colour_bar.show_scale(None, f"{text}; colours compare only within it")

    def _warn(self) -> None:
        sentences: list[str] = []
        for panel in self.panels.values():
            if panel.answer is not None:
                name = panel.answer.request.model
                sentences += [f"{name}: {text}" for text in panel.answer.card.warnings]
                sentences += panel.answer.request.protocol.warnings
        text = "  ".join(dict.fromkeys(sentences))
        self.warnings.setText(f"⚠ {text}" if text else "")
        self.warnings.setToolTip("\n".join(dict.fromkeys(sentences)))
        self.warnings.setVisible(bool(text))

    # Place ------------------------------------------------------------------------------------

    def _place(self) -> None:
        """Put the panels where they belong in the room there is."""
        film, room = self.lightbox.film, self._area.viewport().size()
        if not self.panels or film is None:
            return
        shown = {k: p for k, p in self.panels.items() if self._alone in (None, k)}
        rows = list(dict.fromkeys(p.cell.row for p in shown.values()))
        columns = sorted({p.cell.column for p in shown.values()})
        aspect = film.width / film.height
        space = (room.width(), room.height())
        heads = (MODELS, METHODS)
        turned = self.bar.turned
        plan = arrange(len(rows), len(columns), space, aspect, CAPTION, turned, heads)
        if len(shown) == 1:
            plan = Arrangement(1, 1, space[0] - MODELS, space[1] - METHODS, False)
        self._plan = plan
        self._rows = rows
        left, top = self._place_heads()
        for key, panel in self.panels.items():
            panel.setVisible(key in shown)
        for panel in shown.values():
            row, column = rows.index(panel.cell.row), columns.index(panel.cell.column)
            if plan.turned:
                row, column = column, row
            x, y = left + column * (plan.width + GAP), top + row * (plan.height + GAP)
            panel.setGeometry(x, y, plan.width, plan.height)
        self._sheet.resize(left + plan.size[0], top + plan.size[1])

    def _place_heads(self) -> tuple[int, int]:
        """Name models, conditions and methods around the panels; return where these begin."""
        cards = {p.cell.request.model: p.answer.card for p in self.panels.values() if p.answer}
        cells = [p.cell for k, p in self.panels.items() if self._alone in (None, k)]
        named = {cell.column: cell for cell in sorted(cells, key=lambda cell: cell.column)}
        columns = [
            Column(method_titles(cell.request.attribution), cell.key[1] or "the model's input")
            for cell in named.values()
        ]
        return self.heads.place(self._rows, columns, self._plan, cards)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the scroll area."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    # What happens -----------------------------------------------------------------------------

    def _on_bar(self) -> None:
        self._place()
        self._colour()

    def _on_wanted(self, cell: Cell) -> None:
        wishes = set(self.session.workspace.wishes) | {"predict"}
        if cell.request.attack is not None:
            wishes.add("attack")
        if cell.request.attribution is not None:
            wishes.add("explain")
        self.session.update(wishes=frozenset(wishes))

    def _on_message(self) -> None:
        self.conductor.retry()

    def _on_hover(self, at: QPointF | None) -> None:
        for panel in self.panels.values():
            panel.show_probe(at)
        self.probed.emit(at)

    def _on_chosen(self, cell: Cell) -> None:
        self._alone = None if self._alone is not None else cell.key
        self._place()
        self._colour()
        self.maximise_wanted.emit()

    def _on_progress(self, job: Job, progress: Progress) -> None:
        if not isinstance(job.tag, Request):
            return
        for panel in self.panels.values():
            live = progress.payload is not None and panel.cell.column == 0
            if panel.cell.request == job.tag and panel.state != "known" and not live:
                panel.set_waiting(progress)

    def _on_step(self, request: Request, frame: AttackFrame) -> None:
        for panel in self.panels.values():
            if panel.cell.request == request:
                base = next((p.answer for p in self.panels.values() if p.answer), None)
                index = 0 if base is None else base.card.fracture
                panel.show_live(frame, frame.probabilities[index])


def _looks(w: Workspace) -> tuple[object, ...]:
    shown = (w.show_boxes, w.show_heatmaps)
    return (w.percent, w.opacity, w.boxes, w.selected_box, *shown)
