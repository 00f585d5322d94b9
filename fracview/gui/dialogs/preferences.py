"""Settings as a form made of their record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QWidget

from fracview.gui.dialogs.base import PlainDialog
from fracview.gui.widgets.parameter_form import ParameterForm
from fracview.recall import open_archive
from fracview.settings import Settings


class PreferencesDialog(PlainDialog):
    """Edits a copy of the settings; the caller takes them on."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Settings", (480, 390), parent)
        self._before = settings
        self.form = ParameterForm(
            Settings,
            {item: getattr(settings, item) for item in Settings.__dataclass_fields__},
            skip=("device",),
        )
        self.body.addWidget(self.form)
        self.body.addLayout(self._kept())
        self.body.addStretch(1)
        button = QDialogButtonBox.StandardButton
        self.buttons.setStandardButtons(button.Ok | button.Cancel | button.RestoreDefaults)
        self.buttons.accepted.connect(self.accept)
        defaults = self.buttons.button(button.RestoreDefaults)
        defaults.clicked.connect(lambda: self.form.set_values({}))

    def _kept(self) -> QHBoxLayout:
        """How much lies on disk, and a button that removes it."""
        # Whatever is set: what was kept before can be removed in any case.
        self._archive = open_archive(max(1, self._before.disk))
        self.held = QLabel(wordWrap=True)
        self.clear = QPushButton("Clear results on disk")
        self.clear.setToolTip("Results are computed again when they are asked for")
        self.clear.clicked.connect(self._on_clear)
        row = QHBoxLayout()
        row.addWidget(self.held, 1)
        row.addWidget(self.clear)
        self._show_size()
        return row

    def _on_clear(self) -> None:
        if self._archive is not None:
            self._archive.clear()
        self._show_size()

    def _show_size(self) -> None:
        bytes_ = 0 if self._archive is None else self._archive.size
        self.held.setText(
            f"Results on disk: {bytes_ / 2**20:.1f} MiB" if bytes_ else "Nothing on disk"
        )
        self.clear.setEnabled(bool(bytes_))

    def settings(self) -> Settings:
        """The settings as the form has them; the device is chosen in the Models panel."""
        values: dict[str, Any] = {**self.form.values()}
        return replace(self._before, **values)
