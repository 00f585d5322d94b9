"""Versions, device and the licences of all parts."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, distribution, requires
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from fracview import __version__
from fracview.gui.dialogs.base import PlainDialog
from fracview.gui.widgets.status_strip import RESEARCH

if TYPE_CHECKING:
    from importlib.metadata import Distribution

FRACATLAS = (
    "film-standard and film-robust were trained on films of FracAtlas; none comes with it. "
    "Abedeen et al., “FracAtlas: A Dataset for Fracture Classification, Localization and "
    "Segmentation of Musculoskeletal Radiographs”, Scientific Data 10 (2023), "
    "doi 10.1038/s41597-023-02432-4, CC BY 4.0."
)
FALLBACK = ("PySide6-Essentials", "numpy", "pillow", "pydicom", "pyqtgraph", "scipy", "torch")


class AboutDialog(PlainDialog):
    """What this is, what it is made of, and what it is not for."""

    def __init__(self, device: str = "", parent: QWidget | None = None) -> None:
        super().__init__("About fracview", (640, 520), parent)
        title = QLabel(f"<h2>fracview {__version__}</h2>")
        what = QLabel(
            "Why did this model call this radiograph fractured, and would it still do so tomorrow?",
            wordWrap=True,
        )
        warning = QLabel(f"⚠ {RESEARCH}.", wordWrap=True)
        warning.setProperty("role", "research")
        facts = QLabel(versions(device))
        facts.setProperty("role", "muted")
        facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        films = QLabel(FRACATLAS, wordWrap=True)
        films.setProperty("role", "muted")
        films.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        table = _licence_table()
        for part in (title, what, warning, facts, films):
            self.body.addWidget(part)
        self.body.addWidget(table, 1)
        lines = [f"{name} {version}: {licence}" for name, version, licence in parts()]
        self.add_copy("\n".join([f"fracview {__version__}", versions(device), FRACATLAS, *lines]))


def versions(device: str = "") -> str:
    """Versions of Python, Qt and torch, and the device, in one line."""
    known = [f"Python {platform.python_version()}", f"Qt {qVersion()}"]
    try:
        known.append(f"torch {distribution('torch').version}")
    except PackageNotFoundError:
        known.append("no torch")
    if device:
        known.append(f"models run on {device}")
    return ", ".join(known)


def parts() -> list[tuple[str, str, str]]:
    """Name, version and licence of fracview and all that it depends on, directly or not."""
    found: dict[str, tuple[str, str, str]] = {}
    waiting = ["fracview", *FALLBACK]
    while waiting:
        name = waiting.pop()
        key = _canonical(name)
        if key in found:
            continue
        try:
            part = distribution(name)
        except PackageNotFoundError:
            continue
        found[key] = (part.metadata["Name"], part.version, licence_of(part))
        for line in requires(name) or ():
            if "extra ==" not in line:
                match = re.match(r"[A-Za-z0-9._-]+", line)
                if match:
                    waiting.append(match[0])
    return sorted(found.values(), key=lambda row: row[0].lower())


def licence_of(part: Distribution) -> str:
    """Licence as the metadata tell it: expression, first line of the field, or classifiers."""
    metadata = part.metadata
    expression = metadata.get_all("License-Expression")
    if expression:
        return str(expression[0])
    classified = [
        line.rsplit("::", 1)[-1].strip()
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    if classified:
        return ", ".join(classified)
    said = " ".join(metadata.get_all("License") or ()).strip()
    return said.splitlines()[0][:60] if said else "not stated"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence_table() -> QTableWidget:
    rows = parts()
    table = QTableWidget(len(rows), 3)
    table.setAccessibleName("Parts and their licences")
    table.setHorizontalHeaderLabels(["Part", "Version", "Licence"])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            table.setItem(row, column, QTableWidgetItem(text))
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(True)
    return table
