"""Coverage: its properties, its ties, its refusals. The slow definition has a test of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fracview.errors import NoBoxesError, SettingError
from fracview.metrics.coverage import ALL_PERCENTS, coverage_curve, top_mask

RULES = ("exact", "repo")


def corner(shape: tuple[int, int], rows: int = 3, columns: int = 4) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[:rows, :columns] = True
    return mask


@st.composite
def measured(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Small maps with many ties, in both precisions, and a mask with at least one pixel."""
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    width = 32 if dtype is np.float32 else 64
    # Below 1e30 the distance of two values is finite, as np.percentile itself needs it.
    numbers = st.one_of(
        st.integers(-2, 2).map(float),
        st.floats(-(2.0**99), 2.0**99, width=width),
    )
    values = draw(arrays(dtype, shape, elements=numbers))
    mask = draw(arrays(np.bool_, shape))
    mask[draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))] = True
    return values, mask


def test_constant_map_gets_chance_under_the_exact_rule() -> None:
    curve = coverage_curve(np.full((20, 10), 0.3), corner((20, 10)))
    assert curve.percents.tolist() == list(ALL_PERCENTS)
    assert curve.coverage.tolist() == [p / 100 for p in ALL_PERCENTS]
    assert curve.area.tolist() == [p / 100 for p in ALL_PERCENTS]


def test_constant_map_gets_everything_under_the_repo_rule() -> None:
    curve = coverage_curve(np.zeros((20, 10)), corner((20, 10)), rule="repo")
    assert (curve.coverage == 1).all()
    assert (curve.area == 1).all()


def test_few_nonzero_pixels_select_the_whole_map_under_the_repo_rule() -> None:
    generator = np.random.default_rng(0)
    values = np.zeros(50176)
    values[generator.choice(50176, 400, replace=False)] = generator.random(400) + 0.1
    values = values.reshape(224, 224)
    mask = corner((224, 224), 20, 20)
    repo = coverage_curve(values, mask, [5, 25, 50], "repo")
    assert repo.coverage.tolist() == [1.0, 1.0, 1.0]
    assert repo.area.tolist() == [1.0, 1.0, 1.0]
    exact = coverage_curve(values, mask, [5, 25, 50])
    assert exact.area.tolist() == [2509 / 50176, 0.25, 0.5]
    hits = np.count_nonzero(values[mask])
    shared = (2509 - 400) / (50176 - 400) * (400 - hits)
    assert exact.at(5) == pytest.approx((hits + shared) / 400, abs=1e-15)
    assert exact.at(5) < 0.1


def test_perfect_and_worst_map() -> None:
    mask = corner((10, 10), 2, 5)
    assert coverage_curve(mask, mask, [5, 10, 20]).coverage.tolist() == [0.5, 1.0, 1.0]
    assert coverage_curve(~mask, mask, [50, 90, 95]).coverage.tolist() == [0.0, 0.0, 0.5]


def test_count_rounds_halves_to_even_and_may_be_none() -> None:
    values = np.arange(10.0).reshape(2, 5)
    curve = coverage_curve(values, np.ones((2, 5)), [1, 5, 15, 25, 100])
    assert curve.area.tolist() == [0.0, 0.0, 0.2, 0.2, 1.0]
    assert curve.coverage.tolist() == [0.0, 0.0, 0.2, 0.2, 1.0]


def test_curve_answers_only_where_it_was_computed() -> None:
    curve = coverage_curve(np.arange(100.0).reshape(10, 10), corner((10, 10)), [25, 5])
    assert curve.at(25) == curve.coverage[0]
    assert curve.area_at(5) == 0.05
    with pytest.raises(SettingError, match="not computed at 6 %"):
        curve.at(6)


def test_integer_and_single_precision_maps_are_measured_alike() -> None:
    values = np.random.default_rng(1).integers(0, 50, (30, 30))
    mask = corner((30, 30))
    for rule in RULES:
        first = coverage_curve(values, mask, rule=rule)
        second = coverage_curve(values.astype(np.float64), mask, rule=rule)
        assert first.coverage.tolist() == second.coverage.tolist()


