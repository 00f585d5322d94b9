"""Which films a net still answers rightly under an attack, radius by radius."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from fracview.request import FRACTURED, NOT_FRACTURED
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt
    from torch import Tensor

    from fracview.attacks.base import Attack
    from fracview.models.classifier import Classifier
    from fracview.task import Task
    from fracview.training.pool import Pool

    Flags = npt.NDArray[np.bool_]
    Rows = npt.NDArray[np.intp]


def margins(classifier: Classifier, pool: Pool) -> Task[npt.NDArray[np.float32]]:
    """Logit of "fractured" minus the largest other of every film, float32 (n,)."""
    found = np.zeros(len(pool), np.float32)
    everyone = np.arange(len(pool))
    for rows, x, y in batches(classifier, pool, everyone):
        logits = classifier.logits(x)
        broken = torch.full_like(y, classifier.card.fracture)[:, None]
        others = logits.scatter(1, broken, -torch.inf).amax(1)
        found[rows] = (logits.gather(1, broken)[:, 0] - others).float().cpu().numpy()
        yield Progress(int(rows[-1]) + 1, len(pool), "measuring clean accuracy")
    return found


def withstanding(
    classifier: Classifier,
    pool: Pool,
    right: Flags,
    attack: Callable[[float], Attack],
    epsilons: Sequence[float],
    title: str,
    after: Sequence[Flags] | None = None,
) -> Task[list[Flags]]:
    """Attack the films that stand, at every radius from the smallest to the largest.

    Balls are nested, so what has fallen at a radius is not attacked at a larger one.

    Parameters
    ----------
    classifier, pool
        Who is attacked, on which films.
    right
        (n,) whether each film is right without an attack.
    attack
        From a radius to an attack that succeeds if the answer leaves the label at any of its steps.
    epsilons
        Radii, ascending.
    title
        For the news.
    after
        For each radius, the films that stand under a weaker attack: only they are attacked.

    Returns
    -------
    list of ndarray
        For each radius (n,) bool: right, and still right under the attack there and before.
    """
    found = []
    standing = right.copy()
    for number, epsilon in enumerate(epsilons):
        if after is not None:
            standing &= after[number]
        chosen = attack(epsilon)
        wanted = np.flatnonzero(standing)
        done = 0
        for rows, x, y in batches(classifier, pool, wanted):
            running = chosen(classifier, x, y)
            try:
                while True:
                    next(running)
                    # A tick with the same count, so that a long attack can be stopped.
                    words = f"measuring under {title} at {255 * epsilon:g}/255"
                    yield Progress(done, len(wanted), words)
            except StopIteration as stop:
                standing[rows] = ~stop.value.success.cpu().numpy()
            finally:
                running.close()
            done += len(rows)
        found.append(standing.copy())
    return found


def batches(
    classifier: Classifier, pool: Pool, rows: Rows
) -> Iterator[tuple[Rows, Tensor, Tensor]]:
    """Films of a pool as float (n, 1, H, W) in [0, 1], with class indices (n,)."""
    card, device = classifier.card, classifier.device
    size = 16 if device.type == "cpu" else 256  # more does not fit a core's cache
    classes = np.array([card.index(NOT_FRACTURED), card.index(FRACTURED)])
    for first in range(0, len(rows), size):
        chosen = rows[first : first + size]
        pixels = torch.from_numpy(pool.images[chosen]).to(device)
        labels = torch.from_numpy(classes[pool.fractured[chosen].astype(np.intp)]).to(device)
        yield chosen, pixels.to(classifier.dtype).div_(255)[:, None], labels


def spread(truth: Flags, count: int, seed: int) -> Rows:
    """Rows of ``count`` films, each class in its share, in their old order; 0: all."""
    if not 0 < count < len(truth):
        return np.arange(len(truth))
    random = np.random.default_rng([seed, 23])
    broken, whole = np.flatnonzero(truth), np.flatnonzero(~truth)
    some = min(len(broken), max(1, round(count * len(broken) / len(truth))))
    some = max(some, count - len(whole))
    chosen = (random.permutation(broken)[:some], random.permutation(whole)[: count - some])
    return np.sort(np.concatenate(chosen))
