"""Where the panels stand: at first, as they were left, and how that is kept."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt

if TYPE_CHECKING:
    from fracview.gui.window import Window

LAYOUT_VERSION = 2
"""Raised when panels are added or renamed, so that an old arrangement is not put over them."""


def arrange(window: Window) -> None:
    """Put all panels where they are at first."""
    left, right, bottom = (
        Qt.DockWidgetArea.LeftDockWidgetArea,
        Qt.DockWidgetArea.RightDockWidgetArea,
        Qt.DockWidgetArea.BottomDockWidgetArea,
    )
    for dock in window.docks:
        dock.setFloating(False)
        window.removeDockWidget(dock)
    window.addDockWidget(left, window.browser)
    for area, group in ((right, window.right), (bottom, window.bottom)):
        for dock in group:
            window.addDockWidget(area, dock)
        for one, other in itertools.pairwise(group):
            window.tabifyDockWidget(one, other)
    for dock in window.docks:
        dock.show()
    window.models.raise_()
    window.coverage.raise_()
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    window.resizeDocks([window.browser, window.models], [235, 315], horizontal)
    window.resizeDocks([window.coverage], [max(200, window.height() * 30 // 100)], vertical)
    window.centre.show_both()
    window.centre.split.setSizes([400, 600])


def restore(window: Window) -> None:
    """Put the window as it was left, or as it is at first."""
    window.resize(1500, 900)
    geometry = window.state.value("geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    arrange(window)
    docks = window.state.value(f"docks{LAYOUT_VERSION}")
    if isinstance(docks, QByteArray):
        window.restoreState(docks, LAYOUT_VERSION)
    centre = window.state.value(f"centre{LAYOUT_VERSION}")
    if isinstance(centre, QByteArray):
        window.centre.split.restoreState(centre)


def keep(window: Window) -> None:
    """Write down how the window stands."""
    window.state.setValue("geometry", window.saveGeometry())
    window.state.setValue(f"docks{LAYOUT_VERSION}", window.saveState(LAYOUT_VERSION))
    window.state.setValue(f"centre{LAYOUT_VERSION}", window.centre.split.saveState())
    window.state.sync()
