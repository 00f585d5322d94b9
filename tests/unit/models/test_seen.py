"""Films that a model has learnt from are known by their bytes, and left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fracview.data.case import Case
from fracview.data.split import FilmSplit, SplitFilm, write_split
from fracview.errors import CardError
from fracview.fingerprint import file_sha256
from fracview.models.card import ModelCard, Weights, read_card, write_card
from fracview.models.seen import (
    CHOSEN,
    HELD_OUT,
    SEEN,
    hold_out,
    mark,
    part_of,
    seen_note,
    split_of,
)
from fracview.paths import model_dir

PARTS = ("train", "train", "validation", "test")
CARD = ModelCard("learnt", "small", "small-resnet", weights=Weights(seed=1))


@pytest.fixture
def cases(tmp_path: Path) -> tuple[Case, ...]:
    """Four films of the split, in the order of PARTS, and a stranger of the same size."""
    paths = [tmp_path / f"film{number}.png" for number in range(5)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number] * 9))
    return tuple(Case(path, flags=(("hand", "1"),)) for path in paths)


@pytest.fixture
def card(cases: tuple[Case, ...]) -> ModelCard:
    """A card among the user's, with its split beside it."""
    films = tuple(
        SplitFilm(f"other/{number}.png", file_sha256(case.path), 9, part, number)  # type: ignore[arg-type]
        for number, (case, part) in enumerate(zip(cases, PARTS))
    )
    split = write_split(FilmSplit("toy", films), model_dir() / "toy.json")
    training = {"split": "toy.json", "split_sha256": split.sha256}
    return write_card(replace(CARD, training=training), model_dir() / "learnt.toml")


def test_parts_by_bytes(card: ModelCard, cases: tuple[Case, ...]) -> None:
    found = [part_of(card, case.path) for case in cases]
    assert found == [*PARTS, None]
    assert "seen in training by learnt" in seen_note(card, cases[0].path)[0]
    assert seen_note(card, cases[3].path) == ()
    assert part_of(CARD, cases[0].path) is None


def test_seen_films_are_left_out_and_named(card: ModelCard, cases: tuple[Case, ...]) -> None:
    held = hold_out(cases, ("learnt", "small-resnet:seed=0", "learnt"))
    assert held.cases == cases[2:]
    assert held.sentences == (
        "2 films left out: seen in training by learnt (film0.png, film1.png).",
        "1 film included though used to choose learnt (film2.png).",
    )
    assert held.of(cases[3:]).sentences == held.sentences[:1]
    assert hold_out(cases, ("small-resnet:seed=0",)).cases == cases
    assert hold_out(cases, ("small-resnet:seed=0",)).sentences == ()


def test_included_on_request_and_still_told(card: ModelCard, cases: tuple[Case, ...]) -> None:
    held = hold_out(cases, ("learnt",), include_seen=True)
    assert held.cases == cases
    assert held.sentences[0].startswith("2 films included though seen in training by learnt")


def test_a_changed_film_is_no_longer_seen(card: ModelCard, cases: tuple[Case, ...]) -> None:
    assert len(hold_out(cases, ("learnt",)).seen) == 2
    cases[0].path.write_bytes(b"something else altogether")
    assert [case for case, _ in hold_out(cases, ("learnt",)).seen] == [cases[1]]


def test_marks_become_columns(card: ModelCard, cases: tuple[Case, ...]) -> None:
    cards = (card, replace(card, name="twin"), CARD)
    marked = [mark(case, cards) for case in cases]
    assert marked[0].flag(SEEN) == "learnt, twin"
    assert marked[0].flag("hand") == "1"
    assert marked[2].flag(CHOSEN) == "learnt, twin"
    assert marked[3].flag(HELD_OUT) == "learnt, twin"
    assert marked[4] is cases[4]


def test_another_split_than_that_of_the_training_is_refused(
    card: ModelCard, cases: tuple[Case, ...]
) -> None:
    assert card.path is not None
    wrong = replace(card, training={**card.training, "split_sha256": "0" * 64})
    with pytest.raises(CardError, match="not the one that it was trained by"):
        split_of(wrong)
    gone = write_card(replace(card, training={"split": "gone.json"}), card.path)
    with pytest.raises(CardError, match=r"'gone\.json' is missing or broken"):
        split_of(read_card(card.path))
    (sentence,) = seen_note(gone, cases[0].path)
    assert "Nobody can tell whether learnt has learnt from this film" in sentence
    with pytest.raises(CardError, match="missing or broken"):
        hold_out((), (gone.name,))


@pytest.mark.parametrize("training", [{"split": "fracatlas"}, {"recipe": {"split": "fracatlas"}}])
def test_a_shipped_split_is_found_by_name(training: dict[str, object]) -> None:
    split = split_of(replace(CARD, training=training))
    assert split is not None
    assert split.name == "fracatlas"
