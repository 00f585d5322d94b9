"""Model-free maps on real radiographs must give the figures of record within sampling error."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

# By path: another distribution may own the package name "tests".
SCRIPT = Path(__file__).parents[1] / "benchmarks" / "golden_baselines.py"
EVERY = 2


@pytest.fixture(scope="module")
def golden() -> SimpleNamespace:
    """Functions of the script that prints the whole table."""
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)))


@pytest.mark.shared
def test_centre_and_sobel_agree_with_the_figures_of_record(
    fracatlas: Path, golden: SimpleNamespace
) -> None:
    cases = golden.fractured(fracatlas)
    assert len(cases) == 500
    for name, rows in golden.coverages(cases[::EVERY], tuple(golden.GOLDEN)).items():
        assert np.isfinite(rows).all()
        for percent, estimate, record in zip(
            golden.PERCENTS, golden.estimates(rows, 0.99), golden.GOLDEN[name], strict=True
        ):
            said = golden.line(name, percent, estimate, record)
            print(said)
            assert estimate.low <= record <= estimate.high, said
