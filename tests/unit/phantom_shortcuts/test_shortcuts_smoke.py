"""The eight shortcut tests on a few small films, with nets that cheat and nets that do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from typer.testing import CliRunner

from fracview.errors import SettingError
from fracview.task import drain
from tests.benchmarks.phantom_shortcuts.__main__ import app
from tests.benchmarks.phantom_shortcuts.answers import Reader
from tests.benchmarks.phantom_shortcuts.fill import WITHIN, occlusion_test, within
from tests.benchmarks.phantom_shortcuts.films import FIRST_SEED, Pair, draw_pairs, seeds
from tests.benchmarks.phantom_shortcuts.free import (
    centre_test,
    global_test,
    metadata_test,
    twin_test,
)
from tests.benchmarks.phantom_shortcuts.marker import CHANGES, altered_films, marker_test
from tests.benchmarks.phantom_shortcuts.negatives import negatives_test
from tests.toy import toy_classifier

SIZE = 96


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return drain(draw_pairs(seeds(24), SIZE))


@dataclass
class Oracle:
    """A net that says what a function of the film says."""

    says: object
    name: str = "oracle"

    def margins(self, films):
        return np.array([1.0 if self.says(film) else -1.0 for film in films])


def verdict(found, figure):
    return next(v for v in found if figure in v.figure)


def test_seeds_are_balanced_and_cohorts_apart():
    assert sum(seed % 2 == 0 for seed in seeds(100)) == 50
    assert not set(seeds(1000)) & set(seeds(1000, 1))
    with pytest.raises(SettingError, match="20 to"):
        seeds(10)


def test_twins_differ_where_a_fragment_touches_and_nowhere_else(pairs):
    found = twin_test(pairs)
    assert all(v.passed for v in found[:3])
    assert verdict(found, "in the box").estimate.mean > verdict(found, "outside").estimate.mean
    assert 0 < verdict(found, "a fragment touches").estimate.mean < 60


def test_one_pixel_that_differs_elsewhere_is_found(pairs):
    first = pairs[0]
    pixels = first.normal.pixels.copy()
    row, column = np.argwhere(~first.touched)[0]
    pixels[row, column] ^= 1
    leaky = replace(first, normal=replace(first.normal, pixels=pixels))
    found = twin_test([leaky, *pairs[1:]])
    assert [v.estimate.mean for v in found[:3]] == [1, 1, 0]
    assert found[0].passed is False


def test_metadata_that_tell_the_twins_apart_are_found(pairs):
    first = pairs[0]
    truth = replace(first.normal.truth, marker="X")
    leaky = replace(first, normal=replace(first.normal, truth=truth))
    assert twin_test([leaky])[2].passed is False


def test_metadata_and_statistics_that_tell_the_label_are_found(pairs):
    many = pairs * 4  # enough of them for an interval; the same films in all folds are no matter
    leaky = []
    for pair in many:
        truth = replace(pair.normal.truth, marker="R" if pair.fractured else "L")
        pixels = pair.normal.pixels // 2 if pair.fractured else pair.normal.pixels
        film = replace(pair.normal, truth=truth, pixels=pixels)
        leaky.append(replace(pair, broken=film, normal=film))
    assert metadata_test(leaky)[0].passed is False
    assert global_test(leaky)[0].passed is False


def test_boxes_in_the_middle_are_found(pairs):
    box = replace(pairs[0].broken.boxes[0], x1=40, y1=40, x2=56, y2=56)
    middle = [replace(p, broken=replace(p.broken, boxes=(box,))) for p in pairs]
    found = centre_test(middle)
    assert verdict(found, "@25").estimate.mean == 100
    assert [v.passed for v in found if v.rule] == [False, False, False]


def test_a_net_that_reads_the_box_passes_the_occlusion_test_and_others_fail(pairs):
    near = {
        film.pixels[pair.mask].tobytes(): film is pair.broken
        for pair in pairs
        for film in (pair.broken, pair.normal)
    }

    def in_box(film):
        return any(near.get(film[pair.mask].tobytes()) for pair in pairs)

    whole = {pair.normal.pixels.tobytes() for pair in pairs}
    if not any(within(pair) >= WITHIN for pair in pairs):
        pytest.fail("no fracture of the cohort lies in its box: draw other seeds")
    honest = occlusion_test(pairs, Oracle(in_box))
    assert [v.passed for v in honest if v.rule] == [True, True]
    assert verdict(honest, "alone").estimate.mean == 100
    nervous = occlusion_test(pairs, Oracle(lambda film: film.tobytes() not in whole))
    assert verdict(nervous, "elsewhere").passed is True
    blind = occlusion_test(pairs, Oracle(lambda film: True))
    assert [v.passed for v in blind] == [False]


def test_a_net_that_takes_one_lookalike_for_a_fracture_fails_for_it_alone(pairs):
    many = pairs * 20
    islands = {
        pair.normal.pixels.tobytes() for pair in many if "fold" in pair.normal.truth.lookalikes
    }
    found = negatives_test(many, Oracle(lambda film: film.tobytes() in islands))
    assert verdict(found, "fold").passed is False
    assert all(v.passed is not False for v in negatives_test(many, Oracle(lambda film: False)))


@pytest.fixture(scope="module")
def markers(pairs):
    chosen = [pair.seed for pair in pairs if pair.normal.truth.marker][:8]
    return drain(altered_films(chosen, SIZE))


def test_markers_are_changed_and_nothing_far_from_them(markers):
    assert markers
    for film in markers:
        moved, removed, exchanged, _ = (c != film.film for c in film.changed)
        assert removed.any()
        assert exchanged.any()
        # what was taken away is a part of what was moved
        assert (removed & moved).sum() > 0.9 * removed.sum()
        assert removed.mean() < 0.2
        assert moved.mean() < 0.4
        assert all((control != film.film).mean() < 0.4 for control in film.control)


def test_a_net_that_reads_the_marker_fails_and_one_that_does_not_passes(markers):
    kept = {film.film.tobytes() for film in markers}
    kept |= {control.tobytes() for film in markers for control in film.control}
    cheat = marker_test(markers, Oracle(lambda film: film.tobytes() in kept))
    assert verdict(cheat, "marker less background, points").passed is False
    assert [v.estimate.mean for v in cheat[: len(CHANGES)]] == [100] * 4
    calm = marker_test(markers, Oracle(lambda film: True))
    assert verdict(calm, "marker less background, points").passed is True


def test_a_classifier_is_asked_at_its_own_size(pairs):
    model = toy_classifier(channels=1)
    films = [pair.film.pixels for pair in pairs[:3]]
    margins = Reader("toy", model).margins(films)
    assert margins.shape == (3,)
    assert np.ptp(margins) > 0
    assert Reader("toy", model).margins([]).shape == (0,)


def test_command_prints_a_table_and_says_by_its_exit_code_whether_all_passed():
    run = CliRunner().invoke(app, ["-n", "20", "--size", "64", "-t", "twins"])
    assert run.exit_code == 0, run.output
    assert "exactly 0" in run.output
    assert str(FIRST_SEED) in run.output
    run = CliRunner().invoke(app, ["-n", "20", "--size", "64", "-t", "global", "--json"])
    assert run.exit_code == 1  # of 20 films no interval ends below .55
    assert '"passed": false' in run.output


def test_command_refuses_unknown_tests():
    run = CliRunner().invoke(app, ["-t", "astrology"])
    assert run.exit_code == 2
