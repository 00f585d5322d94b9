"""What goes with a norm: sizes that make sense in it, and the unit in which they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fracview.gui.widgets.radius_box import RadiusBox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fracview.gui.widgets.parameter_form import ParameterForm
    from fracview.request import Scalar

USUAL: dict[str, tuple[float, float | None]] = {"Linf": (4 / 255, 1 / 255), "L2": (1.0, None)}
"""Epsilon and step size proposed for a norm; without a step size, it follows from epsilon."""
REACH = 2.5
"""Steps together reach this far beyond epsilon, so that the edge of the ball is reached from any
start (Madry et al. 2018 take 2.5 times epsilon over the number of steps)."""


def proposed(norm: str, steps: int) -> dict[str, Scalar]:
    """Epsilon and step size for a norm: a step of 1/255 is nothing to a distance over all pixels.

    Parameters
    ----------
    norm
        ``"Linf"`` or ``"L2"``.
    steps
        Number of steps.
    """
    epsilon, step = USUAL[norm]
    return {"epsilon": epsilon, "step_size": step or REACH * epsilon / max(1, steps)}


def change_norm(form: ParameterForm, norm: str) -> None:
    """Give a form the sizes that suit another norm."""
    values: Mapping[str, Scalar] = form.values()
    steps = values.get("steps", 1)
    sizes = proposed(norm, int(steps) if isinstance(steps, int) else 1)
    form.set_values({**values, **{key: size for key, size in sizes.items() if key in values}})
    show_unit(form, norm)


def show_unit(form: ParameterForm, norm: str) -> None:
    """Tell sizes in grey levels, or as a distance over all pixels."""
    for parameter in form.parameters:
        editor = form.editor(parameter.name)
        if isinstance(editor, RadiusBox):
            editor.show_norm(norm)
