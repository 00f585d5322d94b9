"""``fracview project``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fracview.data.boxes import Box
from fracview.project import AddBox, Project, snapshots


def test_from_new_to_export(fracview: Any, film: Path, boxes: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.fracview"
    assert fracview("project", "new", file, "--reader", "R2").exit_code == 0
    words = ("project", "import", file, film, "--reader", "R2")
    looked = fracview(*words, "--preview")
    assert "Would bring in 1 film and 1 box for reader R2" in looked.stdout
    assert fracview.json("project", "check", file)["films"] == 0
    assert "Undo takes all of it back" in fracview(*words).stdout
    assert "nothing new" in fracview(*words).stdout
    said = fracview.json("project", "info", file)
    assert said["films"] == 1
    assert said["where"] == {"same": 1}
    assert said["readers"][0]["boxes"] == 1
    assert "R2" in fracview("project", "info", file).stdout
    (entry,) = fracview.json("project", "history", file)
    assert (entry["step"], entry["text"]) == ("do", "Import from film.png")
    assert "Import from film.png" in fracview("project", "history", file).stdout
    assert "replayed gives the same boxes" in fracview("project", "check", file).stdout
    out = tmp_path / "out.json"
    words = ("project", "export", file, out, "--to", "coco", "--reader", "R2")
    assert "Nothing was written" in fracview(*words, "--preview").stdout
    assert not out.exists()
    assert "1 boxes of 1 films" in fracview(*words).stdout
    refused = fracview(*words)
    assert refused.exit_code == 1
    assert "there is such a file" in refused.stderr
    assert fracview(*words, "--replace").exit_code == 0
    stranger = fracview(*words[:-1], "R9")
    assert stranger.exit_code == 2
    assert "no reader is called 'R9'" in stranger.stderr


def test_two_readers_become_one_file(fracview: Any, film: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.fracview", tmp_path / "two.fracview"
    for file, reader in ((one, "R1"), (two, "R2")):
        fracview("project", "new", file, "--reader", reader)
        fracview("project", "import", file, film, "--reader", reader)
        with Project.open(file, reader) as project:
            project.do(AddBox(1, Box(1, 2, 3, 4)))
    words = ("project", "merge", one, two)
    assert "Would take in 1 box and 0 reads on 1 film by R2" in fracview(*words, "--preview").stdout
    assert "Undo takes all of it back" in fracview(*words).stdout
    assert "nothing new" in fracview(*words).stdout
    said = fracview.json("project", "info", one)
    assert [(row["reader"], row["boxes"]) for row in said["readers"]] == [("R1", 1), ("R2", 1)]


def test_damage_is_named_and_a_snapshot_put_back(fracview: Any, film: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.fracview"
    fracview("project", "new", file)
    fracview("project", "import", file, film)
    with Project.open(file, "R1") as project:
        project.do(AddBox(1, Box(1, 2, 3, 4)))
        project.snapshot()
    content = bytearray(file.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    file.write_bytes(content)
    for verb in ("check", "info", "history"):
        broken = fracview("project", verb, file)
        assert broken.exit_code == 1
        assert "sound copy" in broken.stderr
    listed = fracview("project", "restore-snapshot", file, "--list").stdout.split()
    assert listed == [path.name for path in snapshots(file)]
    wrong = fracview("project", "restore-snapshot", file, "--snapshot", "x")
    assert wrong.exit_code == 2
    back = fracview("project", "restore-snapshot", file)
    assert back.exit_code == 0, back.stderr
    assert "a-before-1.fracview" in back.stdout
    assert (tmp_path / "a-before-1.fracview").read_bytes() == content
    assert fracview.json("project", "check", file)["boxes"] == 1


def test_a_project_in_use_is_not_written(fracview: Any, film: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.fracview"
    with Project.create(file, "R1"):
        said = fracview("project", "import", file, film)
        assert said.exit_code == 1
        assert "has it open" in said.stderr
        assert fracview("project", "import", file, film, "--preview").exit_code == 0
        busy = fracview("project", "restore-snapshot", file)
        assert busy.exit_code == 1
    gone = fracview("project", "info", tmp_path / "no.fracview")
    assert "there is no such project" in gone.stderr
