"""Opening: one writer, read-only places, damage, newer and older versions."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fracview.data.boxes import Box
from fracview.errors import ProjectError, SettingError
from fracview.project import AddBox, DamagedProject, Project, opening, schema, snapshots
from fracview.project.places import _linux_mounts, _mac_mounts, kind_of_place
from fracview.project.snapshots import newest_sound, put_back

BOX = Box(1, 2, 10, 20)
ROOT = Path(__file__).resolve().parents[3]


def test_a_new_project_is_private_durable_and_alone(project: Project, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    pragma = {
        name: project._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "application_id")
    }
    assert pragma == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "application_id": 0x46524356,
    }  # fmt: skip
    project.close()
    project.close()
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        "evening.fracview", "evening.fracview.snapshots", "films",
    ]  # fmt: skip


def test_nothing_is_made_over_anything(path: Path, tmp_path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(ProjectError, match="already"):
        Project.create(path, "R1")
    assert path.read_text() == "mine"
    with pytest.raises(SettingError, match="does not end in"):
        Project.create(tmp_path / "a.db", "R1")
    with pytest.raises(ProjectError, match="not made"):
        Project.create(tmp_path / "nowhere" / "a.fracview", "R1")


@pytest.mark.parametrize("code", ["", "Dr. Miller", "-x", "a" * 17, "ä"])
def test_a_reader_is_a_code(path: Path, code: str) -> None:
    with pytest.raises(SettingError, match="reader's code"):
        Project.create(path, code)
    assert not path.exists()


def test_on_a_network_drive_there_is_no_shared_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Project.create(path, "R1"):
        pass
    monkeypatch.setattr(opening, "is_network", lambda place: True)
    with Project.open(path, "R1") as project:
        modes = [
            project._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]
        assert modes == ["delete", 3]
        project.reader_id("R9")
        assert not Path(f"{path}-shm").exists()
        with Project.open(path, "R2", read_only=True) as second:
            assert "R9" in second.readers()
    assert path.read_bytes()[18:20] == b"\1\1"


def test_kinds_of_places() -> None:
    linux = _linux_mounts(
        "/dev/sda1 / ext4 rw 0 0\n//nas/x /mnt/my\\040films cifs rw 0 0\ntmpfs /mnt tmpfs rw 0 0\n"
    )
    assert kind_of_place(Path("/home/a.fracview"), linux) == "ext4"
    assert kind_of_place(Path("/mnt/my films/a.fracview"), linux) == "cifs"
    assert kind_of_place(Path("/mnt/my filmsy/a.fracview"), linux) == "tmpfs"
    mac = _mac_mounts(
        "/dev/disk1 on / (apfs, local, journaled)\n//u@nas/x on /Volumes/x (smbfs, nodev)\n"
    )
    assert kind_of_place(Path("/Volumes/x/a.fracview"), mac) == "smbfs"
    assert kind_of_place(Path("/Users/a.fracview"), mac) == "apfs"


def test_a_second_window_reads_and_says_why(project: Project, path: Path) -> None:
    with Project.open(path, "R2") as second:
        assert second.read_only
        assert "reader R1 has it open on this computer" in second.notes[0]
        project.do(AddBox(1, BOX))
        assert [box.box for box in second.boxes(1, "R1")] == [BOX]  # what is done is seen at once
        for deed in (lambda: second.do(AddBox(1, BOX)), second.undo, lambda: second.spend(1, 2)):
            with pytest.raises(ProjectError, match="has it open"):
                deed()
    project.close()
    with Project.open(path, "R2") as third:
        assert not third.read_only
        assert third.notes == ()


def test_reading_only_leaves_every_byte(project: Project, path: Path) -> None:
    project.do(AddBox(1, BOX))
    project.close()
    before = path.read_bytes()
    with Project.open(path, "R7", read_only=True) as looking:
        assert len(looking.boxes(1, "R1")) == 1
        assert looking.check().faults == ()
        with pytest.raises(ProjectError, match="to look only"):
            looking.do(AddBox(1, BOX))
    assert path.read_bytes() == before


def test_a_lock_whose_owner_died_is_taken_over(path: Path) -> None:
    with Project.create(path, "R1"):
        pass
    code = (
        "import os, sys; from fracview.project import Project\n"
        "Project.open(sys.argv[1], 'R1'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=ROOT, timeout=60)
    assert Path(f"{path}.lock").exists()
    with Project.open(path, "R1") as project:
        assert not project.read_only
        assert "was not closed last time" in project.notes[0]
    assert not Path(f"{path}.lock").exists()


def test_a_folder_that_takes_no_files(project: Project, path: Path, tmp_path: Path) -> None:
    project.do(AddBox(1, BOX))
    project.close()
    folder = tmp_path / "shelf"
    folder.mkdir()
    shelf = folder / path.name
    shutil.copyfile(path, shelf)
    before = shelf.read_bytes()
    shelf.chmod(0o444)
    folder.chmod(0o555)
    code = (
        "import sys; from fracview.project import Project, AddBox\n"
        "from fracview.data.boxes import Box\nfrom fracview.errors import ProjectError\n"
        "import os\nif os.geteuid() == 0:\n    os.setgid(65534); os.setuid(65534)\n"
        "with Project.open(sys.argv[1], 'R1') as project:\n"
        "    assert project.read_only and len(project.boxes(1)) == 1\n"
        "    try:\n        project.do(AddBox(1, Box(1, 1, 2, 2)))\n"
        "    except ProjectError as error:\n        print(error)\n"
    )
    for parent in [folder, *folder.parents][:5]:  # pytest's folders are closed to others
        parent.chmod(parent.stat().st_mode | 0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(shelf)],
            capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    finally:
        folder.chmod(0o755)
    assert "lies where nothing can be written" in done.stdout, done.stderr
    assert shelf.read_bytes() == before
    assert [entry.name for entry in folder.iterdir()] == [path.name]


def test_what_is_no_project_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone.fracview"
    with pytest.raises(ProjectError, match="there is no such project"):
        Project.open(gone, "R1")
    with pytest.raises(ProjectError, match="a folder"):
        Project.open(tmp_path, "R1")
    empty = tmp_path / "empty.fracview"
    empty.touch()
    with pytest.raises(DamagedProject, match="empty"):
        Project.open(empty, "R1")
    other = tmp_path / "other.fracview"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(ProjectError, match="another program"):
        Project.open(other, "R1")
    text = tmp_path / "text.txt"
    text.write_text("hello")
    with pytest.raises(ProjectError, match="no fracview project"):
        Project.open(text, "R1")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "empty.fracview", "other.fracview", "text.txt",
    ]  # fmt: skip


def test_strange_tables_are_refused(project: Project, path: Path) -> None:
    project.close()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TRIGGER t AFTER INSERT ON boxes BEGIN DELETE FROM reads; END")
    connection.close()
    with pytest.raises(DamagedProject, match="not those of a fracview project"):
        Project.open(path, "R1")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE boxes SET x1 = x1 + 0.5", "boxes are not those of the history"),
        ("DELETE FROM boxes", "boxes are not those of the history"),
        ("UPDATE films SET label = 'fractured'", "films are not those of the history"),
        ("UPDATE history SET text = 'Draw box' WHERE seq = 2", "entry 2 of the history"),
        ("DELETE FROM history WHERE seq = 1", "entry 2 of the history"),
    ],
)
def test_a_changed_digit_is_seen(project: Project, path: Path, statement: str, said: str) -> None:
    project.do(AddBox(1, BOX))
    project.close()
    connection = sqlite3.connect(path, isolation_level=None)
    triggers = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name in ("history_is_not_changed", "history_is_not_cut"):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement)
    for (sql,) in triggers:
        connection.execute(sql)
    connection.close()
    with pytest.raises(DamagedProject, match=said):
        Project.open(path, "R1")


def test_damage_is_refused_and_the_snapshot_put_back(project: Project, path: Path) -> None:
    project.do(AddBox(1, BOX))
    kept = project.snapshot()
    project.do(AddBox(2, BOX))
    project.close()
    content = bytearray(path.read_bytes())
    content[5000:9000] = bytes(4000)
    path.write_bytes(content)
    with pytest.raises(DamagedProject, match="is a sound copy") as caught:
        Project.open(path, "R1")
    assert caught.value.snapshot == kept
    assert path.read_bytes() == content
    with pytest.raises(ProjectError, match="cannot be put back"):
        put_back(path, path)
    aside = put_back(path, kept)
    assert aside is not None
    assert aside.read_bytes() == content
    with Project.open(path, "R1") as again:
        assert len(again.boxes(1)) == 1
        assert again.boxes(2) == ()
        again.undo()
        again.redo()


def test_every_flipped_byte_is_refused_or_harmless(
    project: Project, path: Path, tmp_path: Path
) -> None:
    for number in range(6):
        project.do(AddBox(1, BOX.moved(number / 7, 0)))
    wanted = project.all_boxes(1), project.history()
    project.close()
    content = path.read_bytes()
    wounded = tmp_path / "wounded" / "w.fracview"
    wounded.parent.mkdir()
    refused = 0
    for place in range(7, len(content), len(content) // 80):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        wounded.write_bytes(flipped)
        try:
            with Project.open(wounded, "R1", read_only=True) as opened:
                assert (opened.all_boxes(1), opened.history()) == wanted, place
        except ProjectError:
            refused += 1
        assert wounded.read_bytes() == flipped
    assert refused > 5


def test_snapshots_rotate_and_skip_the_unchanged(project: Project, path: Path) -> None:
    for number in range(12):
        project.do(AddBox(1, BOX.moved(number, 0)))
        project.snapshot()
    assert len(snapshots(path)) == 10
    newest = snapshots(path)[0]
    project.close()
    with Project.open(path, "R1"):
        assert snapshots(path)[0] == newest  # nothing has changed since
    newest.write_bytes(b"rubbish")
    assert newest_sound(path) == snapshots(path)[1]


def test_an_older_version_is_copied_and_brought_up_to_date(
    project: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.do(AddBox(1, BOX))
    project.snapshot()
    project.close()
    count = len(snapshots(path))
    monkeypatch.setattr(opening, "VERSION", 2)
    monkeypatch.setattr(schema, "VERSION", 2)
    monkeypatch.setattr("fracview.project.project.VERSION", 2)
    monkeypatch.setattr("fracview.project.checks.VERSION", 2)
    monkeypatch.setitem(schema.MIGRATIONS, 1, "ALTER TABLE films ADD COLUMN site TEXT")
    with pytest.raises(ProjectError, match="older"):
        Project.open(path, "R1", read_only=True)
    with Project.open(path, "R1") as newer:
        assert schema.version_of(newer._connection) == 2
        assert len(newer.boxes(1)) == 1
    assert len(snapshots(path)) == count + 1
    monkeypatch.undo()
    with Project.open(path, "R1") as old:  # what now looks like a file of tomorrow
        assert old.read_only
        assert "newer fracview" in old.notes[0]
        assert len(old.boxes(1)) == 1


def test_a_log_that_was_cut_gives_a_shorter_history(
    project: Project, path: Path, tmp_path: Path
) -> None:
    for number in range(5):
        project.do(AddBox(1, BOX.moved(number, 0)))
    history, main = project.history(), path.read_bytes()
    log = Path(f"{path}-wal").read_bytes()  # as a crash leaves it
    project.close()
    cut = tmp_path / "cut" / "c.fracview"
    lengths = set()
    for end in range(0, len(log) + 1, len(log) // 20):
        shutil.rmtree(cut.parent, ignore_errors=True)
        cut.parent.mkdir()
        cut.write_bytes(main)
        Path(f"{cut}-wal").write_bytes(log[:end])
        try:
            with Project.open(cut, "R1") as opened:
                found = opened.history()
        except ProjectError:  # cut before the tables were there
            continue
        assert found == history[: len(found)]
        lengths.add(len(found))
    assert max(lengths) >= len(history) - 1
