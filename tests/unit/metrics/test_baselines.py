from __future__ import annotations

import numpy as np
import pytest

from fracview.errors import NoBoxesError, SettingError, UnknownName
from fracview.metrics import BASELINES
from fracview.metrics.baselines import baseline_curves, baseline_map
from fracview.metrics.coverage import coverage_curve


@pytest.fixture
def grey() -> np.ndarray:
    film = np.random.default_rng(5).random((40, 30)).astype(np.float32) * 0.1
    film[10:25, 8:16] += 0.8
    return film


def middle(shape: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[shape[0] // 2 - 3 : shape[0] // 2 + 3, shape[1] // 2 - 3 : shape[1] // 2 + 3] = True
    return mask


@pytest.mark.parametrize("name", BASELINES)
def test_every_map_is_finite_repeatable_and_leaves_the_film_alone(
    name: str, grey: np.ndarray
) -> None:
    before = grey.copy()
    drawn = baseline_map(name, grey)
    assert drawn.shape == grey.shape
    assert drawn.dtype == np.float64
    assert np.isfinite(drawn).all()
    assert (drawn == baseline_map(name, grey)).all()
    assert (grey == before).all()
    drawn += 1
    assert (grey == before).all()


@pytest.mark.parametrize("name", ["chance", "centre"])
def test_maps_that_do_not_look(name: str, grey: np.ndarray) -> None:
    assert (baseline_map(name, grey) == baseline_map(name, 1 - grey)).all()


def test_centre_is_symmetric_and_ranks_like_any_radial_dot() -> None:
    drawn = baseline_map("centre", np.zeros((24, 24)))
    for turned in (drawn[::-1], drawn[:, ::-1], drawn.T):
        assert (drawn == turned).all()
    down, across = np.mgrid[:24, :24] - 11.5
    dot = np.exp(-(down**2 + across**2) / (2 * 6.0**2))
    mask = middle((24, 24))
    mask[0, 3:9] = True
    ours, theirs = coverage_curve(drawn, mask), coverage_curve(dot.round(12), mask)
    assert ours.coverage.tolist() == theirs.coverage.tolist()
    assert baseline_map("centre", np.zeros((5, 4))).argmax() in (9, 10)


def test_sobel_is_the_size_of_the_gradient(grey: np.ndarray) -> None:
    ramp = np.tile(np.arange(10.0), (10, 1)) * 0.1
    inner = baseline_map("sobel", ramp)[1:-1, 1:-1]
    assert inner == pytest.approx(np.full((8, 8), 0.8))
    assert baseline_map("sobel", ramp.T) == pytest.approx(baseline_map("sobel", ramp).T)
    assert not baseline_map("sobel", np.full((6, 6), 0.4)).any()
    assert baseline_map("sobel", grey)[10, 12] > 4 * baseline_map("sobel", grey)[30:, :].max()


def test_random_differs_between_films_of_a_cohort(grey: np.ndarray) -> None:
    assert (baseline_map("random", grey) != baseline_map("random", grey[::-1])).all()
    films = np.random.default_rng(8).random((200, 16, 16))
    mask = middle((16, 16))
    covered = [coverage_curve(baseline_map("random", film), mask, [25]).at(25) for film in films]
    assert np.mean(covered) == pytest.approx(0.25, abs=0.02)


def test_random_follows_its_seed(grey: np.ndarray) -> None:
    first, second = baseline_map("random", grey, seed=1), baseline_map("random", grey, seed=2)
    assert (first != second).all()
    assert (first == baseline_map("random", grey, seed=1)).all()


def test_local_deviation_matches_its_window(grey: np.ndarray) -> None:
    film = grey.astype(np.float64)
    drawn = baseline_map("local_sd", grey)
    assert drawn[20, 15] == pytest.approx(film[16:25, 11:20].std(), abs=1e-12)


def test_log_finds_a_blob() -> None:
    film = np.zeros((31, 31))
    film[15, 15] = 1
    drawn = baseline_map("log", film)
    assert np.unravel_index(drawn.argmax(), drawn.shape) == (15, 15)


@pytest.mark.parametrize("rule", ["exact", "repo"])
def test_chance_is_the_line_under_either_rule(rule: str, grey: np.ndarray) -> None:
    curves = baseline_curves(grey, middle(grey.shape), rule, [5, 25, 50])
    assert list(curves) == ["chance", "centre", "brightness", "sobel"]
    assert curves["chance"].coverage.tolist() == [0.05, 0.25, 0.5]
    assert curves["chance"].area.tolist() == [0.05, 0.25, 0.5]
    assert curves["centre"].at(5) == pytest.approx(1, abs=0.01)


def test_names_can_be_chosen(grey: np.ndarray) -> None:
    curves = baseline_curves(grey, middle(grey.shape), names=tuple(BASELINES))
    assert list(curves) == list(BASELINES)
    assert all(curve.percents.size == 100 for curve in curves.values())


def test_refusals(grey: np.ndarray) -> None:
    with pytest.raises(UnknownName, match="no model-free map is called 'edges'"):
        baseline_map("edges", grey)
    with pytest.raises(NoBoxesError):
        baseline_curves(grey, np.zeros(grey.shape))
    with pytest.raises(SettingError, match="two axes"):
        baseline_map("sobel", grey[None])
    grey[0, 0] = np.nan
    with pytest.raises(SettingError, match="not finite"):
        baseline_map("sobel", grey)
