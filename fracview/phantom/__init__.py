"""Phantoms: drawn radiographs with exact boxes, deterministic by version and seed.

Every structure is an analytic path length in millimetres; Beer and Lambert, scatter, quantum
noise and a tone curve turn it into a film. No picture of a patient was used.
"""

from fracview.phantom.dataset import FORMS, write_dataset
from fracview.phantom.draw import VISIBLE, draw, twins
from fracview.phantom.records import KINDS, SEVERITIES, VERSION, VIEWS, Phantom, Truth
from fracview.phantom.sheet import contact_sheet

__all__ = [
    "FORMS",
    "KINDS",
    "SEVERITIES",
    "VERSION",
    "VIEWS",
    "VISIBLE",
    "Phantom",
    "Truth",
    "contact_sheet",
    "draw",
    "twins",
    "write_dataset",
]
