"""The controls above the comparison: p, opacity, colour scale, layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

from fracview.gui.views.colour_scale import SHARINGS

if TYPE_CHECKING:
    from fracview.gui.session import Session
    from fracview.gui.views.colour_scale import Sharing

_LAYOUTS: tuple[tuple[str, bool | None], ...] = (
    ("layout: automatic", None),
    ("a row for each model", False),
    ("a column for each model", True),
)


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
        self.outline = QCheckBox("outline top")
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
        self.opacity.setRange(0, 100)
        self.opacity.setMaximumWidth(110)
        self.outline.setChecked(True)
        for key, text in SHARINGS.items():
            self.sharing.addItem(text, key)
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
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.outline)
        row.addWidget(self.slider, 3)
        row.addWidget(self.percent)
        row.addSpacing(8)
        row.addWidget(QLabel("opacity"))
        row.addWidget(self.opacity, 1)
        row.addSpacing(8)
        row.addWidget(self.sharing)
        row.addWidget(self.layout_box)
        for combo in (self.sharing, self.layout_box):
            combo.setMinimumContentsLength(8)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def _follow(self, state: tuple[float, float]) -> None:
        for widget, value in (
            (self.slider, round(state[0])),
            (self.percent, round(state[0])),
            (self.opacity, round(100 * state[1])),
        ):
            widget.blockSignals(True)
            widget.setValue(value)
            widget.blockSignals(False)
