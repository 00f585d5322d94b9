"""What was acknowledged is there: after kill -9, on a full disk, at every write that fails."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fracview.data.boxes import Box
from fracview.project import AddBox, Project

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_twenty_kills_lose_nothing(project: Project, path: Path) -> None:
    project.close()
    done = subprocess.run(
        [sys.executable, str(HERE / "killing.py"), str(path), "20", "1", "0.15"],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    toll = json.loads(done.stdout.splitlines()[-1])
    assert (toll["kills"], toll["lost"], toll["unreadable"]) == (20, 0, 0), done.stdout
    assert toll["acknowledged"] > 0


FULL = """
import resource, sys
from pathlib import Path
from fracview.data.boxes import Box
from fracview.errors import ProjectError
from fracview.project import AddBox, Project

path = Path(sys.argv[1])
project = Project.open(path, "R1")
wal = path.with_name(path.name + "-wal")
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
failed, limit = 0, 0
for number in range(40):
    before = project.all_boxes(1), project.history()
    # Every file may grow by a little more each time, so that each write fails in its turn.
    limit = (wal.stat().st_size if wal.exists() else 0) + 700 * number
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        project.do(AddBox(1, Box(number, 1, number + 2, 5, note="y" * 3000)))
        saved = True
    except ProjectError as error:
        saved, said = False, str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    if not saved:
        failed += 1
        assert "this was not saved" in said and ("disk" in said), said
        assert (project.all_boxes(1), project.history()) == before
        assert project.check().faults == ()
        project.do(AddBox(1, Box(number, 1, number + 2, 5)))  # the same again, with room
    assert len(project.all_boxes(1)) == number + 1
project.close()
with Project.open(path, "R1") as again:
    assert len(again.boxes(1)) == 40 and again.check().faults == ()
print("failed", failed)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_a_write_that_fails_leaves_everything_and_can_be_repeated(
    project: Project, path: Path
) -> None:
    project.close()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[1]) >= 5


class LateFault:
    """A connection whose next commit is done and then reported as failed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self.connection, name)

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        cursor = self.connection.execute(statement, *values)
        if statement == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return cursor


def test_what_was_saved_is_never_said_to_be_lost(project: Project) -> None:
    real, project._connection = project._connection, LateFault(project._connection)  # type: ignore[assignment]
    assert project.do(AddBox(1, Box(1, 2, 3, 4))) is not None
    project._connection = real
    assert "just after saving" in project.notes[-1]
    assert len(project.boxes(1)) == 1
    assert project.check().faults == ()
