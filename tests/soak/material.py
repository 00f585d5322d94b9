"""Sound files to be damaged: written here, so that they need no data beside the checkout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from PIL import Image

BUNDLED = (
    "CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "JPEG-LL.dcm", "JPGExtended.dcm",
    "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_dcmtk.dcm", "J2K_pixelrep_mismatch.dcm",
    "image_dfl.dcm", "no_meta.dcm", "rtplan.dcm", "examples_palette.dcm", "MR_truncated.dcm",
    "693_J2KR.dcm", "MR2_J2KI.dcm", "SC_rgb_small_odd.dcm", "vlut_04.dcm", "liver_1frame.dcm",
    "ExplVR_BigEnd.dcm", "HTJ2K_08_RGB.dcm",
)  # fmt: skip
"""Files that come with pydicom, of all compressions and byte orders."""


def dicoms(folder: Path) -> list[Path]:
    """Those of pydicom's own files that are installed with it; ``folder`` stays untouched."""
    root = Path(pydicom.data.data_manager.DATA_ROOT) / "test_files"
    return [root / name for name in BUNDLED if (root / name).is_file()]


def rasters(folder: Path) -> list[Path]:
    """JPEG, PNG and TIFF of several kinds, written into ``folder``."""
    rng = np.random.default_rng(4)
    ramp = np.add.outer(np.arange(150), np.arange(110)) + rng.integers(0, 9, (150, 110))
    grey = Image.fromarray(ramp.clip(0, 255).astype(np.uint8))
    deep = Image.fromarray((ramp * 200).astype(np.uint16))
    exif = Image.Exif()
    exif[274] = 6
    files = {
        "baseline.jpg": (grey, {"quality": 90}),
        "progressive.jpg": (grey.convert("RGB"), {"progressive": True, "exif": exif}),
        "cmyk.jpg": (grey.convert("CMYK"), {}),
        "grey.png": (grey, {}),
        "deep.png": (deep, {}),
        "palette.png": (grey.convert("P"), {}),
        "alpha.png": (grey.convert("RGBA"), {"exif": exif}),
        "plain.tif": (deep, {}),
        "lzw.tif": (grey, {"compression": "tiff_lzw"}),
        "deflate.tif": (deep, {"compression": "tiff_adobe_deflate"}),
        "packbits.tif": (grey.convert("RGB"), {"compression": "packbits"}),
        "jpeg.tif": (grey, {"compression": "jpeg"}),
        "float.tif": (Image.fromarray(ramp.astype(np.float32)), {}),
    }
    for name, (picture, how) in files.items():
        picture.save(folder / name, **how)
    return [folder / name for name in files]


def mutant(data: bytes, rng: np.random.Generator) -> bytes:
    """Damage a file in one of seven ways; small damage to headers is the most frequent."""
    body = bytearray(data)
    head = min(len(body), 1500)
    way = int(rng.integers(0, 7))
    if way <= 1:  # bytes of the header
        for _ in range(int(rng.integers(1, 9))):
            body[int(rng.integers(0, head))] = int(rng.integers(0, 256))
    elif way == 2:  # bytes anywhere
        for _ in range(int(rng.integers(1, 60))):
            body[int(rng.integers(0, len(body)))] = int(rng.integers(0, 256))
    elif way == 3:  # a number made extreme
        at, width = int(rng.integers(0, head)), int(rng.choice([1, 2, 4]))
        body[at : at + width] = [b"\0", b"\x7f", b"\x80", b"\xff"][int(rng.integers(4))] * width
    elif way == 4:  # cut off
        del body[int(rng.integers(1, len(body))) :]
    elif way == 5:  # a piece taken out
        at = int(rng.integers(0, len(body)))
        del body[at : at + int(rng.integers(1, 400))]
    else:  # a piece put in twice
        at = int(rng.integers(0, len(body)))
        body[at:at] = body[at : at + int(rng.integers(1, 400))]
    return bytes(body)
