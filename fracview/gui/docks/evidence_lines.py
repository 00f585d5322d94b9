"""Beside the curves: what each answer loses with the box, in a line per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from fracview.evidence import FILLS
from fracview.evidence.words import NO_PROOF, details, line
from fracview.gui.style import small
from fracview.gui.titles import short_models
from fracview.gui.views.cells import all_cells
from fracview.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.gui.conductor import Conductor
    from fracview.gui.views.evidence_book import EvidenceBook

TITLES = {"blur": "blur", "mean": "border mean", "inpaint": "inpainting"}
TIP = (
    "Box test: the box is hidden, then equal places elsewhere, and the models are asked again.\n"
    "This is how. Each fill leaves traces of its own, so look at more than one."
)


class EvidenceLines(QWidget):
    """One line per model that gives way, its figures in the tooltip, and the choice of the fill."""

    def __init__(self, book: EvidenceBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.book = book
        self._lines: list[ElidedLabel] = []
        self._title = QLabel("Coverage is no proof of use.")
        self._title.setFont(small(self._title.font()))
        self._title.setToolTip(NO_PROOF)
        self.fill = QComboBox()
        self.fill.setFont(small(self.fill.font()))
        self.fill.setToolTip(TIP)
        self.fill.setAccessibleName("How boxes are hidden")
        for name in FILLS:
            self.fill.addItem(f"box hidden by {TITLES.get(name, name)}", name)
        self.fill.setCurrentIndex(self.fill.findData(book.fill))
        self.fill.activated.connect(lambda _: book.set_fill(str(self.fill.currentData())))
        book.fill_changed.connect(lambda name: self.fill.setCurrentIndex(self.fill.findData(name)))
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self._title, 1)
        head.addWidget(self.fill)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._body.addLayout(head)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is said, a line per model."""
        return tuple(label.text() for label in self._lines if not label.isHidden())

    def show_tests(self, conductor: Conductor) -> None:
        """Say what is known of the film now; hidden where there is no box."""
        found = spoken(self.book, conductor) if self.book.session.workspace.boxes else []
        self.setVisible(bool(found))
        while len(self._lines) < len(found):
            label = ElidedLabel()
            label.setFont(small(label.font()))
            self._lines.append(label)
            self._body.addWidget(label)
        for row, label in enumerate(self._lines):
            label.setVisible(row < len(found))
            if row < len(found):
                text, tip = found[row]
                label.setText(text)
                label.setToolTip(tip)


def tests_of(book: EvidenceBook, conductor: Conductor) -> dict[tuple[str, str], BoxOcclusion]:
    """Known tests of the film's boxes by model and condition."""
    found = {}
    for cell in all_cells(book.session.workspace):
        answer = None if cell.key[1] else conductor.answer(cell.request)
        test = None if answer is None else book.test(answer)
        if test is not None:
            found[cell.row] = test
    return found


def spoken(book: EvidenceBook, conductor: Conductor) -> list[tuple[str, str]]:
    """A line and its explanation for each model that has answered."""
    w = book.session.workspace
    names, texts, tips = short_models(w.models), dict[str, list[str]](), dict[str, list[str]]()
    for cell in all_cells(w):
        answer = None if cell.key[1] else conductor.answer(cell.request)
        if answer is None:
            continue
        model, _, condition = cell.key
        test, start = book.test(answer), "" if condition == "clean" else "Attacked: "
        if test is not None:
            text = line(test)
            tips.setdefault(model, []).append(f"{model}, {condition}\n{details(test)}")
        else:
            text = book.error(answer) or "the box test is on its way"
        texts.setdefault(model, []).append(start + text.rstrip("."))
    return [
        (f"{names[model]}: {'. '.join(parts)}.", "\n\n".join(tips.get(model, [TIP])))
        for model, parts in texts.items()
    ]
