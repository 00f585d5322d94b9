"""One PGD step on Standard at 64 px: the notebook recipe against ``Classifier.step``.

Run ``OMP_NUM_THREADS=1 python tests/benchmarks/bench_pgd_step.py``. CPU seconds of one thread, so
that a busy machine matters less; variants take turns; ratios are medians over pairs of one round.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from fracview.models.load import load_model

FORWARD = 513.8e9
"""Floating point operations of one pass at 224 x 224 (multiply and add count two)."""
GOAL_RATIO, GOAL_SHARE = 0.6, 0.85


def seconds(call: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def notebook_step(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Differentiate as the published notebooks do: weights ask for gradients, too."""
    pixels = x.clone().detach().requires_grad_(True)
    loss = functional.cross_entropy(net(pixels), y)
    net.zero_grad()
    loss.backward()
    assert pixels.grad is not None
    return pixels.grad


def sgemm_rate(side: int = 2048) -> float:
    """Operations per CPU second of one square product in float32."""
    a, b = torch.rand(side, side), torch.rand(side, side)
    return 2 * side**3 / seconds(lambda: a @ b)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(1)

    model = load_model("Standard:seed=0", "cpu")
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(1, 3, options.size, options.size, generator=generator)
    y = torch.tensor([0])
    normalised = (x - model.mean) / model.std

    def notebook() -> torch.Tensor:
        """The recipe on the normalised tensor, as there; the rest of the step is the same."""
        model.net.requires_grad_(True)
        try:
            return notebook_step(model.net, normalised, y)
        finally:
            model.net.requires_grad_(False)

    def ours() -> torch.Tensor:
        return model.step(x, y).gradient

    def bare() -> torch.Tensor:
        """The same without the classifier around the net: what its contract costs."""
        pixels = normalised.detach().requires_grad_(True)
        loss = functional.cross_entropy(model.net(pixels), y)
        return torch.autograd.grad(loss, pixels)[0]

    theirs, mine = notebook() / model.std, ours()
    model.net.zero_grad(set_to_none=True)
    gap = float((theirs - mine).abs().max() / theirs.abs().max())
    print(
        f"gradient: largest difference {gap:.2e} of the largest value, max {mine.abs().max():.3g}"
    )
    plain = bool(torch.equal(notebook(), bare()))
    print(f"gradient by the net's own input: {'bit-equal' if plain else 'different'}")

    variants = {"notebook": notebook, "ours": ours, "bare": bare}
    times: dict[str, list[float]] = {name: [] for name in variants}
    rates: list[float] = []
    order = list(variants)
    for number in range(options.rounds + 1):
        for name in order[number % 3 :] + order[: number % 3]:
            spent = seconds(variants[name])
            model.net.zero_grad(set_to_none=True)
            if number:  # the first round warms up
                times[name].append(spent)
        rates.append(sgemm_rate())

    def ratio(first: str, second: str) -> float:
        return statistics.median(a / b for a, b in zip(times[first], times[second], strict=True))

    peak, work = max(rates), 2 * FORWARD * (options.size / 224) ** 2
    for name, spent in times.items():
        print(f"{name:9s} median {statistics.median(spent):.3f} s, best {min(spent):.3f} s")
    share = work / statistics.median(times["ours"]) / peak
    median_peak = statistics.median(rates)
    print(f"sgemm: best {peak / 1e9:.1f}, median {median_peak / 1e9:.1f} GFLOP/s of one thread")
    print(f"ours / notebook {ratio('ours', 'notebook'):.3f}  (goal <= {GOAL_RATIO})")
    print(f"ours / bare net {ratio('ours', 'bare'):.3f}")
    print(
        f"share of the sgemm peak {share:.3f} of the best, {share * peak / median_peak:.3f} of the "
        f"median, {work / min(times['ours']) / peak:.3f} best against best  (goal >= {GOAL_SHARE})"
    )


if __name__ == "__main__":
    main()
