"""What a reader does, and that all of it can be taken back exactly."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from fracview.data.boxes import Box
from fracview.errors import InputError, SettingError
from fracview.project import (
    AddBox,
    AddFilms,
    ChangeBox,
    FilmRead,
    Project,
    RemoveBox,
    SetBoxes,
    SetRead,
    TakeOver,
    read_facts,
)

BOX = Box(1.25, 2.5, 10.1, 20.7)


def test_films_keep_their_facts_and_a_relative_path(project: Project, films: list[Path]) -> None:
    kept = project.films()
    assert [film.name for film in kept] == [f"films/film{n}.png" for n in range(3)]
    assert kept[0].facts == read_facts(films[0])
    assert (kept[0].facts.height, kept[0].facts.width) == (60, 48)
    assert project.film(films[1]) == kept[1]
    assert project.film("nowhere.png") is None
    again = AddFilms(tuple(read_facts(film) for film in films))
    assert project.do(again) is None


def test_orientation_is_kept_with_the_upright_size(project: Project, tmp_path: Path) -> None:
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (40, 20)).save(turned, exif=exif)
    project.do(AddFilms((read_facts(turned),)))
    film = project.film(turned)
    assert film is not None
    assert (film.facts.height, film.facts.width, film.facts.orientation) == (40, 20, 6)


def test_a_box_is_kept_bit_by_bit(project: Project) -> None:
    box = Box(0.1, 1 / 3, 17.000000000000004, 20.7, "fractured", "possible", "spiral", "a, \n ñ 骨")
    done = project.do(AddBox(1, box), seconds=2.5)
    assert done is not None
    (kept,) = project.boxes(1)
    assert kept.box == box
    assert (kept.id, kept.reader, kept.origin) == (done.touched[0], "R1", "drawn")
    assert project.history()[-1].seconds == 2.5
    assert project.history()[-1].film == 1


def test_changing_removing_and_taking_back(project: Project) -> None:
    done = project.do(AddBox(1, BOX))
    assert done is not None
    (box_id,) = done.touched
    project.do(ChangeBox(box_id, replace(BOX, certainty="probable", note="?")))
    project.do(RemoveBox(box_id))
    assert project.boxes(1) == ()
    assert project.undo_text == "Remove a box"
    undone = project.undo()
    assert undone is not None
    assert (undone.step, undone.film, undone.touched) == ("undo", 1, (box_id,))
    assert project.boxes(1)[0].box.note == "?"
    assert project.boxes(1)[0].id == box_id
    project.undo()
    assert project.boxes(1)[0].box == BOX
    project.undo()
    assert project.boxes(1) == ()
    assert project.redo_text == "Draw a box"
    for _ in range(3):
        assert project.redo() is not None
    assert project.boxes(1) == ()
    assert project.redo() is None


def test_ids_are_never_given_twice(project: Project) -> None:
    first = project.do(AddBox(1, BOX))
    project.undo()
    second = project.do(AddBox(1, BOX))
    assert first is not None
    assert second is not None
    assert first.touched != second.touched


def test_a_locked_box_stays_until_it_is_unlocked(project: Project) -> None:
    done = project.do(AddBox(1, replace(BOX, locked=True)))
    assert done is not None
    (box_id,) = done.touched
    with pytest.raises(SettingError, match="locked"):
        project.do(RemoveBox(box_id))
    with pytest.raises(SettingError, match="locked"):
        project.do(ChangeBox(box_id, replace(BOX.moved(1, 0), locked=True)))
    with pytest.raises(SettingError, match="locked"):
        project.do(SetBoxes(1, ()))
    assert project.boxes(1)[0].box == replace(BOX, locked=True)
    project.do(ChangeBox(box_id, BOX))
    project.do(RemoveBox(box_id))
    assert project.boxes(1) == ()


def test_setting_boxes_keeps_the_ids_of_those_that_stay(project: Project) -> None:
    a, b, c = (BOX.moved(dx, 0) for dx in (0, 3, 6))
    project.do(SetBoxes(1, (a, b, c)))
    ids = [kept.id for kept in project.boxes(1)]
    project.do(SetBoxes(1, (a, c)))
    assert [kept.id for kept in project.boxes(1)] == [ids[0], ids[2]]
    project.do(SetBoxes(1, (a, c.moved(1, 1), b)))
    assert [kept.box for kept in project.boxes(1)] == [a, c.moved(1, 1), b]
    assert [kept.id for kept in project.boxes(1)][:2] == [ids[0], ids[2]]
    assert project.do(SetBoxes(1, (a, c.moved(1, 1), b))) is None
    project.undo()
    project.undo()
    assert [(kept.id, kept.box) for kept in project.boxes(1)] == list(zip(ids, (a, b, c)))


def test_reviews_and_time(project: Project) -> None:
    assert project.read(1) == FilmRead()
    project.do(SetRead(1, FilmRead("fractured", "reviewed", "sure")))
    project.do(SetRead(1, FilmRead("fractured", "discuss", "not so sure")))
    project.spend(1, 2.0)
    project.spend(1, 1.5)
    project.undo()
    assert project.read(1) == FilmRead("fractured", "reviewed", "sure")
    project.undo()
    assert project.read(1) == FilmRead()
    assert project.seconds(1) == 3.5
    with pytest.raises(SettingError, match="review state"):
        FilmRead(state="done")  # type: ignore[arg-type]


def test_what_cannot_be_done_changes_nothing(project: Project) -> None:
    before = project.history()
    for gesture in (AddBox(99, BOX), ChangeBox(99, BOX), RemoveBox(99), SetRead(99, FilmRead())):
        with pytest.raises(SettingError, match="99"):
            project.do(gesture)
    assert project.history() == before
    assert project.check().faults == ()


def test_odd_text_is_kept_as_far_as_a_file_can(project: Project) -> None:
    project.do(AddBox(1, replace(BOX, note="half \ud83e, zero \0, quote '")))
    assert project.boxes(1)[0].box.note == "half ?, zero \0, quote '"
    assert project.check().faults == ()
    project.undo()
    project.redo()
    assert project.check().faults == ()


def test_a_changed_film_is_noticed_before_a_box_is_saved(
    project: Project, films: list[Path]
) -> None:
    film = project.films()[0]
    project.do(AddBox(film.id, BOX))
    status = films[0].stat()
    os.utime(films[0], ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    project.do(AddBox(film.id, BOX.moved(1, 1)))  # touched, the same bytes
    assert project.where(film) == "same"
    Image.new("L", (48, 60), 200).save(films[0])
    assert project.where(film) == "changed"
    with pytest.raises(InputError, match="has changed"):
        project.do(AddBox(film.id, BOX.moved(2, 2)))
    assert len(project.boxes(film.id)) == 2
    project.do(TakeOver(film.id, read_facts(films[0])))
    project.do(AddBox(film.id, BOX.moved(2, 2)))
    project.undo()
    project.undo()
    assert project.films()[0] == film
    films[0].unlink()
    assert project.where(film) == "missing"
    project.do(AddBox(film.id, BOX.moved(3, 3)))  # the drive is away; the box is worth keeping
    assert len(project.boxes(film.id)) == 3


def test_a_moved_film_can_be_taken_over(project: Project, films: list[Path]) -> None:
    film = project.films()[2]
    moved = films[2].rename(films[2].with_name("elsewhere.png"))
    project.do(TakeOver(film.id, read_facts(moved)))
    assert project.films()[2].name == "films/elsewhere.png"
    with pytest.raises(SettingError, match="another film"):
        project.do(TakeOver(film.id, read_facts(films[0])))


def test_a_film_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.png"))
    with pytest.raises(InputError, match="Unicode"):
        read_facts(path)
