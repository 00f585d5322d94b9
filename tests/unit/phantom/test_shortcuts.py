"""The label must not be readable from anything but the fracture. Small; deterministic seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from fracview.phantom import VIEWS, Phantom, draw

COUNT, SIZE = 160, 224


@pytest.fixture(scope="module")
def films() -> list[Phantom]:
    return [draw(70_000 + i, size=SIZE) for i in range(COUNT)]


def auc(features: list[list[float]], films: list[Phantom]) -> tuple[float, float]:
    """Five-fold ridge regression: area under the curve and half its 95 % interval."""
    y = np.array([film.label == "fractured" for film in films])
    f = np.array(features, float)
    f = np.c_[(f - f.mean(0)) / (f.std(0) + 1e-9), np.ones(len(f))]
    score, fold = np.zeros(len(f)), np.arange(len(f)) % 5
    for k in range(5):
        a = f[fold != k]
        inner = a.T @ a + 30 * np.eye(f.shape[1])
        score[fold == k] = f[fold == k] @ np.linalg.solve(inner, a.T @ (y[fold != k] - 0.5))
    n, m = len(y), int(y.sum())
    area = (rankdata(score)[y].sum() - m * (m + 1) / 2) / (m * (n - m))
    return float(area), float(1.96 * np.sqrt((n + 1) / (12 * m * (n - m))))


def test_labels_are_balanced(films):
    assert 0.4 < np.mean([film.label == "fractured" for film in films]) < 0.6


def test_global_statistics_tell_nothing(films):
    features = []
    for film in films:
        x = film.pixels / 255
        steps = np.abs(np.diff(x, axis=0))
        levels = np.percentile(x, [1, 25, 50, 75, 99])
        features.append([x.mean(), x.std(), *levels, steps.mean(), steps.std()])
    area, half = auc(features, films)
    assert area - half < 0.5  # a leak lies above chance; ridge on noise often lies below
    assert area < 0.58


def test_the_border_tells_nothing(films):
    features = []
    for film in films:
        x = film.pixels / 255
        edges = (x[:9], x[-9:], x[:, :9].T, x[:, -9:].T)
        features.append([p.mean() for edge in edges for p in np.array_split(edge, 4, axis=1)])
    area, half = auc(features, films)
    assert area - half < 0.5  # a leak lies above chance; ridge on noise often lies below
    assert area < 0.58


def test_what_is_known_beside_the_film_tells_nothing(films):
    features = []
    for film in films:
        t = film.truth
        views = [t.view == view for view in VIEWS]
        extras = [t.child, t.pixel_mm, t.marker == "L", t.marker == "R"]
        features.append([*views, *extras, len(t.hardware), len(t.lookalikes)])
    area, half = auc(features, films)
    assert area - half < 0.5  # a leak lies above chance; ridge on noise often lies below
    assert area < 0.58


def test_lookalikes_and_hardware_occur(films):
    lookalikes = {name for film in films for name in film.truth.lookalikes}
    hardware = {name for film in films for name in film.truth.hardware}
    assert lookalikes >= {"canal", "growth plate", "scar", "island", "fold", "callus", "ossicle"}
    assert hardware >= {"plate", "rod", "cast", "wire", "ring"}
