from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from fracview.data.radiograph import Window
from fracview.data.readers import image_size, read_radiograph
from fracview.data.readers.jpeg import glance, has_end
from fracview.data.readers.orientation import turned, turned_back
from fracview.errors import UnreadableFile

RNG = np.random.default_rng(7)
COLOUR = RNG.integers(0, 256, (37, 53, 3), dtype=np.uint8)
GREY = np.array(Image.fromarray(COLOUR).convert("L"))


def _notes(path: Path, **how: str) -> str:
    return " | ".join(read_radiograph(path, **how).notes)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_eight_bit_modes_give_exactly_pillows_grey(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    Image.fromarray(COLOUR).convert(mode).save(path)
    film = read_radiograph(path)
    assert film.pixels.dtype == np.uint8
    assert np.array_equal(film.pixels, GREY)
    assert film.window == Window(0, 255)
    assert film.spacing is None
    assert image_size(path) == (37, 53)


def test_palette_cmyk_and_one_bit_become_grey(tmp_path: Path) -> None:
    picture = Image.fromarray(COLOUR)
    picture.quantize(16).save(tmp_path / "p.png")
    expected = np.asarray(Image.open(tmp_path / "p.png").convert("RGB").convert("L"))
    assert np.array_equal(read_radiograph(tmp_path / "p.png").pixels, expected)
    assert "palette" in _notes(tmp_path / "p.png")
    picture.convert("CMYK").save(tmp_path / "c.jpg")
    assert read_radiograph(tmp_path / "c.jpg").pixels.shape == (37, 53)
    picture.convert("1").save(tmp_path / "one.png")
    assert set(np.unique(read_radiograph(tmp_path / "one.png").pixels)) <= {0, 255}


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_stay_sixteen(tmp_path: Path, suffix: str) -> None:
    deep = RNG.integers(300, 4000, (20, 30), dtype=np.uint16)
    path = tmp_path / f"deep{suffix}"
    Image.fromarray(deep).save(path)
    film = read_radiograph(path)
    assert film.pixels.dtype == np.uint16
    assert np.array_equal(film.pixels, deep)
    assert film.window == Window(float(deep.min()), float(deep.max()))
    assert "darkest" in " ".join(film.notes)


def test_float_tiff_keeps_values_and_blackens_nan(tmp_path: Path) -> None:
    values = RNG.normal(size=(9, 11)).astype(np.float32)
    values[0, 0] = np.nan
    Image.fromarray(values).save(tmp_path / "f.tif")
    film = read_radiograph(tmp_path / "f.tif")
    assert film.pixels.dtype == np.float32
    assert np.array_equal(film.pixels[1:], values[1:])
    assert film.pixels[0, 0] == np.nanmin(values)
    assert "1 pixels" in " ".join(film.notes)
    Image.fromarray(np.full((4, 4), np.nan, np.float32)).save(tmp_path / "nan.tif")
    with pytest.raises(UnreadableFile, match="finite"):
        read_radiograph(tmp_path / "nan.tif")


def test_white_is_zero_is_turned_round_at_every_depth(tmp_path: Path) -> None:
    deep = RNG.integers(0, 65535, (8, 9), dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "w.tif", tiffinfo={262: 0})
    assert np.array_equal(read_radiograph(tmp_path / "w.tif").pixels, 65535 - deep)
    Image.fromarray(GREY).save(tmp_path / "w8.tif", tiffinfo={262: 0})
    # Pillow itself turns 8-bit pictures when it writes, so they must come back as they were.
    assert np.array_equal(read_radiograph(tmp_path / "w8.tif").pixels, GREY)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_orientation_is_applied_once_and_can_be_left(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    path = tmp_path / f"turned{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(GREY).save(path, exif=exif, **({"quality": 95} if suffix == ".jpg" else {}))
    raw = read_radiograph(path, orientation="raw")
    upright = read_radiograph(path)
    lossy = 60 if suffix == ".jpg" else 0
    assert np.abs(raw.pixels.astype(int) - GREY).max() <= lossy
    assert np.array_equal(upright.pixels, turned(raw.pixels, orientation))
    assert np.array_equal(turned_back(upright.pixels, orientation), raw.pixels)
    assert image_size(path) == upright.pixels.shape
    assert (f"EXIF orientation {orientation}" in " ".join(upright.notes)) == (orientation != 1)
    # From bytes: opened by its path, a lying uncompressed TIFF comes out of Pillow 13 garbled.
    picture = Image.open(io.BytesIO(path.read_bytes()))
    expected = np.array(picture if suffix == ".tif" else ImageOps.exif_transpose(picture))
    assert np.array_equal(upright.pixels, expected)


def test_truncated_jpeg_is_refused_or_marked_and_pillow_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    big = RNG.integers(0, 256, (200, 300), dtype=np.uint8)
    Image.fromarray(big).save(path)
    assert glance(path) == (True, 1)
    path.write_bytes(path.read_bytes()[:-4000])
    assert glance(path) == (False, 1)
    with pytest.raises(UnreadableFile, match=r"cut\.jpg: the file is truncated"):
        read_radiograph(path)
    film = read_radiograph(path, truncated="load")
    assert film.notes[0].startswith("TRUNCATED")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        expected = np.array(Image.open(path).convert("L"))
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    assert np.array_equal(film.pixels, expected)


def test_end_in_a_thumbnail_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "t.jpg"
    exif = Image.Exif()
    exif[0x010E] = "x\xff"
    Image.fromarray(GREY).save(path, exif=exif.tobytes() + b"\xff\xd8thumb\xff\xd9")
    data = path.read_bytes()
    assert has_end(data)
    assert has_end(data + b"trailing bytes behind the end")
    assert not has_end(data[:-50])


def test_mislabelled_file_opens_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    Image.fromarray(GREY).save(path, format="PNG")
    film = read_radiograph(path)
    assert film.format == "PNG"
    assert "its name ends in .jpg, its content is PNG" in film.notes


def test_first_page_of_many(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    Image.fromarray(GREY).save(path, save_all=True, append_images=[Image.fromarray(255 - GREY)])
    assert np.array_equal(read_radiograph(path).pixels, GREY)
    assert "more than one page" in _notes(path)


def test_constant_picture_says_no_contrast(tmp_path: Path) -> None:
    Image.fromarray(np.full((5, 5), 900, np.uint16)).save(tmp_path / "flat.png")
    film = read_radiograph(tmp_path / "flat.png")
    assert "no contrast" in " ".join(film.notes)
    assert np.isfinite(film.grey()).all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer"),
        (b"GIF89a" + bytes(40), "a GIF picture"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a WebP picture"),
        (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
        (b"just a few words\n", "a text file"),
        (b"{}", "a JSON file"),
        (bytes(300), "nothing but zero bytes"),
        (b"\x89PNG\r\n\x1a\n" + b"rubbish", "header is broken"),
    ],
)
def test_what_is_no_radiograph_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"^film\.png: ") as caught:
        read_radiograph(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folders_pipes_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such file"):
        read_radiograph(tmp_path / "gone.png")
    (tmp_path / "x.dcm").mkdir()
    with pytest.raises(UnreadableFile, match="folder"):
        read_radiograph(tmp_path / "x.dcm")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(UnreadableFile, match="pipe"):
            read_radiograph(tmp_path / "pipe.png")


def test_bombs_are_refused_before_decoding(tmp_path: Path) -> None:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    for side in (50_000, 12_500):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
        path = tmp_path / f"bomb{side}.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
        with pytest.raises(UnreadableFile, match=r"large|MB"):
            read_radiograph(path)
    text = b"key\0\0" + zlib.compress(bytes(64 << 20), 1)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
    path = tmp_path / "text.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"zTXt", text) + chunk(b"IEND", b""))
    with pytest.raises(UnreadableFile):
        read_radiograph(path)


def test_decoder_surprises_become_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.png"
    Image.fromarray(GREY).save(path)

    class PanicException(BaseException):
        pass

    for surprise, said in (
        (PanicException(f"at {path}"), "PanicException: at the file"),
        (MemoryError(), "memory"),
        (RecursionError(), "nested"),
    ):
        monkeypatch.setattr(ImageFile.ImageFile, "load", _raiser(surprise))
        with pytest.raises(UnreadableFile, match=said):
            read_radiograph(path)
    monkeypatch.setattr(ImageFile.ImageFile, "load", _raiser(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        read_radiograph(path)


def _raiser(error: BaseException):  # type: ignore[no-untyped-def]
    def load(self: object) -> None:
        raise error

    return load


def test_fracatlas_traps_as_measured(fracatlas: Path) -> None:
    films = sorted((fracatlas / "images").rglob("*.jpg"))
    looks = {path.name: glance(path) for path in films}
    assert sum(not whole for whole, _ in looks.values()) == 10
    assert sum(orientation != 1 for _, orientation in looks.values()) == 10
    film = read_radiograph(fracatlas / "images" / "Fractured" / "IMG0002628.jpg")
    assert film.pixels.shape == (373, 454)
    assert "turned by its EXIF orientation 8" in film.notes
