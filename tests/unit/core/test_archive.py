"""A folder of records: bounded, shared, and never trusted."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fracview import archive as archiving
from fracview.archive import Archive


@dataclass(frozen=True, eq=False)
class Numbers:
    values: np.ndarray


KINDS = {"Numbers": Numbers}


def numbers(seed: int = 0, count: int = 1000) -> Numbers:
    return Numbers(np.random.default_rng(seed).normal(size=count))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "answers", 1 << 20, KINDS)


def test_what_is_kept_is_there_for_another_process(archive: Archive) -> None:
    assert archive.get("a") is None
    assert archive.put("a", numbers())
    other = Archive(archive.folder, 1 << 20, KINDS)
    assert "a" in other
    np.testing.assert_array_equal(other.get("a").values, numbers().values)
    assert archive.size == (archive.folder / "a.record").stat().st_size


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_what_is_damaged_is_unknown_and_goes(archive: Archive, damage: str) -> None:
    archive.put("a", numbers())
    path = archive.folder / "a.record"
    stored = path.read_bytes()
    flipped = stored[:-5] + bytes([stored[-5] ^ 1]) + stored[-4:]
    path.write_bytes({"cut": stored[:500], "flip": flipped, "empty": b"", "text": b"no"}[damage])
    assert archive.get("a") is None
    assert not path.exists()
    archive.put("a", numbers())
    assert archive.get("a") is not None


def test_the_least_recently_used_leaves_first(tmp_path: Path) -> None:
    each = 8000
    archive = Archive(tmp_path, 4 * each + 4000, KINDS)
    for age, name in enumerate("abcd"):
        archive.put(name, numbers(age))
        os.utime(tmp_path / f"{name}.record", (age, age))
    assert archive.get("a") is not None
    archive.put("e", numbers(9))
    assert "a" in archive, "it was read a moment ago"
    assert "b" not in archive
    assert {"c", "d", "e"} <= {path.stem for path in tmp_path.iterdir()}
    assert archive.size <= archive.limit


def test_the_limit_holds_while_many_are_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 50_000, KINDS)
    for seed in range(30):
        archive.put(f"{seed}", numbers(seed))
        assert archive.size <= archive.limit
    assert "29" in archive
    assert not archive.put("big", numbers(count=100_000))
    assert "29" in archive, "what cannot be kept drives nothing out"


def test_clearing_removes_records_and_nothing_else(archive: Archive) -> None:
    archive.put("a", numbers())
    (archive.folder / "mine.txt").write_text("mine")
    archive.clear()
    assert archive.size == 0
    assert archive.get("a") is None
    assert (archive.folder / "mine.txt").exists()
    assert archive.put("a", numbers())


def test_remains_of_a_killed_process_go_in_time(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 10_000, KINDS)
    young, old = tmp_path / ".a.record.x", tmp_path / ".b.record.y"
    for path in (young, old):
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * archiving.ABANDONED
    os.utime(old, (long_ago, long_ago))
    archive.put("a", numbers())
    assert young.exists()
    assert not old.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_nobody_else_may_read(archive: Archive) -> None:
    archive.put("a", numbers())
    assert stat.S_IMODE(archive.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((archive.folder / "a.record").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_keeps_nothing_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    archive = Archive(tmp_path / "file" / "answers", 1 << 20, KINDS)
    assert not archive.put("a", numbers())
    assert archive.get("a") is None
    assert archive.size == 0
    archive.clear()


def test_many_at_once_read_whole_records_or_none(tmp_path: Path) -> None:
    wrong: list[BaseException] = []

    def work(seed: int) -> None:
        archive = Archive(tmp_path, 60_000, KINDS)
        try:
            for turn in range(30):
                name = f"{turn % 5}"
                archive.put(name, numbers(int(name)))
                found = archive.get(f"{(turn + seed) % 5}")
                if found is not None:
                    wanted = numbers((turn + seed) % 5).values
                    np.testing.assert_array_equal(found.values, wanted)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
