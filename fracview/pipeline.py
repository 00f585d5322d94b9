"""The spine: a Request becomes an Explanation. The only place that chains the steps.

The window, the command line and a study all come through here. No torch stands in the records.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fracview.errors import DeviceError, SettingError
from fracview.explanation import Attacked as Attacked
from fracview.explanation import AttackFrame as AttackFrame
from fracview.explanation import Explanation as Explanation
from fracview.fingerprint import fingerprint
from fracview.identity import model_stamp
from fracview.measurement import box_mask_of as box_mask_of
from fracview.measurement import clean_input, film_place
from fracview.measurement import measure as measure
from fracview.measurement import model_free as model_free
from fracview.models.device import is_out_of_memory
from fracview.models.seen import seen_note
from fracview.request import BASELINES, FRACTURED, Method
from fracview.task import Progress
from fracview.telling import as_array
from fracview.telling import as_attacked as as_attacked
from fracview.telling import watched as watched

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from fracview.data.boxes import Box
    from fracview.data.radiograph import Radiograph
    from fracview.evidence.occlusion_test import BoxOcclusion, OcclusionTest
    from fracview.models.classifier import Classifier, Prediction
    from fracview.request import Request
    from fracview.store import Store
    from fracview.task import Task


def request_key(request: Request) -> str:
    """Key of a request in a store: all of it but the file's path, where its digest is known.

    Files of the model are part of it, by their stamps: what other weights under the same name have
    answered is not an answer to this request.
    """
    stamp = model_stamp(request.model)
    return f"{_said(request)}-{stamp}" if stamp else _said(request)


@lru_cache(maxsize=4096)
def _said(request: Request) -> str:
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
    key = request_key(request) if store is not None else ""
    known = store.get(key) if store is not None else None
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
    # Whether other weights came into place meanwhile, only the stamp can tell.
    if store is not None and key == request_key(request):
        store.put(key, result)
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
        image=as_array(x) if attacked is None else attacked.image,
        clean=clean,
        prediction=prediction,
        attacked=attacked,
        device=str(classifier.device),
        seconds=time.perf_counter() - began,
        key=_result_key(request, classifier),
        notes=(*film.notes, *seen_note(classifier.card, Path(request.path))),
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
        film=clean_input(answer).mean(axis=0),
        inside=film_place(answer.frame),
    )
    return result


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

    card = classifier.card
    net = (card.architecture, card.options, card.input, card.classes)
    versions = [
        registry.version(method.name)
        for registry, method in ((ATTACKS, request.attack), (ATTRIBUTIONS, request.attribution))
        if method is not None
    ]
    weights = (card.weights.sha256, card.weights.seed or 0)
    return fingerprint(replace(request, path=""), net, weights, versions, own)


def _tensor(image: npt.NDArray[np.float32], classifier: Classifier) -> Tensor:
    import torch

    return torch.from_numpy(image)[None].to(device=classifier.device, dtype=classifier.dtype)
