"""Models on real films that they have never seen: the tables behind the film pair's cards.

Run ``python tests/benchmarks/film_pair.py --data FOLDER``; ``FOLDER`` is FracAtlas or a part of it.
Only films that the split holds out enter, near-twins are drawn together in every interval (95 %
percentile bootstrap, 2,000 draws, seed stored), and beside each model stand rows that need none.
Intervals cover films, not training seeds: measure the models of several seeds for those.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import film_cohort as cohort
import numpy as np
import torch
from film_cohort import Film
from rich.console import Console
from rich.table import Table

from fracview.api import attack, attribute
from fracview.data.split import find_split
from fracview.metrics.baselines import baseline_map
from fracview.metrics.coverage import coverage_curve
from fracview.metrics.statistics import Estimate
from fracview.models.card import Weights, write_card
from fracview.models.classifier import Classifier
from fracview.models.load import load_model
from fracview.models.seen import hold_out
from fracview.models.shelf import find_card
from fracview.reports.evidence import evidence_body
from fracview.reports.files import json_text
from fracview.reports.rows import versions
from fracview.request import FRACTURED, Protocol, parse_epsilon
from fracview.studies.evidence import gather_evidence
from fracview.task import drain

RADII = ("0.5/255", "1/255", "2/255", "4/255")
PERCENTS = (5.0, 25.0, 50.0)
METHODS = {"saliency": {}, "integrated_gradients": {"steps": 50}}
FREE = ("centre", "box prior", "sobel", "brightness")
PARTS = {"test": ("test",), "validation + test": ("validation", "test")}
SUBGROUPS = ("hand", "leg", "hip", "shoulder")
BATCH = 32
console, errors = Console(width=190), Console(stderr=True)
Row = dict[str, Any]


def in_batches(count: int) -> list[slice]:
    """Slices of all films."""
    return [slice(start, min(count, start + BATCH)) for start in range(0, count, BATCH)]


def margins(model: Classifier, grey: np.ndarray) -> np.ndarray:
    """Logit of fractured minus the largest other, (n,)."""
    found = []
    for part in in_batches(len(grey)):
        logits = model.logits(torch.from_numpy(grey[part])[:, None]).cpu().double()
        fracture = logits[:, model.card.fracture].clone()
        logits[:, model.card.fracture] = -torch.inf
        found.append(fracture - logits.amax(1))
    return torch.cat(found).numpy()


def withstood(model: Classifier, grey: np.ndarray, truth: np.ndarray, seed: int) -> Row:
    """Whether each film is right at, and below, each radius, bool (n,) by radius.

    PGD, 10 steps of a quarter of the radius from one random start; a film that falls at any step
    has fallen, and at every larger radius, too.
    """
    right = (margins(model, grey) > 0) == truth
    labels = [model.card.index(FRACTURED if real else _other(model)) for real in truth]
    found: Row = {"clean": right.copy()}
    for radius in RADII:
        for part in in_batches(len(grey)):
            standing = np.arange(len(grey))[part][right[part]]
            if len(standing):
                result = attack(
                    model, torch.from_numpy(grey[standing])[:, None],
                    torch.tensor(labels)[standing], eps=radius,
                    step_size=parse_epsilon(radius) / 4, steps=10, seed=seed, keep="strongest",
                    keep_history=False,
                )  # fmt: skip
                right[standing] = ~result.success.cpu().numpy()
        found[radius] = right.copy()
    return found


def _other(model: Classifier) -> str:
    return next(name for name in model.card.classes if name != FRACTURED)


def shares(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Coverage at PERCENTS, exact-K."""
    return coverage_curve(values, mask, PERCENTS).coverage


