from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    RTPlanStorage,
)

from fracview.data.radiograph import Window
from fracview.data.readers import image_size, read_radiograph
from fracview.data.readers.dicom import sniff
from fracview.errors import UnreadableFile

STORED = np.random.default_rng(3).integers(0, 4096, (24, 32), dtype=np.uint16)


def make(path: Path, stored: np.ndarray = STORED, drop: str = "", **header: Any) -> Path:
    """Write a small DX; keywords override or add elements, ``drop`` names those to leave out."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = header.pop("syntax", ExplicitVRLittleEndian)
    ds.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    values: dict[str, Any] = {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "SOPInstanceUID": "1.2.3",
        "PatientName": "Doe^Jane",
        "PatientID": "4711",
        "Modality": "DX",
        "BodyPartExamined": "HAND",
        "ViewPosition": "PA",
        "Rows": stored.shape[0],
        "Columns": stored.shape[1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": stored.dtype.itemsize * 8,
        "BitsStored": 12 if stored.dtype == np.uint16 else stored.dtype.itemsize * 8,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
        "PixelData": stored.tobytes(),
        **header,
    }
    values.setdefault("HighBit", values["BitsStored"] - 1)
    for word, value in values.items():
        if word not in drop.split():
            setattr(ds, word, value)
    if "PixelData" in ds:
        ds["PixelData"].VR = "OW"
        if ds.file_meta.TransferSyntaxUID.is_compressed and ds.PixelData[:4] == b"\xfe\xff\x00\xe0":
            ds["PixelData"].is_undefined_length = True
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
    return path


def test_twelve_bits_windows_spacing_and_tags(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.dcm",
        WindowCenter=["2048", "1000"],
        WindowWidth=["4096", "201"],
        WindowCenterWidthExplanation=["WIDE", "BONE"],
        PixelSpacing=["0.2", "0.1"],
    )
    film = read_radiograph(path)
    assert film.format == "DICOM"
    assert film.pixels.dtype == np.uint16
    assert np.array_equal(film.pixels, STORED)
    assert film.presets == (("WIDE", Window(0, 4095)), ("BONE", Window(899.5, 1099.5)))
    assert film.window == Window(0, 4095)
    assert film.spacing == (0.2, 0.1)
    assert film.spacing_kind == "pixel"
    assert dict(film.tags)["body part"] == "HAND"
    assert "Doe" not in repr(film)
    assert "4711" not in repr(film)
    assert image_size(path) == (24, 32)


def test_linear_windows_equal_pydicoms_voi(tmp_path: Path) -> None:
    path = make(tmp_path / "a.dcm", WindowCenter="1500", WindowWidth="700")
    film = read_radiograph(path)
    ds = pydicom.dcmread(path)
    from pydicom.pixels import apply_voi_lut

    expected = apply_voi_lut(ds.pixel_array, ds) / 4095
    assert np.abs(film.grey() - expected).max() < 1e-6


def test_monochrome1_is_the_twin_of_monochrome2(tmp_path: Path) -> None:
    window = {"WindowCenter": "1500", "WindowWidth": "701"}
    two = read_radiograph(make(tmp_path / "two.dcm", **window))
    turned = (4095 - STORED).astype(np.uint16)
    mirrored = {"WindowCenter": "2596", "WindowWidth": "701"}  # 4095 - (1500 - 0.5) + 0.5
    one = read_radiograph(
        make(tmp_path / "one.dcm", turned, PhotometricInterpretation="MONOCHROME1", **mirrored)
    )
    assert np.array_equal(one.pixels, two.pixels)
    assert one.window == two.window
    assert one.presets == two.presets
    assert "MONOCHROME1" in " ".join(one.notes)


def test_signed_rescale_and_padding(tmp_path: Path) -> None:
    stored = np.random.default_rng(5).integers(-500, 1500, (10, 12), dtype=np.int16)
    stored[0] = -2000
    path = make(
        tmp_path / "ct.dcm", stored, RescaleSlope="2", RescaleIntercept="-100",
        PixelPaddingValue=-2000,
    )  # fmt: skip
    film = read_radiograph(path)
    assert film.pixels.dtype == np.int16
    assert np.array_equal(film.pixels, stored * 2 - 100)
    assert film.window == Window(float(stored[1:].min() * 2 - 100), float(stored.max() * 2 - 100))


def test_fractional_slope_gives_float(tmp_path: Path) -> None:
    film = read_radiograph(make(tmp_path / "f.dcm", RescaleSlope="0.5", RescaleIntercept="0"))
    assert film.pixels.dtype == np.float32
    assert np.array_equal(film.pixels, STORED * np.float32(0.5))


def _lut(data: np.ndarray, first: int, bits: int) -> list[Dataset]:
    item = Dataset()
    item.LUTDescriptor = [len(data), first, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = data.tolist()
    item["LUTData"].VR = "US"
    return [item]


def test_voi_lut_and_sigmoid_are_applied_to_pixels(tmp_path: Path) -> None:
    table = (np.arange(4096) ** 2 // 4096).astype(np.uint16)
    path = make(tmp_path / "lut.dcm", VOILUTSequence=_lut(table, 0, 12))
    film = read_radiograph(path)
    assert np.array_equal(film.pixels, table[STORED])
    assert film.window == Window(0, 4095)
    path = make(
        tmp_path / "s.dcm", VOILUTFunction="SIGMOID", WindowCenter="2000", WindowWidth="500"
    )
    film = read_radiograph(path)
    expected = 1 / (1 + np.exp(-4 * (STORED - 2000.0) / 500))
    assert np.abs(film.grey() - expected).max() < 1e-4


def test_modality_lut_is_applied(tmp_path: Path) -> None:
    table = (4095 - np.arange(4096)).astype(np.uint16)
    sequence = _lut(table, 0, 16)
    sequence[0].ModalityLUTType = "US"
    film = read_radiograph(make(tmp_path / "m.dcm", ModalityLUTSequence=sequence))
    assert np.array_equal(film.pixels, 4095 - STORED)


@pytest.mark.parametrize("width", ["0", "0.5", "-3"])
def test_a_window_without_width_is_replaced(tmp_path: Path, width: str) -> None:
    film = read_radiograph(make(tmp_path / "w.dcm", WindowCenter="40", WindowWidth=width))
    assert film.window == Window(float(STORED.min()), float(STORED.max()))
    assert film.presets == ()
    assert "was ignored" in " ".join(film.notes)


@pytest.mark.parametrize(
    ("header", "spacing", "kind", "note"),
    [
        ({}, None, "", ""),
        ({"ImagerPixelSpacing": ["0.14", "0.14"]}, (0.14, 0.14), "imager", ""),
        (
            {"ImagerPixelSpacing": ["0.15", "0.3"], "PixelSpacing": ["0.15", "0.3"]},
            (0.15, 0.3), "imager", "",
        ),
        (
            {"ImagerPixelSpacing": ["0.15", "0.3"],
             "EstimatedRadiographicMagnificationFactor": "1.5"},
            (0.1, 0.2), "pixel", "estimated magnification 1.5",
        ),
        ({"PixelSpacing": ["0.000", "0.000"]}, None, "", "makes no sense"),
        ({"PixelSpacing": ["0", "0"], "ImagerPixelSpacing": ["0.2", "0.2"]}, (0.2, 0.2), "imager",
         "makes no sense"),
    ],
)  # fmt: skip
def test_spacing(
    tmp_path: Path, header: dict[str, Any], spacing: Any, kind: str, note: str
) -> None:
    film = read_radiograph(make(tmp_path / "a.dcm", **header))
    assert film.spacing == (None if spacing is None else pytest.approx(spacing))
    assert film.spacing_kind == kind
    assert note in " ".join(film.notes)


def relabel(path: Path, syntax: str) -> None:
    """Put another transfer syntax into a file and leave its pixels as they are."""
    data = path.read_bytes()
    at = data.find(b"\x02\0\x10\0UI")
    end = at + 8 + int.from_bytes(data[at + 6 : at + 8], "little")
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    grown = int.from_bytes(data[140:144], "little") + len(uid) - (end - at - 8)
    element = data[at : at + 6] + len(uid).to_bytes(2, "little") + uid
    path.write_bytes(data[:140] + grown.to_bytes(4, "little") + data[144:at] + element + data[end:])


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"Rows": 0}, "0 rows"),
        ({"Rows": 65535, "Columns": 65535}, "more than 512 MB"),
        ({"Rows": 1, "Columns": 1}, "longer than its header says"),
        ({"Rows": 25}, "64 of 1600 bytes of pixel data are missing"),
        ({"BitsAllocated": 12}, "12 bits per sample are not supported"),
        ({"BitsAllocated": 0}, "0 bits per sample are not supported"),
        ({"BitsAllocated": 64}, "64 bits per sample are not supported"),
        ({"BitsStored": 17, "HighBit": 16}, "contradicts itself"),
        ({"HighBit": 200}, "highest bit 200"),
        ({"NumberOfFrames": -1}, "-1 frames"),
        ({"NumberOfFrames": 2**31 - 1}, "frames"),
        ({"SamplesPerPixel": 3}, "3 samples per pixel, MONOCHROME2"),
        ({"PhotometricInterpretation": "HSV"}, "HSV"),
        ({"PixelRepresentation": 7}, "pixel representation 7"),
        ({"drop": "Rows"}, "has no Rows"),
        ({"drop": "PixelData"}, "holds no pixel data"),
        ({"syntax": "1.2.3.4"}, "compression not supported: 1.2.3.4"),
        ({"syntax": "1.2.840.10008.1.2.4.80"}, "pixel data are not compressed"),
        ({"syntax": JPEG2000Lossless}, "JPEG 2000"),
    ],
)
def test_headers_that_lie_are_refused_with_the_reason(
    tmp_path: Path, header: dict[str, Any], said: str
) -> None:
    header = dict(header)
    syntax = header.pop("syntax", "")
    path = make(tmp_path / "lie.dcm", **header)
    if syntax:
        relabel(path, syntax)
    with pytest.raises(UnreadableFile, match=r"^lie\.dcm: ") as caught:
        read_radiograph(path)
    assert said in str(caught.value)


def test_no_frames_are_one_and_many_show_the_first(tmp_path: Path) -> None:
    film = read_radiograph(make(tmp_path / "zero.dcm", NumberOfFrames=0))
    assert np.array_equal(film.pixels, STORED)
    assert "0 frames" in " ".join(film.notes)
    two = STORED.tobytes() + STORED[::-1].tobytes()
    film = read_radiograph(make(tmp_path / "two.dcm", NumberOfFrames=2, PixelData=two))
    assert np.array_equal(film.pixels, STORED)
    assert "the first of 2 frames" in film.notes


def test_truncated_pixels_can_be_loaded_with_a_mark(tmp_path: Path) -> None:
    path = make(tmp_path / "cut.dcm", PixelData=STORED.tobytes()[:-64])
    with pytest.raises(UnreadableFile, match="truncated"):
        read_radiograph(path)
    film = read_radiograph(path, truncated="load")
    assert np.array_equal(film.pixels[:-1], STORED[:-1])
    assert not film.pixels[-1].any()
    assert any(note.startswith("TRUNCATED") for note in film.notes)


def test_a_codestream_of_another_size_is_refused(tmp_path: Path) -> None:
    import struct

    from pydicom.encaps import encapsulate

    size = struct.pack(">HHIIIIIIII", 47, 0, 60000, 60000, 0, 0, 60000, 60000, 0, 0)
    frame = b"\xff\x4f\xff\x51" + size + bytes(20)
    path = make(tmp_path / "j2k.dcm", syntax=JPEG2000Lossless, PixelData=encapsulate([frame]))
    with pytest.raises(UnreadableFile, match="60000 x 60000"):
        read_radiograph(path)


def test_rle_decodes_and_broken_rle_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "plain.dcm")
    ds = pydicom.dcmread(path)
    ds.compress(RLELossless, generate_instance_uid=False)
    ds.save_as(tmp_path / "rle.dcm")
    assert np.array_equal(read_radiograph(tmp_path / "rle.dcm").pixels, STORED)
    from pydicom.encaps import encapsulate

    path = make(tmp_path / "bad.dcm", syntax=RLELossless, PixelData=encapsulate([b"\xff" * 70]))
    with pytest.raises(UnreadableFile, match=r"bad\.dcm"):
        read_radiograph(path)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm"),
        ("MR_small_jp2klossless.dcm", "MR_small.dcm"),
        ("MR_small_RLE.dcm", "MR_small.dcm"),
    ],
)
def test_lossless_compressions_give_the_plain_pixels(name: str, plain: str) -> None:
    folder = Path(pydicom.data.data_manager.DATA_ROOT) / "test_files"
    if not (folder / name).is_file():
        pytest.skip(f"pydicom comes without {name} here")
    assert np.array_equal(
        read_radiograph(folder / name).pixels, read_radiograph(folder / plain).pixels
    )


def test_decoded_values_are_compared_with_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "a.dcm")
    for decoded, sentence in (
        (STORED.astype(np.int32), "decodes to int32, its header says 16 bits, unsigned"),
        (STORED.astype(np.int16), "decodes to int16, its header says 16 bits, unsigned"),
        (np.full_like(STORED, 4096), "values that need more than its 12 stored bits"),
    ):
        monkeypatch.setattr("fracview.data.readers.dicom._decode", lambda *_, d=decoded: d)
        with pytest.raises(UnreadableFile, match=sentence):
            read_radiograph(path)


def test_a_deflated_bomb_is_refused_under_a_cap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = make(tmp_path / "small.dcm", syntax=DeflatedExplicitVRLittleEndian)
    assert np.array_equal(read_radiograph(plain).pixels, STORED)
    data = plain.read_bytes()
    length = int.from_bytes(data[140:144], "little")
    monkeypatch.setattr("fracview.data.readers.dicom_header.LARGEST_PICTURE", 16 << 20)
    deflater = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = io.BytesIO()
    for _ in range(3):
        body.write(deflater.compress(bytes(8 << 20)))
    body.write(deflater.flush())
    bomb = tmp_path / "bomb.dcm"
    bomb.write_bytes(data[: 144 + length] + body.getvalue())
    with pytest.raises(UnreadableFile, match="inflates"):
        read_radiograph(bomb)


def test_what_holds_no_image_is_named(tmp_path: Path) -> None:
    path = make(
        tmp_path / "plan.dcm", drop="PixelData", SOPClassUID=RTPlanStorage, Modality="RTPLAN"
    )
    with pytest.raises(UnreadableFile, match=r"holds no image \(RT Plan\)"):
        read_radiograph(path)


def test_without_a_preamble(tmp_path: Path) -> None:
    data = make(tmp_path / "a.dcm").read_bytes()
    bare = tmp_path / "bare.dcm"
    bare.write_bytes(data[132:])
    film = read_radiograph(bare)
    assert np.array_equal(film.pixels, STORED)
    assert "DICOM without its preamble" in film.notes
    text = tmp_path / "text.dcm"
    text.write_text("no DICOM at all, merely words")
    with pytest.raises(UnreadableFile, match="not DICOM but a text file"):
        read_radiograph(text)
    assert not sniff(b"\x08\0")


def test_deep_nesting_and_endless_lengths_end_quickly(tmp_path: Path) -> None:
    whole = make(tmp_path / "a.dcm").read_bytes()
    at = whole.find(b"\x08\0\x16\0UI")
    sequence, item = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff", b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    deep = tmp_path / "deep.dcm"
    deep.write_bytes(whole[:at] + (sequence + item) * 5000)
    with pytest.raises(UnreadableFile, match=r"deep\.dcm: its header is nested too deep"):
        read_radiograph(deep)
    endless = tmp_path / "endless.dcm"
    endless.write_bytes(whole[:at] + b"\x10\0\x10\0UT\0\0\xfe\xff\xff\xff" + whole[at:])
    with pytest.raises(UnreadableFile, match=r"endless\.dcm"):
        read_radiograph(endless)


def test_colour_and_palette_become_grey(tmp_path: Path) -> None:
    from PIL import Image

    colour = np.random.default_rng(1).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    path = make(
        tmp_path / "rgb.dcm", colour, SamplesPerPixel=3, PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
    )  # fmt: skip
    film = read_radiograph(path)
    assert np.array_equal(film.pixels, np.array(Image.fromarray(colour).convert("L")))
    assert "made grey from RGB" in film.notes


def test_shared_twins_look_alike(shared: Path) -> None:
    folder = shared / "dicom" / "torchxrayvision"
    two = read_radiograph(next(folder.glob("1.2*.dcm")))
    one = read_radiograph(folder / "Fake_MONOHR1.dcm")
    assert one.pixels.dtype == two.pixels.dtype
    assert one.window == two.window


def test_every_file_of_pydicom_and_ours_is_shown_or_refused(shared: Path) -> None:
    local = Path(pydicom.data.data_manager.DATA_ROOT) / "test_files"
    files = [path for path in local.rglob("*") if path.is_file() and path.suffix != ".py"]
    files += list((shared / "dicom").rglob("*.dcm"))
    shown, sentences = 0, []
    for path in files:
        try:
            film = read_radiograph(path)
        except UnreadableFile as error:
            sentences.append(str(error))
            continue
        shown += 1
        assert film.pixels.dtype in (np.uint8, np.uint16, np.int16, np.float32)
        assert np.isfinite(film.grey()).all()
        assert image_size(path) == film.pixels.shape
    assert shown >= 100
    assert not any("\n" in sentence for sentence in sentences)
