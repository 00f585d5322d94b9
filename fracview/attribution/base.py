"""What an attribution method is and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

    from fracview.models.classifier import Classifier
    from fracview.task import Task


@dataclass(frozen=True)
class RawAttribution:
    """Signed attributions of a batch, before any reduction.

    Parameters
    ----------
    values
        Detached (N, C, h, w), in the classifier's dtype.
    completeness_error
        One number per image, or None for methods that promise nothing.
    notes
        What a reader must know.
    """

    values: Tensor
    completeness_error: tuple[float, ...] | None = None
    notes: tuple[str, ...] = ()


@runtime_checkable
class Attribution(Protocol):
    """A frozen dataclass of settings that can be called."""

    def __call__(
        self, classifier: Classifier, x: Tensor, target: Tensor, baseline: Tensor | None
    ) -> Task[RawAttribution]:
        """Yield a Progress per node or window; return the signed attributions.

        Parameters
        ----------
        classifier
            Takes [0, 1].
        x
            (N, C, h, w) in [0, 1].
        target
            (N,) class indices to explain.
        baseline
            (1 or N, C, h, w) in [0, 1]: what "absent" looks like; None for methods without one.
        """
        ...
