"""How decisions are explained and measured: methods with their parameters, protocol, seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QFileDialog,
    QFormLayout,
    QLabel,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from fracview.attribution import ATTRIBUTIONS
from fracview.errors import CardError
from fracview.gui.docks.method_row import MethodRow
from fracview.gui.files import FILMS
from fracview.gui.style import GAP
from fracview.request import Method, Protocol, load_protocol, protocol_names
from fracview.task import Progress

if TYPE_CHECKING:
    from fracview.gui.runner import Failure, Job, Runner
    from fracview.gui.session import Session
    from fracview.task import Task

BASELINES = {
    "black": "Black",
    "mean": "Mean grey",
    "blur": "Blurred film",
    "grey": "Grey (0 after normalising)",
}
OWN = "own"
"""Data of the entry that asks for a radiograph of one's own."""
REDUCTIONS = {
    "abs-max": "Largest modulus of the channels",
    "sum": "Sum of the channels, modulus",
    "signed": "Sum of the channels, with sign",
}


class MethodsDock(QDockWidget):
    """Attribution methods with a switch and a form each; the protocol of every measurement.

    The forms are made of the methods' own dataclasses, which need torch; so they come once the
    lane has loaded it.
    """

    def __init__(self, session: Session, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__("Methods", parent)
        self.setObjectName("methods_dock")
        self.session, self.runner = session, runner
        self.rows: dict[str, MethodRow] = {}
        self._protocols: dict[str, Protocol] = {}
        self._build()
        self._read_protocols()
        runner.succeeded.connect(self._on_kinds)
        runner.failed.connect(self._on_no_kinds)
        session.watch(lambda w: w.methods, self._show_methods)
        session.watch(lambda w: w.protocol, self._show_protocol)
        session.watch(lambda w: w.seed, self._show_seed)
        session.watch(lambda w: w.attacked, self._show_attacked)

    def load_forms(self) -> None:
        """Ask the lane for the methods' dataclasses."""
        self.runner.submit("load the methods", _loading, "attribution kinds")

    def show_kinds(self, kinds: dict[str, type | str]) -> None:
        """Give every method its form; a string says why one could not be loaded."""
        for name, kind in kinds.items():
            if isinstance(kind, str):
                self.rows[name].show_trouble(kind)
            else:
                self.rows[name].show_form(kind)
        self._show_methods(self.session.workspace.methods)

    # Inside -----------------------------------------------------------------------------------

    def _build(self) -> None:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(GAP, GAP, GAP, GAP)
        layout.setSpacing(GAP // 2)
        layout.addWidget(_section("Heatmaps by"))
        for name in ATTRIBUTIONS:
            row = self.rows[name] = MethodRow(name)
            row.changed.connect(self._on_rows)
            layout.addWidget(row)
        self.attacked = QCheckBox("Heatmaps of the attacked film, too")
        self.attacked.setToolTip("Compare every heatmap with that of the attacked film")
        self.attacked.toggled.connect(lambda on: self.session.update(attacked=on))
        layout.addSpacing(GAP // 2)
        layout.addWidget(self.attacked)
        layout.addSpacing(GAP)
        layout.addWidget(_section("Measured by"))
        form = QFormLayout()
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(GAP // 2)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.protocol = self._combo("Protocol", "Every choice between a film and a number")
        self.baseline = self._combo(
            "Baseline", "What an absent pixel looks like to Integrated Gradients and DeepLIFT"
        )
        self.reduction = self._combo("Channels", "From three channels to one heatmap")
        for value, text in BASELINES.items():
            self.baseline.addItem(text, value)
        self.baseline.addItem("Own film…", OWN)
        for value, text in REDUCTIONS.items():
            self.reduction.addItem(text, value)
        self.protocol.activated.connect(lambda _: self._on_protocol())
        self.baseline.activated.connect(lambda _: self._on_baseline())
        self.reduction.activated.connect(lambda _: self._on_choice("reduction", self.reduction))
        self.seed = QSpinBox(maximum=2**31 - 1)
        self.seed.setKeyboardTracking(False)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("Root of all randomness; it is kept with every number")
        self.seed.valueChanged.connect(lambda value: self.session.update(seed=value))
        for text, widget in (
            ("Protocol", self.protocol),
            ("Baseline", self.baseline),
            ("Channels", self.reduction),
            ("Seed", self.seed),
        ):
            label = QLabel(text)
            label.setBuddy(widget)
            form.addRow(label, widget)
        layout.addLayout(form)
        self.warnings = QLabel(wordWrap=True)
        self.warnings.setProperty("role", "warning")
        self.warnings.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.warnings)
        layout.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        self.setWidget(scroll)

    def _combo(self, name: str, tip: str) -> QComboBox:
        combo = QComboBox()
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(12)
        return combo

    def _read_protocols(self) -> None:
        for name in protocol_names():
            try:
                self._protocols[name] = load_protocol(name)
            except CardError as error:
                self.session.say(str(error), "warning")
        self._protocols.setdefault(Protocol().name, Protocol())
        order = sorted(self._protocols, key=lambda name: (name != Protocol().name, name))
        for name in order:
            self.protocol.addItem(self._protocols[name].title, name)

    def _on_rows(self) -> None:
        before = [method.name for method in self.session.workspace.methods]
        on = [name for name, row in self.rows.items() if row.is_on]
        order = [name for name in before if name in on]
        order += [name for name in on if name not in order]
        self.session.update(methods=tuple(self.rows[name].method() for name in order))

    def _on_protocol(self) -> None:
        self.session.update(protocol=self._protocols[self.protocol.currentData()])

    def _on_baseline(self) -> None:
        if self.baseline.currentData() != OWN:
            self._on_choice("baseline", self.baseline)
            return
        title = "A radiograph that stands for nothing to see"
        name, _ = QFileDialog.getOpenFileName(self, title, "", FILMS)
        if name and not Path(name).suffix:
            self.session.say(f"{name} has no ending such as .png, so it is no baseline.", "error")
            name = ""
        protocol = self.session.workspace.protocol
        if name:
            self.session.update(protocol=replace(protocol, baseline=name))
        else:
            self._show_baseline(protocol.baseline)

    def _show_baseline(self, baseline: str) -> None:
        """Choose the entry of a baseline; a file gets one of its own, with its name."""
        own = self.baseline.findData(OWN)
        for place in range(own - 1, len(BASELINES) - 1, -1):
            self.baseline.removeItem(place)
        place = self.baseline.findData(baseline)
        if place < 0:
            place = len(BASELINES)
            self.baseline.insertItem(place, f"Own: {Path(baseline).name}", baseline)
            self.baseline.setItemData(place, baseline, Qt.ItemDataRole.ToolTipRole)
        self.baseline.setCurrentIndex(place)

    def _on_choice(self, name: str, combo: QComboBox) -> None:
        protocol = self.session.workspace.protocol
        self.session.update(protocol=replace(protocol, **{name: combo.currentData()}))

    def _show_methods(self, methods: tuple[Method, ...]) -> None:
        chosen = {method.name: method for method in methods}
        for name, row in self.rows.items():
            row.show_method(chosen.get(name))

    def _show_protocol(self, protocol: Protocol) -> None:
        if protocol.name not in self._protocols:
            self._protocols[protocol.name] = protocol
            self.protocol.addItem(protocol.title, protocol.name)
        original = self._protocols[protocol.name]
        place = self.protocol.findData(protocol.name)
        self.protocol.setCurrentIndex(place)
        changed = protocol != original
        self.protocol.setItemText(place, original.title + (" (changed)" if changed else ""))
        self._show_baseline(protocol.baseline)
        self.reduction.setCurrentIndex(self.reduction.findData(protocol.reduction))
        self.warnings.setText("\n".join(f"⚠ {text}" for text in protocol.warnings))
        self.warnings.setVisible(bool(protocol.warnings))

    def _show_seed(self, seed: int) -> None:
        with QSignalBlocker(self.seed):
            self.seed.setValue(seed)

    def _show_attacked(self, on: bool) -> None:
        with QSignalBlocker(self.attacked):
            self.attacked.setChecked(on)

    def _on_kinds(self, job: Job, kinds: Any) -> None:
        if job.tag == "attribution kinds":
            self.show_kinds(kinds)

    def _on_no_kinds(self, job: Job, failure: Failure) -> None:
        if job.tag == "attribution kinds":
            for row in self.rows.values():
                row.show_trouble(failure.sentence)


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "section")
    return label


def _loading() -> Task[dict[str, type | str]]:
    """Import every method; one that cannot be imported does not take the others along."""
    kinds: dict[str, type | str] = {}
    names = tuple(ATTRIBUTIONS)
    for step, name in enumerate(names):
        yield Progress(step, len(names), name)
        try:
            kinds[name] = ATTRIBUTIONS.load(name)
        except (ImportError, AttributeError) as error:
            kinds[name] = f"{name} cannot be loaded: {error}."
    return kinds
