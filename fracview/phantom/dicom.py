"""A phantom as a DICOM radiograph (DX, for presentation), 12 bit, with the size of its pixels."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.phantom.records import Phantom

_DX = "1.2.840.10008.5.1.4.1.1.1.1"
_REGIONS = {  # body part of PS3.16 annex L, its SNOMED CT code and meaning
    "forearm": ("FOREARM", "14975008", "Forearm"),
    "wrist": ("WRIST", "74670003", "Wrist joint"),
    "hand": ("HAND", "85562004", "Hand"),
    "finger": ("FINGER", "7569003", "Finger"),
    "humerus": ("HUMERUS", "85050009", "Humerus"),
    "leg": ("LEG", "30021000", "Lower leg"),
    "ankle": ("ANKLE", "70258002", "Ankle joint"),
}


def write_dicom(phantom: Phantom, path: Path) -> None:
    """Write a phantom of 12 bits as a DICOM file.

    The patient is called PHANTOM; there is no date and no place. The UIDs follow from version,
    seed, label and pixels, so that a phantom always gives the same file and another one another.

    Parameters
    ----------
    phantom
        Drawn with ``bits=12``.
    path
        The file to write.
    """
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    instance = _uid(phantom, "instance")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = _DX
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds: Any = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    _identity(ds, phantom, instance)
    _anatomy(ds, phantom)
    _picture(ds, phantom)
    ds.save_as(path, enforce_file_format=True)


def _uid(phantom: Phantom, part: str) -> Any:
    from pydicom.uid import generate_uid

    t = phantom.truth
    # One seed draws other films where a view or a severity is asked for, so the pixels count, too.
    drawn = sha256(np.ascontiguousarray(phantom.pixels, dtype="<u2").tobytes()).hexdigest()
    words = ["fracview phantom", str(t.version), str(t.seed), phantom.label, drawn, part]
    return generate_uid(entropy_srcs=words)


def _identity(ds: Any, phantom: Phantom, instance: Any) -> None:
    t = phantom.truth
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = _DX, instance
    ds.PatientName = f"PHANTOM^{t.view.upper()}"
    ds.PatientID = f"PHANTOM-{t.version}-{t.seed}"
    ds.PatientBirthDate = ds.PatientSex = ""
    ds.PatientComments = "drawn by a program; no patient"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = _uid(phantom, "study"), _uid(phantom, "series")
    ds.StudyDate = ds.StudyTime = ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.ContentDate = ds.ContentTime = ""
    ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = "", 1, 1
    ds.Manufacturer = "fracview phantom"
    ds.SoftwareVersions = f"phantom generator {t.version}"


def _anatomy(ds: Any, phantom: Phantom) -> None:
    from pydicom.sequence import Sequence

    part, code, meaning = _REGIONS[phantom.truth.view]
    ds.Modality, ds.PresentationIntentType = "DX", "FOR PRESENTATION"
    ds.BodyPartExamined, ds.ViewPosition = part, "AP"
    ds.ImageLaterality = phantom.truth.marker or "U"
    ds.PatientOrientation = ""
    ds.AnatomicRegionSequence = Sequence([_coded(code, meaning)])
    view = _coded("399348003", "antero-posterior")
    view.ViewModifierCodeSequence = Sequence([])
    ds.ViewCodeSequence = Sequence([view])
    ds.AcquisitionContextSequence = Sequence([])


def _coded(code: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    item: Any = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "SCT", meaning
    return item


def _picture(ds: Any, phantom: Phantom) -> None:
    size, side = phantom.truth.size, f"{phantom.truth.pixel_mm:.6g}"
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows = ds.Columns = size
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelSpacing = ds.ImagerPixelSpacing = [side, side]  # no magnification is drawn
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
    ds.PresentationLUTShape, ds.LossyImageCompression = "IDENTITY", "00"
    ds.WindowCenter, ds.WindowWidth = 2048, 4096
    ds.BurnedInAnnotation, ds.DetectorType = "NO", "DIRECT"
    ds.PixelData = np.ascontiguousarray(phantom.pixels, dtype="<u2").tobytes()
