from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fracview.data.boxes import Box
from fracview.data.frame import InputFrame

side = st.integers(20, 400)


@given(side, side, st.sampled_from(["squash", "pad"]))
def test_a_box_finds_its_way_back(height: int, width: int, aspect: str) -> None:
    frame = InputFrame(height, width, 96, 128, aspect)
    box = Box(0.1 * width, 0.2 * height, 0.7 * width, 0.9 * height)
    assert frame.to_image(frame.to_model(box)).corners == pytest.approx(box.corners)


def test_squash_equals_pillow_on_eight_bits() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (90, 140), dtype=np.uint8)
    frame = InputFrame(90, 140, 32, 32)
    pillow = Image.fromarray(levels).resize((32, 32), Image.Resampling.BILINEAR)
    ours = frame.fit(levels.astype(np.float32) / 255) * 255
    # Pillow rounds eight-bit pictures after each of its two passes, floats never.
    assert np.abs(ours - np.asarray(pillow, np.float32)).max() <= 1.01


def test_pad_keeps_the_shape_and_blackens_the_rest() -> None:
    frame = InputFrame(100, 50, 64, 64, "pad")
    assert frame.inner == (0, 16, 64, 32)
    fitted = frame.fit(np.ones((100, 50), np.float32))
    assert fitted[:, 16:48].min() == pytest.approx(1)
    assert fitted[:, :16].max() == 0


@pytest.mark.parametrize("aspect", ["squash", "pad"])
def test_a_bright_spot_comes_back_to_its_place(aspect: str) -> None:
    frame = InputFrame(300, 200, 60, 60, aspect)
    box = Box(120, 60, 150, 90)
    spot = frame.mask([box]).astype(np.float32)
    restored = frame.restore(spot)
    assert restored.shape == (300, 200)
    y, x = np.unravel_index(int(np.argmax(restored)), restored.shape)
    assert 110 <= x <= 160
    assert 50 <= y <= 100


def test_a_film_of_another_size_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="frame of"):
        InputFrame(10, 10, 4, 4).fit(np.zeros((9, 10), np.float32))


def test_int_does_not_cut_a_box_at_the_film_s_last_column() -> None:
    """As the notebooks write it, 373 * 224 / 373 is 224; 373 * (224 / 373) lies below."""
    mask = InputFrame(454, 373, 224, 224).mask([Box(300, 400, 373, 454)], "int")
    assert mask[-1, -1]
