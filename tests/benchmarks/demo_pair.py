"""The demo pair on phantoms that no training has seen: every figure of ``docs/demo.md``.

    OMP_NUM_THREADS=1 python tests/benchmarks/demo_pair.py            # the shipped pair
    OMP_NUM_THREADS=1 python tests/benchmarks/demo_pair.py --quick    # without the hard attacks
    python tests/benchmarks/demo_pair.py --cards runs/demo --device cuda    # all seeds, controls

Cards in a folder are called ``demo-robust.toml``, ``demo-robust-seed1.toml`` and so on: arm, then
the training seed. One seed gives intervals over films (Wilson; for balanced accuracy the two
together; bootstrap for coverage); several give the mean over seeds and their range, since films
say nothing of what another seed would have given. A film counts as right under an attack only if it
is right at every step and every smaller radius (``fracview/training/measure.py`` measures, as it
does for the cards).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from fracview.metrics.statistics import mean_with_interval
from fracview.models.load import load_model
from fracview.paths import resource
from fracview.reports.measured import ATTACKS, attack_title, share
from fracview.task import Progress, drain
from fracview.training.alignment import PERCENTS, Coverages, boxed, coverages
from fracview.training.figures import FULL, QUICK, Figures
from fracview.training.measure import coverage_table, measure, radius_text
from fracview.training.phantoms import phantom_split
from fracview.training.pool import Pool
from fracview.training.publish import robust_at
from fracview.training.recipe import Phantoms
from fracview.training.withstand import spread

RADII = (1 / 255, 2 / 255, 4 / 255)
FIRST_SEED = 7_000_000
"""Trainings draw from 1,000,000 upwards, at most some hundred thousand."""
CLAIMED = 2 / 255
MAPS = ("saliency", "integrated_gradients")
FREE = ("centre", "sobel", "brightness", "chance")
NAME = re.compile(r"(?P<family>.+?)-(?P<arm>standard|robust|control|noise)(-seed(?P<seed>\d+))?")


@dataclass(frozen=True)
class Result:
    """One card, measured on the fresh films."""

    name: str
    arm: str
    seed: int
    body: dict[str, Any]
    found: Coverages | None
    cpu_seconds: float

    def coverage(self, key: tuple[str, str]) -> np.ndarray:
        """Shares of the box per film, (n, percents)."""
        assert self.found is not None
        return self.found.shares[key]


def cards(folder: Path) -> list[tuple[str, int, Path]]:
    """Arm, seed and file of every card of the pair in a folder."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        match = NAME.fullmatch(path.stem)
        if match and (match["family"] == "demo" or folder != resource("models")):
            found.append((match["arm"], int(match["seed"] or 0), path))
    if not found:
        sys.exit(f"{folder} holds no card called demo-standard.toml, demo-robust-seed1.toml ...")
    return sorted(found, key=lambda one: (one[0] != "standard", one[0] == "robust", *one[:2]))


def fresh(count: int, side: int) -> Pool:
    """Phantoms of seeds that no training has drawn; even seeds are fractured."""
    order = Phantoms(pairs=1, validation=1, test=count, first_seed=FIRST_SEED - 2, drawn_at=256)
    return drain(phantom_split(order, (side, side), True), heard("phantoms")).test


def heard(title: str):
    """Tell on the error stream, once every ten seconds, how far it is."""
    last = [time.monotonic()]

    def hear(news: Progress) -> None:
        if time.monotonic() - last[0] > 10:
            last[0] = time.monotonic()
            print(f"{title}: {news.message}, {news.step} of {news.total}", file=sys.stderr)

    return hear


def measured(arm: str, seed: int, path: Path, pool: Pool, figures: Figures, device: str) -> Result:
    """Measure one card as its own training would, and keep the coverage of each film."""
    began = time.process_time()
    net = load_model(str(path), device).net.to(memory_format=torch.channels_last)
    place = torch.device(device)
    plain = replace(figures, coverage=0)
    body = drain(measure(net, pool, RADII, 10, place, 0, plain), heard(path.stem))
    found = None
    if figures.coverage:
        rows = boxed(pool)
        rows = rows[spread(pool.fractured[rows], figures.coverage, 0)]
        classifier = load_model(str(path), device)
        task = coverages(classifier, pool, rows, CLAIMED, 10, figures.nodes)
        found = drain(task, heard(path.stem))
        body["coverage"] = coverage_table(pool, found, CLAIMED, 10, figures.nodes, 0)
    return Result(path.stem, arm, seed, body, found, time.process_time() - began)


def over_seeds(rows: list[dict[str, Any]], name: str) -> str:
    """One seed: share and interval over films. Several: mean and range over seeds."""
    known = [row for row in rows if name in row]
    if len(known) < 2:
        return share(known[0], name) if known else "-"
    values = [100 * row[name] for row in known]
    return f"{np.mean(values):.1f} ({min(values):.1f} to {max(values):.1f}, {len(values)} seeds)"


