"""Settings as a form made of their record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QDialogButtonBox, QWidget

from fracview.gui.dialogs.base import PlainDialog
from fracview.gui.widgets.parameter_form import ParameterForm
from fracview.settings import Settings


class PreferencesDialog(PlainDialog):
    """Edits a copy of the settings; the caller takes them on."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Settings", (460, 360), parent)
        self._before = settings
        self.form = ParameterForm(
            Settings,
            {item: getattr(settings, item) for item in Settings.__dataclass_fields__},
            skip=("device",),
        )
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        button = QDialogButtonBox.StandardButton
        self.buttons.setStandardButtons(button.Ok | button.Cancel | button.RestoreDefaults)
        self.buttons.accepted.connect(self.accept)
        defaults = self.buttons.button(button.RestoreDefaults)
        defaults.clicked.connect(lambda: self.form.set_values({}))

    def settings(self) -> Settings:
        """The settings as the form has them; the device is chosen in the Models panel."""
        values: dict[str, Any] = {**self.form.values()}
        return replace(self._before, **values)
