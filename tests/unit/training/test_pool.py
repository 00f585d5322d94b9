from __future__ import annotations

import numpy as np
import pytest

from fracview.errors import SettingError
from fracview.training.folder import near_twins
from fracview.training.pool import Pool, divide


def test_groups_never_part(pool: Pool) -> None:
    split = divide(pool, 0.2, 0.2, 0)
    parts = [set(part.groups.tolist()) for part in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 60
    assert [len(part) for part in parts] == [36, 12, 12]
    assert sum(map(len, split.names().values())) == len(pool)


def test_seed_decides(pool: Pool) -> None:
    assert divide(pool, 0.2, 0.2, 1).names() == divide(pool, 0.2, 0.2, 1).names()
    assert divide(pool, 0.2, 0.2, 1).names() != divide(pool, 0.2, 0.2, 2).names()


def test_rare_class_is_in_every_part(pool: Pool) -> None:
    rows = np.concatenate([np.arange(0, 6, 2), np.arange(1, 101, 2)])  # 3 fractured, 50 not
    lonely = pool.subset(rows)
    object.__setattr__(lonely, "groups", np.arange(len(rows)))
    split = divide(lonely, 0.1, 0.1, 0)
    assert [int(p.fractured.sum()) for p in (split.train, split.validation, split.test)] == [
        1,
        1,
        1,
    ]
    split.check()


def test_one_class_is_refused(pool: Pool) -> None:
    alone = pool.subset(np.flatnonzero(pool.fractured))
    with pytest.raises(SettingError, match="both classes"):
        divide(alone, 0.2, 0.2, 0).check()


def test_near_twins_are_one_group() -> None:
    random = np.random.default_rng(0)
    films = random.integers(0, 255, (4, 64, 64), dtype=np.uint8)
    films[2] = np.clip(films[0].astype(int) + random.integers(-6, 6, (64, 64)), 0, 255)
    assert near_twins(films).tolist() == [0, 1, 0, 3]


def test_flat_films_are_no_twins() -> None:
    films = np.zeros((3, 40, 40), np.uint8)
    assert len(set(near_twins(films).tolist())) == 3
