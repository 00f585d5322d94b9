"""Attacks: each a frozen dataclass that is called with a classifier and yields every step."""

from fracview.registry import Registry

ATTACKS = Registry(
    "fracview.attacks",
    "attack",
    {
        "pgd": "fracview.attacks.pgd:PGD",
        "fgsm": "fracview.attacks.fgsm:FGSM",
        "square": "fracview.attacks.square:Square",
        "noise": "fracview.attacks.noise:Noise",
    },
)
"""Attack methods by name."""