def lines(arms: dict[str, list[Result]]) -> Iterable[tuple[str, str, list[str]]]:
    """Rows of the table: what, on how many films, and a cell per arm."""
    everyone = [result for results in arms.values() for result in results]
    body = everyone[0].body

    def cells(pick: Any, name: str) -> list[str]:
        return [over_seeds([pick(result.body) for result in arms[arm]], name) for arm in arms]

    for name in ("accuracy", "balanced_accuracy", "sensitivity", "specificity", "auroc"):
        words = f"clean, {name.replace('_', ' ')}"
        yield words, str(body["clean"]["n"]), cells(lambda b: b["clean"], name)
    for table in (name for name in ATTACKS if name in body):
        for number, row in enumerate(body[table]):
            for name in ("accuracy", "balanced_accuracy"):
                title = f"{attack_title(table, row)}, {row['epsilon']}, {name.replace('_', ' ')}"

                def pick(b: dict[str, Any], table: str = table, number: int = number) -> Any:
                    return b[table][number]

                yield title, str(row["n"]), cells(pick, name)
            if "beyond_strong" in row:
                counts = [
                    sum(r.body[table][number]["beyond_strong"] for r in arms[a]) for a in arms
                ]
                yield f"  films only it fells, {row['epsilon']}", "", [str(c) for c in counts]
    if everyone[0].found is not None:
        yield from coverage_lines(arms)
    if "occlusion" in body:
        names = {"difference": "box test: margin lost to the box alone (logits)"}
        for name, title in names.items():
            n, texts = str(body["occlusion"]["n"]), []
            for arm in arms:
                rows = [result.body["occlusion"] for result in arms[arm]]
                values = ", ".join(f"{row[name]:.2f} {row[f'{name}_interval']}" for row in rows)
                texts.append(values)
            yield title, n, texts


def coverage_lines(arms: dict[str, list[Result]]) -> Iterable[tuple[str, str, list[str]]]:
    """Coverage of every map, clean and attacked; no model's beside them, the same for each arm."""
    first = next(iter(arms.values()))[0].body["coverage"]["rows"]
    for number, row in enumerate(first):
        for percent in PERCENTS:
            name = f"at_{percent:g}"
            rows = [[r.body["coverage"]["rows"][number] for r in arms[arm]] for arm in arms]
            if row["condition"] == "no model":
                rows = [[each[0]] for each in rows]
            words = f"{row['map'].replace('_', ' ')} @{percent:g} %, {row['condition']}"
            yield words, str(row["n"]), [over_seeds(each, name) for each in rows]


def differences(arms: dict[str, list[Result]]) -> Iterable[tuple[str, list[tuple[str, bool]]]]:
    """Paired differences in points, robust minus another arm or minus no model."""
    for other in [arm for arm in arms if arm != "robust"]:
        for name in MAPS:
            for condition in ("clean", "attacked"):
                key = (name, condition)
                pairs = [
                    (mine.coverage(key), theirs.coverage(key))
                    for mine in arms["robust"]
                    for theirs in arms[other]
                    if mine.seed == theirs.seed
                ]
                if pairs:
                    words = f"{name.replace('_', ' ')}, {condition}: robust - {other}"
                    yield words, [paired(pairs, column) for column in range(len(PERCENTS))]
    for free in FREE[:3]:
        for condition in ("clean", "attacked"):
            pairs = [
                (mine.coverage(("saliency", condition)), mine.coverage((free, "no model")))
                for mine in arms["robust"]
            ]
            words = f"saliency, {condition}: robust - {free}"
            yield words, [paired(pairs, column) for column in range(len(PERCENTS))]


def paired(pairs: list[tuple[np.ndarray, np.ndarray]], column: int) -> tuple[str, bool]:
    """Mean difference in points with its bootstrap over films, and whether it is above 0.

    With several seeds: the mean of their means, their range, and whether every seed's own interval
    is above 0.
    """
    found = [mean_with_interval(100 * (a - b)[:, column], seed=0) for a, b in pairs]
    above = all((one.low or 0.0) > 0 for one in found)
    if len(found) == 1:
        (one,) = found
        return f"{one.mean:+.1f} [{one.low:+.1f}, {one.high:+.1f}]", above
    means = [one.mean for one in found]
    return f"{np.mean(means):+.1f} ({min(means):+.1f} to {max(means):+.1f})", above


