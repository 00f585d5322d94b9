"""The way between image pixels and model pixels: for pixels, for boxes and for maps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from fracview.data.boxes import Box, Raster, box_mask

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt


@dataclass(frozen=True)
class InputFrame:
    """How one radiograph lies in one network's input.

    Parameters
    ----------
    height, width
        Size of the radiograph in pixels.
    model_height, model_width
        Size of the network's input.
    aspect
        ``"squash"``: both axes are stretched on their own, as in the published recipe. ``"pad"``:
        one scale for both, the film in the middle, black around it.
    """

    height: int
    width: int
    model_height: int
    model_width: int
    aspect: Literal["squash", "pad"] = "squash"

    @property
    def inner(self) -> tuple[int, int, int, int]:
        """Where the film lies in the input: top, left, height, width."""
        if self.aspect == "squash":
            return 0, 0, self.model_height, self.model_width
        scale = min(self.model_height / self.height, self.model_width / self.width)
        rows = max(1, min(self.model_height, round(self.height * scale)))
        columns = max(1, min(self.model_width, round(self.width * scale)))
        top, left = (self.model_height - rows) // 2, (self.model_width - columns) // 2
        return top, left, rows, columns

    def fit(
        self, grey: npt.NDArray[np.float32], *, rounded: bool = False
    ) -> npt.NDArray[np.float32]:
        """Bring a film to the input's size by Pillow's antialiased bilinear filter.

        Parameters
        ----------
        grey
            float32 (height, width) in [0, 1].
        rounded
            Work in whole grey levels of 255, as Pillow does with images of 8 bits.

        Returns
        -------
        ndarray of float32, (model_height, model_width), in [0, 1]
        """
        if grey.shape != (self.height, self.width):
            raise ValueError(f"a film of {grey.shape} in a frame of {(self.height, self.width)}")
        top, left, rows, columns = self.inner
        small = (_resize_rounded if rounded else _resize)(grey, rows, columns)
        if (rows, columns) == (self.model_height, self.model_width):
            return np.clip(small, 0, 1)
        padded = np.zeros((self.model_height, self.model_width), dtype=np.float32)
        padded[top : top + rows, left : left + columns] = np.clip(small, 0, 1)
        return padded

    def restore(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Bring a map of the input back onto the film, bilinearly.

        Parameters
        ----------
        values
            float32 (model_height, model_width), any range.

        Returns
        -------
        ndarray of float32, (height, width)
        """
        top, left, rows, columns = self.inner
        cut = np.ascontiguousarray(values[top : top + rows, left : left + columns], np.float32)
        return _resize(cut, self.height, self.width)

    def to_model(self, box: Box) -> Box:
        """Box from film pixels to input pixels."""
        top, left, rows, columns = self.inner
        # Multiplied before it is divided: 373 * (224 / 373) is below 224, and int() would cut it.
        x1, x2 = (left + x * columns / self.width for x in (box.x1, box.x2))
        y1, y2 = (top + y * rows / self.height for y in (box.y1, box.y2))
        return replace(box, x1=x1, y1=y1, x2=x2, y2=y2)

    def to_image(self, box: Box) -> Box:
        """Box from input pixels to film pixels."""
        top, left, rows, columns = self.inner
        return box.moved(-left, -top).scaled(self.width / columns, self.height / rows)

    def mask(self, boxes: Iterable[Box], raster: Raster = "touch") -> npt.NDArray[np.bool_]:
        """Union of film boxes as a mask of the input, bool (model_height, model_width)."""
        placed = [self.to_model(box) for box in boxes]
        return box_mask(placed, self.model_height, self.model_width, raster)


def _resize(values: npt.NDArray[np.float32], height: int, width: int) -> npt.NDArray[np.float32]:
    if values.shape == (height, width):
        return values.astype(np.float32, copy=True)
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)


def _resize_rounded(
    values: npt.NDArray[np.float32], height: int, width: int
) -> npt.NDArray[np.float32]:
    picture = Image.fromarray(np.rint(values * 255).astype(np.uint8))
    levels = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(levels, dtype=np.float32) / np.float32(255)
