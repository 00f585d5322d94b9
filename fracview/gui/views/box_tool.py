"""What the mouse and the arrow keys do to boxes. Every finished gesture is one step of undo."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Signal

from fracview.gui.views.box_geometry import (
    boxes_at,
    dragged_box,
    drawn_box,
    grip_at,
    pasted,
)

if TYPE_CHECKING:
    from fracview.data.boxes import Box
    from fracview.gui.session import Session
    from fracview.gui.views.box_geometry import Grip

CURSORS: dict[str, Qt.CursorShape] = {
    "nw": Qt.CursorShape.SizeFDiagCursor,
    "se": Qt.CursorShape.SizeFDiagCursor,
    "ne": Qt.CursorShape.SizeBDiagCursor,
    "sw": Qt.CursorShape.SizeBDiagCursor,
    "n": Qt.CursorShape.SizeVerCursor,
    "s": Qt.CursorShape.SizeVerCursor,
    "e": Qt.CursorShape.SizeHorCursor,
    "w": Qt.CursorShape.SizeHorCursor,
    "inside": Qt.CursorShape.SizeAllCursor,
}


class BoxTool(QObject):
    """Draws, selects, moves and resizes boxes of the session's case, in film pixels.

    Signals
    -------
    box_drawn(object)
        A Box was drawn and is in the session.
    region_drawn(object)
        A region was drawn that is no box and is kept nowhere.
    mode_changed(str)
        ``"view"`` or ``"draw"``.
    previewed()
        What a gesture would do has changed.
    """

    box_drawn = Signal(object)
    region_drawn = Signal(object)
    mode_changed = Signal(str)
    previewed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.mode = "view"
        self.preview: Box | None = None
        """The box that is being drawn."""
        self.moving: tuple[int, Box] | None = None
        """A box that is being moved or resized, and how it lies now."""
        self._anchor: QPointF | None = None
        self._clicked = self._second = False
        self._grip: Grip | None = None
        self._before: Box | None = None
        self._fresh = False
        self._travelled = False
        self._copied: tuple[Box, ...] = ()
        self._for_region = False

    # State ------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a box is being placed, so that nothing else may change."""
        return self._anchor is not None

    @property
    def size(self) -> tuple[float, float]:
        """Height and width of the film, 0 without one."""
        film = self.session.workspace.radiograph
        return (0.0, 0.0) if film is None else (float(film.height), float(film.width))

    @property
    def shown(self) -> tuple[Box, ...]:
        """Boxes as the gesture in hand would leave them."""
        boxes = self.session.workspace.boxes
        if self.moving is None or self.moving[0] >= len(boxes):
            return boxes
        index, box = self.moving
        return (*boxes[:index], box, *boxes[index + 1 :])

    def start_drawing(self, *, region: bool = False) -> None:
        """The next drag, or the next two clicks, draw a box, or a region that is none."""
        if self.session.workspace.radiograph is None:
            self.session.say("Open a radiograph before drawing a box.", "warning")
            return
        self._for_region = region
        self._set_mode("draw")

    def cancel(self) -> bool:
        """Give up the gesture in hand, else drawing; False if there is nothing to give up."""
        if self.busy:
            self.abandon()
            return True
        if self.mode == "draw":
            self._set_mode("view")
            return True
        return False

    def abandon(self) -> None:
        """Forget the gesture in hand; nothing has happened."""
        self._anchor = self._grip = self._before = None
        self.preview = self.moving = None
        self._clicked = self._second = self._travelled = False
        self.previewed.emit()

    # Mouse ------------------------------------------------------------------------------------

    def press(self, at: QPointF, reach: float) -> bool:
        """Left button down; False if boxes have no use for it.

        Parameters
        ----------
        at
            In film pixels.
        reach
            How far a handle can be felt, in film pixels.
        """
        if self.mode == "draw":
            if not self._clicked:
                self._anchor = QPointF(*self._clamped(at))
            self._second, self._travelled = self._clicked, False
            self.previewed.emit()
            return True
        boxes, selected = self.session.workspace.boxes, self.session.workspace.selected_box
        if not self.session.workspace.show_boxes:
            return False
        self._fresh = False
        grip: Grip | None = None
        if selected is not None and selected < len(boxes):
            grip = grip_at(boxes[selected], at.x(), at.y(), reach)
        if grip is None:
            under = boxes_at(boxes, at.x(), at.y())
            if not under:
                return False
            selected, grip, self._fresh = under[0], "inside", True
            self.session.update(selected_box=selected)
        assert selected is not None
        self._anchor, self._grip, self._before = QPointF(at), grip, boxes[selected]
        self.moving, self._travelled = (selected, boxes[selected]), False
        return True

    def move(self, at: QPointF, slack: float) -> None:
        """The mouse has moved; within ``slack`` film pixels of the press it is still a click."""
        if self._anchor is None:
            return
        by = at - self._anchor
        if math.hypot(by.x(), by.y()) > slack:
            self._travelled = True
        if self.mode == "draw":
            self.preview = self._drawn(at)
        elif self.moving is not None and self._before is not None and self._grip is not None:
            if self._travelled and not self._before.locked:
                moved = dragged_box(self._before, self._grip, by.x(), by.y(), *self.size)
                self.moving = (self.moving[0], moved)
        self.previewed.emit()

    def release(self, at: QPointF) -> None:
        """Left button up: the gesture is finished, or the first of two clicks is made."""
        if self._anchor is None:
            return
        if self.mode == "draw":
            self._finish_drawing(at)
        elif self._travelled:
            self._finish_moving()
        else:
            index = self.moving[0] if self.moving else None
            fresh, spot = self._fresh, self._anchor
            self.abandon()
            if not fresh and index is not None:
                self._next_at(spot, index)

    def cursor(self, at: QPointF, reach: float) -> Qt.CursorShape | None:
        """What the mouse would do here, as a cursor; None for nothing."""
        if self.mode == "draw":
            return Qt.CursorShape.CrossCursor
        workspace = self.session.workspace
        boxes, selected = workspace.boxes, workspace.selected_box
        if not workspace.show_boxes:
            return None
        if selected is not None and selected < len(boxes) and not boxes[selected].locked:
            grip = grip_at(boxes[selected], at.x(), at.y(), reach)
            if grip is not None:
                return CURSORS[grip]
        return Qt.CursorShape.PointingHandCursor if boxes_at(boxes, at.x(), at.y()) else None

    # Keys -------------------------------------------------------------------------------------

    def delete_selected(self) -> None:
        """Remove the selected box."""
        found = self._selected("deleted")
        if found is not None:
            boxes = self.session.workspace.boxes
            kept = (*boxes[: found[0]], *boxes[found[0] + 1 :])
            self.session.set_boxes(kept, "delete a box")

    def nudge(self, dx: float, dy: float, resize: bool = False) -> None:
        """Move the selected box by film pixels, or its right and lower side if ``resize``."""
        found = self._selected("moved")
        if found is None:
            return
        index, box = found
        grip: Grip = "se" if resize else "inside"
        moved = dragged_box(box, grip, dx, dy, *self.size)
        if moved != box:
            self._put(index, moved, "resize a box" if resize else "move a box")

    def cycle(self, backwards: bool = False) -> bool:
        """Select the next box; False if there is none."""
        count = len(self.session.workspace.boxes)
        if not count or not self.session.workspace.show_boxes:
            return False
        now = self.session.workspace.selected_box
        step = -1 if backwards else 1
        start = (-1 if not backwards else 0) if now is None else now
        self.session.update(selected_box=(start + step) % count)
        return True

    def copy(self) -> None:
        """Keep the selected box for pasting, on this film or another; all boxes if none is."""
        workspace = self.session.workspace
        index = workspace.selected_box
        chosen = workspace.boxes if index is None else workspace.boxes[index : index + 1]
        if chosen:
            self._copied = chosen
            what = "a box" if len(chosen) == 1 else f"{len(chosen)} boxes"
            self.session.say(f"Copied {what}.")

    def paste(self) -> None:
        """Add what was copied; beside its model if that lies in the same place."""
        self._add(self._copied, "paste")

    def duplicate(self) -> None:
        """Add a copy of the selected box beside it."""
        found = self._selected("")
        if found is not None:
            self._add((found[1],), "duplicate")

    # Ends of gestures -------------------------------------------------------------------------

    def _finish_drawing(self, at: QPointF) -> None:
        box = self._drawn(at)
        if box is None or not (self._travelled or self._second):
            # A click: the second one will be the other corner.
            self._clicked = True
            return
        self.abandon()
        self._set_mode("view")
        if self._for_region:
            self.region_drawn.emit(box)
            return
        boxes = (*self.session.workspace.boxes, box)
        self.session.set_boxes(boxes, "draw a box", selected=len(boxes) - 1)
        self.box_drawn.emit(box)

    def _finish_moving(self) -> None:
        moving, before, grip = self.moving, self._before, self._grip
        self.abandon()
        if moving is None or before is None:
            return
        if before.locked:
            self.session.say("This box is locked. Unlock it in the list of boxes to move it.")
        elif moving[1] != before:
            self._put(*moving, "move a box" if grip == "inside" else "resize a box")

    def _next_at(self, spot: QPointF, index: int) -> None:
        """A repeated click goes to the next box under the mouse."""
        under = boxes_at(self.session.workspace.boxes, spot.x(), spot.y())
        if index in under and len(under) > 1:
            self.session.update(selected_box=under[(under.index(index) + 1) % len(under)])

    def _put(self, index: int, box: Box, text: str) -> None:
        boxes = self.session.workspace.boxes
        self.session.set_boxes((*boxes[:index], box, *boxes[index + 1 :]), text, selected=index)

    def _add(self, new: tuple[Box, ...], verb: str) -> None:
        if not new or self.session.workspace.radiograph is None:
            return
        boxes = self.session.workspace.boxes
        taken = {box.corners for box in boxes}
        height, width = self.size
        by = max(4.0, 0.02 * width)
        placed: list[Box] = []
        for box in new:
            inside = box.clipped(height, width)
            if inside is None:
                continue
            free = replace(inside, locked=False)
            placed.append(pasted(free, by, height, width) if box.corners in taken else free)
        if placed:
            what = "a box" if len(placed) == 1 else f"{len(placed)} boxes"
            chosen = len(boxes) + len(placed) - 1
            self.session.set_boxes((*boxes, *placed), f"{verb} {what}", selected=chosen)

    def _selected(self, deed: str) -> tuple[int, Box] | None:
        index, boxes = self.session.workspace.selected_box, self.session.workspace.boxes
        if index is None or not 0 <= index < len(boxes):
            return None
        if boxes[index].locked and deed:
            self.session.say(f"This box is locked and cannot be {deed}.", "warning")
            return None
        return index, boxes[index]

    def _drawn(self, at: QPointF) -> Box | None:
        assert self._anchor is not None
        return drawn_box(self._anchor.x(), self._anchor.y(), at.x(), at.y(), *self.size)

    def _clamped(self, at: QPointF) -> tuple[float, float]:
        height, width = self.size
        return min(max(at.x(), 0.0), width), min(max(at.y(), 0.0), height)

    def _set_mode(self, mode: str) -> None:
        if mode != self.mode:
            self.mode = mode
            self.mode_changed.emit(mode)
            self.previewed.emit()
