"""What a net says to films: how much more it holds for fractured than for anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from fracview.data.frame import InputFrame
from fracview.models.classifier import Classifier

_BATCH = 64


@dataclass(frozen=True, eq=False)
class Reader:
    """A net that is asked about films of any size.

    Parameters
    ----------
    name
        As it is called in the table.
    model
        One of its classes is ``"fractured"``.
    """

    name: str
    model: Classifier

    def margins(self, films: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float64]:
        """Logit of fractured less the largest other, (films,); above 0 it says fractured."""
        card = self.model.card
        at = card.index("fractured")
        found = [np.zeros(0)]
        for start in range(0, len(films), _BATCH):
            small = [self._fitted(film) for film in films[start : start + _BATCH]]
            logits = self.model.logits(torch.from_numpy(np.stack(small))[:, None])
            logits = logits.double().cpu()
            others = torch.cat([logits[:, :at], logits[:, at + 1 :]], 1)
            found.append((logits[:, at] - others.amax(1)).numpy())
        return np.concatenate(found)

    def _fitted(self, film: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        frame = InputFrame(*film.shape, *self.model.card.input.size)
        return frame.fit(film.astype(np.float32) / np.float32(255))
