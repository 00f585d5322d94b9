"""Reading apart: the same films, and every death, hang and lie ends in one named sentence."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from fracview.data import reading
from fracview.data.readers import image_size, read_radiograph
from fracview.data.readers.thumbnail import thumbnail
from fracview.data.reading import ReadingCancelled, caps, child, record
from fracview.data.reading.booth import Booth, Lost, TooLong
from fracview.data.reading.pixels import FalseAnswer, expected
from fracview.data.reading.room import ReadingRoom
from fracview.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

GREY = np.random.default_rng(0).integers(0, 256, (120, 90), dtype=np.uint8)


@pytest.fixture
def apart() -> Iterator[ReadingRoom]:
    """Switch reading apart on for one test."""
    reading.begin(spares=0, warm=False)
    room = reading.current()
    assert room is not None
    yield room
    reading.end()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A sound PNG."""
    path = tmp_path / "film.png"
    Image.fromarray(GREY).save(path)
    return path


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def test_a_film_is_the_same_here_and_apart(film: Path, tmp_path: Path, apart: ReadingRoom) -> None:
    from tests.soak.material import dicoms

    paths = [film, tmp_path / "gone.png", tmp_path, *dicoms(tmp_path)]
    for path in paths:
        try:
            here = read_radiograph(path, apart=False)
        except UnreadableFile as error:
            said = re.escape(str(error))
            with pytest.raises(UnreadableFile, match=f"^{said}$"):
                read_radiograph(path)
            continue
        there = read_radiograph(path)
        assert there.digest == here.digest
        assert np.array_equal(there.pixels, here.pixels)
        assert not there.pixels.flags.writeable
        for name in ("source", "window", "presets", "spacing", "spacing_kind", "notes", "tags"):
            assert getattr(there, name) == getattr(here, name), name
        assert image_size(path) == here.pixels.shape
    small = thumbnail(film, 40)
    assert len(apart.pids) == 1
    reading.end()
    assert np.array_equal(small, thumbnail(film, 40))


def test_a_reader_knows_neither_torch_nor_qt(film: Path, apart: ReadingRoom) -> None:
    read_radiograph(film)
    maps = Path(f"/proc/{apart.pids[0]}/maps")
    if not maps.exists():
        pytest.skip("the system does not tell what a process has loaded")
    text = maps.read_text()
    assert "numpy" in text
    assert "torch" not in text
    assert "PySide6" not in text


def stub(monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    """Let readers behave in a way that no file can be relied on to bring about."""
    monkeypatch.setattr("fracview.data.reading.booth.serve", globals()[behaviour])


def crashing(channel: Connection) -> None:
    def answer(request: dict[str, object]) -> object:
        os.kill(os.getpid(), signal.SIGABRT)
        raise AssertionError

    child._answer = answer  # type: ignore[assignment]
    child.serve(channel)


def crashing_later(channel: Connection) -> None:
    """Sound for one file, dead with the next: as if the first had left its traces."""
    sound, seen = child._answer, []

    def answer(request: dict[str, object]) -> object:
        seen.append(1)
        if len(seen) > 1:
            os._exit(3)
        return sound(request)

    child._answer = answer  # type: ignore[assignment]
    child.serve(channel)


def hanging(channel: Connection) -> None:
    def answer(request: dict[str, object]) -> object:
        time.sleep(600)
        raise AssertionError

    child._answer = answer  # type: ignore[assignment]
    child.serve(channel)


def greedy(channel: Connection) -> None:
    def done(request: dict[str, object]) -> object:
        return np.ones(4 << 30, np.uint8)

    child._done = done  # type: ignore[assignment]
    child.serve(channel)


def lying(channel: Connection) -> None:
    def answer(request: dict[str, object]) -> object:
        shown = read_radiograph(Path(str(request["path"])))
        facts = {"pixels": {"shape": [12000, 9000], "dtype": "uint8"}}
        return {**facts, "film": record.film_facts(shown)}, shown.pixels

    child._answer = answer  # type: ignore[assignment]
    child.serve(channel)


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("crashing", r"film\.png: its content crashes the decoder \(SIGABRT\)\. Open it"),
        ("greedy", r"film\.png: reading it needs more than 896 MB of memory\. Export"),
        ("lying", r"film\.png: its decoder gave back an impossible picture\. Open it"),
        ("hanging", r"film\.png: reading it took longer than 1 s\. Copy it"),
    ],
)
def test_a_reader_that_fails_is_one_sentence(
    film: Path,
    apart: ReadingRoom,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    behaviour: str,
    sentence: str,
) -> None:
    if behaviour == "greedy" and not caps.address_space():
        pytest.skip("the system does not cap address space")
    monkeypatch.setattr(caps, "SECONDS", 1.0 if behaviour == "hanging" else 30.0)
    stub(monkeypatch, behaviour)
    with caplog.at_level("DEBUG"), pytest.raises(UnreadableFile, match=sentence) as caught:
        read_radiograph(film)
    assert "\n" not in str(caught.value)
    assert "film" not in caplog.text
    assert str(film.parent) not in caplog.text
    assert apart.pids == ()
    monkeypatch.undo()
    assert np.array_equal(read_radiograph(film).pixels, GREY)


