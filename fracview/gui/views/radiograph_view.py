"""The film on which the reader looks, measures and draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSizeF, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from fracview.gui.views.box_tool import BoxTool
from fracview.gui.views.canvas import NOTCH
from fracview.gui.views.colour_scale import is_signed, scale_of
from fracview.gui.views.evidence_book import EvidenceBook
from fracview.gui.views.heatmap_layer import HeatmapLayer
from fracview.gui.views.hidden_layer import HiddenLayer
from fracview.gui.views.hiding import Hiding
from fracview.gui.views.lightbox import Lightbox
from fracview.gui.views.message_page import MessagePage
from fracview.gui.views.overlay_chooser import OverlayChooser
from fracview.gui.views.probe import pixel_text
from fracview.gui.views.reading_canvas import ReadingCanvas
from fracview.gui.views.scale_bar import ScaleBar
from fracview.gui.widgets.fitting_label import FittingLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from fracview.data.radiograph import Window
    from fracview.gui.conductor import Conductor
    from fracview.gui.session import Session
    from fracview.pipeline import Explanation
    from fracview.workspace import Workspace


class RadiographView(QWidget):
    """Shows the session's film, its boxes, a heatmap if wanted, and the model's exact input.

    Signals
    -------
    probed(object)
        ``(column, row, value)`` of the pixel under the mouse, or None.
    gaze_changed(object)
        The Gaze, for whoever wants to follow; panels of one session are linked anyway.
    window_changed(object)
        The display Window.
    mode_changed(str)
        ``"view"`` or ``"draw"``.
    box_drawn(object)
        A Box was drawn by mouse.
    maximise_wanted()
        Double click on the film.
    """

    probed = Signal(object)
    gaze_changed = Signal(object)
    window_changed = Signal(object)
    mode_changed = Signal(str)
    box_drawn = Signal(object)
    maximise_wanted = Signal()

    def __init__(
        self, session: Session, parent: QWidget | None = None, conductor: Conductor | None = None
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.lightbox = Lightbox.of(session)
        self.tool = BoxTool(session, self)
        self.canvas = ReadingCanvas(self.lightbox, self.tool, self)
        self.canvas.setAccessibleName("Radiograph")
        self._heat = HeatmapLayer()
        self.hiding, self.evidence = Hiding.of(session), EvidenceBook.of(session)
        self._hidden = HiddenLayer(self.hiding, self.evidence, self.lightbox)
        self.canvas.layers = [self._heat, self.canvas.boxes, self._hidden, ScaleBar()]
        self._message = MessagePage(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._message)
        self._pages.addWidget(self.canvas)
        self._chooser = OverlayChooser(session, self.lightbox, self)
        self._hover: QPointF | None = None
        self._build_lines()
        self._connect()
        if conductor is not None:
            self.follow(conductor)
        self._refresh()

    def follow(self, conductor: Conductor) -> None:
        """Tell where answers come from: the model's eye and heatmaps need them."""
        self.lightbox.follow(conductor)
        self.evidence.follow(conductor)

    def viewport(self) -> QWidget:
        """The widget that gets the mouse."""
        return self.canvas

    def shutdown(self) -> None:
        """Wait for the reading thread of the light box."""
        self.lightbox.shutdown()

    # Actions ----------------------------------------------------------------------------------

    def zoom_in(self) -> None:
        """Magnify about the middle."""
        self.canvas.zoom(NOTCH)

    def zoom_out(self) -> None:
        """Look from farther away."""
        self.canvas.zoom(1 / NOTCH)

    def fit(self) -> None:
        """Show the whole film."""
        self.canvas.fit()

    def one_to_one(self) -> None:
        """One pixel of the film on one of the screen."""
        self.canvas.one_to_one()

    def invert(self) -> None:
        """Exchange black and white."""
        self.lightbox.invert()

    def set_preset(self, index: int) -> None:
        """Choose a window: 0 full range, 1 as in the file, 2 bone, 3 soft tissue, 4 last."""
        if self.tool.busy:
            return
        name = self.lightbox.set_preset(index)
        if name:
            self.session.say(f"Window: {name}.")

    def auto_window(self) -> None:
        """Fit the window to the film."""
        if not self.tool.busy:
            self.lightbox.auto_window()

    def reset_window(self) -> None:
        """Return to the file's own window."""
        if not self.tool.busy:
            self.lightbox.reset_window()

    def keep_view(self, keep: bool) -> None:
        """Keep zoom and window for the next film, or start each film anew."""
        self.lightbox.keep = keep

    def start_drawing(self) -> None:
        """Draw the next box: press, drag and release, or click twice."""
        if self.session.workspace.model_eye:
            self.session.say("Boxes are drawn on the film; leave the model's eye first.", "warning")
            return
        self.session.update(show_boxes=True)
        self.tool.start_drawing()
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def draw_region(self) -> None:
        """Draw a region that is no box, and hide it."""
        if self.session.workspace.model_eye:
            self.session.say("Regions are drawn on the film; leave the model's eye first.")
            return
        self.tool.start_drawing(region=True)
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def cancel(self) -> bool:
        """Give up what is being drawn, else show what is hidden; False if there was neither."""
        return self.tool.cancel() or self.hiding.end()

    def delete_selected(self) -> None:
        """Remove the selected box."""
        self.tool.delete_selected()

    def nudge(self, dx: float, dy: float, resize: bool = False) -> None:
        """Move (or resize) the selected box by film pixels."""
        self.tool.nudge(dx, dy, resize)

    def cycle_boxes(self, backwards: bool = False) -> bool:
        """Select the next box; False if there is none."""
        return self.tool.cycle(backwards)

    def copy(self) -> None:
        """Copy the selected box, or all of them."""
        self.tool.copy()

    def paste(self) -> None:
        """Paste boxes onto this film."""
        self.tool.paste()

    def duplicate(self) -> None:
        """Add a copy of the selected box."""
        self.tool.duplicate()

    def next_overlay(self) -> None:
        """Go to the next model's map (or eye)."""
        self._chooser.next()

    # Keys -------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows nudge; Escape gives up; everything else is an action of the window."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in steps and self.session.workspace.selected_box is not None:
            pace = 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
            dx, dy = steps[key]
            self.nudge(dx * pace, dy * pace, bool(modifiers & Qt.KeyboardModifier.AltModifier))
            return
        if key == Qt.Key.Key_Escape and self.cancel():
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes through the boxes while there are some, one selected."""
        on_film = self.canvas.hasFocus() and self.session.workspace.selected_box is not None
        if on_film and self.cycle_boxes(backwards=not forward):
            return True
        return super().focusNextPrevChild(forward)

    # Inside -----------------------------------------------------------------------------------

    def _build_lines(self) -> None:
        self._name, self._state, self._probe = FittingLabel(), QLabel(), QLabel()
        # A label must not dictate the width of the window.
        for label in (self._name, self._probe):
            label.setMinimumWidth(10)
        widest = "6400 %   W 65535  L 32767.5   inverted"
        self._state.setMinimumWidth(self._state.fontMetrics().horizontalAdvance(widest))
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._name, 1)
        top.addWidget(self._chooser)
        bottom.addWidget(self._probe, 1)
        bottom.addWidget(self._state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        box = self.lightbox
        self.session.changed.connect(self._on_change)
        self._chooser.chosen.connect(self._show_answer)
        box.moved.connect(self._on_moved)
        box.window_changed.connect(self._on_window)
        box.relit.connect(self._on_relit)
        self.canvas.hovered.connect(self._on_hover)
        self.canvas.resized.connect(self._tell_state)
        self.canvas.double_clicked.connect(self.maximise_wanted)
        self.tool.mode_changed.connect(self._on_mode)
        self.tool.box_drawn.connect(self.box_drawn)
        self.tool.region_drawn.connect(self.hiding.hide_region)
        self.canvas.held.connect(self.hiding.hold)
        self.hiding.changed.connect(self._show_answer)
        self.evidence.grown.connect(self._on_grown)
        self.evidence.fill_changed.connect(self._on_grown)

    def _on_change(self, old: Workspace, new: Workspace) -> None:
        if old.current != new.current or old.radiograph is not new.radiograph:
            self.tool.abandon()
            self._hover = None
        self._refresh()

    def _refresh(self) -> None:
        w = self.session.workspace
        layer = self.canvas.boxes
        layer.selected = w.selected_box
        layer.boxes = self.tool.shown if w.show_boxes else ()
        self._choose_page(w)
        self._show_answer()
        self._tell_name(w)
        self._tell_state()
        self._tell_probe()

    def _tell_name(self, w: Workspace) -> None:
        film = w.radiograph
        if w.model_eye and film is not None:
            self._name.show_texts((self._eye_text(),))
        elif film is None:
            self._name.show_texts(("" if w.case is None else w.case.name,))
        else:
            count = len(w.boxes)
            boxes = "no box" if count == 0 else "1 box" if count == 1 else f"{count} boxes"
            depth = f"{film.pixels.dtype.itemsize * 8} bit"
            name = w.case.name if w.case is not None else film.source.name
            sized = f"{name}   {film.width} × {film.height}"
            forms = (f"{sized}   {depth}   {boxes}", f"{sized}   {boxes}", sized, name)
            self._name.show_texts(forms, "\n".join((forms[0], *film.notes)))

    def _choose_page(self, w: Workspace) -> None:
        if w.radiograph is not None:
            self._pages.setCurrentWidget(self.canvas)
            return
        if w.trouble:
            self._message.say("This radiograph cannot be shown", w.trouble)
        elif w.case is not None:
            self._message.say("Reading the radiograph", w.case.name, progress=-1)
        elif w.cases:
            self._message.say("No radiograph is selected", "Choose one in the list, or press D.")
        else:
            sentence = "Drop a folder or a file here, or choose File › Open."
            self._message.say("No radiographs are open", sentence)
        self._pages.setCurrentWidget(self._message)

    def _show_answer(self) -> None:
        """Put the chosen answer's heatmap and, in the model's eye, its input on the canvas."""
        w, answer = self.session.workspace, self._chooser.answer
        eye = w.model_eye and answer is not None
        self.canvas.picture = self.canvas.stage = None
        self.canvas.crisp = 6.0
        if eye and answer is not None:
            grey = answer.image.mean(axis=0)
            self.canvas.stage = QSizeF(grey.shape[1], grey.shape[0])
            self.canvas.picture = self.lightbox.light(grey)
            self.canvas.crisp = 2.0
            placed = [answer.frame.to_model(box) for box in w.boxes]
            self.canvas.boxes.boxes = placed if w.show_boxes else ()
        elif w.show_boxes:
            self.canvas.boxes.boxes = self.tool.shown
        self.canvas.boxes.handles = not eye
        self._hidden.show(answer)
        self._show_heat(w, answer)
        self.canvas.update()
        self._tell_state()

    def _show_heat(self, w: Workspace, answer: Explanation | None) -> None:
        heatmap = None if answer is None else answer.heatmap
        wanted = w.show_heatmaps and self._chooser.wants_heat and not self.hiding.on
        if answer is None or heatmap is None or not wanted:
            self._heat.show(None, None, None, 0.0)
            return
        scale = scale_of([heatmap.reduced], is_signed(answer))
        self._heat.show(heatmap.reduced, answer.frame, scale, w.opacity)

    def _on_moved(self, gaze: object) -> None:
        self.gaze_changed.emit(gaze)
        self._tell_state()

    def _on_window(self, window: Window) -> None:
        self.window_changed.emit(window)
        self._tell_state()

    def _on_grown(self, *_: object) -> None:
        if self.hiding.on:
            self._show_answer()

    def _on_relit(self) -> None:
        if self.canvas.picture is not None or self.hiding.on:
            self._show_answer()
        self._tell_state()

    def _on_mode(self, mode: str) -> None:
        self.mode_changed.emit(mode)
        self._tell_probe()

    def _on_hover(self, at: QPointF | None) -> None:
        self._hover = at
        self._tell_probe()

    def _tell_probe(self) -> None:
        film = self.lightbox.film
        found, text = pixel_text(film, self._hover) if self.canvas.stage is None else (None, "")
        if self.tool.mode == "draw":
            text = "Drag a box, or click two corners. Esc gives up.   " + text
        self._probe.setText(text)
        self.probed.emit(found)

    def _tell_state(self) -> None:
        box = self.lightbox
        if box.film is None:
            self._state.setText("")
            return
        parts = [f"{100 * self.canvas.scale:.0f} %"]
        parts.append(f"W {box.window.width:.5g}  L {box.window.centre:.5g}")
        if box.inverted:
            parts.append("inverted")
        self._state.setText("   ".join(parts))

    def _eye_text(self) -> str:
        answer = self._chooser.answer
        if answer is None:
            return "The model's eye: ask for a prediction first (P)."
        channels, height, width = answer.image.shape
        grey = "grey" if channels == 1 else f"{channels} channels"
        return f"What {answer.request.model} sees: {width} × {height} px, {grey}"
