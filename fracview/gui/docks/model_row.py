"""One model of the list: switch, title, badge, two bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QToolButton

from fracview.gui.style import GAP, STYLE, colours, tint
from fracview.gui.titles import model_title
from fracview.gui.widgets.badge import Badge
from fracview.gui.widgets.elided_label import ElidedLabel
from fracview.gui.widgets.probability_bar import ProbabilityBar

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QMouseEvent

    from fracview.models.card import ModelCard


class ModelRow(QFrame):
    """A model in the list.

    Signals
    -------
    toggled(str, bool), selected(str), moved(str, int)
        With the model's spec; ``moved`` by -1 is up.
    """

    toggled = Signal(str, bool)
    selected = Signal(str)
    moved = Signal(str, int)

    def __init__(self, spec: str) -> None:
        super().__init__()
        self.spec = spec
        self.setObjectName("model_row")
        self._on = False
        self.check = QCheckBox()
        self.check.setToolTip("Compare this model")
        self.check.toggled.connect(self._on_check)
        self.name = ElidedLabel()
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.name.clicked.connect(lambda: self.selected.emit(self.spec))
        self.badge = Badge("?", "untrained")
        self.up = self._arrow("mdi6.arrow-up", "Earlier in the comparison", -1)
        self.down = self._arrow("mdi6.arrow-down", "Later in the comparison", 1)
        self.clean = ProbabilityBar("clean", "accent")
        self.attacked = ProbabilityBar("attacked", "standard")
        self.trouble = QLabel(wordWrap=True)
        self.trouble.setProperty("role", "error")
        self.trouble.hide()
        head = QHBoxLayout()
        head.setSpacing(GAP // 2)
        head.addWidget(self.check)
        head.addWidget(self.name, 1)
        head.addWidget(self.up)
        head.addWidget(self.down)
        head.addWidget(self.badge)
        layout = QGridLayout(self)
        layout.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        layout.setVerticalSpacing(2)
        layout.addLayout(head, 0, 0)
        layout.addWidget(self.clean, 1, 0)
        layout.addWidget(self.attacked, 2, 0)
        layout.addWidget(self.trouble, 3, 0)
        STYLE.changed.connect(self._paint)
        self._is_selected = False
        self.title = spec

    def show_card(self, card: ModelCard | None) -> None:
        """Show title and badge."""
        self.title = model_title(self.spec, card)
        self.name.setText(self.title)
        lines = [self.title] if card is None else [card.title or card.name, *card.warnings]
        self.name.setToolTip("\n⚠ ".join(lines))
        self.check.setAccessibleName(f"Compare {self.title}")
        kind = "not found" if card is None and ":" not in self.spec else "?"
        self.badge.set(card.kind if card else kind, card.kind if card else "untrained")

    def set_place(self, on: bool, place: int, count: int) -> None:
        """Say whether it is compared, and where."""
        self._on = on
        self.check.blockSignals(True)
        self.check.setChecked(on)
        self.check.blockSignals(False)
        self.up.setVisible(on and place > 0)
        self.down.setVisible(on and place < count - 1)
        self.clean.setVisible(on)
        self.attacked.setVisible(on)

    def set_selected(self, selected: bool) -> None:
        """Mark it as the one whose details are shown."""
        self._is_selected = selected
        self._paint()

    def show_answers(
        self, clean: tuple[float | None, str, str], attacked: tuple[float | None, str, str]
    ) -> None:
        """Show probability and state of both conditions; the sentence says why one failed."""
        self.clean.show_value(*clean[:2])
        self.attacked.show_value(*attacked[:2])
        sentence = clean[2] or attacked[2]
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence) and self._on)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select on a click anywhere."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.selected.emit(self.spec)
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select with the keyboard."""
        self.selected.emit(self.spec)
        super().focusInEvent(event)

    def _on_check(self, on: bool) -> None:
        self.toggled.emit(self.spec, on)

    def _arrow(self, name: str, tip: str, by: int) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        STYLE.set_icon(button, name, "muted")
        button.clicked.connect(lambda: self.moved.emit(self.spec, by))
        return button

    def _paint(self, *_: object) -> None:
        now = colours()
        edge = now.accent if self._is_selected else now.border
        ground = tint(now.accent, 0.08).name() if self._is_selected else now.base
        self.setStyleSheet(
            f"QFrame#model_row {{ background: {ground}; border: 1px solid {edge};"
            " border-radius: 6px; }"
        )
