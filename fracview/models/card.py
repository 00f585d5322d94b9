"""A model card: all that is known of a model before a single weight is read. No torch here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import tomli_w

from fracview.errors import CardError, SettingError, UnknownName
from fracview.files import read_toml, whole_file
from fracview.request import (
    FRACTURED,
    LARGEST_INPUT,
    NOT_FRACTURED,
    Norm,
    ThreatModel,
    is_input_size,
    parse_epsilon,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Normalisation: TypeAlias = Literal["outside", "inside", "both", "none"]
Kind: TypeAlias = Literal["robust", "standard", "untrained"]

LARGEST_SEED = 999_999_999
CIFAR_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR_STD = (0.2470, 0.2435, 0.2616)
"""The constants of the published notebooks; the nets' own inner std begins with 0.2471."""


@dataclass(frozen=True)
class InputSpec:
    """What the network is fed.

    Parameters
    ----------
    size
        Height and width that the card was measured at.
    channels
        1 for a net on grey films, 3 for one that repeats the grey film.
    normalisation
        ``"outside"``: fracview subtracts ``mean`` and divides by ``std``; ``"inside"``: the net
        does it alone; ``"both"``: both do, as some published heads were trained; ``"none"``.
    mean, std
        One number per channel, in units of [0, 1].
    """

    size: tuple[int, int] = (224, 224)
    channels: int = 3
    normalisation: Normalisation = "outside"
    mean: tuple[float, ...] = CIFAR_MEAN
    std: tuple[float, ...] = CIFAR_STD


@dataclass(frozen=True)
class Weights:
    """A file of weights beside its card, and the sha256 it must have (empty: not known yet)."""

    file: str = ""
    sha256: str = ""
    seed: int | None = None


