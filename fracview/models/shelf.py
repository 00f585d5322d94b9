"""Which models there are: shipped cards, the user's own, and what a typed name means. No torch."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fracview.data.phantoms import are_phantoms
from fracview.errors import CardError, SettingError, UnknownName
from fracview.models import ARCHITECTURES
from fracview.models.card import LARGEST_SEED, ModelCard, Weights, read_card
from fracview.paths import model_dir, resource

if TYPE_CHECKING:
    from collections.abc import Iterable

UNTRAINED = (
    "Random weights from seed {seed}: this model has learnt nothing. "
    "Use it for timing and tests alone."
)
UNVOUCHED = "No card vouches for {file}: how, on what and under which licence is unknown."
DEMO_PAIR = ("demo-standard", "demo-robust")
"""Trained on drawn phantoms; knows nothing of real films."""
FILM_PAIR = ("film-standard", "film-robust")
"""Trained on real films."""
_SEED = re.compile(r"seed=(\d{1,9})")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shelf:
    """Cards by name, and those that could not be read.

    Parameters
    ----------
    cards
        Shipped ones first, each name once.
    broken
        Errors of the others, each with its path.
    """

    cards: tuple[ModelCard, ...]
    broken: tuple[CardError, ...] = ()


def read_shelf() -> Shelf:
    """Read the shipped cards, then those of the user's model folder and its subfolders."""
    own = model_dir()
    paths = [*sorted(resource("models").glob("*.toml")), *sorted(own.glob("*.toml"))]
    paths += sorted(own.glob("*/*.toml"))
    cards: dict[str, ModelCard] = {}
    broken: list[CardError] = []
    for path in paths:
        try:
            card = read_card(path)
            if card.name in cards:
                raise CardError(path, f"another card is called '{card.name}', too")
            cards[card.name] = card
        except CardError as error:
            _log.warning("a model card was left out: %s", error.reason)
            broken.append(error)
    return Shelf(tuple(cards.values()), tuple(broken))


def list_cards() -> tuple[ModelCard, ...]:
    """Cards that are found by name, the shipped ones first."""
    return read_shelf().cards


def default_pair(paths: Iterable[Path]) -> tuple[str, ...]:
    """Models to compare where nobody has chosen any.

    Parameters
    ----------
    paths
        What is looked at: films or folders.

    Returns
    -------
    tuple of str
        The demo pair for phantoms alone, for nothing, and where the cards of the film pair are
        missing; otherwise the film pair.
    """
    given = list(paths)
    if all(are_phantoms(path) for path in given):
        return DEMO_PAIR
    here = all(resource("models", f"{name}.toml").is_file() for name in FILM_PAIR)
    return FILM_PAIR if here else DEMO_PAIR


def find_card(spec: str | Path) -> ModelCard:
    """Find out what a name means, without reading weights.

    Parameters
    ----------
    spec
        A card's name, a card file, ``ARCHITECTURE:weights-file``, or ``ARCHITECTURE:seed=0`` for
        seeded random weights.

    Returns
    -------
    ModelCard
        Its :meth:`~fracview.models.card.ModelCard.weights_path` may not exist.

    Raises
    ------
    UnknownName
        If nothing is called so; the message lists what there is.
    CardError
        If the card is broken or missing.
    SettingError
        If the seed of random weights is none.
    """
    if isinstance(spec, Path):
        return read_card(spec)
    shelf = read_shelf()
    for card in shelf.cards:
        if card.name == spec:
            return card
    for error in shelf.broken:
        if error.path.stem == spec:
            raise error
    if spec.lower().endswith(".toml"):
        return read_card(Path(spec).expanduser())
    architecture, colon, weights = spec.partition(":")
    source = _source(architecture)
    if source is None:
        names = tuple(card.name for card in shelf.cards)
        raise UnknownName("model", spec, (*names, "or ARCHITECTURE:weights-file"))
    if not colon or not weights:
        raise CardError(
            architecture,
            "is an architecture without weights",
            f"Write {architecture}:weights-file, or {architecture}:seed=0 for random weights",
        )
    return _bare_card(source.default_card(architecture), weights)


def _source(architecture: str) -> Any:
    for name in ARCHITECTURES:
        source = ARCHITECTURES.load(name)
        if architecture in source.names():
            return source
    return None


def _bare_card(template: ModelCard, weights: str) -> ModelCard:
    """Card of an architecture with weights that nobody has described."""
    seed = _SEED.fullmatch(weights)
    if seed is not None:
        number = int(seed[1])
        return replace(
            template,
            name=f"{template.architecture}:seed={number}",
            title=f"{template.title or template.name}, random weights",
            kind="untrained",
            threat_model=None,
            weights=Weights(seed=number),
            warnings=(*template.warnings, UNTRAINED.format(seed=number)),
        )
    if weights.startswith("seed="):
        raise SettingError(
            f"a seed is a whole number from 0 to {LARGEST_SEED}, "
            f"not '{weights.removeprefix('seed=')}'."
        )
    file = Path(weights).expanduser().absolute()
    return replace(
        template,
        name=f"{template.architecture}:{file.name}",
        kind="standard" if template.kind == "untrained" else template.kind,
        weights=Weights(file=str(file)),
        warnings=(*template.warnings, UNVOUCHED.format(file=file.name)),
    )
