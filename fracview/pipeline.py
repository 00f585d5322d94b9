"""The spine: a Request becomes an Explanation. The only place that chains the steps.

The window, the command line and a study all come through here. Nothing of torch stands in the
records, so whoever reads them needs none.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fracview.errors import DeviceError, NoBoxesError, SettingError
from fracview.explanation import Attacked as Attacked
from fracview.explanation import AttackFrame as AttackFrame
from fracview.explanation import Explanation as Explanation
from fracview.fingerprint import fingerprint
from fracview.models.device import is_out_of_memory
from fracview.request import BASELINES, FRACTURED, Method
from fracview.task import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from fracview.attacks.base import AttackStep, Perturbation
    from fracview.data.boxes import Box
    from fracview.data.frame import InputFrame
    from fracview.data.radiograph import Radiograph
    from fracview.evidence.occlusion_test import BoxOcclusion, OcclusionTest
    from fracview.metrics.coverage import CoverageCurve
    from fracview.metrics.scores import Scores
    from fracview.models.classifier import Classifier, Prediction
    from fracview.request import Request
    from fracview.store import Store
    from fracview.task import Task

T = TypeVar("T")


@lru_cache(maxsize=4096)
def request_key(request: Request) -> str:
    """Key of a request in a store: all of it but the file's path, where its digest is known."""
    return fingerprint(replace(request, path="") if request.digest else request)


def explain(
    request: Request,
    radiograph: Radiograph | None = None,
    *,
    store: Store | None = None,
    device: str | None = None,
) -> Task[Explanation]:
    """Answer one request: read, fit, predict, attack, attribute, restore.

    Parameters
    ----------
    request
        What is asked.
    radiograph
        The film, if it is already read in the oriented frame; otherwise it is read from
        ``request.path``.
    store
        Where answers are looked up and kept. An attack is computed once for all attributions.
    device
        Name of a device, or None for the best there is.

    Yields
    ------
    Progress
        Its payload is an :class:`AttackFrame` while an attack runs.

    Raises
    ------
    FracviewError
        Whatever the rooms raise; always one sentence.
    """
    known = store.get(request_key(request)) if store is not None else None
    if known is not None:
        return known  # type: ignore[no-any-return]
    try:
        if request.attribution is None:
            result = yield from _answer(request, radiograph, device)
        else:
            base = yield from explain(
                replace(request, attribution=None), radiograph, store=store, device=device
            )
            result = yield from _attribute(base, request, device)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DeviceError(
            f"memory ran out while {request.model} worked on {Path(request.path).name}. "
            "Use a smaller input size, or cpu as device."
        ) from error
    if store is not None:
        store.put(request_key(request), result)
    return result


def _answer(
    request: Request, radiograph: Radiograph | None, device: str | None
) -> Task[Explanation]:
    """Predict, and attack if that is asked for."""
    began = time.perf_counter()
    film = film_of(request, radiograph)
    yield Progress(0, 0, f"loading {request.model}")
    classifier = _model(request, device)
    request = replace(request, digest=request.digest or film.digest)
    x = classifier.prepare(film, request.protocol)
    clean = classifier.predict(x)[0]
    attacked = None
    prediction = clean
    if request.attack is not None:
        attacked = yield from _attack(classifier, x, request, clean)
        prediction = classifier.predict(_tensor(attacked.image, classifier))[0]
    return Explanation(
        request=request,
        card=classifier.card,
        frame=classifier.frame(film, request.protocol),
        image=_array(x) if attacked is None else attacked.image,
        clean=clean,
        prediction=prediction,
        attacked=attacked,
        device=str(classifier.device),
        seconds=time.perf_counter() - began,
        key=_result_key(request, classifier),
        notes=film.notes,
    )


def _attack(
    classifier: Classifier, x: Tensor, request: Request, clean: Prediction
) -> Task[Attacked]:
    import torch

    from fracview.attacks.build import build_attack

    assert request.attack is not None
    label = request.label or clean.label
    method = build_attack(request.attack, classifier, request.protocol, request.seed)
    y = torch.tensor([classifier.card.index(label)], device=classifier.device)
    perturbation = yield from watched(method(classifier, x, y))
    whole = Method.of_record(request.attack.name, method)
    return replace(as_attacked(perturbation, label), method=whole)


