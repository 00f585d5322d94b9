"""A heatmap on a film: colour where it is strong, film where it is weak."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF

from fracview.gui.views.lightbox import as_image

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtGui import QImage, QPainter

    from fracview.data.frame import InputFrame
    from fracview.gui.views.canvas import FilmCanvas
    from fracview.gui.views.colour_scale import Scale

ALWAYS_SMOOTH = 1e9


class HeatmapLayer:
    """The map of one cell in the colours of a scale.

    It is drawn at the network's own resolution and stretched by the painter: what was not computed
    is not invented, and a change of scale or opacity recolours 50,000 pixels instead of millions.
    """

    def __init__(self) -> None:
        self.visible = True
        self._values: npt.NDArray[np.float32] | None = None
        self._frame: InputFrame | None = None
        self._image: QImage | None = None

    def show(
        self,
        values: npt.NDArray[np.float32] | None,
        frame: InputFrame | None,
        scale: Scale | None,
        opacity: float,
    ) -> None:
        """Set the map (h, w) of the network's input, its place on the film and its colours."""
        self._values, self._frame, self._image = values, frame, None
        if values is not None and frame is not None and scale is not None:
            top, left, rows, columns = frame.inner
            inner = values[top : top + rows, left : left + columns]
            self._image = coloured(inner, scale, opacity)

    def paint(self, painter: QPainter, canvas: FilmCanvas) -> None:
        """Paint over the whole film, or where the film lies in the model's input."""
        if not self.visible or self._image is None or self._frame is None:
            return
        where = None
        if canvas.stage is not None:
            top, left, rows, columns = self._frame.inner
            where = QRectF(left, top, columns, rows)
        canvas.draw_image(painter, self._image, where, ALWAYS_SMOOTH)


def coloured(values: npt.NDArray[np.float32], scale: Scale, opacity: float) -> QImage:
    """Values (h, w) as a picture with alpha, premultiplied."""
    place = (values - np.float32(scale.low)) / np.float32(max(scale.high - scale.low, 1e-30))
    index = np.clip(np.nan_to_num(place) * 255, 0, 255).astype(np.uint8)
    return as_image(colours(scale.signed, round(opacity, 3))[index], alpha=True)


@lru_cache(maxsize=64)
def colours(signed: bool, opacity: float) -> npt.NDArray[np.uint32]:
    """Premultiplied ARGB for 256 places on a scale, uint32 (256,).

    Inferno from nothing to much; blue through nothing to red where the sign counts. Both are safe
    for colour-blind eyes, and both leave the film alone where there is nothing to see.
    """
    import pyqtgraph as pg

    name = "CET-D1" if signed else "inferno"
    # Inferno's first colours are those of a dark film; alpha says "nothing" in their place.
    first = 0.0 if signed else 0.25
    table = pg.colormap.get(name).getLookupTable(first, 1.0, 256)[:, :3].astype(np.float64)
    strength = np.linspace(0, 1, 256)
    if signed:
        strength = np.abs(2 * strength - 1)
    alpha = opacity * np.minimum(1.0, 1.6 * strength**0.7)
    rgb = np.rint(table * alpha[:, None]).astype(np.uint32)
    whole = np.rint(255 * alpha).astype(np.uint32)
    packed: npt.NDArray[np.uint32] = (
        whole << np.uint32(24) | rgb[:, 0] << np.uint32(16) | rgb[:, 1] << np.uint32(8) | rgb[:, 2]
    )
    return packed
