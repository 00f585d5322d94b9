"""Which model's answer lies on the film: its heatmap, or its exact input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox

from fracview.gui.views.cells import CellKey, all_cells, compared

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from fracview.gui.session import Session
    from fracview.gui.views.lightbox import Lightbox
    from fracview.pipeline import Explanation
    from fracview.request import Request


class OverlayChooser(QComboBox):
    """Lists what is known of the current film; the first entry is the bare film.

    Signals
    -------
    chosen()
        Another answer is to be shown.
    """

    chosen = Signal()

    def __init__(self, session: Session, lightbox: Lightbox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.lightbox = session, lightbox
        self._wanted: tuple[str, str, str] | None = None
        self._known: list[tuple[tuple[str, str, str], Request]] = []
        self.setAccessibleName("What lies on the film")
        self.setToolTip("A heatmap on the film. The model's eye shows the same model's input.")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self.activated.connect(self._on_activated)
        lightbox.answered.connect(self.refresh)
        session.watch(lambda w: (*compared(w), w.model_eye), lambda _: self.refresh())

    @property
    def wants_heat(self) -> bool:
        """Whether a heatmap was chosen rather than the bare film."""
        return self._wanted is not None and bool(self._wanted[1])

    @property
    def answer(self) -> Explanation | None:
        """The chosen answer; on the bare film that of the first model which has one."""
        conductor = self.lightbox.conductor
        if conductor is None:
            return None
        known = dict(self._known)
        request = known.get(self._wanted) if self._wanted is not None else None
        if request is None and self._known:
            request = self._known[0][1]
        return None if request is None else conductor.answer(request)

    def next(self) -> None:
        """Go one further, round and round."""
        if self.count():
            self.setCurrentIndex((self.currentIndex() + 1) % self.count())
            self._on_activated(self.currentIndex())

    def refresh(self) -> None:
        """List what is known now; keep the choice where it is still there."""
        conductor = self.lightbox.conductor
        known: list[tuple[CellKey, Request]] = []
        if conductor is not None:
            for cell in all_cells(self.session.workspace):
                if conductor.answer(cell.request) is not None:
                    known.append((cell.key, cell.request))
        self._known = known
        self.blockSignals(True)
        self.clear()
        self.addItem("film alone", None)
        for key, _ in known:
            model, method, condition = key
            if method or self.session.workspace.model_eye or condition == "attacked":
                what = method or "input"
                self.addItem(f"{what} · {model} · {condition}", key)
        keys = [self.itemData(index) for index in range(self.count())]
        self.setCurrentIndex(keys.index(self._wanted) if self._wanted in keys else 0)
        self.blockSignals(False)
        self.setEnabled(self.count() > 1)
        self.chosen.emit()

    def _on_activated(self, index: int) -> None:
        self._wanted = self.itemData(index)
        self.chosen.emit()
