"""What is known of the current film: size, spacing, window, header fields, notes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDockWidget, QTextBrowser, QWidget

from fracview.gui.docks.case_list import is_set
from fracview.gui.style import GAP, STYLE, colours
from fracview.models.seen import SEEN

if TYPE_CHECKING:
    from fracview.data.radiograph import Radiograph
    from fracview.gui.session import Session
    from fracview.workspace import Workspace

SPACING = {"pixel": "at the patient", "imager": "at the detector, so things look larger"}


class FilmInfoDock(QDockWidget):
    """A page about the current case and its film."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Film", parent)
        self.setObjectName("film_info_dock")
        self.session = session
        self.page = QTextBrowser()
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.document().setDocumentMargin(GAP)
        self.page.setAccessibleName("About this film")
        self.setWidget(self.page)
        session.watch(
            lambda w: (w.case, w.trouble, id(w.radiograph)), lambda _: self._show(), now=True
        )
        STYLE.changed.connect(self._show)

    def _show(self, *_: object) -> None:
        self.page.setHtml(film_page(self.session.workspace))


def film_page(workspace: Workspace) -> str:
    """HTML about the current case."""
    case, film, now = workspace.case, workspace.radiograph, colours()
    if case is None:
        return f"<p style='color:{now.muted}'>No radiograph is open.</p>"
    parts = [f"<p><b>{escape(case.name)}</b></p>"]
    if workspace.trouble:
        parts.append(f"<p style='color:{now.error}'>✖ {escape(workspace.trouble)}</p>")
    notes = (*case.notes, *(film.notes if film else ()))
    if case.flag(SEEN):
        notes = (f"{SEEN} {case.flag(SEEN)}: figures on it say nothing of new films.", *notes)
    parts += [f"<p style='color:{now.warning}'>⚠ {escape(note)}</p>" for note in notes]
    facts: list[tuple[str, str]] = [("label", case.label or "unknown")]
    if film is not None:
        facts += film_facts(film)
    facts += flag_facts(case.flags)
    if film is not None:
        facts += list(film.tags)
    rows = "".join(
        f"<tr><td style='color:{now.muted}' width='40%'>{escape(key)}</td>"
        f"<td>{escape(value)}</td></tr>"
        for key, value in facts
        if value
    )
    return "".join(parts) + f"<table cellpadding='2' width='100%'>{rows}</table>"


def flag_facts(flags: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Columns of the data set: those that only say yes or no are told together."""
    facts: list[tuple[str, str]] = []
    marks: list[str] = []
    for name, value in flags:
        text = name.replace("_", " ")
        if value in ("0", "1", "True", "False") and "count" not in name.lower():
            marks += [text] if is_set(value) else []
        else:
            facts.append((text, value))
    return [*facts, ("marked as", ", ".join(marks))]


def film_facts(film: Radiograph) -> list[tuple[str, str]]:
    """Size, spacing, grey values and identity of a film."""
    facts = [
        ("format", film.format),
        ("size", f"{film.width} × {film.height} px"),
        ("grey values", f"{film.pixels.dtype}, window {film.window.low:g} to {film.window.high:g}"),
    ]
    if film.spacing is not None:
        rows, columns = film.spacing
        text = f"{columns:.4g} × {rows:.4g} mm {SPACING.get(film.spacing_kind, '')}"
        facts.append(("pixel spacing", text.strip()))
    else:
        facts.append(("pixel spacing", "not known, so no millimetres"))
    facts.append(("digest", film.digest[:16] + "…"))
    return facts
