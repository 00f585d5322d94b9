from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.readers.thumbnail import thumbnail
from fracview.errors import UnreadableFile

RAMP = np.tile(np.linspace(0, 255, 900, dtype=np.uint8), (600, 1))


def test_jpeg_is_small_upright_and_alike(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RAMP).save(tmp_path / "a.jpg", exif=exif)
    small = thumbnail(tmp_path / "a.jpg", 90)
    assert small.dtype == np.uint8
    assert small.shape == (90, 60)
    assert np.abs(np.diff(small.mean(axis=0))).max() < 2  # the ramp runs down, not across
    assert small[-1].mean() > 240
    assert small[0].mean() < 15


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_deep_films_go_through_their_window(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"deep{suffix}"
    Image.fromarray(RAMP.astype(np.uint16) * 16 + 1000).save(path)
    small = thumbnail(path, 90)
    assert small.shape == (60, 90)
    assert small.min() < 5
    assert small.max() > 250


def test_truncated_jpeg_still_shows_what_there_is(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "cut.jpg")
    data = (tmp_path / "cut.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    assert thumbnail(tmp_path / "cut.jpg").shape == (160, 160)


def test_small_films_keep_their_size_and_broken_ones_say_why(tmp_path: Path) -> None:
    Image.fromarray(RAMP[:20, :30]).save(tmp_path / "tiny.png")
    assert thumbnail(tmp_path / "tiny.png").shape == (20, 30)
    (tmp_path / "no.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    with pytest.raises(UnreadableFile):
        thumbnail(tmp_path / "no.jpg")
