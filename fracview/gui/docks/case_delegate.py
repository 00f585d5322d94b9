"""How a case looks in the browser: thumbnail, name, label, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fracview.gui.docks.case_list import BOXES, LABEL, REVIEWED, SEEN_BY, TROUBLE
from fracview.gui.style import GAP, STYLE, colours, icon, small, tint
from fracview.request import FRACTURED

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex

SIDE = 52


class CaseDelegate(QStyledItemDelegate):
    """One row: a picture on the left, two lines of text, icons for review, training and trouble."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons: dict[str, QIcon] = {}
        STYLE.changed.connect(self._forget)

    def _forget(self, *_: object) -> None:
        self._icons.clear()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Height of the picture and a little air."""
        lines = 2 * option.fontMetrics.height() + GAP
        return QSize(160, max(SIDE, lines) + GAP)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one row."""
        now = colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, tint(now.accent, 0.22))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(now.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, tint(now.accent, 0.08))
        frame = QRect(rect.left() + GAP, rect.center().y() - SIDE // 2, SIDE, SIDE)
        self._picture(painter, frame, index)
        left = frame.right() + GAP
        text = QRect(left, rect.top() + 4, rect.right() - left - GAP // 2, rect.height() - 8)
        self._text(painter, option, text, index)
        painter.restore()

    def _picture(self, painter: QPainter, frame: QRect, index: Any) -> None:
        path = QPainterPath()
        path.addRoundedRect(QRectF(frame), 4, 4)
        painter.fillPath(path, QColor(colours().film))
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if picture is None:
            trouble = index.data(TROUBLE)
            name = "mdi6.image-broken-variant" if trouble else "mdi6.image-outline"
            inside = frame.adjusted(15, 15, -15, -15)
            self._icon(name, "error" if trouble else "muted").paint(painter, inside)
            return
        painter.save()
        painter.setClipPath(path)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(frame.topLeft(), size)
        place.moveCenter(frame.center())
        painter.drawPixmap(place, picture)
        painter.restore()

    def _text(
        self, painter: QPainter, option: QStyleOptionViewItem, text: QRect, index: Any
    ) -> None:
        now, metrics = colours(), option.fontMetrics
        upper = QRect(text.left(), text.top() + 2, text.width(), text.height() // 2)
        lower = QRect(text.left(), upper.bottom(), text.width(), text.height() // 2)
        right = upper.right()
        marks = ((REVIEWED, "mdi6.check-circle", "good"), (SEEN_BY, "mdi6.school", "warning"))
        for role, name, colour in marks:
            if index.data(role):
                place = QRect(right - 16, upper.center().y() - 8, 16, 16)
                self._icon(name, colour).paint(painter, place)
                right -= 20
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(QColor(now.text))
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        width = right - upper.left()
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRect(upper.left(), upper.top(), width, upper.height()), middle, shown)
        painter.setFont(small(option.font))
        label, boxes = index.data(LABEL), index.data(BOXES)
        painter.setPen(QColor(now.standard if label == FRACTURED else now.muted))
        words = label or "label unknown"
        if boxes:
            words += f" · {boxes} box{'' if boxes == 1 else 'es'}"
        words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, middle, words)

    def _icon(self, name: str, colour: str) -> QIcon:
        if name not in self._icons:
            self._icons[name] = icon(name, colour)
        return self._icons[name]
