"""What is hidden on the film at present: the selected box, all boxes, or a region of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from fracview.data.boxes import Box
    from fracview.gui.session import Session


class Hiding(QObject):
    """Whether a region is hidden, and which. Get it by :meth:`of`; there is one per session.

    Signals
    -------
    changed()
        Something else is hidden, or nothing any more.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.on = False
        self.region: Box | None = None
        """A region that is no box: drawn for this question alone, never saved."""
        session.watch(lambda w: w.current, lambda _: self.hold(False), now=False)
        session.watch(lambda w: (w.boxes, w.selected_box), lambda _: self._tell(), now=False)

    @staticmethod
    def of(session: Session) -> Hiding:
        """Return the session's state, made on first use."""
        found = session.findChild(Hiding)
        return found if isinstance(found, Hiding) else Hiding(session)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What is hidden: the region, else the selected box, else all boxes; empty if nothing."""
        w = self.session.workspace
        if not self.on or w.radiograph is None:
            return ()
        if self.region is not None:
            return (self.region,)
        if w.selected_box is not None and w.selected_box < len(w.boxes):
            return (w.boxes[w.selected_box],)
        return w.boxes

    @property
    def title(self) -> str:
        """What is hidden, in words."""
        count = len(self.session.workspace.boxes)
        if self.region is not None:
            return "a region"
        if len(self.boxes) == 1:
            return "the box" if count == 1 else "the selected box"
        return f"all {count} boxes"

    def toggle(self) -> None:
        """Hide, or show again."""
        self.hold(not self.on)

    def hold(self, on: bool) -> None:
        """Hide, or show again; says what to do where there is nothing to hide."""
        w = self.session.workspace
        if on and not w.boxes and self.region is None:
            self.session.say("Draw a box (R) or a region (Shift+O) to hide it.", "warning")
            on = False
            self.changed.emit()  # a switch that was pressed springs back
        if on != self.on:
            self.on = on
            if not on:
                self.region = None
            self.changed.emit()

    def hide_region(self, region: Box) -> None:
        """Hide a region that is no box."""
        self.region, self.on = region, True
        self.changed.emit()

    def end(self) -> bool:
        """Show everything again; False if nothing was hidden."""
        was = self.on
        self.hold(False)
        return was

    def _tell(self) -> None:
        if self.on:
            if not self.boxes:
                self.end()
            else:
                self.changed.emit()
