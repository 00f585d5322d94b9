"""The shipped pair on a real fracture, from the command line, as README shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fracview.cli import app

PAIR = ("demo-standard", "demo-robust")


def test_the_pair_explains_a_real_fracture(fracatlas: Path, tmp_path: Path) -> None:
    film = fracatlas / "images" / "Fractured" / "IMG0000019.jpg"
    boxes = fracatlas / "Annotations" / "COCO JSON" / "COCO_fracture_masks.json"
    words = ["explain", str(film), "--boxes", str(boxes), "--out", str(tmp_path / "out"), "--json"]
    words += [word for name in PAIR for word in ("--model", name)]
    words += ["--method", "saliency", "--method", "deeplift", "--attack", "pgd", "--eps", "2/255"]
    words += ["--step-size", "0.5/255", "--fill", "none"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert len(rows) == 2 * 2 * 2
    for row in rows:
        assert row["settings"]["weights"]["sha256"]
        assert row["warnings"], "a pair trained on phantoms must say so beside a real film"
        # The error is relative to f(x) - f(x'), which an attack may drive to almost nothing.
        if row["method"] == "deeplift" and row["condition"] == "clean":
            assert row["completeness_error"] < 1e-4
    # No model is needed to know where the centre is: the same dot for both models.
    centres = {json.dumps(row["baselines"]["centre"]) for row in rows}
    assert len(centres) == 1
    assert (tmp_path / "out" / "panels.png").stat().st_size > 10_000


def test_the_pair_lives_up_to_its_cards_on_fresh_phantoms(tmp_path: Path) -> None:
    """Accuracy on phantoms of another seed lies within what n films allow around the card's."""
    from fracview.data.dataset import open_folder
    from fracview.data.readers import read_radiograph
    from fracview.metrics.classification import confusion
    from fracview.models.load import load_model
    from fracview.phantom import write_dataset
    from fracview.task import drain

    drain(write_dataset(tmp_path / "phantoms", count=80, seed=77, size=256))
    cases = open_folder(tmp_path / "phantoms")
    for name in PAIR:
        model = load_model(name)
        answers = [model.predict(model.prepare(read_radiograph(c.path)))[0].label for c in cases]
        truth = [case.label == "fractured" for case in cases]
        counted = confusion(truth, [answer == "fractured" for answer in answers])
        found = counted.intervals(0.99)["accuracy"]
        assert found is not None
        assert found.low <= model.card.measured["clean"]["accuracy"] <= found.high, name


@pytest.mark.parametrize("name", PAIR)
def test_the_cards_say_what_they_are(name: str) -> None:
    result = CliRunner().invoke(app, ["models", "show", name, "--json"])
    card = json.loads(result.stdout)
    assert card["licence"] == "BSD-3-Clause"
    assert any("phantom" in sentence for sentence in card["warnings"])
    assert {row["epsilon"] for row in card["measured"]["pgd"]} >= {"1/255", "2/255", "4/255"}
    for row in card["measured"]["pgd"]:
        low, high = row["accuracy_interval"]
        assert low <= row["accuracy"] <= high
