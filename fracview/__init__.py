"""fracview: why did this model call this radiograph fractured, and would it still do so tomorrow?

The public names below are imported on first use, so that ``import fracview`` loads neither torch
nor Qt.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Whoever wants the log asks for it; Python would print warnings amid a program's own lines.
logging.getLogger(__name__).addHandler(logging.NullHandler())

_PUBLIC = {
    "attack": "fracview.api",
    "attribute": "fracview.api",
    "load_model": "fracview.api",
    "coverage_curve": "fracview.metrics.coverage",
    "CoverageCurve": "fracview.metrics.coverage",
    "read_boxes": "fracview.data.annotations",
    "read_radiograph": "fracview.data.readers",
    "Box": "fracview.data.boxes",
    "box_mask": "fracview.data.boxes",
    "Radiograph": "fracview.data.radiograph",
    "Classifier": "fracview.models.classifier",
    "Heatmap": "fracview.attribution.heatmap",
    "Perturbation": "fracview.attacks.base",
    "FracviewError": "fracview.errors",
    "load_protocol": "fracview.request",
}

__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    from fracview.api import attack as attack
    from fracview.api import attribute as attribute
    from fracview.api import load_model as load_model
    from fracview.attacks.base import Perturbation as Perturbation
    from fracview.attribution.heatmap import Heatmap as Heatmap
    from fracview.data.annotations import read_boxes as read_boxes
    from fracview.data.boxes import Box as Box
    from fracview.data.boxes import box_mask as box_mask
    from fracview.data.radiograph import Radiograph as Radiograph
    from fracview.data.readers import read_radiograph as read_radiograph
    from fracview.errors import FracviewError as FracviewError
    from fracview.metrics.coverage import CoverageCurve as CoverageCurve
    from fracview.metrics.coverage import coverage_curve as coverage_curve
    from fracview.models.classifier import Classifier as Classifier
    from fracview.request import load_protocol as load_protocol


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'fracview' has no attribute '{name}'")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
