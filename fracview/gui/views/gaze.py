"""Where on the film the reader looks and how closely: one record for all linked panels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

CLOSEST, FARTHEST = 64.0, 0.25
MARGIN = 0.98


@dataclass(frozen=True)
class Gaze:
    """A point of the film in the middle of the panel, and a magnification.

    Both are relative, so that panels of other sizes, and pictures of other sizes of the same film,
    show the same part.

    Parameters
    ----------
    x, y
        Share of the film's width and height, 0 to 1.
    zoom
        1 where the whole film fits the panel.
    """

    x: float = 0.5
    y: float = 0.5
    zoom: float = 1.0


def fit_scale(panel: QSizeF, film: QSizeF) -> float:
    """Screen pixels per film pixel at which the whole film fits."""
    across = panel.width() / max(film.width(), 1)
    return max(MARGIN * min(across, panel.height() / max(film.height(), 1)), 1e-9)


def transform(gaze: Gaze, panel: QSizeF, film: QSizeF) -> QTransform:
    """From film pixels to screen pixels."""
    scale = fit_scale(panel, film) * gaze.zoom
    return QTransform(
        scale, 0, 0, scale,
        panel.width() / 2 - gaze.x * film.width() * scale,
        panel.height() / 2 - gaze.y * film.height() * scale,
    )  # fmt: skip


def zoomed(gaze: Gaze, factor: float, at: QPointF, panel: QSizeF, film: QSizeF) -> Gaze:
    """Magnify while the film's point under ``at`` (screen pixels) stays where it is."""
    zoom = min(max(gaze.zoom * factor, FARTHEST), CLOSEST / min(1.0, fit_scale(panel, film)))
    inverse, _ = transform(gaze, panel, film).inverted()
    point = inverse.map(at)
    scale = fit_scale(panel, film) * zoom
    x = point.x() + (panel.width() / 2 - at.x()) / scale
    y = point.y() + (panel.height() / 2 - at.y()) / scale
    return _held(Gaze(x / film.width(), y / film.height(), zoom))


def panned(gaze: Gaze, by: QPointF, panel: QSizeF, film: QSizeF) -> Gaze:
    """Move the film by screen pixels."""
    scale = fit_scale(panel, film) * gaze.zoom
    x = gaze.x - by.x() / scale / film.width()
    y = gaze.y - by.y() / scale / film.height()
    return _held(Gaze(x, y, gaze.zoom))


def seen(gaze: Gaze, panel: QSizeF, film: QSizeF) -> QRectF:
    """The part of the film plane that the panel shows, in film pixels."""
    inverse, _ = transform(gaze, panel, film).inverted()
    return inverse.mapRect(QRectF(QPointF(0, 0), panel))


def _held(gaze: Gaze) -> Gaze:
    """Never lose the film: its middle of attention stays on it."""
    if not (math.isfinite(gaze.x) and math.isfinite(gaze.y)):
        return Gaze()
    return Gaze(min(max(gaze.x, 0.0), 1.0), min(max(gaze.y, 0.0), 1.0), gaze.zoom)