def watched(running: Task[T]) -> Task[T]:
    """Pass an attack's news on, its steps as :class:`AttackFrame` without torch."""
    try:
        while True:
            news = next(running)
            frame = _frame(news.payload) if news.payload is not None else None
            yield replace(news, payload=frame)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        running.close()


def as_attacked(perturbation: Perturbation, label: str) -> Attacked:
    """Record of a finished attack of one image on a class, without torch."""
    return Attacked(
        image=_array(perturbation.adversarial),
        frames=tuple(_frame(step) for step in perturbation.history),
        success=bool(perturbation.success[0]),
        label=label,
        targeted=perturbation.targeted,
        threat=perturbation.threat,
        largest_change=float(perturbation.delta.abs().max()),
        seed=perturbation.seed,
        notes=perturbation.notes,
    )


def _attribute(base: Explanation, request: Request, device: str | None) -> Task[Explanation]:
    from fracview.attribution.explain import explain_input

    method = request.attribution
    assert method is not None
    request = replace(request, digest=base.request.digest)
    began = time.perf_counter()
    classifier = _model(request, device)
    protocol = request.protocol
    settings = method.settings()
    baseline = settings.pop("baseline", protocol.baseline)
    reduction: Any = settings.pop("reduction", protocol.reduction)
    target = classifier.card.index(
        FRACTURED if protocol.target == "fractured" else base.prediction.label
    )
    absent, own = _baseline(str(baseline), classifier, request)
    heatmap = yield from explain_input(
        classifier,
        _tensor(base.image, classifier),
        Method.of(method.name, **settings),
        target,
        baseline=absent,
        reduction=reduction,
        protocol=protocol,
        frame=base.frame,
    )
    return replace(
        base,
        request=request,
        heatmap=replace(heatmap, baseline=own) if own and heatmap.baseline else heatmap,
        seconds=time.perf_counter() - began,
        key=_result_key(request, classifier, own),
    )


def _baseline(name: str, classifier: Classifier, request: Request) -> tuple[str | Tensor, str]:
    """A baseline by name, or a radiograph of one's own at the input's size and what it is."""
    if name in BASELINES:
        return name, ""
    if not Path(name).suffix:
        raise SettingError(f"baseline is '{name}', not {', '.join(BASELINES)} or a file.")
    from fracview.data.readers import read_radiograph

    film = read_radiograph(Path(name))
    return classifier.prepare(film, request.protocol), f"{film.source.name} {film.digest}"


def measure(explanation: Explanation, boxes: Iterable[Box]) -> Scores:
    """Measure a heatmap against boxes under the request's protocol, at 1..100 % and its percents.

    Parameters
    ----------
    explanation
        With a heatmap.
    boxes
        In film pixels.

    Raises
    ------
    NoBoxesError
        If there is no heatmap, no box, or no box that covers a pixel of the input.
    """
    from fracview.metrics.coverage import ALL_PERCENTS
    from fracview.metrics.scores import score

    if explanation.heatmap is None:
        raise NoBoxesError("there is no heatmap to measure; ask for an attribution.")
    protocol = explanation.request.protocol
    mask = box_mask_of(explanation, boxes)
    percents = sorted({*ALL_PERCENTS, *protocol.percents})
    return score(explanation.heatmap.reduced, mask, protocol.rule, percents)


def model_free(explanation: Explanation, boxes: Iterable[Box]) -> Mapping[str, CoverageCurve]:
    """Coverage curves of the maps that need no model, on the clean film at the same raster.

    Returns
    -------
    dict
        ``"chance"``, ``"centre"``, ``"brightness"``, ``"sobel"`` and others to curves.
    """
    from fracview.metrics.baselines import baseline_curves
    from fracview.metrics.coverage import ALL_PERCENTS

    mask = box_mask_of(explanation, boxes)
    protocol = explanation.request.protocol
    percents = sorted({*ALL_PERCENTS, *protocol.percents})
    return baseline_curves(_clean(explanation).mean(axis=0), mask, protocol.rule, percents)


