"""What lies on disk is shown and can be removed."""

from __future__ import annotations

import pytest

from fracview.gui.dialogs.preferences import PreferencesDialog
from fracview.recall import KeptRadius, open_archive
from fracview.settings import Settings


@pytest.mark.parametrize("disk", [2048, 0])
def test_results_on_disk_are_shown_and_cleared(qtbot, disk):
    open_archive(16).put("a", KeptRadius("fractured" * 30_000, 0.1, 0.1))
    dialog = PreferencesDialog(Settings(disk=disk))
    qtbot.addWidget(dialog)
    assert "0.3 MiB" in dialog.held.text()
    dialog.clear.click()
    assert open_archive(16).size == 0
    assert dialog.held.text() == "Nothing on disk"
    assert not dialog.clear.isEnabled()


def test_the_limit_and_the_tour_are_settings(qtbot):
    dialog = PreferencesDialog(Settings(disk=16, tour=False))
    qtbot.addWidget(dialog)
    assert dialog.settings() == Settings(disk=16, tour=False)
    dialog.form.set_values({})
    assert dialog.settings().tour
