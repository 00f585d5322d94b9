"""The controls above the comparison: p, opacity, colour scale, layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QWidget,
)

from fracview.gui.views.colour_scale import SHARINGS

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from fracview.gui.session import Session
    from fracview.gui.views.colour_scale import Sharing

_LAYOUTS: tuple[tuple[str, bool | None], ...] = (
    ("layout", None),
    ("models in rows", False),
    ("models in columns", True),
)

NARROW = 540
"""Pixels below which the controls take two rows."""


class GridBar(QWidget):
    """Sets percent and opacity of the workspace, and how the grid looks.

    Signals
    -------
    changed()
        The colour scale, the layout or the outline was changed.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.slider, self.percent = QSlider(Qt.Orientation.Horizontal), QSpinBox()
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.sharing, self.layout_box = QComboBox(), QComboBox()
        self.outline = QCheckBox("outline")
        self._build()
        self.slider.valueChanged.connect(lambda value: session.update(percent=float(value)))
        self.percent.valueChanged.connect(lambda value: session.update(percent=float(value)))
        self.opacity.valueChanged.connect(lambda value: session.update(opacity=value / 100))
        for box in (self.sharing, self.layout_box):
            box.currentIndexChanged.connect(self.changed)
        self.outline.toggled.connect(self.changed)
        session.watch(lambda w: (w.percent, w.opacity), self._follow)

    @property
    def shared(self) -> Sharing:
        """Which maps share a colour scale."""
        choice: Sharing = self.sharing.currentData()
        return choice

    @property
    def turned(self) -> bool | None:
        """Whether models lie beside each other; None for whatever fits better."""
        choice: bool | None = self.layout_box.currentData()
        return choice

    def _build(self) -> None:
        self.slider.setRange(1, 100)
        self.percent.setRange(1, 100)
        self.percent.setSuffix(" %")
        self.percent.setMaximumWidth(70)
        self.opacity.setRange(0, 100)
        self.opacity.setMaximumWidth(110)
        self.outline.setChecked(True)
        for key, text in SHARINGS.items():
            self.sharing.addItem(text.replace("one scale", "scale"), key)
        for text, turned in _LAYOUTS:
            self.layout_box.addItem(text, turned)
        tip = "Outline the p % of pixels with the largest values: those that coverage counts."
        for widget in (self.outline, self.slider, self.percent):
            widget.setToolTip(tip)
        self.percent.setAccessibleName("Percentile of the outline")
        self.slider.setAccessibleName("Percentile of the outline")
        self.opacity.setAccessibleName("Opacity of heatmaps")
        self.opacity.setToolTip("Opacity of heatmaps ([ and ])")
        self.sharing.setToolTip("Maps can only be compared by colour where they share a scale.")
        self.layout_box.setToolTip("Which way models and methods run")
        self.layout_box.setAccessibleName("Layout of the comparison")
        self.sharing.setAccessibleName("Colour scale")
        top = _group(self.outline, self.slider, self.percent)
        rest = _group(QLabel("opacity"), self.opacity, self.sharing, self.layout_box)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(3)
        self._row.addWidget(top, 2)
        self._row.addWidget(rest, 3)
        for slider in (self.slider, self.opacity):
            slider.setMinimumWidth(44)
        for combo, letters in ((self.sharing, 11), (self.layout_box, 4)):
            combo.setMinimumContentsLength(letters)
            combo.view().setMinimumWidth(170)
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take two rows where one is too short."""
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if narrow else across)

    def _follow(self, state: tuple[float, float]) -> None:
        for widget, value in (
            (self.slider, round(state[0])),
            (self.percent, round(state[0])),
            (self.opacity, round(100 * state[1])),
        ):
            widget.blockSignals(True)
            widget.setValue(value)
            widget.blockSignals(False)


def _group(*widgets: QWidget) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QSlider) else 0)
    return group
