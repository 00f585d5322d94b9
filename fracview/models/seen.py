"""Which films a model has learnt from. Figures on those say nothing of films it has never met.

A card names its split under ``[training]``, itself or in the recipe: ``split`` (a shipped split's
name, or a file beside the card), and ``split_sha256``. Films are known by their bytes, so renaming
hides nothing; a film that was saved anew by another program is not recognised. No torch here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fracview.data.split import find_split
from fracview.errors import CardError, InputError
from fracview.models.shelf import find_card

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fracview.data.case import Case
    from fracview.data.split import FilmSplit, Part
    from fracview.models.card import ModelCard

SEEN = "seen in training by"
CHOSEN = "used to choose"
HELD_OUT = "held out from"
WORDS: dict[Part, str] = {"train": SEEN, "validation": CHOSEN, "test": HELD_OUT}
"""What a part means for a model, followed by its name; columns of cases, see :func:`mark`."""
NOTE = "This film was seen in training by {model}: figures on it say nothing of new films."
_NAMED = 6


@dataclass(frozen=True)
class HeldOut:
    """Cases, and which of them or of those left out a model has learnt from.

    Parameters
    ----------
    cases
        What may be used.
    seen
        Cases that some model has learnt from, each with the names of these models; those that are
        not among ``cases`` were left out.
    chosen
        Likewise those by which a model was chosen among the states of its training. They may be
        used, but figures on them flatter that model a little.
    """

    cases: tuple[Case, ...]
    seen: tuple[tuple[Case, tuple[str, ...]], ...] = ()
    chosen: tuple[tuple[Case, tuple[str, ...]], ...] = ()

    def of(self, cases: Sequence[Case]) -> HeldOut:
        """Return the same about some of the cases; what was left out stays left out."""
        dropped = {case.path for case in self.cases} - {case.path for case in cases}
        seen = tuple((case, models) for case, models in self.seen if case.path not in dropped)
        chosen = tuple(entry for entry in self.chosen if entry[0].path not in dropped)
        return HeldOut(tuple(cases), seen, chosen)

    @property
    def included(self) -> frozenset[Path]:
        """Seen films that may be used all the same."""
        return frozenset(case.path for case, _ in self.seen) & {case.path for case in self.cases}

    @property
    def sentences(self) -> tuple[str, ...]:
        """How many films were left out, or included all the same, and which models know them."""
        used = {case.path for case in self.cases}
        groups: dict[tuple[bool, str, tuple[str, ...]], list[str]] = {}
        for how, known in ((SEEN, self.seen), (CHOSEN, self.chosen)):
            for case, models in known:
                if how == SEEN or case.path in used:
                    groups.setdefault((case.path in used, how, models), []).append(case.name)
        return tuple(
            f"{_count(names)} {'included though' if inside else 'left out:'} {how} "
            f"{' and '.join(models)} ({_named(names)})."
            for (inside, how, models), names in groups.items()
        )


def split_of(card: ModelCard) -> FilmSplit | None:
    """Split that a model was trained by; None if its card names none.

    Raises
    ------
    CardError
        If the card's split is missing, broken, or another one than it was trained by.
    """
    spec = card.training.get("split") or card.training.get("recipe", {}).get("split")
    if not spec:
        return None
    where = card.path or Path(card.name)
    near = card.path.parent if card.path is not None else None
    try:
        split = _read(str(spec), near)
    except InputError as error:
        reason = f"its split '{spec}' is missing or broken ({error.reason})"
        raise CardError(where, reason, "Put the split's file beside the card") from error
    digest = card.training.get("split_sha256")
    if digest and digest != split.sha256:
        raise CardError(where, f"its split '{spec}' is not the one that it was trained by")
    return split


def part_of(card: ModelCard, film: Path) -> Part | None:
    """Part of a model's training that a file belongs to, by its bytes; None if to none."""
    split = split_of(card)
    found = split.film_of(film) if split is not None else None
    return found.part if found is not None else None


def seen_note(card: ModelCard, film: Path) -> tuple[str, ...]:
    """Sentence that must stand beside a model's answers to a film that it has learnt from.

    A card whose split cannot be read keeps nobody from asking its model, but that is said, too.
    """
    try:
        return (NOTE.format(model=card.name),) if part_of(card, film) == "train" else ()
    except CardError as error:
        return (f"Nobody can tell whether {card.name} has learnt from this film. {error}",)


def hold_out(
    cases: Sequence[Case],
    models: Iterable[str],
    *,
    include_seen: bool = False,
    named: Iterable[Path] = (),
) -> HeldOut:
    """Leave out the cases that any of the models has learnt from, so that all see the same films.

    Parameters
    ----------
    cases
        Any; pixels are not read.
    models
        What a person types for them.
    include_seen
        Leave nothing out, but tell.
    named
        Films that a person asked for by name; they stay, too.

    Raises
    ------
    FracviewError
        If a model is unknown, or its card or split is broken.
    """
    cards = [find_card(model) for model in dict.fromkeys(models)]
    cards = [card for card in cards if split_of(card) is not None]
    known: dict[Part, list[tuple[Case, tuple[str, ...]]]] = {"train": [], "validation": []}
    for case in cases:
        parts = [(card.name, part_of(card, case.path)) for card in cards]
        for part, found in known.items():
            by = tuple(name for name, of in parts if of == part)
            if by:
                found.append((case, by))
    seen = known["train"]
    hidden = set() if include_seen else {case.path for case, _ in seen} - set(named)
    kept = tuple(case for case in cases if case.path not in hidden)
    return HeldOut(kept, tuple(seen), tuple(known["validation"]))


def mark(case: Case, cards: Iterable[ModelCard]) -> Case:
    """Add columns that tell which models have learnt from a case, and from which it was held out.

    Parameters
    ----------
    case
        Any.
    cards
        Those without a split say nothing.
    """
    found: dict[str, list[str]] = {}
    for card in cards:
        part = part_of(card, case.path)
        if part is not None:
            found.setdefault(WORDS[part], []).append(card.name)
    marks = tuple((words, ", ".join(names)) for words, names in found.items())
    return replace(case, flags=(*marks, *case.flags)) if marks else case


@lru_cache(maxsize=16)
def _read(spec: str, near: Path | None) -> FilmSplit:
    return find_split(spec, near)


def _count(names: list[str]) -> str:
    return f"{len(names)} film{'' if len(names) == 1 else 's'}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
