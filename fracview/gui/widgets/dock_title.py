"""The title of a panel; where panels lie behind tabs, the tab is title enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from fracview.gui.style import GAP, STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable


class DockTitle(QWidget):
    """Name, float button, close button; nothing at all while the dock lies behind a tab."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock, self._slim = dock, False
        self.name = QLabel(dock.windowTitle())
        self.name.setProperty("role", "section")
        dock.windowTitleChanged.connect(self.name.setText)
        self.buttons = [
            self._button("mdi6.dock-window", "Take out or put back", self._float),
            self._button("mdi6.close", "Close this panel; the Window menu brings it back",
                         dock.close),
        ]  # fmt: skip
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP, 2, 4, 2)
        layout.setSpacing(0)
        layout.addWidget(self.name, 1)
        for button in self.buttons:
            layout.addWidget(button)

    def set_slim(self, slim: bool) -> None:
        """Show nothing, or everything."""
        self._slim = slim
        for part in (self.name, *self.buttons):
            part.setVisible(not slim)
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(*((0, 0, 0, 0) if slim else (GAP, 2, 4, 2)))
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """No height behind a tab."""
        return QSize(0, 0) if self._slim else super().minimumSizeHint()

    def sizeHint(self) -> QSize:
        """No height behind a tab."""
        return QSize(0, 0) if self._slim else super().sizeHint()

    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def _button(self, name: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setIconSize(QSize(14, 14))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        STYLE.set_icon(button, name, "muted")
        button.clicked.connect(slot)
        return button


def give_titles(window: QMainWindow, docks: Iterable[QDockWidget]) -> None:
    """Give docks titles that know whether they are needed."""
    all_docks = tuple(docks)
    later = QTimer(window, singleShot=True, interval=0)

    def look() -> None:
        for dock in all_docks:
            title = dock.titleBarWidget()
            if isinstance(title, DockTitle):
                shown = [d for d in window.tabifiedDockWidgets(dock) if not d.isHidden()]
                title.set_slim(bool(shown) and not dock.isFloating())

    later.timeout.connect(look)
    for dock in all_docks:
        dock.setTitleBarWidget(DockTitle(dock))
        for signal in (dock.topLevelChanged, dock.dockLocationChanged, dock.visibilityChanged):
            signal.connect(lambda *_: later.start())
    later.start()
