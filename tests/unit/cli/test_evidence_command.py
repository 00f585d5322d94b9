"""``fracview evidence``, and the box test in ``fracview explain``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

MODEL = "small-resnet:seed=0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five films with a box, one without, one that is broken."""
    root = tmp_path_factory.mktemp("films")
    generator = np.random.default_rng(0)
    images, annotations = [], []
    for number in range(7):
        pixels = generator.integers(30, 60, (60, 48), dtype=np.uint8)
        pixels[10:50, 20:28] = 190
        # No near-twins, or they would count as one.
        pixels[6 * number : 6 * number + 14, 4 + 5 * number : 10 + 5 * number] = 250
        name = f"film{number}.png"
        Image.fromarray(pixels).save(root / name)
        images.append({"id": number, "file_name": name, "width": 48, "height": 60})
        if number != 5:
            box = [18, 20 + number, 10, 6]
            annotations.append({"id": number, "image_id": number, "category_id": 1, "bbox": box})
    body = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "fractured"}],
    }
    (root / "coco.json").write_text(json.dumps(body))
    whole = (root / "film6.png").read_bytes()
    (root / "film6.png").write_bytes(whole[: len(whole) // 2])
    return root


def test_a_folder_is_summed_up_and_what_is_broken_is_named(
    fracview: Any, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    result = fracview(
        "evidence", folder, "-m", MODEL, "-m", "small-resnet:seed=1", "--fill", "mean",
        "--controls", 3, "--out", out, "--json",
    )  # fmt: skip
    assert result.exit_code == 1
    assert "film6.png" in result.stderr
    assert "1 left out" in result.stderr
    body = json.loads(result.stdout)
    assert body == json.loads((out / "evidence.json").read_text())
    assert [use["model"] for use in body["models"]] == [MODEL, "small-resnet:seed=1"]
    assert body["without_boxes"] == 1
    assert len(body["films"]) == 10
    assert body["warnings"], "random weights must be said"
    seeds = {name: weights["seed"] for name, weights in body["settings"]["weights"].items()}
    assert seeds == {MODEL: 0, "small-resnet:seed=1": 1}
    assert {len(row["image_digest"]) for row in body["films"]} == {64}
    assert len({row["image_digest"] for row in body["films"]}) == 5
    for use in body["models"]:
        films = [row for row in body["films"] if row["model"] == use["model"]]
        assert use["n"] == 5
        mean = np.mean([row["drop"] - np.mean(row["control_drops"]) for row in films])
        assert use["difference"]["mean"] == pytest.approx(mean)
        assert use["difference"]["low"] <= mean <= use["difference"]["high"]
        assert "(n = 5)" in use["sentence"]
    comment, *lines = (out / "evidence.csv").read_text().splitlines()
    assert "not for diagnosis" in comment
    table = list(csv.DictReader(lines))
    assert [row["image"] for row in table][:5] == [f"film{number}.png" for number in range(5)]
    assert float(table[0]["drop"]) == body["films"][0]["drop"]


def test_the_same_seed_gives_the_same_numbers(fracview: Any, folder: Path) -> None:
    words = ("evidence", folder, "-m", MODEL, "--limit", 3, "--controls", 2, "--json")
    once, again = (json.loads(fracview(*words).stdout) for _ in range(2))
    assert once == again
    assert len({row["image"] for row in once["films"]}) + len(once["left_out"]) == 3
    assert once["not_drawn"] == 3


def test_numbers_are_not_lost_with_the_folder_for_them(
    fracview: Any, folder: Path, tmp_path: Path
) -> None:
    words = ("evidence", folder, "-m", MODEL, "--limit", 2, "--controls", 1, "--out")
    file = tmp_path / "file"
    file.touch()
    early = fracview(*words, file)
    assert "it is a file, not a folder" in early.stderr
    assert "margin" not in early.stdout
    taken = tmp_path / "report" / "evidence.json"
    taken.mkdir(parents=True)
    late = fracview(*words, taken.parent)
    assert late.exit_code == 1
    assert "than hiding an equal place elsewhere" in late.stdout
    assert "evidence.json" in late.stderr


def test_the_attacked_half_is_tested_at_the_same_places(
    fracview: Any, folder: Path, tmp_path: Path
) -> None:
    words = (
        "evidence", folder, "-m", MODEL, "--attack", "pgd", "--epsilon", "2/255", "--steps", 2,
        "--controls", 4, "--limit", 4,
    )  # fmt: skip
    result = fracview(*words, "--json")
    body = json.loads(result.stdout)
    assert [use["condition"] for use in body["models"]] == ["clean", "attacked"]
    clean, attacked = (
        [row for row in body["films"] if row["condition"] == name] for name in ("clean", "attacked")
    )
    assert [row["places"] for row in clean] == [row["places"] for row in attacked]
    for before, after in zip(clean, attacked, strict=True):
        assert after["margin"] < before["margin"], "the attack flees from fractured"
    settings = body["settings"]["attack"]
    assert settings["name"] == "pgd"
    assert settings["settings"]["epsilon"] == pytest.approx(2 / 255)
    assert settings["settings"]["steps"] == 2
    assert body["models"][1]["sentence"].startswith("Under attack: Hiding the box")
    assert body["models"][0]["groups"] <= body["models"][0]["n"]
    assert "Coverage is no proof of use" in body["note"]
    shown = fracview(*words, "--out", tmp_path).stdout
    assert f"{MODEL}, attacked (blur): Under attack" in shown
    assert "Coverage is no proof of use" in shown
    assert "seed 0" in shown
    table = csv.DictReader((tmp_path / "evidence.csv").read_text().splitlines()[1:])
    assert [row["condition"] for row in table].count("attacked") == len(attacked)
    wrong = fracview("evidence", folder, "-m", MODEL, "--attack", "pgd", "--eps", "much")
    assert wrong.exit_code == 2
    assert "epsilon 'much' is not a number" in wrong.stderr


def test_the_table_is_for_people(fracview: Any, folder: Path) -> None:
    result = fracview("evidence", folder / "film0.png", folder, "-m", MODEL)
    assert result.exit_code == 2
    result = fracview(
        "evidence", folder, "-m", MODEL, "--fill", "inpaint", "--fill", "blur", "--controls", 2
    )
    assert MODEL in result.stdout
    assert "inpaint" in result.stdout
    assert "than hiding an equal place elsewhere (n = 5)" in result.stdout
    assert "1 radiographs without a box" in result.stdout
    assert "diagnosis" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("-m", MODEL, "--fill", "cement"), 2, "no fill is called 'cement'"),
        (("-m", MODEL, "--controls", "0"), 2, "at least 1 control"),
        (("-m", MODEL, "--limit", "0"), 2, "at least 1"),
        (("-m", "nobody"), 2, "nobody"),
    ],
)
def test_a_wrong_word_is_one_line(
    fracview: Any, folder: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    result = fracview("evidence", folder, *words)
    assert result.exit_code == code, result.output
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_folder_without_boxes_is_refused(fracview: Any, film: Path, tmp_path: Path) -> None:
    result = fracview("evidence", film.parent, "-m", MODEL)
    assert result.exit_code == 1
    assert "no radiograph here has a box" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    result = fracview("evidence", tmp_path / "gone", "-m", MODEL)
    assert result.exit_code == 1
    assert "gone" in result.stderr


def test_explain_has_the_box_test_in_every_row(fracview: Any, film: Path, boxes: Path) -> None:
    words = (
        "explain", film, "--boxes", boxes, "-m", MODEL, "--method", "saliency", "--method",
        "input_x_gradient", "--attack", "pgd", "--steps", 2, "--controls", 4,
    )  # fmt: skip
    rows = fracview.json(*words)
    tests = {row["condition"]: row["box_occlusion"] for row in rows}
    for row in rows:
        test = row["box_occlusion"]
        assert test == tests[row["condition"]], "the test knows nothing of the method"
        classes = row["classes"]
        margin = row["logits"][classes.index("fractured")]
        margin -= row["logits"][classes.index("not fractured")]
        assert test["margin"] == pytest.approx(margin, abs=1e-5)
        assert test["drop"] == pytest.approx(test["margin"] - test["margin_hidden"])
        assert test["controls"] == len(test["control_drops"]) == 4
        assert test["fill"] == "blur"
    assert tests["clean"]["places"] == tests["attacked"]["places"]
    assert tests["clean"]["margin"] != tests["attacked"]["margin"]
    result = fracview(*words)
    assert "box test" in result.stdout
    assert f"{MODEL}, clean: Hiding the box (blur)" in result.stdout
    assert f"{MODEL}, attacked: Hiding the box (blur)" in result.stdout


def test_explain_without_boxes_or_without_the_test(fracview: Any, film: Path, boxes: Path) -> None:
    assert fracview.json("explain", film, "-m", MODEL)[0]["box_occlusion"] is None
    row = fracview.json("explain", film, "-m", MODEL, "--boxes", boxes, "--fill", "none")[0]
    assert row["box_occlusion"] is None
    result = fracview("explain", film, "-m", MODEL, "--boxes", boxes, "--fill", "cement")
    assert result.exit_code == 2
    assert "no fill is called 'cement'" in result.stderr