def test_the_map_is_left_alone() -> None:
    values = np.random.default_rng(1).random((5, 5))
    before = values.copy()
    coverage_curve(values, corner((5, 5)))
    top_mask(values, 20)
    assert (values == before).all()


def test_refusals() -> None:
    values = np.arange(20.0).reshape(4, 5)
    mask = corner((4, 5), 2, 2)
    with pytest.raises(NoBoxesError, match="no box"):
        coverage_curve(values, np.zeros((4, 5), dtype=bool))
    for bad in (np.nan, np.inf, -np.inf):
        broken = values.copy()
        broken[1, 1] = bad
        with pytest.raises(SettingError, match="not finite"):
            coverage_curve(broken, mask)
        with pytest.raises(SettingError, match="not finite"):
            top_mask(broken, 5)
    with pytest.raises(SettingError, match="one frame"):
        coverage_curve(values, mask.T)
    with pytest.raises(SettingError, match="two axes"):
        coverage_curve(values.ravel(), mask.ravel())
    with pytest.raises(SettingError, match="empty"):
        coverage_curve(np.zeros((0, 5)), np.zeros((0, 5)))
    for percents in ([0], [-1, 5], [101], [np.nan], [], [[5]]):
        with pytest.raises(SettingError, match="percentages"):
            coverage_curve(values, mask, percents)
    with pytest.raises(SettingError, match="rule 'fuzzy'"):
        coverage_curve(values, mask, rule="fuzzy")  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(measured(), st.sampled_from(RULES))
def test_bounded_and_never_falling(pair: tuple[np.ndarray, np.ndarray], rule: str) -> None:
    curve = coverage_curve(*pair, rule=rule)
    for share in (curve.coverage, curve.area):
        assert ((share >= 0) & (share <= 1)).all()
        assert (np.diff(share) >= 0).all()
    assert curve.at(100) == 1


@settings(max_examples=100, deadline=None)
@given(measured(), st.sampled_from(RULES), st.randoms(use_true_random=False))
def test_places_do_not_matter(pair: tuple[np.ndarray, np.ndarray], rule: str, dice) -> None:
    values, mask = pair
    order = list(range(values.size))
    dice.shuffle(order)
    moved = coverage_curve(
        values.ravel()[order].reshape(values.shape),
        mask.ravel()[order].reshape(mask.shape),
        rule=rule,
    )
    assert moved.coverage.tolist() == coverage_curve(values, mask, rule=rule).coverage.tolist()


@settings(max_examples=100, deadline=None)
@given(measured())
def test_only_the_order_of_values_matters_to_the_exact_rule(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    values, mask = pair
    _, ranks = np.unique(values, return_inverse=True)
    ranked = coverage_curve(ranks.reshape(values.shape), mask)
    assert ranked.coverage.tolist() == coverage_curve(values, mask).coverage.tolist()


@settings(max_examples=150, deadline=None)
@given(measured(), st.sampled_from(RULES), st.sampled_from([0.5, 5, 33.3, 50, 75, 100]))
def test_top_mask_is_what_the_curve_measures(
    pair: tuple[np.ndarray, np.ndarray], rule: str, percent: float
) -> None:
    values, mask = pair
    top = top_mask(values, percent, rule)
    curve = coverage_curve(values, mask, [percent], rule)
    covered = top.weights[mask].sum() / np.count_nonzero(mask)
    assert covered == pytest.approx(curve.at(percent), abs=1e-12)
    assert top.weights.mean() == pytest.approx(curve.area_at(percent), abs=1e-12)
    assert top.mask.tolist() == (values >= top.threshold).tolist()
    assert top.area == np.count_nonzero(top.mask) / values.size
    assert not top.weights[~top.mask].any()


def test_top_mask_tells_how_far_ties_overrun() -> None:
    values = np.zeros((10, 10))
    values[0, 0] = 1
    top = top_mask(values, 5)
    assert (top.area, top.threshold) == (1.0, 0.0)
    assert top.weights[0, 0] == 1
    assert top.weights[5, 5] == 4 / 99
