"""The box-occlusion test of a cohort as a record for JSON and as files."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fracview.evidence.words import NO_PROOF
from fracview.reports.files import atomic_write, json_text, make_folder
from fracview.reports.rows import RESEARCH, box_occlusion_row, versions

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.studies.box_use import BoxUse, FilmTest
    from fracview.studies.evidence import EvidenceStudy

COLUMNS = (
    "image", "model", "condition", "fill", "margin", "margin_hidden", "drop", "control_drop",
    "control_low", "control_high", "difference", "control_spread", "controls",
    "controls_as_strong", "verdict", "probability", "probability_hidden",
    "label", "label_hidden", "flips", "control_flips", "box_share", "change", "control_change",
    "contrast", "contrast_gap", "brightness_gap", "seen_in_training",
)  # fmt: skip
"""Of ``evidence.csv``, a row per film, model, condition and fill."""


def evidence_body(study: EvidenceStudy) -> dict[str, Any]:
    """All of a study ready for JSON.

    Returns
    -------
    dict
        ``models`` (a summary per model, condition and fill, with its sentence), ``films`` (every
        test), ``left_out, without_boxes, not_drawn, settings, warnings, note``, and
        ``seen_in_training`` (``sentences``, and the films with their models).
    """
    return {
        "models": [_summary(use) for use in study.models],
        "films": [_film(film) for film in study.films],
        "left_out": list(study.left_out),
        "without_boxes": study.without_boxes,
        "not_drawn": study.not_drawn,
        "seen_in_training": {
            "sentences": list(study.held.sentences),
            "films": [
                {
                    "image": str(case.path),
                    "models": list(models),
                    "included": case.path in study.held.included,
                }
                for case, models in study.held.seen
            ],
        },
        "settings": {
            "controls": study.controls,
            "seed": study.seed,
            "attack": None
            if study.attack is None
            else {"name": study.attack.name, "settings": study.attack.settings()},
            "weights": {
                model: {"sha256": weights.sha256, "seed": weights.seed}
                for model, weights in study.weights.items()
            },
            "protocol": asdict(study.protocol),
            "versions": versions(),
        },
        "warnings": list(study.warnings),
        "note": f"{NO_PROOF} {RESEARCH}",
    }


def export_evidence(study: EvidenceStudy, folder: Path) -> list[Path]:
    """Write ``evidence.json`` and ``evidence.csv``, each whole or not at all.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    make_folder(folder)
    body = json_text(evidence_body(study))
    table = _table(study)
    return [
        atomic_write(folder / "evidence.json", lambda stream: stream.write(body.encode())),
        atomic_write(folder / "evidence.csv", lambda stream: stream.write(table.encode())),
    ]


def _table(study: EvidenceStudy) -> str:
    text = io.StringIO()
    films = len({film.path for film in study.films})
    text.write(f"# {RESEARCH} protocol={study.protocol.name} seed={study.seed} n={films}\n")
    for sentence in study.held.sentences:
        text.write(f"# {sentence}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for film in study.films:
        row = _film(film)
        row["image"] = film.path.name
        writer.writerow([_safe(row[column]) for column in COLUMNS])
    return text.getvalue()


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet does not take for a formula; nothing for what is not known."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")):
        return "'" + cell
    return "" if cell is None else cell


def _film(film: FilmTest) -> dict[str, Any]:
    place = {"image": str(film.path), "image_digest": film.digest, "model": film.model}
    row = box_occlusion_row(film.test)
    return {**place, "condition": film.condition, **row, "seen_in_training": film.seen}


def _summary(use: BoxUse) -> dict[str, Any]:
    return {**asdict(use), "n": use.n, "sentence": use.sentence}
