"""Two readers of the same films, in two files."""

from __future__ import annotations

import shutil
from pathlib import Path

from fracview.data.boxes import Box
from fracview.project import AddBox, AddFilms, FilmRead, Project, SetRead, read_facts
from fracview.project.merging import Merge, plan_merge
from fracview.project.rows import find
from fracview.project.schema import KEYS

BOX = Box(1.5, 2, 10, 20, certainty="possible")
OTHER = Box(20, 20, 30, 30, note="here")


def test_a_second_readers_file_comes_in_and_goes_again(
    project: Project, films: list[Path], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(films[0].parent, elsewhere)
    (elsewhere / "new.png").write_bytes(films[0].read_bytes() + b"\0")
    project.do(AddBox(1, BOX))
    with Project.create(tmp_path / "second.fracview", "R2") as second:
        # Another order, other paths: films are the same by their bytes.
        paths = [elsewhere / name for name in ("film2.png", "film0.png", "new.png")]
        second.do(AddFilms(tuple(read_facts(path) for path in paths)))
        second.do(AddBox(2, OTHER))
        second.do(AddBox(3, OTHER))
        second.do(SetRead(1, FilmRead("not fractured", "reviewed")))
    before = {table: find(project._connection, table) for table in KEYS}
    with Project.open(tmp_path / "second.fracview", "R1", read_only=True) as second:
        plan = plan_merge(second)
    assert plan.sentence == "2 boxes and 1 read on 3 films by R2"
    project.do(Merge(plan))
    assert len(project.films()) == 4
    assert [kept.box for kept in project.boxes(1)] == [BOX]
    assert [kept.box for kept in project.boxes(1, "R2")] == [OTHER]
    assert [kept.box for kept in project.boxes(4, "R2")] == [OTHER]
    assert project.read(3, "R2") == FilmRead("not fractured", "reviewed")
    assert project.read(3) == FilmRead()
    assert project.do(Merge(plan)) is None  # it is all here
    assert project.check().faults == ()
    project.undo()
    assert {table: find(project._connection, table) for table in KEYS} == before
    assert project.redo() is not None
    assert project.check().faults == ()


def test_nothing_that_is_here_changes(project: Project, films: list[Path], tmp_path: Path) -> None:
    project.do(AddBox(1, BOX))
    project.do(SetRead(1, FilmRead("fractured", "reviewed", "mine")))
    with Project.create(tmp_path / "copy.fracview", "R1") as copy:
        copy.do(AddFilms((read_facts(films[0]),)))
        copy.do(AddBox(1, BOX))
        copy.do(AddBox(1, OTHER))
        copy.do(SetRead(1, FilmRead("not fractured", "discuss", "other")))
        plan = plan_merge(copy)
    project.do(Merge(plan))
    assert [kept.box for kept in project.boxes(1)] == [BOX, OTHER]
    assert project.read(1) == FilmRead("fractured", "reviewed", "mine")
