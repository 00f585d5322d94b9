from __future__ import annotations

from pathlib import Path

import pytest

from fracview.errors import CardError, SettingError
from fracview.paths import resource
from fracview.training.recipe import Adversary, Arm, Phantoms, Recipe, default_recipe
from fracview.training.toml import read_recipe, write_recipe


def test_round_trip(tmp_path: Path) -> None:
    recipe = Recipe(
        name="pair",
        arms=(
            Arm("warm", 10, crops=((0.5, 64), (0.8, 96)), publish=False),
            Arm("robust", 20, start="warm", adversary=Adversary(2 / 255, 3)),
        ),
        phantoms=Phantoms(7, 8, 9, 10),
        options={"blocks": (1, 1, 1, 1)},
        paired=True,
        seed=3,
    )
    write_recipe(recipe, tmp_path / "r.toml")
    again = read_recipe(tmp_path / "r.toml")
    assert again.arms == recipe.arms
    assert again.phantoms == recipe.phantoms
    assert again.options == {"blocks": [1, 1, 1, 1]}
    assert again.uses_boxes


def test_radius_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('[[arms]]\nname = "a"\nsteps = 5\nadversary = {epsilon = "2/255"}\n')
    adversary = read_recipe(path).arms[0].adversary
    assert adversary is not None
    assert adversary.epsilon == 2 / 255


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour = 1", "unknown fields colour"),
        ("[[arms]]\nname = 'a'\nsteps = 0", "at least one step"),
        ("[[arms]]\nname = 'a'\nsteps = 5\nstart = 'b'", "no earlier arm"),
        ("[[arms]]\nname = 'a'", "steps"),
        ("[[arms]]\nname = 'a'\nsteps = 5\nplain = 0.5", "ranks twin pairs"),
        ("[[arms]]\nname = 'a'\nsteps = 5\nplain = 1.5", "0 to 1"),
        ("split = 'fracatlas'\n[phantoms]", "leave 'split' out"),
        (
            "[[arms]]\nname = 'a'\nsteps = 5\n"
            "[[arms]]\nname = 'b'\nsteps = 5\nstart = 'a'\nweights = 'demo-standard'",
            "not both",
        ),
        ("[[arms]]\nname = 'a/b'\nsteps = 5", "cannot be the name"),
        ("arms = []", "needs arms"),
        ("batch = 7", "even"),
        ("paired = true", "need phantoms"),
        ("size = [4, 4]", "at least 8"),
        ("precision = 'half'", "float32 or bfloat16"),
        ("[[arms]]\nname = 'a'\nsteps = 5\nadversary = {epsilon = '0'}", "above 0"),
        ("no toml at all", "not a TOML"),
    ],
)
def test_false_fields_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(CardError, match=words) as caught:
        read_recipe(path)
    assert "\n" not in str(caught.value)
    assert "bad.toml" in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")


def test_lasting_keeps_proportions() -> None:
    recipe = Recipe(arms=(Arm("a", 100), Arm("b", 300)))
    assert [arm.steps for arm in recipe.lasting(40).arms] == [10, 30]


def test_default_recipe_has_no_boxes() -> None:
    assert not default_recipe(adversarial=True).uses_boxes
    assert default_recipe(adversarial=True).arms[0].name == "robust"
    assert default_recipe().arms[0].adversary is None


def test_names_must_differ() -> None:
    with pytest.raises(SettingError, match="name of its own"):
        Recipe(arms=(Arm("a", 1), Arm("a", 1)))


def test_demo_recipe_gives_both_arms_the_same_budget() -> None:
    recipe = read_recipe(resource("recipes", "demo.toml"))
    standard, robust = recipe.arm("standard"), recipe.arm("robust")
    assert standard.adversary is None
    assert robust.adversary is not None
    for name in ("steps", "learning_rate", "start", "crops"):
        assert getattr(standard, name) == getattr(robust, name)