def map_coverage(model: Classifier, method: str, grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Coverage of a method's maps of the fracture logit on fractured films, (n, percents)."""
    rows = []
    for image, boxes in zip(grey, mask, strict=True):
        x = torch.from_numpy(image)[None, None]
        heatmap = attribute(model, x, method, FRACTURED, **METHODS[method])
        rows.append(shares(heatmap.reduced, boxes))
    return np.array(rows)


def free_coverage(name: str, prior: np.ndarray, grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The same of a map that needs no model."""
    return np.array(
        [
            shares(prior if name == "box prior" else baseline_map(name, image), boxes)
            for image, boxes in zip(grey, mask, strict=True)
        ]
    )


def untrained(spec: str, folder: Path, seed: int, device: str | None) -> Classifier:
    """The net of a model with seeded random weights."""
    card = replace(
        find_card(spec), name=f"untrained (seed {seed})", kind="untrained", path=None,
        weights=Weights(seed=seed), threat_model=None, training={}, measured={}, warnings=(),
    )  # fmt: skip
    write_card(card, folder / "untrained.toml")
    return load_model(folder / "untrained.toml", device)


class Tables:
    """Measures the rows, shows them and keeps them for the file."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.seed = options, options.seed
        self.split = find_split(options.split)
        self.films = cohort.read_films(options.data, self.split)
        held = [film for film in self.films if film.part != "train"]
        if options.limit:
            held = cohort.draw_few(held, options.limit, self.seed)
        told = hold_out([film.case for film in held], options.model)
        if told.seen:
            raise SystemExit(f"film_pair: {' '.join(told.sentences)} Choose another --split.")
        self.held = held
        self.train = [film for film in self.films if film.part == "train"]
        self.body: Row = {}
        self.models = {spec: load_model(spec, options.device) for spec in options.model}
        self.grey: dict[tuple[int, int], np.ndarray] = {}

    def pictures(self, model: Classifier) -> np.ndarray:
        """Held-out films at a model's size, read once for each size."""
        side = model.card.input.size
        if side not in self.grey:
            errors.print(f"reading {len(self.held)} films at {side[0]} x {side[1]}")
            self.grey[side], readable = cohort.pictures(self.held, side)
            if not all(readable):
                raise SystemExit("film_pair: a film of the split cannot be read.")
        return self.grey[side]

    def each_part(self) -> list[tuple[str, np.ndarray, list[Film]]]:
        """Name, rows and films of the two cohorts."""
        found = []
        for name, parts in PARTS.items():
            rows = np.array([row for row, film in enumerate(self.held) if film.part in parts], int)
            found.append((name, rows, [self.held[row] for row in rows]))
        return found

    def classification(self) -> None:
        """AUROC, balanced accuracy, sensitivity and specificity; differences; subgroups."""
        scores = {name: margins(model, self.pictures(model)) for name, model in self.models.items()}
        scores |= self.without_pixels()
        rows, subgroups = [], []
        for part, place, films in self.each_part():
            for name, margin in scores.items():
                right = (margin[place] > 0) == cohort.truths(films)
                row = {
                    "model": name, "films": part, "fractured": int(cohort.truths(films).sum()),
                    "auroc": cohort.area(margin[place], films, self.seed),
                    "balanced_accuracy": cohort.balanced(right, films, self.seed),
                    "sensitivity": self.mean_where(right, films, True),
                    "specificity": self.mean_where(right, films, False),
                }  # fmt: skip
                rows.append(row)
            first = self.options.model[0]
            rows += [
                {
                    "model": f"{name} - {first}", "films": part,
                    "auroc": self.area_difference(scores[name], scores[first], place),
                }
                for name in (*self.options.model[1:], *self.without)
            ]  # fmt: skip
            if part != "test":
                subgroups = self.subgroups(scores, films, place)
        self.show("classification", rows, "threshold: fractured is the larger logit")
        self.show("subgroups", subgroups, "of validation + test")

    def mean_where(self, right: np.ndarray, films: list[Film], label: bool) -> Estimate | None:
        """Share of right answers among one class."""
        chosen = cohort.truths(films) == label
        some = [film for film in films if film.fractured is label]
        return cohort.mean(right[chosen].astype(float), some, self.seed)

    def area_difference(self, one: np.ndarray, two: np.ndarray, rows: np.ndarray) -> Any:
        """Difference of two AUROCs on the same films."""
        films = [self.held[row] for row in rows]
        truth, one, two = cohort.truths(films), one[rows], two[rows]

        def compute(drawn: np.ndarray) -> float | None:
            areas = [cohort.auroc(truth[drawn], scores[drawn]) for scores in (one, two)]
            return None if None in areas else areas[0] - areas[1]  # type: ignore[operator]

        return cohort.statistic(compute, films, self.seed)

    def without_pixels(self) -> dict[str, np.ndarray]:
        """Scores of two regressions that see no picture, fitted on the training films."""
        errors.print(f"grey statistics of {len(self.train)} training films")
        side = (192, 192)
        label = cohort.truths(self.train)
        few = cohort.flags(self.train), cohort.flags(self.held)
        grey = [cohort.grey_statistics(films, side) for films in (self.train, self.held)]
        many = [np.hstack(pair) for pair in zip(few, grey, strict=True)]
        found = {
            "flags alone": cohort.logistic(few[0], label, few[1]),
            "flags, size, grey statistics": cohort.logistic(many[0], label, many[1]),
        }
        self.without = tuple(found)
        return found

    def subgroups(
        self, scores: dict[str, np.ndarray], films: list[Film], place: np.ndarray
    ) -> list[Row]:
        """AUROC by hardware and body part."""
        tests = {
            "with hardware": lambda case: case.flag("hardware") == "1",
            "without hardware": lambda case: case.flag("hardware") != "1",
            **{part: lambda case, part=part: case.flag(part) == "1" for part in SUBGROUPS},
        }
        rows = []
        for title, test in tests.items():
            inside = np.array([test(film.case) for film in films], bool)
            some = [film for film, is_in in zip(films, inside, strict=True) if is_in]
            for name, margin in scores.items():
                values = margin[place][inside]
                right = (values > 0) == cohort.truths(some)
                rows.append(
                    {
                        "films": title, "model": name,
                        "fractured": int(cohort.truths(some).sum()),
                        "auroc": cohort.area(values, some, self.seed),
                        "sensitivity": self.mean_where(right, some, True),
                        "specificity": self.mean_where(right, some, False),
                    }
                )  # fmt: skip
        return rows

    def robustness(self) -> None:
        """Balanced accuracy under PGD on all fractured films and as many others."""
        truth = cohort.truths(self.held)
        others = np.random.default_rng(self.seed).permutation(np.flatnonzero(~truth))
        chosen = np.sort([*np.flatnonzero(truth), *others[: truth.sum()]])
        films = [self.held[row] for row in chosen]
        rows = []
        for name, model in self.models.items():
            errors.print(f"PGD on {len(chosen)} films: {name}")
            held = withstood(model, self.pictures(model)[chosen], cohort.truths(films), self.seed)
            for part in PARTS:
                inside = np.array([film.part in PARTS[part] for film in films])
                some = [film for film, is_in in zip(films, inside, strict=True) if is_in]
                row: Row = {"model": name, "films": part}
                row["fractured"] = int(cohort.truths(some).sum())
                for radius, right in held.items():
                    row[radius] = cohort.balanced(right[inside], some, self.seed)
                rows.append(row)
        self.show("pgd", rows, "balanced accuracy under PGD-10; a constant answer has 0.5")

    def coverage(self) -> None:
        """Coverage of maps with and without a model, and paired differences."""
        broken = np.flatnonzero([film.fractured and bool(film.case.boxes) for film in self.held])
        films = [self.held[row] for row in broken]
        found: dict[tuple[str, str], np.ndarray] = {}
        with tempfile.TemporaryDirectory() as folder:
            nets = dict(self.models)
            first = self.options.model[0]
            nets["untrained"] = untrained(first, Path(folder), self.seed, self.options.device)
            for name, model in nets.items():
                grey, mask = self.pictures(model)[broken], self.masks(films, model)
                for method in METHODS:
                    errors.print(f"{method} on {len(broken)} films: {name}")
                    found[name, method] = map_coverage(model, method, grey, mask)
        model = self.models[first]
        boxed = [film for film in self.train if film.case.boxes]
        prior = cohort.masks(boxed, model.card.input.size).mean(0)
        for name in FREE:
            values = self.pictures(model)[broken], self.masks(films, model)
            found["no model", name] = free_coverage(name, prior, *values)
        rows = []
        for part in PARTS:
            inside = np.array([film.part in PARTS[part] for film in films])
            some = [film for film, is_in in zip(films, inside, strict=True) if is_in]
            rows += [self.covered(key, part, v[inside], some) for key, v in found.items()]
            for one, two in self.pairs():
                key = (
                    f"{one[0]} - {two[0]}",
                    one[1] if one[1] == two[1] else f"{one[1]} - {two[1]}",
                )
                rows.append(self.covered(key, part, (found[one] - found[two])[inside], some))
        self.show("coverage", rows, "% of box pixels, exact-K, fracture logit, clean; means")

    def masks(self, films: list[Film], model: Classifier) -> np.ndarray:
        """Boxes at a model's size."""
        return cohort.masks(films, model.card.input.size)

    def pairs(self) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        """Which maps are compared film by film: models, and each model with each free map."""
        specs = self.options.model
        models = [((b, m), (specs[0], m)) for b in specs[1:] for m in METHODS]
        free = [((s, m), ("no model", f)) for s in specs for m in METHODS for f in FREE[:2]]
        return models + free

    def covered(self, key: tuple[str, str], part: str, values: np.ndarray, films: Any) -> Row:
        """One row of means in per cent."""
        row: Row = {"model": key[0], "map": key[1], "films": part, "fractured": len(films)}
        for place, percent in enumerate(PERCENTS):
            row[f"@{percent:g}"] = cohort.mean(100 * values[:, place], films, self.seed)
        return row

    def occlusion(self) -> None:
        """The box-occlusion test on all held-out films with boxes."""
        cases = [film.case for film in self.held if film.case.boxes]
        task = gather_evidence(
            cases, models=tuple(self.options.model), fills=tuple(self.options.fill),
            protocol=Protocol(), seed=self.seed, device=self.options.device,
        )  # fmt: skip
        errors.print(f"box-occlusion test on {len(cases)} films")
        study = drain(task)
        self.body["box_occlusion"] = evidence_body(study)["models"]
        for use in study.models:
            console.print(f"{use.model} ({use.fill}): {use.sentence}", soft_wrap=True)

    def show(self, name: str, rows: list[Row], caption: str) -> None:
        """Print a table and keep its rows."""
        heads = list(dict.fromkeys(key for row in rows for key in row))
        table = Table(*heads, title=name, caption=f"{caption}. [95 % interval], n films")
        for row in rows:
            table.add_row(*(_cell(row.get(head), head) for head in heads))
        console.print(table)
        self.body[name] = [
            {k: asdict(v) if isinstance(v, Estimate) else v for k, v in row.items()} for row in rows
        ]

    def save(self, path: Path) -> None:
        """Write all figures with what they rest on."""
        weights = {name: model.card.weights.sha256 for name, model in self.models.items()}
        self.body["settings"] = {
            "split": {"name": self.split.name, "sha256": self.split.sha256},
            "films": {name: len(films) for name, _, films in self.each_part()},
            "limit": self.options.limit, "seed": self.seed, "draws": cohort.DRAWS,
            "weights_sha256": weights, "methods": METHODS, "versions": versions(),
            "pgd": "10 steps of epsilon / 4, one random start, strongest step, nested radii",
        }  # fmt: skip
        path.write_text(json_text(self.body), encoding="utf-8")


def _cell(value: Any, head: str) -> str:
    if isinstance(value, Estimate):
        digits = 1 if head.startswith("@") else 3
        ends = "" if value.low is None else f" [{value.low:.{digits}f}, {value.high:.{digits}f}]"
        return f"{value.mean:.{digits}f}{ends} {value.n}"
    return "-" if value is None else str(value)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="FracAtlas, or a part of it")
    parser.add_argument("--model", nargs="+", default=["film-standard", "film-robust"])
    parser.add_argument("--split", default="fracatlas", help="a shipped split, or a file")
    parser.add_argument("--limit", type=int, help="held-out films of each class at most")
    parser.add_argument("--fill", nargs="+", default=["blur"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", help="cuda, mps or cpu")
    parser.add_argument("--out", type=Path, help="JSON file")
    options = parser.parse_args()
    tables = Tables(options)
    tables.classification()
    tables.robustness()
    tables.coverage()
    tables.occlusion()
    if options.out is not None:
        tables.save(options.out)


if __name__ == "__main__":
    main()
