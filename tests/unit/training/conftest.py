"""Toy films: noise with a bright square where the "fracture" is, learnt in a few dozen steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fracview.training.pool import Pool, Split, divide
from fracview.training.recipe import Arm, Augmentation, Phantoms, Recipe

SIDE = 32
TINY = {"widths": (4, 8), "blocks": (1, 1)}


def draw(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Film with its square, the same without, and the square's corners."""
    random = np.random.default_rng(seed)
    whole = random.integers(0, 90, (SIDE, SIDE), dtype=np.uint8)
    x, y = random.integers(6, SIDE - 12, 2)
    broken = whole.copy()
    broken[y : y + 6, x : x + 6] = 250
    return broken, whole, np.array([x, y, x + 6, y + 6], np.float32)


@pytest.fixture
def pool() -> Pool:
    films, boxes = [], []
    for seed in range(60):
        broken, whole, corners = draw(seed)
        films += [broken, whole]
        boxes += [corners, np.full(4, np.nan, np.float32)]
    count = len(films)
    return Pool(
        np.stack(films),
        np.arange(count) % 2 == 0,
        np.arange(count) // 2,
        np.stack(boxes),
        tuple(f"film{index}.png" for index in range(count)),
        "toy",
        "toy films",
    )


@pytest.fixture
def split(pool: Pool) -> Split:
    return divide(pool, 0.2, 0.2, 0)


@pytest.fixture
def recipe() -> Recipe:
    return Recipe(
        name="toy",
        arms=(Arm("standard", 24),),
        size=(SIDE, SIDE),
        options=TINY,
        batch=16,
        validate_every=8,
        checkpoint_every=5,
        patience=0,
        augmentation=Augmentation(rotate=0, zoom=0),
        attack_steps=3,
        attack_epsilons=(2 / 255,),
    )


def drawn_films(seed: int, drawn_at: int, size: tuple[int, int], both: bool) -> dict:
    """Stand-in for the phantom generator."""
    from fracview.training.phantoms import _kinds

    broken, whole, corners = draw(seed)
    films = {True: (broken, corners), False: (whole, np.full(4, np.nan, np.float32))}
    return {kind: films[kind] for kind in _kinds(seed, both)}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Phantoms]:
    """Replace the phantom generator by the toy one; call it for a small order."""
    from fracview.training import phantoms

    monkeypatch.setattr(phantoms, "_drawn", drawn_films)
    monkeypatch.setattr(phantoms, "_version", lambda: "toy")
    return lambda: Phantoms(pairs=20, validation=10, test=10, first_seed=5)