def test_what_an_earlier_file_left_costs_one_retry(
    film: Path, apart: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub(monkeypatch, "crashing_later")
    started = []
    begin = Booth.__init__

    def counting(self: Booth) -> None:
        started.append(1)
        begin(self)

    monkeypatch.setattr(Booth, "__init__", counting)
    for _ in range(3):
        assert np.array_equal(read_radiograph(film).pixels, GREY)
    assert len(started) == 3


def test_a_reader_that_died_while_it_waited_is_replaced(film: Path, apart: ReadingRoom) -> None:
    read_radiograph(film)
    os.kill(apart.pids[0], signal.SIGTERM)
    assert np.array_equal(read_radiograph(film).pixels, GREY)


def test_to_cancel_is_to_kill(
    film: Path, apart: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub(monkeypatch, "hanging")
    pids: list[int] = []

    def wanted() -> bool:
        pids[:] = apart.pids
        return all(booth.ready for booth in apart._busy)

    with pytest.raises(ReadingCancelled, match="cancelled"):
        read_radiograph(film, stop=wanted)
    assert pids
    assert not any(alive(pid) for pid in pids)


def test_a_reader_that_only_starts_is_kept(
    film: Path, apart: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fracview.data.reading.booth.GRACE", 0.0)
    with pytest.raises(ReadingCancelled):
        read_radiograph(film, stop=lambda: True)
    (pid,) = apart.pids
    monkeypatch.undo()
    assert np.array_equal(read_radiograph(film).pixels, GREY)
    assert apart.pids == (pid,)


def test_the_end_ends_all_readers_at_work_too(
    film: Path, apart: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub(monkeypatch, "hanging")
    at_work, errors = threading.Event(), []

    def read() -> None:
        try:
            read_radiograph(film, stop=lambda: at_work.set() or False)
        except UnreadableFile as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert at_work.wait(60)
    pids = apart.pids
    reading.end()
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(errors[0], ReadingCancelled)
    assert pids
    assert not any(alive(pid) for pid in pids)
    assert reading.current() is None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_nothing_is_left_behind(film: Path, apart: ReadingRoom) -> None:
    read_radiograph(film)
    files = sorted(os.listdir("/proc/self/fd"))
    shared = sorted(os.listdir("/dev/shm"))
    films = [read_radiograph(film) for _ in range(20)]
    assert sorted(os.listdir("/proc/self/fd")) == files
    assert sorted(os.listdir("/dev/shm")) == shared
    pid = apart.pids[0]
    reading.end()
    assert not alive(pid)
    assert len(os.listdir("/proc/self/fd")) < len(files)
    assert all(np.array_equal(item.pixels, GREY) for item in films)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.parametrize("death", ["exit", "kill"])
def test_no_reader_outlives_the_program(film: Path, death: str) -> None:
    import subprocess
    import sys

    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from fracview.data import reading\n"
        "from fracview.data.readers import read_radiograph\n"
        "if __name__ == '__main__':\n"
        "    reading.begin(spares=1)\n"
        f"    read_radiograph(Path({str(film)!r}))\n"
        "    print(*reading.current().pids, flush=True)\n"
        f"    os.kill(os.getpid(), 9) if {death == 'kill'} else None\n"
    )
    place = film.with_name("program.py")
    place.write_text(script)
    done = subprocess.run([sys.executable, place], capture_output=True, text=True, timeout=120)
    pids = [int(pid) for pid in done.stdout.split()]
    assert pids
    assert done.stderr == ""
    until = time.monotonic() + 20
    while any(running(pid) for pid in pids) and time.monotonic() < until:
        os.sched_yield()
    assert not any(running(pid) for pid in pids)


def running(pid: int) -> bool:
    """Whether a process lives; one whose end nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_caps_grow_with_the_file() -> None:
    assert caps.time_limit(0) == caps.time_limit(10 << 20) == 10
    assert caps.time_limit(40 << 20) == 40
    assert caps.memory_limit(10 << 20) == 896 << 20
    assert caps.memory_limit(110 << 20) == (896 + 600) << 20


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        {"shape": [3, 4], "dtype": "object"},
        {"shape": [3], "dtype": "uint8"},
        {"shape": [3, -4], "dtype": "uint8"},
        {"shape": [True, 4], "dtype": "uint8"},
        {"shape": [1 << 20, 1 << 20], "dtype": "uint8"},
    ],
)
def test_an_impossible_description_is_not_believed(facts: object) -> None:
    with pytest.raises(FalseAnswer):
        expected(facts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window", [0, float("nan")]),
        ("window", [0]),
        ("presets", [["a", 0, "1"]]),
        ("spacing", [1.0]),
        ("spacing_kind", "guessed"),
        ("format", "EPS"),
        ("notes", [3]),
        ("tags", [["a"]]),
    ],
)
def test_facts_that_make_no_film_are_not_believed(film: Path, name: str, value: object) -> None:
    shown = read_radiograph(film)
    facts = record.film_facts(shown)
    assert record.film(facts, shown.pixels, film).digest == shown.digest
    with pytest.raises(FalseAnswer):
        record.film({**facts, name: value}, shown.pixels, film)
    with pytest.raises(FalseAnswer):
        record.unpacked(b"[1]")
    with pytest.raises(FalseAnswer):
        record.unpacked(b"\xff")


def test_errors_of_a_reader_name_what_happened() -> None:
    assert "7" in str(TooLong(7.0))
    assert Lost(-6, begun=True).code == -6
