from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MODEL = "small-resnet:seed=0"


def test_one_object_per_model_method_and_condition(fracview: Any, film: Path, boxes: Path) -> None:
    rows = fracview.json(
        "explain", film, "--boxes", boxes, "--model", MODEL, "--model", "small-resnet:seed=1",
        "--method", "saliency", "--method", "integrated_gradients:steps=4", "--attack", "pgd",
        "--steps", 2,
    )  # fmt: skip
    assert len(rows) == 2 * 2 * 2
    assert {row["condition"] for row in rows} == {"clean", "attacked"}
    for row in rows:
        assert row["target"] == "fractured"
        assert [item["percent"] for item in row["coverage"]] == [5, 15, 25, 50, 75, 85, 95]
        assert {"chance", "centre", "brightness", "sobel"} <= set(row["baselines"])
        assert row["settings"]["weights"]["seed"] in (0, 1)
        assert row["settings"]["protocol"]["name"] == "corrected"
        assert "diagnosis" in row["note"]
        assert row["warnings"], "random weights must be said"
    gaps = {row["method"]: row["completeness_error"] for row in rows}
    assert gaps["saliency"] is None
    assert gaps["integrated_gradients"] is not None


def test_chance_covers_its_own_percentage(fracview: Any, film: Path, boxes: Path) -> None:
    row = fracview.json("explain", film, "--boxes", boxes, "--model", MODEL)[0]
    for item in row["baselines"]["chance"]:
        assert item["coverage"] == pytest.approx(item["percent"] / 100)
    for item in row["coverage"]:
        assert item["area"] == pytest.approx(item["percent"] / 100, abs=1e-3)


def test_the_same_seed_gives_the_same_numbers(fracview: Any, film: Path, boxes: Path) -> None:
    words = ("explain", film, "--boxes", boxes, "--model", MODEL, "--attack", "pgd", "--steps", 3)
    once, again = fracview.json(*words), fracview.json(*words)
    assert once == again
    other = fracview.json(*words, "--seed", 1)
    assert other[1]["logits"] != once[1]["logits"]
    assert other[0]["logits"] == once[0]["logits"]


def test_the_published_protocol_carries_its_warnings(
    fracview: Any, film: Path, boxes: Path
) -> None:
    row = fracview.json("explain", film, "--boxes", boxes, "--model", MODEL, "--protocol", "repo")[
        0
    ]
    assert any("normalised" in sentence for sentence in row["warnings"])
    assert row["settings"]["protocol"]["rule"] == "repo"


def test_exports_are_whole_and_say_what_they_are(
    fracview: Any, film: Path, boxes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    rows = fracview.json(
        "explain", film, "--boxes", boxes, "--model", MODEL, "--attack", "fgsm", "--out", out
    )
    names = {path.name for path in out.iterdir()}
    assert names == {
        "explain.json", "coverage.csv", "curves.png", "curves.svg", "panels.png", "maps.npz",
    }  # fmt: skip
    assert json.loads((out / "explain.json").read_text()) == rows
    comment, *lines = (out / "coverage.csv").read_text().splitlines()
    assert "not for diagnosis" in comment
    table = list(csv.DictReader(lines))
    assert {row["condition"] for row in table} == {"clean", "attacked"}
    assert "Coverage is no proof of use" in comment
    tests = {row["condition"]: row["box_occlusion"] for row in rows}
    for line in table:
        if line["model"] == MODEL:
            test = tests[line["condition"]]
            for column in ("drop", "control_drop", "control_low", "control_high"):
                shown = line["box_drop" if column == "drop" else column]
                assert float(shown) == test[column]
            assert int(line["controls"]) == test["controls"] == 8
            assert test["control_low"] == min(test["control_drops"])
            assert test["control_high"] == max(test["control_drops"])
        else:
            assert line["box_drop"] == line["controls"] == "", "a map without a model rests on none"
    with np.load(out / "maps.npz") as maps:
        assert maps["00_small-resnet-seed=0_saliency_clean_map"].ndim == 2
    picture = (out / "curves.svg").read_text()
    assert "diagnosis" in picture
    assert "Coverage is no proof of use" in picture
    assert f"{MODEL} attacked: {tests['attacked']['verdict']}" in picture


def test_without_boxes_there_is_no_coverage_but_a_sentence(fracview: Any, film: Path) -> None:
    row = fracview.json("explain", film, "--model", MODEL)[0]
    assert row["coverage"] is None
    assert row["baselines"] is None
    result = fracview("explain", film, "--model", MODEL)
    assert "No boxes were given" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--model", MODEL, "--method", "magic"), 2, "no attribution is called 'magic'"),
        (("--model", MODEL, "--method", "saliency:steps=3"), 2, "has no setting 'steps'"),
        (("--model", MODEL, "--attack", "pgd", "--eps", "0"), 2, "above 0"),
        (("--model", MODEL, "--attack", "pgd", "--eps", "four"), 2, "not a number"),
        (("--model", MODEL, "--device", "cuda"), 1, "cuda"),
        (("--model", MODEL, "--protocol", "paper"), 2, "no protocol is called 'paper'"),
        (("--model", "nobody"), 2, "nobody"),
    ],
)
def test_a_wrong_word_is_one_line(
    fracview: Any, film: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    result = fracview("explain", film, *words)
    assert result.exit_code == code, result.output
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_missing_film_is_named(fracview: Any, tmp_path: Path) -> None:
    result = fracview("explain", tmp_path / "gone.png", "--model", MODEL)
    assert result.exit_code == 1
    assert "gone.png" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_boxes_of_other_films_are_refused(fracview: Any, film: Path, boxes: Path) -> None:
    body = json.loads(boxes.read_text())
    body["images"][0]["file_name"] = "other.png"
    boxes.write_text(json.dumps(body))
    result = fracview("explain", film, "--boxes", boxes, "--model", MODEL)
    assert result.exit_code == 1
    assert "other.png" in result.stderr
