from __future__ import annotations

import json

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom import config

from fracview.data.boxes import box_mask
from fracview.data.dataset import open_folder
from fracview.data.phantoms import are_phantoms
from fracview.data.readers import read_radiograph
from fracview.errors import InputError, SettingError, UnknownName
from fracview.phantom import contact_sheet, draw, write_dataset
from fracview.phantom.dicom import write_dicom
from fracview.task import drain

SIZE = 96


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("dicom") / "set"
    return drain(write_dataset(target, 5, seed=3, size=SIZE, form="dicom", masks=True))


@pytest.fixture(scope="module")
def cases(folder):
    return json.loads((folder / "truth.json").read_text())["cases"]


def test_twelve_bits_are_the_same_film():
    for seed, fractured in ((1, True), (2, False)):
        coarse = draw(seed, size=SIZE, fractured=fractured)
        fine = draw(seed, size=SIZE, fractured=fractured, bits=12)
        assert fine.pixels.dtype == np.uint16
        assert fine.pixels.max() <= 4095
        assert len(np.unique(fine.pixels)) > 2 * len(np.unique(coarse.pixels))
        assert np.abs(fine.pixels / 4095 * 255 - coarse.pixels).max() < 0.6
        assert (fine.boxes, fine.truth) == (coarse.boxes, coarse.truth)


def test_other_bits_are_refused():
    with pytest.raises(SettingError, match="8 or 12 bits"):
        draw(1, bits=16)


def test_files_are_valid_and_name_nobody(folder, cases, monkeypatch):
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.RAISE)
    seen = set()
    for case in cases:
        ds = pydicom.dcmread(folder / case["file"])
        for element in ds.iterall():
            assert element.value is not None  # strict validation happens on access
        assert ds.SOPClassUID.name == "Digital X-Ray Image Storage - For Presentation"
        assert (ds.BitsStored, ds.HighBit, ds.PhotometricInterpretation) == (12, 11, "MONOCHROME2")
        assert str(ds.PatientName).startswith("PHANTOM^")
        assert "PHANTOM" in ds.PatientID
        for word in ("PatientBirthDate", "PatientSex", "StudyDate", "AccessionNumber"):
            assert not ds[word].value
        assert [float(side) for side in ds.PixelSpacing] == pytest.approx([case["pixel_mm"]] * 2)
        film = draw(case["seed"], size=SIZE, fractured=bool(case["boxes"]), bits=12)
        assert np.array_equal(ds.pixel_array, film.pixels)
        seen.add(ds.SOPInstanceUID)
    assert len(seen) == 5


def test_two_films_of_one_seed_are_two_instances(tmp_path):
    """Another severity or view is another film, so it must not bear the UID of the first."""
    films = [draw(4, size=SIZE, fractured=False, bits=12)]
    films += [draw(4, size=SIZE, fractured=False, bits=12, view=v) for v in ("hand", "leg")]
    films.append(draw(4, size=SIZE, fractured=True, bits=12))
    uids = set()
    for number, film in enumerate(films):
        write_dicom(film, tmp_path / f"{number}.dcm")
        uids.add(pydicom.dcmread(tmp_path / f"{number}.dcm").SOPInstanceUID)
    assert len(uids) == len({film.pixels.tobytes() for film in films}) >= 3


def test_the_same_phantom_gives_the_same_bytes(folder, cases, tmp_path):
    again = drain(write_dataset(tmp_path / "again", 5, seed=3, size=SIZE, form="dicom", masks=True))
    for case in cases:
        assert (again / case["file"]).read_bytes() == (folder / case["file"]).read_bytes()


def test_fracview_opens_the_folder_with_its_boxes(folder, cases):
    opened = open_folder(folder)
    assert not opened.problems
    assert are_phantoms(folder)
    assert len(opened) == 5
    said = {case["file"].rsplit("/", 1)[1]: case for case in cases}
    for case in opened:
        truth = said[case.path.name]
        assert case.label == truth["label"]
        assert [list(box.corners) for box in case.boxes] == [
            pytest.approx(box) for box in truth["boxes"]
        ]
        film = read_radiograph(case.path)
        assert film.format == "DICOM"
        assert not film.notes
        assert film.window.low == 0
        assert film.window.high == 4095
        assert film.spacing == pytest.approx((truth["pixel_mm"],) * 2)


def test_masks_lie_beside_the_films(folder, cases):
    for case in cases:
        if not case["boxes"]:
            assert case["mask"] == ""
            continue
        again = draw(case["seed"], size=SIZE, fractured=True)
        with Image.open(folder / case["mask"]) as picture:
            mask = np.asarray(picture.convert("L")) > 0
        assert np.array_equal(mask, again.mask)
        assert not (mask & ~box_mask(again.boxes, SIZE, SIZE)).any()
    assert len(list((folder / "masks").iterdir())) == sum(bool(case["boxes"]) for case in cases)


def test_the_truth_says_what_is_broken(cases):
    for case in cases:
        if case["boxes"]:
            assert {case["kind"], case["severity"], case["bone"]}.isdisjoint({""})
            assert case["visibility"] > 0
            assert case["gap_mm"] != 0


def test_a_contact_sheet_of_dicom(folder, tmp_path):
    with Image.open(contact_sheet(folder, tmp_path / "sheet.png")) as sheet:
        assert (np.asarray(sheet) == (0, 230, 0)).all(2).any()


def test_no_masks_unless_asked_for(tmp_path):
    made = drain(write_dataset(tmp_path / "set", 2, size=64))
    assert not (made / "masks").exists()


def test_one_view_alone(tmp_path):
    made = drain(write_dataset(tmp_path / "set", 3, size=64, view="ankle"))
    truth = json.loads((made / "truth.json").read_text())
    assert truth["view"] == "ankle"
    assert {case["view"] for case in truth["cases"]} == {"ankle"}


def test_unknown_words_leave_nothing(tmp_path):
    with pytest.raises(UnknownName, match=r"no view is called 'skull'\. There are: forearm, wrist"):
        drain(write_dataset(tmp_path / "set", 2, view="skull"))
    with pytest.raises(UnknownName, match="no format of phantoms is called 'bmp'"):
        drain(write_dataset(tmp_path / "set", 2, form="bmp"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["jpeg", "dicom"])
def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch, form):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").write_text("keep me")
    (tmp_path / "set" / "truth.json").write_text("{}")
    task = write_dataset(tmp_path / "set", 4, size=64, form=form, force=True)
    next(task)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fracview.phantom.dataset._save", full)
    with pytest.raises(InputError, match="cannot be written \\(No space left on device\\)"):
        drain(task)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert (tmp_path / "set" / "mine.txt").read_text() == "keep me"
