"""Which figures a card gets, and on how many films each."""

from __future__ import annotations

from dataclasses import dataclass, fields

from fracview.errors import SettingError


@dataclass(frozen=True)
class Figures:
    """Numbers of films; 0 leaves a figure out. Films are drawn by the seed, each class alike.

    Parameters
    ----------
    films
        For PGD as the recipe says it; 0: all of the test part. Clean figures are always of all.
    strong, strong_steps, strong_restarts
        PGD that a claim of robustness must survive.
    square, queries
        The square attack, which asks for no gradient.
    coverage, nodes
        Fractured films whose maps (Saliency, integrated gradients of so many nodes) are measured.
    occlusion
        Fractured films for the box-occlusion test.
    """

    films: int = 400
    strong: int = 0
    strong_steps: int = 50
    strong_restarts: int = 5
    square: int = 0
    queries: int = 500
    coverage: int = 40
    nodes: int = 25
    occlusion: int = 40

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            least = 0 if item.name in ("films", "strong", "square", "coverage", "occlusion") else 1
            if type(value) is not int or value < least:
                raise SettingError(
                    f"{item.name} must be a whole number from {least}, not {value!r}."
                )


QUICK = Figures()
"""Under three CPU minutes for a thousand films of 192 pixels; no claim can be made from it."""
FULL = Figures(films=600, strong=100, square=50, queries=400, coverage=120, occlusion=60)
"""What a published card needs: for a robust net a quarter of an hour of one CPU core."""
BY_NAME = {"quick": QUICK, "full": FULL}
"""For the command line."""
