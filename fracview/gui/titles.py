"""What registry names are called in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fracview.models.card import ModelCard
    from fracview.request import Method

_TITLES = {
    "saliency": "Saliency",
    "input_x_gradient": "Input × Gradient",
    "integrated_gradients": "Integrated Gradients",
    "deeplift": "DeepLIFT",
    "occlusion": "Occlusion",
    "grad_cam": "Grad-CAM",
    "pgd": "PGD",
    "fgsm": "FGSM",
    "noise": "Random noise",
}

_SHORT = {
    "input_x_gradient": ("Input × Grad.", "I × G"),
    "integrated_gradients": ("Int. Gradients", "IG"),
}
"""Shorter titles in use among those who know the method, longest first."""


def method_titles(method: Method | None) -> tuple[str, ...]:
    """Title of a method in several lengths, longest first; that of the input for None.

    Settings that differ from the defaults are in the longest ones.
    """
    if method is None:
        return ("Input",)
    plain = (method_title(method), *_SHORT.get(method.name, ()))
    settings = ", ".join(f"{name} {value}" for name, value in method.parameters)
    if not settings:
        return plain
    return (f"{plain[0]} ({settings})", f"{plain[-1]} ({settings})")


def short_method(method: Method | None) -> str:
    """Shortest title of a method, with its settings."""
    return method_titles(method)[-1]


def short_models(models: Sequence[str]) -> dict[str, str]:
    """Names of models without the first word that all of them share: standard, robust."""
    heads = {name.partition("-")[0] for name in models}
    tails = {name: name.partition("-")[2] for name in models}
    if len(models) < 2 or len(heads) > 1 or not all(tails.values()):
        return {name: name for name in models}
    return tails


def method_title(method: Method | str) -> str:
    """Title of an attack or attribution method."""
    name = method if isinstance(method, str) else method.name
    plain = name.replace("_", " ")
    return _TITLES.get(name, plain[:1].upper() + plain[1:])


def model_title(spec: str, card: ModelCard | None = None) -> str:
    """Short title of a model: its card's name, else what was typed without its folders."""
    if card is not None:
        return card.name
    architecture, colon, weights = spec.partition(":")
    if colon:
        return f"{architecture}: {weights.replace(chr(92), '/').rsplit('/', 1)[-1]}"
    return spec.rsplit("/", 1)[-1]
