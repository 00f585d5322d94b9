"""What is loaded after the first paint, in an order and in places where nobody waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fracview.task import Progress

if TYPE_CHECKING:
    from fracview.task import Task

PLOTS, TORCH = "plots", "warm up"
"""Tags of the two jobs."""


def loading_plots() -> Task[None]:
    """Import what draws curves: a third of a second, in which the window would stand still."""
    yield Progress(0, 0, "loading plots")
    import fracview.gui.docks.attack_plot
    import fracview.gui.views.curve_plot  # noqa: F401


def loading_torch(device: str | None) -> Task[tuple[Any, ...]]:
    """Import torch and wake the device; return the devices of this machine, the best first."""
    from fracview.models.device import devices, warm_up
    from fracview.models.preload import preload_torch

    yield Progress(0, 0, "loading torch")
    preload_torch()
    yield from warm_up(device)
    return devices()
