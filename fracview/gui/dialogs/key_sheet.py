"""All keys and gestures on one sheet, made of the command table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QTextBrowser, QWidget

from fracview.gui.actions import MENUS, MOUSE, TABLE, readable
from fracview.gui.dialogs.base import PlainDialog
from fracview.gui.style import colours

if TYPE_CHECKING:
    from fracview.gui.actions import Command


class KeySheet(PlainDialog):
    """Keys by menu, gestures of the mouse, and a line to search them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Keys and gestures", (760, 640), parent)
        self.search = QLineEdit(placeholderText="Search...", clearButtonEnabled=True)
        self.search.setAccessibleName("Search the keys")
        self.search.textChanged.connect(self._show)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Keys")
        self.body.addWidget(self.search)
        self.body.addWidget(self.page, 1)
        self._show("")

    def _show(self, text: str) -> None:
        self.page.setHtml(sheet(text))


def sheet(search: str = "") -> str:
    """HTML of the key sheet, cut down to what holds the text searched for."""
    wanted = search.strip().lower()
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for menu in MENUS:
        rows = [_row(c) for c in TABLE if c.keys and c.menu.split("/")[0] == menu]
        groups.append((menu, rows))
    groups.append(("Mouse and arrows", list(MOUSE)))
    kept = [
        (title, [row for row in rows if wanted in f"{row[0]} {row[1]} {title}".lower()])
        for title, rows in groups
    ]
    parts = [_table(title, rows) for title, rows in kept if rows]
    return "".join(parts) or "<p>No key does this.</p>"


def _row(command: Command) -> tuple[str, str]:
    return " or ".join(readable(key) for key in command.keys), command.tip


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    now = colours()
    lines = "".join(
        f"<tr><td width='38%'><b>{escape(keys)}</b></td><td>{escape(tip)}</td></tr>"
        for keys, tip in rows
    )
    return (
        f"<h4 style='color:{now.muted}'>{escape(title)}</h4>"
        f"<table width='100%' cellpadding='3'>{lines}</table>"
    )