def hide_box(
    asked: Explanation | Request,
    boxes: Iterable[Box],
    test: OcclusionTest | None = None,
    *,
    store: Store | None = None,
    device: str | None = None,
) -> Task[BoxOcclusion]:
    """Hide the boxes in what the model saw, then equal places elsewhere, and compare its answers.

    Parameters
    ----------
    asked
        An answer, clean or attacked; a request is answered first, without its attribution. The
        places are chosen on the clean film, so that both conditions are tested at the same ones.
    boxes
        In film pixels; a region that a reader drags is one box.
    test
        Fill, number of controls and seed; if None, the usual ones and the request's seed.
    store, device
        As for :func:`explain`.

    Raises
    ------
    NoBoxesError
        If no pixel of the input lies in a box.
    """
    from fracview.evidence.occlusion_test import OcclusionTest

    if isinstance(asked, Explanation):
        answer = asked
    else:
        answer = yield from explain(replace(asked, attribution=None), store=store, device=device)
    chosen = test or OcclusionTest(seed=answer.request.seed)
    result = yield from chosen(
        _model(answer.request, device),
        answer.image,
        box_mask_of(answer, boxes),
        film=_clean(answer).mean(axis=0),
        inside=_film_place(answer.frame),
    )
    return result


def _clean(explanation: Explanation) -> npt.NDArray[np.float32]:
    """What the model saw before any attack."""
    attacked = explanation.attacked
    return explanation.image if attacked is None else attacked.frames[0].image


def _film_place(frame: InputFrame) -> npt.NDArray[np.bool_]:
    """Where the film lies in the input, bool (h, w)."""
    import numpy as np

    top, left, rows, columns = frame.inner
    inside = np.zeros((frame.model_height, frame.model_width), dtype=np.bool_)
    inside[top : top + rows, left : left + columns] = True
    return inside


def box_mask_of(explanation: Explanation, boxes: Iterable[Box]) -> npt.NDArray[np.bool_]:
    """Mask of boxes in the model's input, bool (h, w).

    Raises
    ------
    NoBoxesError
        If no pixel lies in a box.
    """
    mask = explanation.frame.mask(boxes, explanation.request.protocol.box_raster)
    if not mask.any():
        raise NoBoxesError(
            f"{Path(explanation.request.path).name} has no box that covers a pixel; "
            "draw or load one to measure coverage."
        )
    return mask


def film_of(request: Request, radiograph: Radiograph | None) -> Radiograph:
    """The film that the request's protocol sees: the given one unless it wants it as stored."""
    protocol = request.protocol
    if radiograph is not None and protocol.orientation == "exif":
        return radiograph
    from fracview.data.readers import read_radiograph

    return read_radiograph(
        Path(request.path), orientation=protocol.orientation, truncated=protocol.truncated
    )


def _model(request: Request, device: str | None) -> Classifier:
    from fracview.models.load import load_model

    return load_model(request.model, device).under(request.protocol)


def _result_key(request: Request, classifier: Classifier, own: str = "") -> str:
    from fracview.attacks import ATTACKS
    from fracview.attribution import ATTRIBUTIONS

    weights = classifier.card.weights
    versions = [
        registry.version(method.name)
        for registry, method in ((ATTACKS, request.attack), (ATTRIBUTIONS, request.attribution))
        if method is not None
    ]
    return fingerprint(replace(request, path=""), weights.sha256, weights.seed or 0, versions, own)


def _frame(step: AttackStep) -> AttackFrame:
    logits = step.logits[0].cpu().double()  # MPS has no float64
    return AttackFrame(
        step.step,
        step.steps,
        step.restart,
        _array(step.x),
        tuple(logits.softmax(0).tolist()),
        float(step.loss[0]),
    )


def _array(x: Tensor) -> npt.NDArray[np.float32]:
    values: npt.NDArray[np.float32] = x[0].detach().to("cpu").float().numpy().copy()
    return values


def _tensor(image: npt.NDArray[np.float32], classifier: Classifier) -> Tensor:
    import torch

    return torch.from_numpy(image)[None].to(device=classifier.device, dtype=classifier.dtype)
