"""Which phantom the demonstration should open on: all its films, ranked, with the reasons.

A good case shows what the program is for: both models are right and sure of it, the fracture can
be seen, the standard model flips at the demonstration's radius or below while the robust one
holds, and the robust model's saliency lies nearer the box. The demonstration is an illustration,
and the ranking is by how well it illustrates: figures of a film so chosen say nothing of others.

Run ``OMP_NUM_THREADS=1 python -m tests.benchmarks.demo_case``. It prints one line per fractured
film and the two lines to put into ``fracview/gui/library.py``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fracview.data.dataset import open_paths
from fracview.data.readers import read_radiograph
from fracview.gui.library import DEMO_ATTACK, DEMO_CASE, _opening_demo
from fracview.gui.radii import SEARCH
from fracview.gui.sentences import HIGHEST
from fracview.models.shelf import DEMO_PAIR
from fracview.pipeline import explain, measure, model_free
from fracview.request import FRACTURED, Method, Request, parse_epsilon
from fracview.store import Store
from fracview.studies.smallest import smallest_flip
from fracview.task import drain

PERCENT = 5.0
SEEN = 20.0
"""Grey levels of difference to the unfractured twin at which a fracture is taken to be plain."""


@dataclass(frozen=True)
class Answer:
    """One model on one film: probabilities clean and attacked, smallest radius, coverage at 5 %."""

    clean: float
    attacked: float
    radius: float | None
    coverage: float
    drift: float

    @property
    def margin(self) -> float:
        """How sure it was, -1 to 1."""
        return 2 * self.clean - 1


@dataclass(frozen=True)
class Candidate:
    """One film with both answers; ``standard`` first."""

    name: str
    truth: dict[str, Any]
    standard: Answer
    robust: Answer
    best_free: float

    def faults(self, epsilon: float) -> list[str]:
        """What speaks against it, gravest first."""
        standard, robust = self.standard, self.robust
        checks = (
            ("wrong", min(standard.clean, robust.clean) <= 0.5),
            ("standard holds", standard.attacked > 0.5),
            ("robust flips", robust.attacked <= 0.5),
            ("box missed", robust.coverage <= standard.coverage),
            ("no better than a map without a model", robust.coverage <= self.best_free),
            ("unsure", min(standard.margin, robust.margin) < 0.5),
            ("hardly seen", self.visibility < SEEN),
            ("standard needs more", (standard.radius or 1.0) > epsilon),
        )
        return [name for name, wrong in checks if wrong]

    @property
    def visibility(self) -> float:
        """Grey levels, see :class:`fracview.phantom.Truth`."""
        return float(self.truth.get("visibility", 0.0))

    def rank(self, epsilon: float) -> tuple[float, ...]:
        """Fewest faults first, then how plain the story is."""
        story = (
            min(self.standard.margin, self.robust.margin, 0.8)
            + min(self.visibility / SEEN, 1.5) / 2
            + (self.robust.attacked - self.standard.attacked)
            + 2 * (self.robust.coverage - self.standard.coverage)
        )
        weights = (32, 16, 16, 8, 4, 2, 2, 1)
        order = ("wrong", "standard holds", "robust flips", "box missed",
                 "no better than a map without a model", "unsure", "hardly seen",
                 "standard needs more")  # fmt: skip
        faults = self.faults(epsilon)
        return sum(w for w, name in zip(weights, order) if name in faults), -story


def answer(request: Request, film: Any, boxes: Any, attack: Method) -> tuple[Answer, Any]:
    """Ask a model: clean, attacked, where it looks, what flips it."""
    store = Store()
    mapped = replace(request, attribution=Method("saliency"))
    clean = drain(explain(mapped, film, store=store))
    attacked = drain(explain(replace(mapped, attack=attack, label=FRACTURED), film, store=store))
    seek = replace(request, attack=SEARCH, label=FRACTURED)
    found = drain(smallest_flip(seek, film, high=HIGHEST))
    coverage = measure(clean, boxes).curve.at(PERCENT)
    drift = measure(attacked, boxes).curve.at(PERCENT) - coverage
    said = clean.clean.probability(FRACTURED), attacked.prediction.probability(FRACTURED)
    return Answer(*said, found.epsilon, coverage, drift), clean


def candidates(models: tuple[str, str], attack: Method, limit: int) -> list[Candidate]:
    """All fractured films of the demonstration with both answers."""
    opened = drain(_opening_demo())
    folder = opened.paths[0]
    truths = {
        Path(case["file"]).name: case
        for case in json.loads((folder / "truth.json").read_text())["cases"]
    }
    found = []
    broken = [case for case in open_paths([folder]).cases if case.boxes]
    for case in broken[:limit]:
        film = read_radiograph(case.path)
        asked = [Request(str(case.path), film.digest, model) for model in models]
        (standard, clean), (robust, _) = (answer(r, film, case.boxes, attack) for r in asked)
        free = model_free(clean, case.boxes)
        best = max(curve.at(PERCENT) for name, curve in free.items() if name != "chance")
        found.append(Candidate(case.name, truths[case.name], standard, robust, best))
    return found


def line(one: Candidate, epsilon: float) -> str:
    """One film as a row of the table."""
    truth = one.truth
    what = f"{truth['view']} {truth['kind']} {truth['severity']}"
    cells = [f"{one.name:16} {what:32} {one.visibility:4.0f}"]
    for answer_ in (one.standard, one.robust):
        radius = " >8 " if answer_.radius is None else f"{255 * answer_.radius:4.2f}"
        cells.append(
            f"{answer_.clean:.2f} → {answer_.attacked:.2f} {radius} {100 * answer_.coverage:5.1f}"
        )
    cells.append(f"{100 * one.best_free:5.1f}")
    return " | ".join([*cells, ", ".join(one.faults(epsilon)) or "none"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", nargs=2, default=DEMO_PAIR, help="standard, then robust")
    parser.add_argument("--eps", help="radius, such as 2/255; by default the demonstration's")
    parser.add_argument("--limit", type=int, default=100, help="films to look at")
    options = parser.parse_args()
    attack = DEMO_ATTACK
    if options.eps:
        epsilon = parse_epsilon(options.eps)
        attack = Method.of("pgd", epsilon=epsilon, step_size=epsilon / 4, steps=10)
    epsilon = float(dict(attack.parameters)["epsilon"])  # type: ignore[arg-type]
    found = sorted(
        candidates(tuple(options.models), attack, options.limit), key=lambda one: one.rank(epsilon)
    )
    print(f"PGD of 10 steps at {255 * epsilon:g}/255; p = {PERCENT:g} %; saliency, fracture target")
    print(f"{'film':16} {'truth':32} {'seen':4} | standard: clean → attacked, flips at, coverage "
          "| robust | best free | against it")  # fmt: skip
    for one in found:
        print(line(one, epsilon))
    if found:
        best = found[0]
        now = "" if best.name == DEMO_CASE else f"  # {DEMO_CASE} so far"
        print(f'\nDEMO_CASE = "{best.name}"{now}')
        print(f"DEMO_ATTACK: epsilon {255 * epsilon:g} / 255; against it: "
              f"{', '.join(best.faults(epsilon)) or 'nothing'}")  # fmt: skip


if __name__ == "__main__":
    main()
