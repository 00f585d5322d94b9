"""Where a net's maps lie, and whether its answer needs the box: over the films of a pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from fracview.attacks.pgd import PGD
from fracview.attribution.heatmap import reduce_channels
from fracview.attribution.integrated_gradients import IntegratedGradients
from fracview.attribution.saliency import Saliency
from fracview.data.boxes import Box
from fracview.data.frame import InputFrame
from fracview.evidence.occlusion_test import OcclusionTest
from fracview.metrics.baselines import baseline_curves
from fracview.metrics.coverage import coverage_curve
from fracview.task import Progress
from fracview.training.withstand import batches

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from fracview.attribution.base import Attribution, RawAttribution
    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.models.classifier import Classifier
    from fracview.task import Task
    from fracview.training.pool import Pool

T = TypeVar("T")
PERCENTS = (5.0, 25.0, 50.0)
NO_MODEL = "no model"


@dataclass(frozen=True)
class Coverages:
    """Coverage of many maps on the same films.

    Parameters
    ----------
    rows
        (n,) which films of the pool.
    shares
        From (map, condition) to float64 (n, percents), 0 to 1. The condition is ``"clean"``,
        ``"attacked"``, or ``"no model"``.
    errors
        From (map, condition) to completeness errors (n,), where a map promises completeness.
    """

    rows: npt.NDArray[np.intp]
    shares: dict[tuple[str, str], npt.NDArray[np.float64]]
    errors: dict[tuple[str, str], npt.NDArray[np.float64]] = field(default_factory=dict)


def boxed(pool: Pool) -> npt.NDArray[np.intp]:
    """Rows of the fractured films whose one box holds all that is marked.

    Of several boxes a pool keeps the largest alone. Hiding that one would leave a fracture in
    sight, on which an equal place may fall; and a map on the others would count as beside the box.
    """
    known = np.isfinite(pool.boxes).all(axis=1)
    whole = (pool.around == pool.boxes).all(axis=1)
    return np.flatnonzero(pool.fractured & known & whole)


def coverages(
    classifier: Classifier,
    pool: Pool,
    rows: npt.NDArray[np.intp],
    epsilon: float,
    steps: int = 10,
    nodes: int = 25,
    seed: int = 0,
) -> Task[Coverages]:
    """Explain "fractured" on each film, clean and under the net's own PGD, and measure the box.

    Parameters
    ----------
    classifier, pool, rows
        On which films; each has one box, around all its fractures, as those of :func:`boxed`.
    epsilon, steps
        PGD away from "fractured": step epsilon / 4, the strongest step counts.
    nodes
        Of integrated gradients, from black.
    seed
        Of the random start.
    """
    fracture = classifier.card.fracture
    attack = PGD(
        epsilon=epsilon, step_size=epsilon / 4, steps=steps, keep="strongest",
        keep_history=False, seed=seed,
    )  # fmt: skip
    methods: dict[str, Attribution] = {
        "saliency": Saliency(),
        "integrated_gradients": IntegratedGradients(steps=nodes, batch=nodes),
    }
    shares: dict[tuple[str, str], list[npt.NDArray[np.float64]]] = {}
    errors: dict[tuple[str, str], list[float]] = {}
    done = 0
    for some, x, y in batches(classifier, pool, rows):
        perturbation = yield from _quiet(attack(classifier, x, y), done, len(rows))
        masks = [mask_of(pool, row) for row in some]
        for name, method in methods.items():
            for condition, films in (("clean", x), ("attacked", perturbation.adversarial)):
                target = (y * 0) + fracture
                raw = yield from _quiet(method(classifier, films, target, None), done, len(rows))
                maps = _maps(raw)
                shares.setdefault((name, condition), []).extend(
                    coverage_curve(one, mask, PERCENTS).coverage for one, mask in zip(maps, masks)
                )
                if raw.completeness_error is not None:
                    errors.setdefault((name, condition), []).extend(raw.completeness_error)
        for film, mask in zip(_grey(x), masks):
            for name, curve in baseline_curves(film, mask, percents=PERCENTS).items():
                shares.setdefault((name, NO_MODEL), []).append(curve.coverage)
        done += len(some)
        yield Progress(done, len(rows), "measuring coverage")
    return Coverages(
        rows,
        {key: np.array(values) for key, values in shares.items()},
        {key: np.array(values) for key, values in errors.items()},
    )


def box_tests(
    classifier: Classifier, pool: Pool, rows: npt.NDArray[np.intp], seed: int = 0
) -> Task[list[BoxOcclusion]]:
    """Run the box-occlusion test on each film; see :mod:`fracview.evidence.occlusion_test`."""
    test = OcclusionTest(seed=seed)
    found: list[BoxOcclusion] = []
    for row in rows:
        film = pool.images[row].astype(np.float32)[None] / np.float32(255)
        one = yield from _quiet(
            test(classifier, film, mask_of(pool, row)), len(found), len(rows), "hiding boxes"
        )
        found.append(one)
    return found


def mask_of(pool: Pool, row: int | np.intp) -> npt.NDArray[np.bool_]:
    """The box of a film, bool (H, W)."""
    height, width = pool.images.shape[1:]
    frame = InputFrame(height, width, height, width)
    x1, y1, x2, y2 = (float(corner) for corner in pool.boxes[row])
    return frame.mask((Box(x1, y1, x2, y2),))


def _maps(raw: RawAttribution) -> list[npt.NDArray[np.float32]]:
    return [reduce_channels(one) for one in raw.values.cpu().numpy()]


def _grey(x: Tensor) -> npt.NDArray[np.float32]:
    grey: npt.NDArray[np.float32] = x[:, 0].cpu().float().numpy()
    return grey


def _quiet(running: Task[T], done: int, total: int, words: str = "measuring coverage") -> Task[T]:
    """Pass on that something happens, under one count."""
    try:
        while True:
            next(running)
            yield Progress(done, total, words)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        running.close()
