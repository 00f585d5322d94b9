from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fracview as library
from fracview.cli.options import attack_method, parse_method
from fracview.errors import ModelError, SettingError
from fracview.request import Method

MODEL = "small-resnet:seed=0"


def test_predict_goes_on_past_a_broken_file_and_names_it(
    fracview: Any, film: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    result = fracview("predict", broken, film, "--model", MODEL, "--json")
    assert result.exit_code == 1
    assert "broken.png" in result.stderr
    assert "1 left out" in result.stderr
    answers = json.loads(result.stdout)
    assert [Path(row["image"]).name for row in answers] == ["film.png"]
    assert 0 <= answers[0]["fracture_probability"] <= 1


def test_predict_asks_the_other_models_where_one_fails(
    fracview: Any, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fracview import pipeline

    def failing(request: Any, **more: Any) -> Any:
        if request.model == MODEL:
            raise ModelError("it answered with a number that is not finite.")
        return answer(request, **more)

    answer = pipeline.explain
    monkeypatch.setattr(pipeline, "explain", failing)
    result = fracview("predict", film, "-m", MODEL, "-m", "small-resnet:seed=1", "--json")
    assert result.exit_code == 1
    assert "film.png: it answered" in result.stderr
    assert [row["model"] for row in json.loads(result.stdout)] == ["small-resnet:seed=1"]


def test_attack_stays_in_its_ball_and_saves_every_step(
    fracview: Any, film: Path, tmp_path: Path
) -> None:
    row = fracview.json(
        "attack", film, "--model", MODEL, "--label", "fractured", "--eps", "4/255",
        "--step-size", "1/255", "--steps", 5, "--out", tmp_path / "out",
    )  # fmt: skip
    assert row["largest_change"] <= 4 / 255 + 1e-6
    assert [step["step"] for step in row["steps"]] == list(range(6))
    assert row["steps"][-1]["loss"] >= row["steps"][0]["loss"]
    with np.load(tmp_path / "out" / "steps.npz") as steps:
        assert len(steps["steps"]) == 6
    assert {Path(name).name for name in row["files"]} == {
        "attack.json", "clean.png", "attacked.png", "difference_x20.png", "steps.npz",
    }  # fmt: skip


def test_the_result_is_saved_whatever_steps_are_kept(
    fracview: Any, film: Path, tmp_path: Path
) -> None:
    kept = "pgd:keep_history=false,keep=strongest,steps=3"
    row = fracview.json(
        "attack", film, "--model", MODEL, "--attack", kept, "--out", tmp_path / "out"
    )
    assert row["steps"][0]["step"] == 0
    with np.load(tmp_path / "out" / "steps.npz") as saved:
        change = np.abs(saved["attacked"] - saved["steps"][0]).max()
    assert change == pytest.approx(row["largest_change"], abs=1e-6)
    assert change > 0


def test_the_smallest_flip_lies_between_what_failed_and_what_did_not(
    fracview: Any, film: Path
) -> None:
    words = ("attack", film, "--model", MODEL, "--label", "not fractured", "--smallest")
    found = fracview.json(*words, "--steps", 4)
    assert any("learnt nothing" in sentence for sentence in found["warnings"])
    assert found["settings"]["weights"]["seed"] == 0
    assert len(found["settings"]["image_digest"]) == 64
    assert found["settings"]["attack"]["settings"]["steps"] == 4
    assert found["largest_that_failed"] < found["smallest_epsilon"] <= 32 / 255
    again = fracview("attack", film, "--model", MODEL, "--steps", 4, "--smallest")
    assert f"flips at {found['smallest_epsilon'] * 255:.2f}/255" in again.stdout
    wrong = fracview("attack", film, "--model", MODEL, "--label", "fractured", "--smallest")
    assert "not 'fractured' even without an attack" in wrong.stdout
    assert "learnt nothing" in wrong.stderr
    there = fracview(
        "attack", film, "-m", MODEL, "--label", "not fractured", "--smallest", "--targeted"
    )
    assert "already 'not fractured' even without an attack" in there.stdout
    useless = fracview("attack", film, "-m", MODEL, "--smallest", "--out", film.parent / "out")
    assert useless.exit_code == 2
    assert "--smallest only seeks a radius" in useless.stderr


def test_an_unknown_label_names_the_known_ones(fracview: Any, film: Path) -> None:
    result = fracview("attack", film, "--model", MODEL, "--label", "broken")
    assert result.exit_code == 2
    assert "fractured, not fractured" in result.stderr


def test_models_are_listed_shown_and_probed(fracview: Any) -> None:
    listed = fracview.json("models", "list")
    assert "small-resnet" in listed["architectures"]["small"]
    assert "Standard" in listed["architectures"]["robustbench"]
    shown = fracview.json("models", "show", MODEL)
    assert shown["kind"] == "untrained"
    assert shown["classes"] == ["fractured", "not fractured"]
    findings = fracview.json("models", "probe", MODEL)
    assert {finding["state"] for finding in findings} <= {"ok", "caution"}


def test_devices_always_hold_the_cpu(fracview: Any) -> None:
    assert "cpu" in [device["name"] for device in fracview.json("devices")]


def test_phantoms_are_drawn_and_refuse_to_replace(fracview: Any, tmp_path: Path) -> None:
    out = tmp_path / "phantoms"
    fracview.json("phantom", out, "--count", 4, "--size", 96, "--sheet", tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    again = fracview("phantom", out, "--count", 4)
    assert again.exit_code != 0
    assert len(again.stderr.strip().splitlines()) == 1


def test_boxes_are_converted(fracview: Any, film: Path, boxes: Path, tmp_path: Path) -> None:
    target = tmp_path / "voc"
    report = fracview.json("convert", boxes, target, "--to", "voc")
    assert report["boxes"] == 1
    (read,) = library.read_boxes(target, image=film)
    assert read.corners == pytest.approx((18, 26, 30, 34), abs=1)


def test_help_and_version_need_nothing_heavy(fracview: Any) -> None:
    assert "Research use only" in fracview("--help").output


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("saliency", Method("saliency")),
        (
            "integrated-gradients:steps=5,rule=middle",
            Method.of("integrated_gradients", steps=5, rule="middle"),
        ),
        ("pgd:tied=true,epsilon=4/255", Method.of("pgd", tied=True, epsilon=4 / 255)),
        ("occlusion:window=15,baseline=0.5", Method.of("occlusion", window=15, baseline=0.5)),
    ],
)
def test_methods_are_read_from_one_word(text: str, method: Method) -> None:
    assert parse_method(text) == method


@pytest.mark.parametrize(
    ("text", "norm", "steps"),
    [("pgd", "L2", 40), ("pgd:norm=L2,steps=40", None, None), ("pgd:norm=L2", None, 40)],
)
def test_a_step_in_l2_fills_the_ball_however_it_was_said(
    text: str, norm: str | None, steps: int | None
) -> None:
    method = attack_method(text, "1/2", None, steps, norm)
    assert method.settings()["step_size"] == 2.5 * 0.5 / 40


def test_a_pair_without_value_is_refused() -> None:
    with pytest.raises(SettingError, match="not key=value"):
        parse_method("pgd:steps")
