"""One method of the list: switch, title, and a form that unfolds."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fracview.gui.style import GAP, STYLE
from fracview.gui.titles import method_title
from fracview.gui.widgets.parameter_form import ParameterForm
from fracview.request import Method

SKIP = ("seed", "baseline", "reduction")
"""Fields that the protocol or the request decides."""


class MethodRow(QWidget):
    """A method with its settings.

    Signals
    -------
    changed()
        Switched, or another setting.
    """

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.form: ParameterForm | None = None
        self._kept = Method(name)
        self.check = QCheckBox(method_title(name))
        self.check.toggled.connect(lambda _: self.changed.emit())
        self.gear = QToolButton(autoRaise=True)
        self.gear.setCheckable(True)
        self.gear.hide()
        self.gear.setToolTip(f"Settings of {method_title(name)}")
        self.gear.setAccessibleName(f"Settings of {method_title(name)}")
        STYLE.set_icon(self.gear, "mdi6.tune-variant", "muted")
        self.gear.toggled.connect(self._unfold)
        self.trouble = QLabel(wordWrap=True)
        self.trouble.hide()
        self.trouble.setProperty("role", "error")
        head = QHBoxLayout()
        head.addWidget(self.check, 1)
        head.addWidget(self.gear)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addLayout(head)
        self._layout.addWidget(self.trouble)

    @property
    def is_on(self) -> bool:
        """Whether it is in the comparison."""
        return self.check.isChecked()

    def method(self) -> Method:
        """The method with its settings as they stand."""
        return self._kept if self.form is None else self.form.method(self.name)

    def show_form(self, kind: type) -> None:
        """Give it a form made of its dataclass."""
        summary = (kind.__doc__ or "").strip().splitlines()
        self.check.setToolTip(summary[0] if summary else "")
        self.form = ParameterForm(kind, self._kept.settings(), skip=SKIP)
        self.form.changed.connect(lambda _: self.changed.emit())
        self.form.setContentsMargins(3 * GAP, 0, 0, GAP // 2)
        self.form.setVisible(False)
        self._layout.addWidget(self.form)
        self.gear.setVisible(bool(self.form.parameters))

    def show_trouble(self, sentence: str) -> None:
        """Say why it cannot be used."""
        self.trouble.setText(sentence)
        self.trouble.show()
        self.check.setEnabled(False)

    def show_method(self, method: Method | None) -> None:
        """Show whether it is compared, and how it is set."""
        with QSignalBlocker(self.check):
            self.check.setChecked(method is not None)
        if method is not None:
            self._kept = method
            if self.form is not None:
                self.form.set_values(method.settings())

    def _unfold(self, on: bool) -> None:
        if self.form is not None:
            self.form.setVisible(on)
