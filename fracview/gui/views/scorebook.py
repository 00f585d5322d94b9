"""Scores of maps against the boxes as they stand now; computed once for panels, plot and table."""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fracview.errors import FracviewError
from fracview.gui.runner import Runner
from fracview.pipeline import measure, model_free

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import numpy.typing as npt

    from fracview.data.boxes import Box
    from fracview.gui.runner import Job
    from fracview.gui.session import Session
    from fracview.metrics.coverage import CoverageCurve
    from fracview.metrics.scores import Scores
    from fracview.pipeline import Explanation
    from fracview.task import Task

KEPT = 400


class ScoreBook(QObject):
    """A small memory of measurements. Get it by :meth:`of`; there is one per session.

    Signals
    -------
    grown()
        A drift that was not known before is there.
    """

    grown = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._known: OrderedDict[Any, Any] = OrderedDict()
        self._asked: set[Any] = set()
        self._lane = Runner(self, "drift")
        self._lane.succeeded.connect(self._on_drift)

    def shutdown(self) -> None:
        """Wait for the thread that compares maps."""
        self._lane.shutdown()

    @staticmethod
    def of(session: Session) -> ScoreBook:
        """Return the session's book, made on first use."""
        found = session.findChild(ScoreBook)
        return found if isinstance(found, ScoreBook) else ScoreBook(session)

    def scores(self, answer: Explanation, boxes: tuple[Box, ...]) -> Scores | None:
        """Scores of an answer's heatmap; None without boxes on the film or without a map."""
        if not boxes or answer.heatmap is None:
            return None
        key = ("scores", id(answer), _place(boxes))
        return self._remember(key, answer, lambda: measure(answer, boxes))  # type: ignore[no-any-return]

    def fill(
        self, answers: Iterable[Explanation], boxes: tuple[Box, ...], budget: float = 0.02
    ) -> bool:
        """Score as many answers as fit into some seconds; whether all are scored now.

        Whoever has to show many scores calls this once a frame until it is true, so that the
        window stays alive while a box is drawn over a large comparison.
        """
        began = time.perf_counter()
        for answer in answers:
            if time.perf_counter() - began > budget:
                return False
            self.scores(answer, boxes)
        return True

    def free(self, answer: Explanation, boxes: tuple[Box, ...]) -> Mapping[str, CoverageCurve]:
        """Curves of the maps that need no model; empty without boxes on the film."""
        if not boxes:
            return {}
        protocol, frame = answer.request.protocol, answer.frame
        same = (answer.request.digest, frame, protocol.rule, protocol.box_raster, protocol.percents)
        key = ("free", same, _place(boxes))
        return self._remember(key, None, lambda: model_free(answer, boxes)) or {}

    def ordered(self, answer: Explanation) -> npt.NDArray[np.floating[Any]]:
        """Values of a heatmap at the network's input in ascending order."""
        import numpy as np

        heatmap = answer.heatmap
        assert heatmap is not None
        key = ("ordered", id(answer))
        return self._remember(key, answer, lambda: np.sort(heatmap.reduced, axis=None))  # type: ignore[no-any-return]

    def top(self, answer: Explanation, percent: float) -> npt.NDArray[np.bool_]:
        """Mask of the top p % of a heatmap's pixels under its protocol's rule."""
        import numpy as np

        from fracview.metrics.coverage import thresholds

        assert answer.heatmap is not None
        rule = answer.request.protocol.rule
        edge = thresholds(self.ordered(answer), np.array([percent]), rule)[0]
        mask: npt.NDArray[np.bool_] = answer.heatmap.reduced >= edge
        return mask

    def coverage(self, answer: Explanation, boxes: tuple[Box, ...], percent: float) -> float | None:
        """Coverage at any percentage, 0 to 1; None where it cannot be measured."""
        scores = self.scores(answer, boxes)
        if scores is None or answer.heatmap is None:
            return None
        if percent in scores.curve.percents:
            return scores.curve.at(percent)
        from fracview.metrics.coverage import coverage_curve
        from fracview.pipeline import box_mask_of

        curve = coverage_curve(
            answer.heatmap.reduced, box_mask_of(answer, boxes), [percent], scores.rule
        )
        return curve.at(percent)

    def drift(
        self, clean: Explanation, attacked: Explanation, percent: float, *, ask: bool = True
    ) -> tuple[float | None, float | None]:
        """Rank correlation and top-p overlap of two heatmaps; None until they are computed.

        A rank correlation takes tens of milliseconds, so it is worked out beside the window.

        Parameters
        ----------
        clean, attacked
            With heatmaps.
        percent
            Of the overlap.
        ask
            Whether to have computed what is not known; not while p is on the move.
        """
        pair, found = (id(clean), id(attacked)), []
        for key, p in ((("rank", *pair), None), (("overlap", *pair, percent), percent)):
            if ask or key in self._known:
                found.append(self._later(key, clean, attacked, p))
            else:
                found.append(None)
        return found[0], found[1]

    def _later(
        self, key: Any, clean: Explanation, attacked: Explanation, percent: float | None
    ) -> float | None:
        if key in self._known:
            self._known.move_to_end(key)
            value: float | None = self._known[key][0]
            return value
        if key not in self._asked:
            self._asked.add(key)
            holder = (clean, attacked)
            self._lane.submit("drift", partial(_comparing, *holder, percent), (key, holder))
        return None

    def _on_drift(self, job: Job, value: float | None) -> None:
        key, holder = job.tag
        self._asked.discard(key)
        self._keep(key, value, holder)
        if not self._lane.jobs or len(self._lane.jobs) == 1:
            self.grown.emit()

    def _remember(self, key: Any, holder: Any, compute: Any) -> Any:
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key][0]
        try:
            value = compute()
        except FracviewError:
            # No box covers a pixel of the input, or the map is not finite: there is no number.
            value = None
        self._keep(key, value, holder)
        return value

    def _keep(self, key: Any, value: Any, holder: Any) -> None:
        # The holder stays alive with its entry, so that an id is never used twice.
        self._known[key] = (value, holder)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)


def _place(boxes: tuple[Box, ...]) -> tuple[tuple[float, float, float, float], ...]:
    return tuple(box.corners for box in boxes)


def _comparing(
    clean: Explanation, attacked: Explanation, percent: float | None
) -> Task[float | None]:
    from fracview.metrics.drift import spearman, topk_overlap

    yield from ()
    before, after = clean.heatmap, attacked.heatmap
    if before is None or after is None:
        return None
    try:
        if percent is None:
            return spearman(before.reduced, after.reduced)
        return topk_overlap(before.reduced, after.reduced, percent)
    except FracviewError:
        return None
