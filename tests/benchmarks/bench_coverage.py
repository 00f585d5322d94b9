"""CPU time of a coverage curve against seven ``np.percentile`` calls, the habit of the notebooks.

Run: ``python tests/benchmarks/bench_coverage.py [--rounds N]`` with ``OMP_NUM_THREADS=1``.
All ways run in every round, each round starting with another one; the ratio is the median of the
ratios within rounds, so that a busy machine disturbs numerator and denominator alike.

The goal is judged in float32, the precision of a heatmap. Nearly all of the time is ``np.sort``:
on AMD Zen 4, numpy's AVX-512 sort takes five times as long as its AVX2 sort
(``NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR"`` shows it).
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from fracview.metrics.coverage import coverage_curve
from fracview.metrics.scores import score

if TYPE_CHECKING:
    from collections.abc import Callable

PERCENTS = (5, 15, 25, 50, 75, 85, 95)
REFERENCE = "seven np.percentile calls alone"
GOAL = 0.4


def percentile_calls(values: np.ndarray, mask: np.ndarray) -> list[float]:
    """Thresholds alone, without selecting or counting a pixel."""
    return [np.percentile(values, 100 - percent) for percent in PERCENTS]


def notebook(values: np.ndarray, mask: np.ndarray) -> list[float]:
    """What the notebooks do for each map."""
    return [
        np.sum((values >= np.percentile(values, 100 - percent)) & mask) / np.sum(mask)
        for percent in PERCENTS
    ]


WAYS: dict[str, Callable[[np.ndarray, np.ndarray], object]] = {
    REFERENCE: percentile_calls,
    "notebook, 7 percentiles": notebook,
    "ours exact, 7": lambda values, mask: coverage_curve(values, mask, PERCENTS),
    "ours repo, 7": lambda values, mask: coverage_curve(values, mask, PERCENTS, "repo"),
    "ours exact, 100": lambda values, mask: coverage_curve(values, mask),
    "ours repo, 100": lambda values, mask: coverage_curve(values, mask, rule="repo"),
    "ours, all scores, 100": lambda values, mask: score(values, mask),
}


def measure(values: np.ndarray, mask: np.ndarray, rounds: int, repeats: int) -> dict[str, list]:
    """CPU seconds of each way in each round."""
    names = list(WAYS)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-1, rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            began = time.process_time()
            for _ in range(repeats):
                WAYS[name](values, mask)
            taken = (time.process_time() - began) / repeats
            if number >= 0:  # the first round warms up
                seconds[name].append(taken)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--repeats", type=int, default=20)
    chosen = parser.parse_args()
    generator = np.random.default_rng(0)
    mask = np.zeros((224, 224), dtype=bool)
    mask[100:120, 90:110] = True
    worst = 0.0
    for dtype in (np.float32, np.float64):
        values = np.abs(generator.standard_normal((224, 224))).astype(dtype)
        seconds = measure(values, mask, chosen.rounds, chosen.repeats)
        reference = np.array(seconds[REFERENCE])
        print(f"\n224 x 224, {dtype.__name__}, numpy {np.__version__}, {chosen.rounds} rounds")
        for name, taken in seconds.items():
            ratios = np.array(taken) / reference
            low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
            print(
                f"{name:<32} {1e3 * np.median(taken):6.2f} ms  {middle:5.3f} [{low:.3f}-{high:.3f}]"
            )
            if dtype is np.float32 and name in ("ours exact, 7", "ours repo, 7"):
                worst = max(worst, middle)
    print(f"\nfloat32, worst ratio at 7 percentiles {worst:.3f}, goal {GOAL}")
    return int(worst > GOAL)


if __name__ == "__main__":
    sys.exit(main())
