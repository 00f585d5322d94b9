"""The operating point: where a finished net draws the line between its two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fracview.training.validation import films

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import nn

    from fracview.training.pool import Pool


def equal_errors(margins: npt.NDArray[np.floating], fractured: npt.NDArray[np.bool_]) -> float:
    """Threshold at which sensitivity and specificity are as equal as they can be.

    Parameters
    ----------
    margins
        (N,) logit "fractured" minus logit "not fractured".
    fractured
        (N,) truth; both classes are there.

    Returns
    -------
    float
        Half-way between two margins; a film is called fractured above it. Of several thresholds
        that are equally good, the one with the most right answers.
    """
    order = np.sort(margins)
    cuts = np.concatenate([[order[0] - 1], (order[1:] + order[:-1]) / 2, [order[-1] + 1]])
    sensitivity = np.array([(margins[fractured] > cut).mean() for cut in cuts])
    specificity = np.array([(margins[~fractured] <= cut).mean() for cut in cuts])
    gap = np.abs(sensitivity - specificity)
    best = np.lexsort((-(sensitivity + specificity), gap))[0]
    return float(cuts[best])


def balance(net: nn.Module, pool: Pool, device: torch.device) -> tuple[dict[str, Any], float]:
    """Move the bias of a net's ``head`` so that both errors are equal on a pool.

    Maps and attacks follow the same gradients as before; the line alone moves.

    Parameters
    ----------
    net
        In evaluation mode; its linear layer ``head`` gives "fractured", "not fractured".
    pool
        The validation part.
    device
        Where the net lies.

    Returns
    -------
    dict, float
        The state with the new bias, and how much was added to the margin.
    """
    margins: list[npt.NDArray[np.float32]] = []
    with torch.no_grad():
        for x, _ in films(pool, device):
            logits = net(x)
            margins.append((logits[:, 0] - logits[:, 1]).float().cpu().numpy())
    shift = -equal_errors(np.concatenate(margins), pool.fractured)
    state = {key: value.detach().cpu().clone() for key, value in net.state_dict().items()}
    state["head.bias"] += torch.tensor([shift / 2, -shift / 2], dtype=state["head.bias"].dtype)
    return state, shift
