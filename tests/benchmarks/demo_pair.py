"""The shipped pair on fresh phantoms, by the library's own attacks: a second opinion on its cards.

Run ``OMP_NUM_THREADS=1 python tests/benchmarks/demo_pair.py --count 200``. The films are drawn from
seeds that no training, validation or test film has. Every share and mean comes with n and a 95 %
interval over films (Wilson, bootstrap); one training seed, so none over trainings.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import torch

from fracview.api import attack, attribute
from fracview.data.frame import InputFrame
from fracview.metrics.baselines import baseline_curves
from fracview.metrics.coverage import coverage_curve
from fracview.metrics.statistics import mean_with_interval, proportion
from fracview.models.load import load_model
from fracview.phantom import Phantom, draw

PAIR = ("demo-standard", "demo-robust")
RADII = ("1/255", "2/255", "4/255")
PERCENTS = (5.0, 25.0, 50.0)
FIRST_SEED = 7_000_000


@dataclass(frozen=True)
class Film:
    """A phantom at the input's size."""

    phantom: Phantom
    x: torch.Tensor
    mask: np.ndarray


def films(count: int, size: int, side: int) -> list[Film]:
    """Draw films, half of them fractured."""
    found = []
    for number in range(count):
        phantom = draw(FIRST_SEED + number, size=size, fractured=number % 2 == 0)
        frame = InputFrame(size, size, side, side)
        grey = phantom.pixels.astype(np.float32) / 255
        x = torch.from_numpy(frame.fit(grey))[None, None]
        found.append(Film(phantom, x, frame.mask(phantom.boxes)))
    return found


def accuracy(name: str, drawn: list[Film]) -> None:
    """Print clean and PGD-10 accuracy; the strongest step of two restarts counts."""
    model = load_model(name, "cpu")
    x = torch.cat([film.x for film in drawn])
    y = torch.tensor([model.card.index(film.phantom.label) for film in drawn])
    right = model.logits(x).argmax(1) == y
    print(f"{name:14s} clean   {share(right)}")
    for radius in RADII:
        kept = right.clone()
        result = attack(
            model, x, y, eps=radius, step_size=eval_fraction(radius) / 4, steps=10,
            restarts=2, keep="strongest", keep_history=False,
        )  # fmt: skip
        kept &= ~result.success
        print(f"{name:14s} {radius:7s} {share(kept)}")


def coverage(name: str, method: str, drawn: list[Film]) -> None:
    """Print mean coverage of one method on the fractured films."""
    model = load_model(name, "cpu")
    rows = []
    for film in drawn:
        if film.mask.any():
            heatmap = attribute(model, film.x, method, "fractured")
            rows.append(coverage_curve(heatmap.values, film.mask, PERCENTS).coverage)
    print(f"{name:14s} {method:21s} {means(np.array(rows))}")


def free(drawn: list[Film]) -> None:
    """Print mean coverage of the maps that need no model."""
    rows: dict[str, list[np.ndarray]] = {}
    for film in drawn:
        if film.mask.any():
            for name, curve in baseline_curves(
                film.x[0, 0].numpy(), film.mask, percents=PERCENTS
            ).items():
                rows.setdefault(name, []).append(curve.coverage)
    for name, curves in rows.items():
        print(f"{'no model':14s} {name:21s} {means(np.array(curves))}")


def eval_fraction(text: str) -> float:
    """Number of a text such as 2/255."""
    above, below = text.split("/")
    return int(above) / int(below)


def share(kept: torch.Tensor) -> str:
    """A share with n and Wilson's interval."""
    estimate = proportion(int(kept.sum()), len(kept))
    return f"{estimate.mean:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]  n = {estimate.n}"


def means(rows: np.ndarray) -> str:
    """Means in per cent with n and bootstrap intervals."""
    cells = []
    for column, percent in enumerate(PERCENTS):
        estimate = mean_with_interval(rows[:, column] * 100, seed=0)
        cells.append(f"@{percent:g} {estimate.mean:5.1f} [{estimate.low:.1f}, {estimate.high:.1f}]")
    return "  ".join(cells) + f"  n = {len(rows)}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--methods", nargs="+", default=["saliency", "deeplift"])
    options = parser.parse_args()
    side = load_model(PAIR[0], "cpu").card.input.size[0]
    drawn = films(options.count, 256, side)
    for name in PAIR:
        accuracy(name, drawn)
    print("coverage in per cent of the box pixels, exact-K, clean, fractured films")
    free(drawn)
    for method in options.methods:
        for name in PAIR:
            coverage(name, method, drawn)


if __name__ == "__main__":
    main()
