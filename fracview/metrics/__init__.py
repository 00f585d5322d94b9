"""Measures of a map against boxes, of a classifier against labels, and of chance. Numpy only."""

from fracview.registry import Registry

BASELINES = Registry(
    "fracview.baselines",
    "model-free map",
    {
        "chance": "fracview.metrics.baselines:chance",
        "random": "fracview.metrics.baselines:random",
        "centre": "fracview.metrics.baselines:centre",
        "brightness": "fracview.metrics.baselines:brightness",
        "sobel": "fracview.metrics.baselines:sobel",
        "log": "fracview.metrics.baselines:laplacian_of_gaussian",
        "local_sd": "fracview.metrics.baselines:local_standard_deviation",
    },
)
"""Maps that need no model: what every attribution has to beat."""
