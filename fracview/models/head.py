"""The head of the published fracture models, and the CIFAR-10 head that it replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

CIFAR_CLASSES = 10
HEADS = ("fc", "logits", "classifier", "head", "linear")
"""Names under which networks keep their last layer."""


def fracture_head(features: int, classes: int = 2) -> nn.Sequential:
    """Two layers on pooled features, as the published checkpoints hold them.

    Parameters
    ----------
    features
        Channels of the backbone.
    classes
        Number of logits.

    Returns
    -------
    nn.Sequential
        (N, features) to (N, classes).
    """
    return nn.Sequential(
        nn.Dropout(0.3),
        nn.Linear(features, 512),
        nn.ReLU(),
        nn.BatchNorm1d(512),
        nn.Dropout(0.5),
        nn.Linear(512, classes),
    )


def is_cifar_backbone(state: Mapping[str, Tensor]) -> bool:
    """Whether weights end in one linear layer of ten classes, as RobustBench's own files do."""
    for name in HEADS:
        weight = state.get(f"{name}.weight")
        if weight is not None and weight.ndim == 2 and len(weight) == CIFAR_CLASSES:
            return True
    return False