def verdicts(arms: dict[str, list[Result]]) -> Iterable[tuple[str, bool | None]]:
    """The aims, each by its point value in every seed, and the ship rule by its lower limit."""

    def every(arm: str, test: Any) -> bool | None:
        try:
            return all(test(result.body) for result in arms[arm]) if arm in arms else None
        except KeyError:
            return None

    middle = [radius_text(radius) for radius in RADII].index(radius_text(CLAIMED))
    for arm, table, sign, aim in (
        ("standard", "clean", ">=", 88), ("robust", "clean", ">=", 80),
        ("standard", "pgd", "<=", 5), ("robust", "pgd", ">=", 55),
    ):  # fmt: skip

        def kept(
            body: dict[str, Any], table: str = table, sign: str = sign, aim: int = aim
        ) -> bool:
            row = body[table] if table == "clean" else body[table][middle]
            above = 100 * row["accuracy"] - aim
            return above >= 0 if sign == ">=" else above <= 0

        what = "clean accuracy" if table == "clean" else f"PGD-10 at {radius_text(CLAIMED)}"
        yield f"{arm}: {what} {sign} {aim} %", every(arm, kept)
    clean = {a: {r.seed: r.body["clean"]["accuracy"] for r in arms[a]} for a in arms}
    if {"standard", "robust"} <= set(arms):
        shared = set(clean["standard"]) & set(clean["robust"])
        near = all(clean["standard"][s] - clean["robust"][s] <= 0.10 for s in shared)
        yield "robust: clean within 10 points of standard", near
    for number, radius in enumerate(map(radius_text, RADII)):
        words = f"robust at {radius} may be said (strong PGD: lower 95 % limit of balanced > 50 %)"
        yield (
            words,
            every(
                "robust",
                lambda b, n=number: b["strong"] and radius_text(RADII[n]) in _claims(b),
            ),
        )
    if not any(result.found is None for results in arms.values() for result in results):
        for other in [arm for arm in arms if arm != "robust"]:
            for condition in ("clean", "attacked"):
                apart = [
                    _interval(mine, condition)[0] > _interval(theirs, condition)[1]
                    for mine in arms["robust"]
                    for theirs in arms[other]
                    if mine.seed == theirs.seed
                ]
                yield f"saliency @5 %, {condition}: robust and {other} apart", all(apart)


def _claims(body: dict[str, Any]) -> list[str]:
    held = robust_at(body)
    names = [row["epsilon"] for row in body["strong"]]
    return names[: names.index(held) + 1] if held else []


def _interval(result: Result, condition: str) -> list[float]:
    rows = result.body["coverage"]["rows"]
    row = next(r for r in rows if (r["map"], r["condition"]) == ("saliency", condition))
    interval: list[float] = row["at_5_interval"]
    return interval


def show(arms: dict[str, list[Result]], console: Console) -> None:
    """Print table, differences and verdicts."""
    table = Table("per cent, unless said", "n", *arms, title="Demo pair on fresh phantoms")
    for words, n, cells in lines(arms):
        table.add_row(words, n, *cells)
    console.print(table)
    if "robust" in arms and arms["robust"][0].found is not None:
        heads = [f"top {percent:g} %" for percent in PERCENTS]
        table = Table("paired difference in points", *heads)
        for words, cells in differences(arms):
            table.add_row(words, *(f"{text}{' *' * above}" for text, above in cells))
        table.caption = "* the interval over films is above 0, in every seed"
        console.print(table)
    for words, holds in verdicts(arms):
        said = "not measured" if holds is None else "yes" if holds else "no"
        console.print(f"{words}: {said}", markup=False)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="phantoms, half of them fractured")
    parser.add_argument("--cards", type=Path, default=resource("models"), help="folder of cards")
    parser.add_argument("--quick", action="store_true", help="neither strong PGD nor square attack")
    parser.add_argument("--hard", type=int, default=FULL.strong, help="films for these two")
    parser.add_argument("--maps", type=int, default=None, help="fractured films for coverage")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, help="also write all figures as JSON")
    options = parser.parse_args()
    figures = replace(FULL, strong=options.hard, square=options.hard)
    if options.quick:
        figures = QUICK
    if options.maps is not None:
        figures = replace(figures, coverage=options.maps, occlusion=options.maps)
    chosen = cards(options.cards)
    side = load_model(str(chosen[0][2]), "cpu").card.input.size[0]
    pool = fresh(options.count, side)
    arms: dict[str, list[Result]] = {}
    for arm, seed, path in chosen:
        result = measured(arm, seed, path, pool, figures, options.device)
        print(f"{result.name}: {result.cpu_seconds:.0f} CPU seconds", file=sys.stderr)
        arms.setdefault(arm, []).append(result)
    show(arms, Console(width=max(160, Console().width)))
    if options.out is not None:
        bodies = {r.name: r.body for results in arms.values() for r in results}
        options.out.write_text(json.dumps(bodies, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
