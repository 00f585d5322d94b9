"""Beside the curves: what each answer loses with the box, in a line per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from fracview.evidence import FILLS
from fracview.evidence.words import NO_PROOF, details, figures, line, sign
from fracview.gui.style import small
from fracview.gui.titles import short_models
from fracview.gui.views.cells import all_cells
from fracview.gui.widgets.fitting_label import FittingLabel

if TYPE_CHECKING:
    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.gui.conductor import Conductor
    from fracview.gui.views.evidence_book import EvidenceBook
    from fracview.pipeline import Explanation

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
        self._lines: list[FittingLabel] = []
        self._title = QLabel("Coverage is no proof of use. Does the answer rest on the box?")
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
        return tuple(label.whole for label in self._lines if not label.isHidden())

    def show_tests(self, conductor: Conductor) -> None:
        """Say what is known of the film now; hidden where there is no box."""
        found = spoken(self.book, conductor) if self.book.session.workspace.boxes else []
        self.setVisible(bool(found))
        while len(self._lines) < len(found):
            label = FittingLabel()
            label.setFont(small(label.font()))
            self._lines.append(label)
            self._body.addWidget(label)
        for row, label in enumerate(self._lines):
            label.setVisible(row < len(found))
            if row < len(found):
                label.show_texts(*found[row])


def tests_of(book: EvidenceBook, conductor: Conductor) -> dict[tuple[str, str], BoxOcclusion]:
    """Known tests of the film's boxes by model and condition."""
    found = {}
    for cell in all_cells(book.session.workspace):
        answer = None if cell.key[1] else conductor.answer(cell.request)
        test = None if answer is None else book.test(answer)
        if test is not None:
            found[cell.row] = test
    return found


def spoken(book: EvidenceBook, conductor: Conductor) -> list[tuple[tuple[str, ...], str]]:
    """For each model that has answered: a line in several lengths, and its explanation."""
    w = book.session.workspace
    names = short_models(w.models)
    answers: dict[str, list[Explanation]] = {}
    for cell in all_cells(w):
        answer = None if cell.key[1] else conductor.answer(cell.request)
        if answer is not None:
            answers.setdefault(cell.key[0], []).append(answer)
    return [
        (_lengths(names[model], known, book), _tip(known, book)) for model, known in answers.items()
    ]


def _lengths(name: str, answers: list[Explanation], book: EvidenceBook) -> tuple[str, ...]:
    """Longest first: with all figures, with those of the clean film, with none."""
    tests = [(answer, book.test(answer)) for answer in answers]
    whole, short = [], []
    for answer, test in tests:
        missing = (book.error(answer) or "the box test is on its way").rstrip(".")
        start = "" if answer.attacked is None else "attacked: "
        whole.append(start + (missing if test is None else line(test)))
        short.append(start + (missing if test is None else sign(test)))
    first = tests[0][1]
    texts = [f"{name}: {'; '.join(whole)}."]
    if first is not None:
        later = "".join(f"; {text}" for text in short[1:])
        texts += [f"{name}: {whole[0]}{later}.", f"{name}: {short[0]}: {figures(first)}{later}."]
    return (*dict.fromkeys(texts), f"{name}: {'; '.join(short)}.")


def _tip(answers: list[Explanation], book: EvidenceBook) -> str:
    tests = [(answer, book.test(answer)) for answer in answers]
    parts = [
        f"{answer.request.model}, {answer.request.condition}: {line(test)}.\n{details(test)}"
        for answer, test in tests
        if test is not None
    ]
    return "\n\n".join(parts) or TIP
