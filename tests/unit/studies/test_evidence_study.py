"""A cohort's box-occlusion tests: means, intervals, and words that stay within them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fracview.errors import SettingError
from fracview.evidence.occlusion_test import BoxOcclusion
from fracview.metrics.statistics import mean_with_interval
from fracview.studies.box_use import BoxUse, FilmTest, summarise

GENERATOR = np.random.default_rng(0)


def film(number: int, drop: float, controls: tuple[float, ...], margin: float = 1.0) -> FilmTest:
    def label(value: float) -> str:
        return "fractured" if value > 0 else "not fractured"

    test = BoxOcclusion(
        margin=margin, margin_hidden=margin - drop,
        control_margins=tuple(margin - fall for fall in controls),
        probability=0.7, probability_hidden=0.5, control_probabilities=(0.7,) * len(controls),
        label=label(margin), label_hidden=label(margin - drop),
        control_labels=tuple(label(margin - fall) for fall in controls),
        fill="blur", seed=0, box_share=0.01, change=0.05, control_change=0.04, contrast=0.1,
        contrast_gap=0.01, brightness_gap=0.01,
    )  # fmt: skip
    return FilmTest(Path(f"film{number}.png"), "net", test)


def cohort(mean: float, spread: float, n: int = 40) -> list[FilmTest]:
    drops = GENERATOR.normal(0, spread, n)
    drops += mean - drops.mean()
    return [film(i, drop, (0.0, 0.0), GENERATOR.normal(1, 2)) for i, drop in enumerate(drops)]


def test_numbers_by_the_slow_definition() -> None:
    films = [
        film(0, 1.5, (0.1, 0.3), 1.0),
        film(1, 0.2, (0.0, 2.5), 2.0),
        film(2, 0.4, (0.2, 0.2), -1.0),
        film(3, -2.0, (0.0, 0.0), -1.0),
    ]
    use = summarise(films, seed=5)
    differences = [1.5 - 0.2, 0.2 - 1.25, 0.4 - 0.2, -2.0]
    assert use.difference == mean_with_interval(differences, 5)
    assert use.drop.mean == pytest.approx(0.1 / 4)
    assert use.control_drop.mean == pytest.approx((0.2 + 1.25 + 0.2) / 4)
    assert use.margin_sd == pytest.approx(np.std([1.0, 2.0, -1.0, -1.0], ddof=1))
    assert use.n == 4
    assert use.detected == 2
    assert use.lost is not None
    assert use.lost.mean == 0.5
    assert use.control_lost == mean_with_interval([0.0, 0.5], 5)
    assert use.lost_difference == mean_with_interval([1.0 - 0.0, 0.0 - 0.5], 5)
    assert use.flips == 2
    assert use.control_flips == pytest.approx(0.5)


def test_a_film_without_control_is_named_and_left_out() -> None:
    bare = film(7, 9.0, ())
    bare = replace(bare, test=replace(bare.test, notes=("No room.",)))
    use = summarise([film(0, 1.0, (0.0,)), film(1, 1.0, (0.0,)), bare])
    assert use.n == 2
    assert use.difference.mean == pytest.approx(1.0)
    assert use.left_out == ("film7.png: No room.",)
    with pytest.raises(SettingError, match="no film has a control"):
        summarise([bare])


def test_the_words_follow_the_interval() -> None:
    strong = summarise(cohort(1.0, 0.5)).sentence
    assert strong.startswith("Hiding the box lowers the margin by 1.00 [")
    assert (
        "more than hiding an equal place elsewhere (n = 40): this model's answer depends" in strong
    )
    assert "of the margin's SD over films" in strong
    none = summarise(cohort(0.02, 0.5)).sentence
    assert "no sign that this model uses the fracture" in none
    assert "is not excluded" in none
    assert "depends" not in none
    against = summarise(cohort(-1.0, 0.5)).sentence
    assert "1.00 [" in against
    assert "less than hiding an equal place" in against
    assert "no sign that this model uses the fracture." in against
    assert "−" not in against
    single = summarise([film(0, 1.0, (0.0,))]).sentence
    assert "too few films to say anything" in single


def test_an_interval_is_turned_with_its_sign() -> None:
    use = summarise(cohort(-0.5, 2.0))
    low, high = use.difference.low, use.difference.high
    assert low is not None
    assert high is not None
    text = use.sentence.replace("−", "-")
    ends = text[text.index("[") + 1 : text.index("]")].split(", ")
    assert float(ends[0]) == pytest.approx(-high, abs=0.006)
    assert float(ends[1]) == pytest.approx(-low, abs=0.006)


def test_near_twins_are_drawn_together() -> None:
    """Twice the films with the same outcome are no more evidence, if they are the same film."""
    single = cohort(0.3, 1.0, 12)
    double = [
        replace(one, digest=f"{row}{copy}") for row, one in enumerate(single) for copy in "ab"
    ]
    twins = {film.digest: int(film.digest[:-1]) for film in double}
    alone, together = summarise(double, 3), summarise(double, 3, twins)
    assert (alone.groups, together.groups, together.n) == (24, 12, 24)
    assert together.difference.mean == alone.difference.mean

    def width(use: BoxUse) -> float:
        assert use.difference.low is not None
        assert use.difference.high is not None
        return use.difference.high - use.difference.low

    assert width(together) == pytest.approx(width(summarise(single, 3)), rel=1e-9)
    assert width(together) > 1.2 * width(alone)


def test_what_was_measured_under_attack_is_called_so() -> None:
    films = [replace(one, condition="attacked") for one in cohort(1.0, 0.5)]
    use = summarise(films)
    assert use.condition == "attacked"
    assert use.sentence.startswith("Under attack: Hiding the box lowers")
