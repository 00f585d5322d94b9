"""A radius in pixel units, written as people do: ``4/255`` or ``0.0157``."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from fracview.errors import SettingError
from fracview.gui.style import GAP, STYLE, colours
from fracview.request import parse_epsilon


class RadiusBox(QWidget):
    """A line for a fraction, and beside it how many grey levels of 255 that is, or of which norm.

    Signals
    -------
    changed(float)
        A person has given another valid value.
    refused(str)
        What was typed is no radius; the last valid one stays.
    """

    changed = Signal(float)
    refused = Signal(str)

    def __init__(self, value: float = 4 / 255, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value, self._norm = value, "Linf"
        self.line = QLineEdit()
        self.line.setAccessibleDescription("A fraction such as 4/255, or a decimal number")
        self.levels = QLabel()
        self.levels.setProperty("role", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.levels)
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._check)
        self.line.editingFinished.connect(self._take)
        STYLE.changed.connect(self._check)
        self.set_value(value)

    def value(self) -> float:
        """The last valid radius, in pixel units."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a radius; ``changed`` is not sent."""
        self._value = value
        self.line.setText(self._text)
        self._check()

    def show_norm(self, norm: str) -> None:
        """Tell the size in the unit of a norm: only the largest change is one of grey levels."""
        if norm != self._norm:
            self._norm = norm
            self.set_value(self._value)

    @property
    def _text(self) -> str:
        return as_fraction(self._value) if self._norm == "Linf" else f"{self._value:.6g}"

    def _check(self, *_: object) -> None:
        try:
            value = parse_epsilon(self.line.text())
        except SettingError as error:
            self.levels.setText("?")
            self.line.setStyleSheet(f"color: {colours().error};")
            self.line.setToolTip(str(error))
            return
        self.line.setStyleSheet("")
        self.line.setToolTip(self.toolTip())
        levels = f"{value * 255:.3g} of 255"
        self.levels.setText(levels if self._norm == "Linf" else f"{self._norm} distance")

    def _take(self) -> None:
        if self.line.text() == self._text:
            return
        try:
            value = parse_epsilon(self.line.text())
        except SettingError as error:
            self.refused.emit(str(error))
            self.set_value(self._value)
            return
        if value != self._value:
            self._value = value
            self._check()
            self.changed.emit(value)


def as_fraction(value: float) -> str:
    """Write a radius as n/255 where that is exact, else as a decimal number."""
    levels = round(value * 255)
    return f"{levels}/255" if levels and value == levels / 255 else f"{value:.6g}"
