"""A comparison as rows: one plain record per model x method x condition, for JSON and tables."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import fracview
from fracview.evidence.words import NO_PROOF, verdict
from fracview.request import FRACTURED

if TYPE_CHECKING:
    from fracview.evidence.occlusion_test import BoxOcclusion
    from fracview.metrics.coverage import CoverageCurve
    from fracview.pipeline import Explanation
    from fracview.studies.comparison import Cell, Comparison

RESEARCH = "Research use only, not for diagnosis."


def rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One record per cell.

    Returns
    -------
    list of dict
        Keys: ``image, model, method, condition, logits, prediction, fracture_probability, target,
        coverage`` (list of ``{percent, coverage, area}``, the shares as fractions; None without
        boxes), ``baselines`` (name to such a list), ``rra, rma, pointing, auroc,
        average_precision, box_share, completeness_error, box_occlusion`` (see
        :func:`box_occlusion_row`; None without boxes), ``settings, warnings, note``.
    """
    percents = comparison.protocol.percents
    return [_row(comparison, cell, percents) for cell in comparison.cells]


def settings(answer: Explanation) -> dict[str, Any]:
    """Every choice, seed and hash behind an answer, ready for JSON."""
    request, card = answer.request, answer.card
    weights = {"sha256": card.weights.sha256, "seed": card.weights.seed}
    body: dict[str, Any] = {
        "model": {"name": card.name, "architecture": card.architecture, "kind": card.kind},
        "weights": weights,
        "image_digest": request.digest,
        "input": list(answer.image.shape),
        "attribution": _method(request.attribution),
        "attack": _method(request.attack),
        "label": request.label,
        "protocol": asdict(request.protocol),
        "seed": request.seed,
        "device": answer.device,
        "fingerprint": answer.key,
        "versions": versions(),
    }
    if answer.heatmap is not None:
        body["attribution"] = _method(answer.heatmap.method)
        body["baseline"] = answer.heatmap.baseline
        body["reduction"] = answer.heatmap.reduction
    if answer.attacked is not None:
        body["attack"] = _method(answer.attacked.method or request.attack)
        body["label"] = answer.attacked.label
        body["threat_model"] = asdict(answer.attacked.threat)
        body["attack_seed"] = answer.attacked.seed
    return body


def versions() -> dict[str, str]:
    """Versions of fracview, Python and the libraries that make numbers."""
    found = {"fracview": fracview.__version__, "python": platform.python_version()}
    for name in ("torch", "numpy", "pillow", "scipy", "pydicom"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def curve_items(
    curve: CoverageCurve, percents: tuple[float, ...] | None = None
) -> list[dict[str, float]]:
    """A curve as ``{percent, coverage, area}``, at some percents or at all of its own."""
    wanted = tuple(float(p) for p in curve.percents) if percents is None else percents
    return [
        {"percent": percent, "coverage": curve.at(percent), "area": curve.area_at(percent)}
        for percent in wanted
    ]


def box_occlusion_row(test: BoxOcclusion) -> dict[str, Any]:
    """A box-occlusion test of one image ready for JSON: what was measured and what follows."""
    return {
        **asdict(test),
        "drop": test.drop,
        "control_drops": list(test.control_drops),
        "control_drop": test.control_drop,
        "control_spread": test.control_spread,
        "control_low": test.control_low,
        "control_high": test.control_high,
        "difference": test.difference,
        "controls": len(test.control_margins),
        "controls_as_strong": test.controls_as_strong,
        "flips": test.flips,
        "control_flips": test.control_flips,
        "sentence": test.sentence,
        "verdict": verdict(test),
    }


def _row(comparison: Comparison, cell: Cell, percents: tuple[float, ...]) -> dict[str, Any]:
    answer, scores = cell.explanation, cell.scores
    heatmap = answer.heatmap
    free = comparison.baselines.get(answer.request.model, {})
    return {
        "image": str(comparison.image),
        "model": answer.request.model,
        "method": answer.request.attribution.name if answer.request.attribution else None,
        "condition": answer.request.condition,
        "classes": list(answer.prediction.classes),
        "logits": list(answer.prediction.logits),
        "prediction": answer.prediction.label,
        "fracture_probability": answer.prediction.probability(FRACTURED),
        "target": answer.card.classes[heatmap.target] if heatmap is not None else None,
        "coverage": curve_items(scores.curve, percents) if scores else None,
        "baselines": {name: curve_items(curve, percents) for name, curve in free.items()} or None,
        "rra": scores.rra if scores else None,
        "rma": scores.rma if scores else None,
        "pointing": scores.pointing if scores else None,
        "auroc": scores.auroc if scores else None,
        "average_precision": scores.average_precision if scores else None,
        "box_share": scores.mask_share if scores else None,
        "completeness_error": heatmap.completeness_error if heatmap is not None else None,
        "box_occlusion": box_occlusion_row(cell.box_occlusion) if cell.box_occlusion else None,
        "n": 1,
        "settings": settings(answer),
        "warnings": list(dict.fromkeys((*comparison.remarks, *answer.warnings))),
        "note": f"{NO_PROOF} {RESEARCH}" if scores else RESEARCH,
    }


def _method(method: Any) -> dict[str, Any] | None:
    return None if method is None else {"name": method.name, "settings": method.settings()}
