"""The models: which there are, which are compared, and what they say of the current film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from fracview.errors import FracviewError
from fracview.gui.card_page import card_page
from fracview.gui.docks.model_row import ModelRow
from fracview.gui.style import GAP, STYLE
from fracview.gui.widgets.empty_state import EmptyState
from fracview.models.card import read_card
from fracview.models.shelf import read_shelf
from fracview.request import FRACTURED

if TYPE_CHECKING:
    from fracview.gui.conductor import Conductor
    from fracview.gui.session import Session
    from fracview.models.card import ModelCard
    from fracview.request import Request

SUFFIXES = (".toml", ".pt", ".pth", ".safetensors", ".bin")
"""Suffixes by which a dropped file is taken for a model."""


class ModelsDock(QDockWidget):
    """Cards with a switch each, predictions as bars, a page of details, the device.

    Signals
    -------
    device_chosen(str)
        A device's name, or "" for the best there is.
    checkpoint_given(Path)
        A file of weights was given; somebody must ask for its architecture.
    """

    device_chosen = Signal(str)
    checkpoint_given = Signal(object)

    def __init__(
        self, session: Session, conductor: Conductor, parent: QWidget | None = None
    ) -> None:
        super().__init__("Models", parent)
        self.setObjectName("models_dock")
        self.session, self.conductor = session, conductor
        self.rows: dict[str, ModelRow] = {}
        self._cards: dict[str, ModelCard] = {}
        self._extra: list[str] = []
        self._selected = ""
        self._compared: tuple[str, ...] = ()
        self._build()
        self.read_cards()
        session.watch(lambda w: w.models, lambda _: self._arrange())
        session.watch(lambda w: (w.current, w.radiograph is None), lambda _: self.refresh())
        for signal in (conductor.arrived, conductor.planned, conductor.failed):
            signal.connect(self.refresh)
        STYLE.changed.connect(self._show_details)

    def read_cards(self) -> None:
        """Read all cards anew."""
        shelf = read_shelf()
        self._cards = {card.name: card for card in shelf.cards}
        for spec in (*self.session.workspace.models, *self._extra):
            self._learn(spec)
        for error in shelf.broken:
            self.session.say(str(error), "warning")
        self._arrange()

    def card(self, spec: str) -> ModelCard | None:
        """What is known of a model."""
        return self._cards.get(spec)

    def add(self, path: Path) -> None:
        """Add a card, or ask for the architecture of a checkpoint, and put it into the comparison.

        A broken card changes nothing and is said.
        """
        if path.suffix.lower() != ".toml":
            self.checkpoint_given.emit(path)
            return
        self.add_spec(str(path.resolve()), read_card(path))

    def add_spec(self, spec: str, card: ModelCard | None = None) -> None:
        """Add a model by what a person would type for it."""
        if card is not None and card.name in self._cards and self._cards[card.name] == card:
            spec = card.name
        if spec not in self._cards and spec not in self._extra:
            self._extra.append(spec)
        if card is not None:
            self._cards[spec] = card
        models = self.session.workspace.models
        self._arrange()
        if spec not in models:
            self.session.update(models=(*models, spec))
        self._select(spec)

    def choose_file(self) -> None:
        """Ask for a card or checkpoint."""
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self, "Add a model", "", f"Model cards and checkpoints ({kinds});;All files (*)"
        )
        if name:
            self.add(Path(name))

    def rotate(self) -> None:
        """Put the next model first."""
        models = self.session.workspace.models
        if len(models) > 1:
            self.session.update(models=(*models[1:], models[0]))
            self._select(models[1])
            self.session.say(f"{self.rows[models[1]].title} comes first now.")

    def show_devices(self, found: tuple[Any, ...], chosen: str) -> None:
        """List devices once they are known."""
        self.device.blockSignals(True)
        self.device.clear()
        best = found[0].name if found else "cpu"
        self.device.addItem(f"Automatic ({best})", "")
        for info in found:
            self.device.addItem(f"{info.name}: {info.title}", info.name)
            memory = f"{info.memory / 2**30:.1f} GiB" if info.memory else "size of memory unknown"
            self.device.setItemData(self.device.count() - 1, memory, Qt.ItemDataRole.ToolTipRole)
        place = self.device.findData(chosen)
        if place < 0:
            self.device.addItem(f"{chosen} (not here)", chosen)
            place = self.device.count() - 1
        self.device.setCurrentIndex(place)
        self.device.setEnabled(True)
        self.device.blockSignals(False)

    def refresh(self, *_: object) -> None:
        """Bring the bars up to date."""
        clean: dict[str, Request] = {}
        attacked: dict[str, Request] = {}
        for request in self.conductor.wanted:
            if request.attribution is None:
                (clean if request.attack is None else attacked)[request.model] = request
        for spec, row in self.rows.items():
            row.show_answers(*(self._answer(kind.get(spec)) for kind in (clean, attacked)))

    # Inside -----------------------------------------------------------------------------------

    def _answer(self, request: Request | None) -> tuple[float | None, str, str]:
        """Probability, state and sentence of a request."""
        if request is None:
            return None, "", ""
        error = self.conductor.error(request)
        if error:
            return None, "failed", error
        known = self.conductor.answer(request)
        if known is None:
            return None, "waiting", ""
        if request.model not in self._cards:
            self._cards[request.model] = known.card
            self._arrange()
        flipped = known.attacked is not None and known.prediction.label != known.clean.label
        try:
            value = known.prediction.probability(FRACTURED)
        except ValueError:
            return None, "no such class", ""
        return value, "flipped" if flipped else "", ""

    def _build(self) -> None:
        self.list = QWidget()
        self.list_layout = QVBoxLayout(self.list)
        self.list_layout.setContentsMargins(GAP, GAP, GAP, GAP)
        self.list_layout.setSpacing(GAP // 2)
        self.list_layout.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.list)
        self.empty = EmptyState(
            "mdi6.brain", "No model cards", "Add a model card or a checkpoint of your own.",
        )  # fmt: skip
        self.list_layout.insertWidget(0, self.empty)
        self.details = QTextBrowser(openExternalLinks=True)
        self.details.setAccessibleName("Details of the selected model")
        self.details.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.details.document().setDocumentMargin(GAP)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(scroll)
        split.addWidget(self.details)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([320, 160])
        self.device = QComboBox()
        self.device.setEnabled(False)
        self.device.setAccessibleName("Device")
        self.device.setToolTip("Where models run")
        self.device.addItem("torch is loading...")
        self.device.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.device.setMinimumContentsLength(10)
        self.device.activated.connect(
            lambda _: self.device_chosen.emit(self.device.currentData() or "")
        )
        self.add_button = QPushButton("Add model...")
        self.add_button.setToolTip("Add a model card or a checkpoint (Ctrl+M)")
        STYLE.set_icon(self.add_button, "mdi6.plus")
        self.add_button.clicked.connect(self.choose_file)
        foot = QHBoxLayout()
        foot.setContentsMargins(GAP, GAP // 2, GAP, GAP)
        foot.setSpacing(GAP)
        foot.addWidget(QLabel("Run on"))
        foot.addWidget(self.device, 1)
        foot.addWidget(self.add_button)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(split, 1)
        layout.addLayout(foot)
        self.setWidget(body)

    def _learn(self, spec: str) -> None:
        if spec not in self._cards and spec.lower().endswith(".toml"):
            try:
                self._cards[spec] = read_card(Path(spec))
            except FracviewError as error:
                self.session.say(str(error), "warning")

    def _arrange(self) -> None:
        chosen = self.session.workspace.models
        rest = [name for name in (*self._cards, *self._extra) if name not in chosen]
        order = list(dict.fromkeys((*chosen, *rest)))
        for spec in [spec for spec in self.rows if spec not in order]:
            self.rows.pop(spec).deleteLater()
        for place, spec in enumerate(order):
            row = self.rows.get(spec)
            if row is None:
                row = self.rows[spec] = ModelRow(spec)
                row.toggled.connect(self._toggle)
                row.selected.connect(self._select)
                row.moved.connect(self._move)
            row.show_card(self._cards.get(spec))
            row.set_place(spec in chosen, place, len(chosen))
            if self.list_layout.indexOf(row) != place:
                self.list_layout.insertWidget(place, row)
        self.empty.setVisible(not order)
        # Another pair has come, perhaps with other films: its first card is the one to read.
        gone = self._selected in self._compared and self._selected not in chosen
        self._compared = chosen
        if order and (self._selected not in self.rows or (gone and chosen)):
            self._selected = order[0]
        for spec, row in self.rows.items():
            row.set_selected(spec == self._selected)
        self._show_details()
        self.refresh()

    def _toggle(self, spec: str, on: bool) -> None:
        models = tuple(name for name in self.session.workspace.models if name != spec)
        self.session.update(models=(*models, spec) if on else models)

    def _move(self, spec: str, by: int) -> None:
        models = list(self.session.workspace.models)
        if spec in models:
            place = models.index(spec)
            other = place + by
            if 0 <= other < len(models):
                models[place], models[other] = models[other], models[place]
                self.session.update(models=tuple(models))

    def _select(self, spec: str) -> None:
        self._selected = spec
        for name, row in self.rows.items():
            row.set_selected(name == spec)
        self._show_details()

    def _show_details(self, *_: object) -> None:
        card = self._cards.get(self._selected)
        self.details.setHtml(card_page(card, self._selected))
