"""The middle of the window: the film beside the comparison, or one of them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from fracview.gui.widgets.banner import Banner
from fracview.gui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from collections.abc import Callable


class Centre(QWidget):
    """A banner for lasting trouble above a splitter with two views."""

    def __init__(
        self,
        film: QWidget,
        grid: QWidget,
        on_retry: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.film, self.grid = film, grid
        self.banner = Banner(
            "error", "mdi6.content-save-alert-outline", "Try again", on_retry, dismissable=False
        )
        self.banner.hide()
        self.split = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.split.setObjectName("centre_splitter")
        # An explicit minimum, since what a bar of tools would like must not widen the window.
        film.setMinimumWidth(240)
        grid.setMinimumWidth(380)
        self.split.addWidget(film)
        self.split.addWidget(grid)
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 3)
        self.split.setSizes([400, 600])
        self.welcome = EmptyState(
            "mdi6.bone",
            "No radiographs are open",
            "Drop a folder, a data set or some films here, or begin with the demonstration.",
        )
        self.pages = QStackedWidget()
        self.pages.addWidget(self.split)
        self.pages.addWidget(self.welcome)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self.pages, 1)

    def show_words(self, words: QWidget) -> None:
        """Give what the models say a place above both views, which it keeps."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, words)

    def toggle_film(self) -> None:
        """Give the film the whole centre, or put both back."""
        self._alone(self.film, self.grid)

    def toggle_grid(self) -> None:
        """Give the comparison the whole centre, or put both back."""
        self._alone(self.grid, self.film)

    def show_both(self) -> None:
        """Put both views back."""
        self.film.show()
        self.grid.show()

    def show_welcome(self, wanted: bool) -> None:
        """Show the page for a window in which nothing is open, or the views."""
        self.pages.setCurrentWidget(self.welcome if wanted else self.split)

    def show_trouble(self, sentence: str) -> None:
        """Show a lasting trouble, or none."""
        self.banner.say(sentence)
        self.banner.setVisible(bool(sentence))

    def _alone(self, one: QWidget, other: QWidget) -> None:
        if one.isHidden() or other.isHidden():
            self.show_both()
        else:
            other.hide()
