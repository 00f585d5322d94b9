from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fracview.errors import CheckpointError, ModelError
from fracview.task import drain
from fracview.training.checkpoint import State
from fracview.training.fit import Start, TrainingStep, fit
from fracview.training.pool import Split
from fracview.training.recipe import Adversary, Arm, Recipe

CPU = torch.device("cpu")


def _same(first: State, second: State) -> bool:
    return all(
        torch.equal(mine[key], theirs[key])
        for mine, theirs in ((first.net, second.net), (first.average, second.average),
                             (first.best, second.best))
        for key in mine
    )  # fmt: skip


@pytest.fixture(params=[None, Adversary(4 / 255, 2)], ids=["standard", "adversarial"])
def arm(request: pytest.FixtureRequest) -> Arm:
    return Arm("arm", 24, adversary=request.param)


def test_learns(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    arm = Arm("arm", 60)
    news: list[TrainingStep] = []
    state = drain(
        fit(recipe, arm, split, tmp_path / "c", CPU), lambda progress: news.append(progress.payload)
    )
    assert state.best_score > 0.9
    assert news[-1].loss < news[0].loss
    assert [n.verdict is not None for n in news].count(True) == 8
    assert state.history[-1]["step"] == 60
    assert state.seconds > 0


def test_kill_and_resume_end_alike(recipe: Recipe, arm: Arm, split: Split, tmp_path: Path) -> None:
    whole = drain(fit(recipe, arm, split, tmp_path / "whole", CPU))
    task = fit(recipe, arm, split, tmp_path / "cut", CPU)
    for _ in range(13):  # past the checkpoint at 10 and the validation at 8
        next(task)
    shutil.copy(tmp_path / "cut", tmp_path / "killed")  # what a kill would leave
    task.close()
    killed = drain(fit(recipe, arm, split, tmp_path / "killed", CPU))
    closed = drain(fit(recipe, arm, split, tmp_path / "cut", CPU))
    assert _same(whole, killed)
    assert _same(whole, closed)
    assert killed.history == whole.history


def test_closing_keeps_every_step(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    task = fit(recipe, recipe.arms[0], split, tmp_path / "c", CPU)
    for _ in range(7):
        next(task)
    task.close()
    assert torch.load(tmp_path / "c", weights_only=True)["step"] == 7


def test_finished_arm_is_not_trained_again(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    drain(fit(recipe, recipe.arms[0], split, tmp_path / "c", CPU))
    assert list(fit(recipe, recipe.arms[0], split, tmp_path / "c", CPU)) == []


def test_stops_early_without_gain(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    lazy = replace(recipe, patience=2, validate_every=4)
    state = drain(fit(lazy, Arm("a", 1000, learning_rate=0.0), split, tmp_path / "c", CPU))
    assert state.step == 12  # one validation sets the score, two do not better it


def test_no_early_stop_while_the_radius_rises(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    lazy = replace(recipe, patience=1, validate_every=2)
    arm = Arm("a", 40, learning_rate=0.0, adversary=Adversary(ramp=0.5, steps=1))
    state = drain(fit(lazy, arm, split, tmp_path / "c", CPU))
    assert state.step == 20


def test_start_weights_are_used(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    warm = drain(fit(recipe, recipe.arms[0], split, tmp_path / "w", CPU))
    arm = Arm("a", 1, learning_rate=0.0, start="standard")
    both = replace(recipe, arms=(*recipe.arms, arm))
    after = drain(fit(both, arm, split, tmp_path / "a", CPU, Start(warm.best)))
    assert torch.equal(after.net["head.weight"], warm.best["head.weight"])


def test_another_recipe_is_refused(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    drain(fit(recipe, recipe.arms[0], split, tmp_path / "c", CPU))
    with pytest.raises(CheckpointError, match="another recipe"):
        next(fit(replace(recipe, seed=9), recipe.arms[0], split, tmp_path / "c", CPU))


def test_broken_checkpoint_is_named(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"PK\x03\x04 half a file")
    with pytest.raises(CheckpointError, match=r"c: not a checkpoint"):
        next(fit(recipe, recipe.arms[0], split, tmp_path / "c", CPU))


def test_loss_that_is_not_finite(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    wild = replace(recipe, clip=float("inf"))
    with pytest.raises(ModelError, match="learning_rate"):
        drain(fit(wild, Arm("a", 50, learning_rate=1e30), split, tmp_path / "c", CPU))


def test_bfloat16_runs(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    half = replace(recipe, precision="bfloat16")
    state = drain(fit(half, Arm("a", 3, adversary=Adversary()), split, tmp_path / "c", CPU))
    assert state.net["head.weight"].dtype == torch.float32


def test_the_callers_generator_is_left_alone(recipe: Recipe, split: Split, tmp_path: Path) -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    next(fit(recipe, recipe.arms[0], split, tmp_path / "c", CPU))
    assert torch.equal(before, torch.random.get_rng_state())
