from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fracview.data.readers import READERS, find_reader, image_size, read_radiograph, suffixes
from fracview.data.readers.reader import Reader
from fracview.errors import SettingError, UnreadableFile

FILM = np.random.default_rng(0).integers(0, 256, (31, 47), dtype=np.uint8)


def _write(name: str, folder: Path) -> Path:
    """A film in the first format of a reader."""
    if name == "raster":
        Image.fromarray(FILM).save(folder / "film.png")
        return folder / "film.png"
    assert name == "dicom", f"say here how a file of the reader {name} is made"
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = ComputedRadiographyImageStorage
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "1.2.3"
    ds.Rows, ds.Columns = FILM.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.PixelData = FILM.tobytes() + b"\0"
    ds["PixelData"].VR = "OB"
    pydicom.dcmwrite(folder / "film.dcm", ds, enforce_file_format=True)
    return folder / "film.dcm"


@pytest.fixture(params=list(READERS))
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return _write(request.param, tmp_path)


@pytest.mark.parametrize("name", list(READERS))
def test_entry_is_a_reader_with_suffixes(name: str) -> None:
    reader = READERS.load(name)
    assert isinstance(reader, Reader)
    assert reader.suffixes
    assert all(end.startswith(".") and end == end.lower() for end in reader.suffixes)
    assert reader.suffixes <= suffixes()
    assert not reader.sniff(b"")
    assert not reader.sniff(b"words and nothing else" * 20)


def test_round_trip_gives_the_same_pixels_read_only(film: Path) -> None:
    read = read_radiograph(str(film))
    assert np.array_equal(read.pixels, FILM)
    assert not read.pixels.flags.writeable
    assert read.pixels.flags.c_contiguous
    assert read.source == film
    assert image_size(film) == FILM.shape
    assert read.digest == read_radiograph(film, orientation="raw").digest


def test_the_name_does_not_matter(film: Path, tmp_path: Path) -> None:
    other = film.rename(tmp_path / "IM000001")
    assert np.array_equal(read_radiograph(other).pixels, FILM)


@pytest.mark.parametrize("keep", [0, 1, 3, 8, 20, 60, 133, 300])
def test_a_cut_file_is_a_named_error(film: Path, keep: int) -> None:
    film.write_bytes(film.read_bytes()[:keep])
    with pytest.raises(UnreadableFile, match=film.name):
        read_radiograph(film)


def test_random_damage_is_a_film_or_a_named_error(film: Path) -> None:
    whole = film.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(60):
        broken = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 700), 4):
            broken[place] = int(rng.integers(0, 256))
        film.write_bytes(broken)
        try:
            assert read_radiograph(film).pixels.ndim == 2
        except UnreadableFile as error:
            assert str(error).startswith(film.name)  # noqa: PT017


def test_options_are_checked(film: Path) -> None:
    with pytest.raises(SettingError, match="orientation"):
        read_radiograph(film, orientation="upright")  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="truncated"):
        read_radiograph(film, truncated="yes")  # type: ignore[arg-type]


def test_unknown_content_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF-1.4")
    with pytest.raises(UnreadableFile, match="PDF"):
        find_reader(path)
