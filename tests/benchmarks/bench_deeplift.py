"""DeepLIFT of a cohort against captum, seconds per image.

    python tests/benchmarks/bench_deeplift.py [ARCHITECTURE] [--images 8] [--side 32] [--rounds 3]

Both run in one process, taking turns, on the same weights, images and one shared baseline. The
ratio of the medians is the figure; the goal is 0.6 at 8 images (passes: 2N + 1 against 4N).
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings

import torch
from captum.attr import DeepLift as Captum

from fracview.attribution.deeplift import DeepLift
from fracview.models.load import load_model
from fracview.task import drain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("architecture", nargs="?", default="Standard")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    classifier = load_model(f"{asked.architecture}:seed=0", asked.device)
    generator = torch.Generator().manual_seed(0)
    x = torch.rand((asked.images, 3, asked.side, asked.side), generator=generator)
    x = x.to(classifier.device)
    target = torch.zeros(asked.images, dtype=torch.long, device=x.device)
    baseline = torch.zeros_like(x[:1])
    reference = Captum(classifier)

    def ours() -> torch.Tensor:
        return drain(DeepLift(batch=asked.images)(classifier, x, target, baseline)).values

    def theirs() -> torch.Tensor:
        pixels = x.clone().requires_grad_(True)
        return reference.attribute(pixels, baseline, target=target).detach()

    times: dict[str, list[float]] = {"ours": [], "captum": []}
    maps = {"ours": ours(), "captum": theirs()}
    for _ in range(asked.rounds):
        for name, run in (("ours", ours), ("captum", theirs)):
            begin = time.perf_counter()
            float(run().sum())  # waits for the device
            times[name].append((time.perf_counter() - begin) / asked.images)
    raw = drain(DeepLift(batch=asked.images)(classifier, x, target, baseline))
    medians = {name: statistics.median(values) for name, values in times.items()}
    difference = (maps["ours"] - maps["captum"]).abs().max() / maps["captum"].abs().max()
    print(f"{asked.architecture}, {asked.images} images of {asked.side} px, {classifier.device}")
    for name, values in times.items():
        print(f"  {name:7s} {medians[name]:.4f} s per image (from {min(values):.4f})")
    print(f"  ratio   {medians['ours'] / medians['captum']:.3f}  (goal 0.6)")
    print(f"  largest difference / largest value {float(difference):.1e}")
    print(f"  largest completeness error {max(raw.completeness_error or (0.0,)):.1e}")


if __name__ == "__main__":
    main()
