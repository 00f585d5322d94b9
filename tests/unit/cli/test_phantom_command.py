from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def refused(fracview: Any, *words: object) -> str:
    result = fracview("phantom", *words)
    assert result.exit_code != 0
    (line,) = result.stderr.strip().splitlines()
    return str(line)


def test_dicom_with_masks_of_one_view(fracview: Any, tmp_path: Path) -> None:
    out = tmp_path / "set"
    said = fracview.json(
        "phantom", out, "-n", 3, "--size", 64, "--format", "dicom", "--mask", "--anatomy", "hand",
        "--sheet", tmp_path / "sheet.png",
    )  # fmt: skip
    assert said["format"] == "dicom"
    truth = json.loads((out / "truth.json").read_text())
    assert {case["view"] for case in truth["cases"]} == {"hand"}
    assert all((out / case["file"]).suffix == ".dcm" for case in truth["cases"])
    assert len(list((out / "masks").iterdir())) == 1
    assert (tmp_path / "sheet.png").is_file()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--view", "skull"), "There are: forearm, wrist, hand, finger, humerus, leg, ankle."),
        (("--format", "bmp"), "There are: jpeg, dicom."),
        (("--count", 0), "the number of phantoms is 1 to 1000000, not 0."),
        (("--count", -4), "the number of phantoms is 1 to 1000000, not -4."),
        (("--size", 8), "32 to 4096 pixels"),
        (("--sheet", "nowhere/sheet.png"), "its folder does not exist"),
    ],
)
def test_bad_words_are_one_line_and_leave_nothing(
    fracview: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert line in refused(fracview, "set", *words)
    assert not list(tmp_path.iterdir())


def test_a_place_where_nothing_can_be_made(fracview: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "no folder can be made here" in refused(fracview, tmp_path / "file" / "set", "-n", 1)
    assert "it is no folder" in refused(fracview, tmp_path / "file", "-n", 1)


def test_a_full_folder_needs_force(fracview: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    assert "--force" in refused(fracview, tmp_path, "-n", 1, "--size", 64)
    assert (tmp_path / "mine.txt").read_text() == "keep me"
    target = tmp_path / "set"
    fracview.json("phantom", target, "-n", 1, "--size", 64)
    fracview.json("phantom", target, "-n", 2, "--size", 64, "--force")
    assert len(json.loads((target / "truth.json").read_text())["cases"]) == 2
