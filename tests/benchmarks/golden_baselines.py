"""Coverage of model-free maps on FracAtlas, beside the figures of record.

Run: ``python tests/benchmarks/golden_baselines.py [--folder FRACATLAS] [--stride N]``.
The figures of record are means over all 717 fractured images in the EXIF-transposed frame with the
exact-K rule; a part of the data set must agree with them within its own sampling error.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from fracview.data.boxes import Box
from fracview.data.frame import InputFrame
from fracview.metrics.baselines import baseline_curves
from fracview.metrics.statistics import Estimate, mean_with_interval

ROOT = Path(__file__).resolve().parents[2]
PERCENTS = (5.0, 25.0, 50.0)
GOLDEN = {"centre": (33.27, 83.29, 96.98), "sobel": (16.04, 75.99, 94.53)}
"""Coverage in % at :data:`PERCENTS`, EXIF frame, exact-K, 717 images."""
REPO = {
    "centre": (33.30, 83.22, 96.98),
    "sobel": (16.00, 75.99, 94.52),
    "brightness": (13.61, 81.40, 96.69),
    "log": (10.90, 69.60, 92.41),
    "local_sd": (7.81, 78.14, 96.92),
    "random": (5.01, 25.13, 50.00),
}
"""The same, raw frame, boxes cut by int(), ``>=`` rule."""


def fractured(folder: Path) -> list[tuple[Path, list[Box]]]:
    """Radiographs with boxes in the frame the reader sees, sorted by name."""
    coco = json.loads((folder / "Annotations/COCO JSON/COCO_fracture_masks.json").read_text())
    boxes: dict[int, list[Box]] = defaultdict(list)
    for annotation in coco["annotations"]:
        x, y, width, height = annotation["bbox"]
        boxes[annotation["image_id"]].append(Box(x, y, x + width, y + height))
    named = sorted(coco["images"], key=lambda entry: entry["file_name"])
    images = folder / "images" / "Fractured"
    return [(images / entry["file_name"], boxes[entry["id"]]) for entry in named]


def read(path: Path) -> np.ndarray:
    """Whole film in the EXIF-transposed frame, float32 (H, W) in [0, 1]."""
    with Image.open(path) as opened:
        film = ImageOps.exif_transpose(opened).convert("L")
    return np.asarray(film, dtype=np.float32) / 255


def coverages(
    cases: list[tuple[Path, list[Box]]], names: tuple[str, ...], rule: str = "exact"
) -> dict[str, np.ndarray]:
    """Coverage in % of each map on each image, (images, percents), by the map's name."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for path, boxes in cases:
        film = read(path)
        frame = InputFrame(*film.shape, 224, 224)
        grey, mask = frame.fit(film), frame.mask(boxes)
        curves = baseline_curves(grey, mask, rule, PERCENTS, names)  # type: ignore[arg-type]
        for name, curve in curves.items():
            found[name].append(100 * curve.coverage)
    return {name: np.array(rows) for name, rows in found.items()}


def estimates(rows: np.ndarray, level: float) -> list[Estimate]:
    """Mean and bootstrap interval at each percentage."""
    return [mean_with_interval(column, seed=0, level=level) for column in rows.T]


def line(name: str, percent: float, estimate: Estimate, record: float) -> str:
    return (
        f"{name:<11} @{percent:<3.0f} {estimate.mean:6.2f} "
        f"[{estimate.low:5.2f}, {estimate.high:5.2f}]  record {record:5.2f}  "
        f"n={estimate.n}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "shared/data/fracatlas")
    parser.add_argument("--stride", type=int, default=1)
    chosen = parser.parse_args()
    cases = fractured(chosen.folder)[:: chosen.stride]
    began = time.perf_counter()
    for rule, record in (("exact", GOLDEN), ("repo", REPO)):
        print(f"\n{rule} rule, {len(cases)} images, coverage % with 95 % bootstrap intervals")
        for name, rows in coverages(cases, tuple(record), rule).items():
            for percent, estimate, value in zip(
                PERCENTS, estimates(rows, 0.95), record[name], strict=True
            ):
                print(line(name, percent, estimate, value))
    print(f"\n{time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
