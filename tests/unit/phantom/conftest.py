from __future__ import annotations

import pytest

from fracview.phantom import Phantom, twins

SEEDS = range(40)
SIZE = 224


@pytest.fixture(scope="session")
def pairs() -> list[tuple[Phantom, Phantom]]:
    """Twins (fractured, normal), drawn once for all tests of this folder."""
    return [twins(seed, SIZE) for seed in SEEDS]
