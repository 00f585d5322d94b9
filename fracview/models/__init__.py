"""Classifiers of radiographs: cards, architectures, weights and devices.

This package imports torch only inside the modules that need it; the registry below does not.
"""

from fracview.registry import Registry

ARCHITECTURES = Registry(
    "fracview.architectures",
    "source of architectures",
    {
        "robustbench": "fracview.models.zoo.robustbench:SOURCE",
        "small": "fracview.models.zoo.small:SOURCE",
    },
)
"""Where networks come from; each entry knows the names of its architectures and builds them."""
