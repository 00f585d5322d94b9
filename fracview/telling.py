"""An attack told without torch: its steps as they come, its end as a record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from fracview.explanation import Attacked, AttackFrame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from fracview.attacks.base import AttackStep, Perturbation
    from fracview.task import Task

T = TypeVar("T")


def watched(running: Task[T]) -> Task[T]:
    """Pass an attack's news on, its steps as :class:`AttackFrame` without torch."""
    try:
        while True:
            news = next(running)
            frame = as_frame(news.payload) if news.payload is not None else None
            yield replace(news, payload=frame)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        running.close()


def as_attacked(perturbation: Perturbation, label: str) -> Attacked:
    """Record of a finished attack of one image on a class, without torch."""
    return Attacked(
        image=as_array(perturbation.adversarial),
        frames=tuple(as_frame(step) for step in perturbation.history),
        success=bool(perturbation.success[0]),
        label=label,
        targeted=perturbation.targeted,
        threat=perturbation.threat,
        largest_change=float(perturbation.delta.abs().max()),
        seed=perturbation.seed,
        notes=perturbation.notes,
    )


def as_array(x: Tensor) -> npt.NDArray[np.float32]:
    """The first image of a batch, float32 (C, h, w)."""
    values: npt.NDArray[np.float32] = x[0].detach().to("cpu").float().numpy().copy()
    return values


def as_frame(step: AttackStep) -> AttackFrame:
    """One step of the first image of a batch."""
    logits = step.logits[0].cpu().double()  # MPS has no float64
    return AttackFrame(
        step.step,
        step.steps,
        step.restart,
        as_array(step.x),
        tuple(logits.softmax(0).tolist()),
        float(step.loss[0]),
    )
