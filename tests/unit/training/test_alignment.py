"""Coverage and box test over a pool: against one film at a time by the library's own verbs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fracview.api import attack, attribute
from fracview.data.boxes import Box, box_mask
from fracview.evidence.occlusion_test import OcclusionTest
from fracview.metrics.baselines import baseline_curves
from fracview.metrics.coverage import coverage_curve
from fracview.metrics.statistics import wilson
from fracview.task import drain
from fracview.training.alignment import PERCENTS, box_tests, boxed, coverages, mask_of
from fracview.training.figures import Figures
from fracview.training.measure import coverage_table, occlusion_table
from fracview.training.pool import Pool
from tests.toy import toy_classifier


def some(pool: Pool, count: int = 20) -> Pool:
    return pool.subset(np.arange(count))


def test_coverage_is_that_of_the_librarys_verbs(pool: Pool) -> None:
    import torch

    classifier, films = toy_classifier(channels=1), some(pool)
    rows = boxed(films)
    assert rows.tolist() == list(range(0, 20, 2))
    found = drain(coverages(classifier, films, rows, 6 / 255, steps=3, nodes=4, seed=5))
    assert set(found.shares) == {
        *((m, c) for m in ("saliency", "integrated_gradients") for c in ("clean", "attacked")),
        *((m, "no model") for m in ("chance", "centre", "brightness", "sobel")),
    }
    for place, row in enumerate(rows):
        x = torch.from_numpy(films.images[row]).double()[None, None] / 255
        box = Box(*films.boxes[row].tolist())
        mask = box_mask((box,), *films.images.shape[1:])
        assert np.array_equal(mask, mask_of(films, row))
        hard = attack(
            classifier, x, "fractured", eps=6 / 255, step_size=1.5 / 255, steps=3, seed=5,
            keep="strongest",
        ).adversarial  # fmt: skip
        for condition, film in (("clean", x), ("attacked", hard)):
            for name, settings in (("saliency", {}), ("integrated_gradients", {"steps": 4})):
                heatmap = attribute(classifier, film, name, "fractured", **settings)
                wanted = coverage_curve(heatmap.values, mask, PERCENTS).coverage
                assert found.shares[name, condition][place] == pytest.approx(wanted, abs=1e-9)
        free = baseline_curves(x[0, 0].float().numpy(), mask, percents=PERCENTS)
        for name, curve in free.items():
            assert found.shares[name, "no model"][place] == pytest.approx(curve.coverage)


def test_box_tests_are_those_of_single_films(pool: Pool) -> None:
    classifier, films = toy_classifier(channels=1), some(pool, 6)
    rows = boxed(films)
    tests = drain(box_tests(classifier, films, rows, seed=2))
    for row, test in zip(rows, tests, strict=True):
        film = films.images[row].astype(np.float32)[None] / np.float32(255)
        alone = drain(OcclusionTest(seed=2)(classifier, film, mask_of(films, row)))
        assert alone == test
    body = occlusion_table(films, rows, tests, 0)
    assert body["n"] == 3
    assert body["difference"] == pytest.approx(np.mean([t.difference for t in tests]), abs=1e-4)
    low, high = body["difference_interval"]
    assert low <= body["difference"] <= high


def test_table_has_mean_n_and_interval(pool: Pool) -> None:
    films = some(pool)
    found = drain(coverages(toy_classifier(channels=1), films, boxed(films), 2 / 255, 2, 3))
    table = coverage_table(films, found, 2 / 255, 2, 3, 0)
    assert table["attack"].startswith("PGD-2 at 2/255")
    assert [row["condition"] for row in table["rows"]][-4:] == ["no model"] * 4
    for row in table["rows"]:
        shares = found.shares[row["map"], row["condition"]]
        assert row["n"] == len(shares) == 10
        for percent, column in zip((5, 25, 50), shares.T):
            assert row[f"at_{percent}"] == pytest.approx(column.mean(), abs=1e-4)
            low, high = row[f"at_{percent}_interval"]
            assert low <= row[f"at_{percent}"] <= high


def test_a_fractured_film_without_a_box_is_passed_over(pool: Pool) -> None:
    boxes = pool.boxes.copy()
    boxes[0] = np.nan
    assert 0 not in boxed(replace(pool, boxes=boxes))


def test_a_film_with_several_boxes_is_passed_over(pool: Pool) -> None:
    """Only the largest is known, and the others hold a fracture as well."""
    outer = pool.boxes.copy()
    outer[4, 2] += 9
    assert boxed(pool)[:3].tolist() == [0, 2, 4]
    assert boxed(replace(pool, outer=outer))[:3].tolist() == [0, 2, 6]


def test_shares_of_the_box_test_have_intervals_and_left_out_films_are_counted(pool: Pool) -> None:
    classifier, films = toy_classifier(channels=1), some(pool, 12)
    rows = boxed(films)
    tests = drain(box_tests(classifier, films, rows, seed=2))
    caught = replace(tests[0], label="fractured", label_hidden="not fractured")
    kept = [replace(test, label="not fractured") for test in tests[1:5]]
    bare = replace(tests[5], control_margins=(), control_labels=(), control_probabilities=())
    body = occlusion_table(films, rows, [caught, *kept, bare], 0)
    assert (body["n"], body["without_control"], body["detected"]) == (5, 1, 1)
    assert body["lost"] == 1
    assert body["lost_interval"] == [round(end, 4) for end in wilson(1, 1)]
    margins = [test.margin for test in tests[:5]]
    assert body["margin_sd"] == pytest.approx(np.std(margins, ddof=1), abs=1e-4)


def test_nothing_is_measured_that_was_not_asked_for(pool: Pool) -> None:
    import torch

    from fracview.training.measure import measure

    net = toy_classifier(channels=1).net.float()
    none = Figures(films=6, coverage=0, occlusion=0)
    body = drain(measure(net, some(pool), (1 / 255,), 1, torch.device("cpu"), figures=none))
    assert set(body) == {"clean", "pgd", "rule"}
    assert (body["clean"]["n"], body["pgd"][0]["n"]) == (20, 6)
    whole = Figures(0, 6, 2, 1, 6, 2, 4, 2, 2)
    body = drain(measure(net, some(pool), (1 / 255,), 1, torch.device("cpu"), figures=whole))
    assert set(body) == {
        "clean", "pgd", "rule", "strong", "gradient_free", "coverage", "occlusion",
    }  # fmt: skip