@dataclass(frozen=True)
class ModelCard:
    """Identity, input contract and provenance of one model.

    Parameters
    ----------
    name
        What the user types and the window shows.
    source, architecture
        Entry of ``ARCHITECTURES`` and a name that it knows.
    options
        Constructor options of the architecture.
    classes
        Names in the order of the logits.
    kind
        ``"robust"``, ``"standard"`` or ``"untrained"``: the badge in the window.
    input
        See :class:`InputSpec`.
    weights
        See :class:`Weights`.
    threat_model
        What the net was trained against, in pixel units; None for a standard net.
    title, description, paper, licence
        For people.
    training
        Recipe as it was run: data, seeds, steps, seconds, which arm used boxes.
    measured
        Figures with n and interval, each measured by fracview.
    warnings
        Sentences that must stand beside every output of this model.
    path
        The card's own file; not part of its identity.
    """

    name: str
    source: str
    architecture: str
    options: dict[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = (FRACTURED, NOT_FRACTURED)
    kind: Kind = "standard"
    input: InputSpec = InputSpec()
    weights: Weights = Weights()
    threat_model: ThreatModel | None = None
    title: str = ""
    description: str = ""
    paper: str = ""
    licence: str = "unverified"
    training: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    path: Path | None = field(default=None, compare=False)

    def index(self, label: str) -> int:
        """Position of a class among the logits.

        Raises
        ------
        UnknownName
            If the model does not know the class.
        """
        if label not in self.classes:
            raise UnknownName(f"class of {self.name}", label, self.classes)
        return self.classes.index(label)

    @property
    def fracture(self) -> int:
        """Index of the class ``"fractured"``."""
        return self.index(FRACTURED)

    def weights_path(self) -> Path | None:
        """File of the weights, resolved beside the card; None where weights are seeded."""
        if not self.weights.file:
            return None
        file = Path(self.weights.file)
        return file if file.is_absolute() or self.path is None else self.path.parent / file


def read_card(path: Path) -> ModelCard:
    """Read a card from TOML.

    Raises
    ------
    CardError
        If the file is missing, is no TOML, lacks a required field, or has an unknown or false one.
    """
    table = read_toml(path)
    missing = {"name", "source", "architecture"} - set(table)
    if missing:
        raise CardError(path, f"lacks {', '.join(sorted(missing))}")
    parts: dict[str, Any] = {}
    for key, kind in (("input", InputSpec), ("weights", Weights), ("threat_model", ThreatModel)):
        if key in table:
            parts[key] = _record(kind, table.pop(key), path, key)
    known = {item.name for item in fields(ModelCard)} - {"path"}
    unknown = set(table) - known
    if unknown:
        raise CardError(path, f"unknown fields {', '.join(sorted(unknown))}")
    card = ModelCard(**_tuples(table), **parts, path=path)
    for claim, holds in _claims(card):
        if not holds:
            raise CardError(path, claim)
    return card


def _claims(card: ModelCard) -> Iterator[tuple[str, bool]]:
    """What a card must keep, each as a sentence for the one who wrote it otherwise."""
    texts = (card.name, card.source, card.architecture)
    yield (
        "name, source and architecture must be texts",
        all(isinstance(t, str) and t for t in texts),
    )
    words = (card.title, card.description, card.paper, card.licence)
    yield (
        "title, description, paper and licence must be texts",
        all(isinstance(t, str) for t in words),
    )
    tables = (card.options, card.training, card.measured)
    yield (
        "options, training and measured must be tables",
        all(isinstance(t, dict) for t in tables),
    )
    yield (
        "classes must be two or more different names",
        (
            isinstance(card.classes, tuple)
            and all(isinstance(name, str) for name in card.classes)
            and len(set(card.classes)) == len(card.classes) >= 2
        ),
    )
    # Every question of this program is about this class; a net without it has no answer.
    yield f"classes must hold '{FRACTURED}'", FRACTURED in card.classes
    yield f"kind must be one of {', '.join(get_args(Kind))}", card.kind in get_args(Kind)
    yield (
        "warnings must be a list of texts",
        isinstance(card.warnings, tuple) and all(isinstance(t, str) for t in card.warnings),
    )
    spec, ways = card.input, get_args(Normalisation)
    yield "input.channels must be 1 or 3", spec.channels in (1, 3)
    yield (
        f"input.size must be two whole numbers from 1 to {LARGEST_INPUT}",
        is_input_size(spec.size),
    )
    yield f"input.normalisation must be one of {', '.join(ways)}", spec.normalisation in ways
    for name, values in (("mean", spec.mean), ("std", spec.std)):
        needed = spec.normalisation in ("outside", "both")
        numbers = isinstance(values, tuple) and all(isinstance(v, int | float) for v in values)
        fits = numbers and (len(values) == spec.channels or not needed)
        yield f"input.{name} must be one number per channel", fits
    yield "input.std must be above 0", all(value > 0 for value in spec.std)
    yield "weights.file must be a text", isinstance(card.weights.file, str)
    seed = card.weights.seed
    yield (
        f"weights.seed must be a whole number from 0 to {LARGEST_SEED}",
        seed is None or (type(seed) is int and 0 <= seed <= LARGEST_SEED),
    )
    yield (
        "threat_model needs a norm, Linf or L2, and an epsilon above 0",
        card.threat_model is None or _is_ball(card.threat_model),
    )
    digest = card.weights.sha256
    yield (
        "weights.sha256 must be 64 hexadecimal digits",
        isinstance(digest, str)
        and (not digest or (len(digest) == 64 and set(digest) <= set("0123456789abcdef"))),
    )


def _is_ball(threat: ThreatModel) -> bool:
    try:
        return threat.norm in get_args(Norm) and parse_epsilon(threat.epsilon) == threat.epsilon
    except SettingError:
        return False


def write_card(card: ModelCard, path: Path) -> ModelCard:
    """Write a card as TOML, whole or not at all; return it with its new path."""
    table = _without_none(asdict(replace(card, path=None)))
    with whole_file(path) as stream:
        tomli_w.dump(table, stream, multiline_strings=True)
    return replace(card, path=path)


def _record(kind: Any, table: Any, path: Path, key: str) -> Any:
    names = {item.name for item in fields(kind)}
    if not isinstance(table, dict) or set(table) - names:
        raise CardError(path, f"[{key}] must hold only {', '.join(sorted(names))}")
    return kind(**_tuples(table))


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, tuple | list):
        return [_without_none(item) for item in value]
    return value
