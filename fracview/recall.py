"""Answers that were given before the program was left, and how they are kept.

An answer is kept without its request, its card and the film's notes, which are put back from what
is asked now. So no name of a file and nothing of its header is ever written, and a film is found
again by its pixels wherever it lies. The picture itself is written, as the model sees it, to a file
that its owner alone can read. A map is kept beside its answer, not with a copy of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fracview.archive import Archive
from fracview.attacks import ATTACKS
from fracview.attribution import ATTRIBUTIONS
from fracview.attribution.heatmap import Heatmap
from fracview.data.frame import InputFrame
from fracview.explanation import Attacked, AttackFrame, Explanation
from fracview.fingerprint import file_sha256, fingerprint
from fracview.identity import model_card, program_stamp
from fracview.models.prediction import Prediction
from fracview.models.seen import seen_note
from fracview.paths import cache_dir
from fracview.request import BASELINES, Method, Request, ThreatModel

if TYPE_CHECKING:
    from fracview.data.radiograph import Radiograph
    from fracview.models.card import ModelCard
    from fracview.registry import Registry

VERSION = 1
"""Raised when other things are kept, or in another form."""


@dataclass(frozen=True, eq=False)
class KeptAnswer:
    """A prediction, and an attack if there was one."""

    frame: InputFrame
    clean: Prediction
    prediction: Prediction
    attacked: Attacked | None
    image: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    device: str
    seconds: float
    key: str


@dataclass(frozen=True, eq=False)
class KeptMap:
    """A heatmap; where ``restored``, its values are drawn anew from the reduced ones."""

    heatmap: Heatmap
    restored: bool
    seconds: float
    key: str


@dataclass(frozen=True)
class KeptRadius:
    """What a search for the smallest radius that flips an answer has found.

    See :class:`fracview.studies.smallest.SmallestFlip`, whose words these are.
    """

    label: str
    epsilon: float | None
    below: float


KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        KeptAnswer, KeptMap, KeptRadius, InputFrame, Prediction, Attacked, AttackFrame,
        ThreatModel, Method, Heatmap,
    )
}  # fmt: skip


def open_archive(mebibytes: int) -> Archive | None:
    """The archive of this user; None if nothing is to be kept on disk.

    Parameters
    ----------
    mebibytes
        How much it may hold.
    """
    if mebibytes <= 0:
        return None
    return Archive(cache_dir() / "answers", mebibytes << 20, KINDS)


def archive_key(request: Request, card: ModelCard, device: str | None, *more: str) -> str:
    """Key of an answer on disk: everything that decides about its numbers.

    Parameters
    ----------
    request
        What is asked; its path is no part of the key, unless the file is read in another way than
        its digest was taken.
    card
        With the sha256 of its weights, see :func:`fracview.identity.model_card`.
    device
        As it was asked for; None is the best there is.
    *more
        Other things that decide.

    Returns
    -------
    str
        "" for what is not kept: films without a digest, baselines of one's own, and methods of
        other packages, of which nothing tells that they have changed.
    """
    protocol, methods = request.protocol, (request.attack, request.attribution)
    baselines = [protocol.baseline, *(m.settings().get("baseline", "black") for m in methods if m)]
    if not request.digest or any(name not in BASELINES for name in baselines):
        return ""
    if not (_ours(ATTACKS, request.attack) and _ours(ATTRIBUTIONS, request.attribution)):
        return ""
    if protocol.orientation != "exif" or protocol.truncated != "refuse":
        try:
            more = (*more, file_sha256(Path(request.path)))
        except OSError:
            return ""
    asked = replace(request, path="", model="")
    about = replace(card, path=None, weights=replace(card.weights, file=""))
    return fingerprint(VERSION, program_stamp(), asked, about, device or "", list(more))


def recall(
    archive: Archive,
    request: Request,
    film: Radiograph,
    device: str | None = None,
) -> Explanation | None:
    """Find the answer to a request on disk.

    Parameters
    ----------
    archive
        See :func:`open_archive`.
    request
        What is asked.
    film
        The radiograph as it is shown; its notes stand beside the answer.
    device
        As for :func:`fracview.pipeline.explain`.

    Raises
    ------
    FracviewError
        If there is no such model.
    """
    card = model_card(request.model)
    key = archive_key(request, card, device)
    kept = archive.get(key) if key else None
    if isinstance(kept, KeptMap):
        base = recall(archive, replace(request, attribution=None), film, device)
        if base is None:
            return None
        return replace(
            base, request=request, heatmap=_whole(kept), seconds=kept.seconds, key=kept.key
        )
    if not isinstance(kept, KeptAnswer):
        return None
    return Explanation(
        request=request,
        card=card,
        frame=kept.frame,
        image=kept.image,
        clean=kept.clean,
        prediction=kept.prediction,
        attacked=kept.attacked,
        device=kept.device,
        seconds=kept.seconds,
        key=kept.key,
        notes=(*film.notes, *seen_note(card, Path(request.path))),
    )


def keep(archive: Archive, answer: Explanation, device: str | None = None) -> bool:
    """Write an answer down; whether it is on disk now.

    A map whose answer is not there is kept together with it.
    """
    request = answer.request
    key = archive_key(request, answer.card, device)
    if not key:
        return False
    if answer.heatmap is None:
        return key in archive or archive.put(key, _answer(answer))
    base = replace(answer, request=replace(request, attribution=None), heatmap=None)
    return keep(archive, base, device) and (key in archive or archive.put(key, _map(answer)))


def _answer(answer: Explanation) -> KeptAnswer:
    return KeptAnswer(
        answer.frame,
        answer.clean,
        answer.prediction,
        answer.attacked,
        answer.image,
        answer.device,
        answer.seconds,
        answer.key,
    )


def _map(answer: Explanation) -> KeptMap:
    heatmap = answer.heatmap
    assert heatmap is not None
    # On a large film the values are a hundred times the map that they were drawn from.
    drawn = None if heatmap.frame is None else heatmap.frame.restore(heatmap.reduced)
    restored = drawn is not None and np.array_equal(drawn, heatmap.values)
    if restored:
        heatmap = replace(heatmap, values=heatmap.reduced)
    return KeptMap(heatmap, restored, answer.seconds, answer.key)


def _whole(kept: KeptMap) -> Heatmap:
    heatmap = kept.heatmap
    if not kept.restored or heatmap.frame is None:
        return heatmap
    return replace(heatmap, values=heatmap.frame.restore(heatmap.reduced))


def _ours(registry: Registry, method: Method | None) -> bool:
    return method is None or (
        method.name in registry and registry[method.name].startswith("fracview.")
    )
