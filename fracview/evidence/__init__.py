"""Does a model use what lies in the box? Hide it and look, with equal places as control."""

from fracview.registry import Registry

FILLS = Registry(
    "fracview.fills",
    "fill",
    {
        "blur": "fracview.evidence.fill:blur",
        "mean": "fracview.evidence.fill:border_mean",
        "inpaint": "fracview.evidence.fill:inpaint",
    },
)
"""What is put in the place of a hidden box, by name."""
