"""How the two binary samples were made: `python -m schemas.samples.build` writes the same bytes again.

The DICOM image is a drawn chest of 64 × 64 pixels with the identifiers that `imaging-report.json` names; the PDF is one page.
"""

import math
from io import BytesIO
from pathlib import Path

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

SIDE = 64
_ROOT = "2.25.306117410190114386911222839184729541"
STUDY, SERIES, INSTANCE = f"{_ROOT}001", f"{_ROOT}002", f"{_ROOT}003"

_PAGE = (
    "Shenzhen Bay Demonstration Hospital",
    "Imaging report (synthetic sample, no real person)",
    "Patient: WANG Qiang, born 1979-08-02, male",
    "Examination: chest radiograph, 2026-11-13",
    "Clear lung fields, normal heart size, sharp costophrenic angles.",
    "No active disease.",
)


def dicom() -> bytes:
    """A Secondary Capture image with file meta information (PS3.10 §7.1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = INSTANCE
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID, meta.ImplementationVersionName = f"{_ROOT}000", "MEDCRED"
    image = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    image.SpecificCharacterSet = "ISO_IR 192"
    image.SOPClassUID, image.SOPInstanceUID = SecondaryCaptureImageStorage, INSTANCE
    image.StudyInstanceUID, image.SeriesInstanceUID = STUDY, SERIES
    image.StudyID, image.SeriesNumber, image.InstanceNumber, image.AccessionNumber = "1", 1, 1, "SAMPLE"
    image.PatientName, image.PatientID = "Wang^Qiang=王^强", "CANARY-ID-9Z2K"
    image.PatientBirthDate, image.PatientSex = "19790802", "M"
    image.StudyDate, image.StudyTime, image.Modality, image.ConversionType = "20261113", "214000", "DX", "SYN"
    image.ReferringPhysicianName, image.PatientOrientation = "", ["L", "F"]
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.Rows = image.Columns = SIDE
    image.BitsAllocated, image.BitsStored, image.HighBit = 8, 8, 7
    image.PixelData = bytes(_grey(x, y) for y in range(SIDE) for x in range(SIDE))
    out = BytesIO()
    image.save_as(out, enforce_file_format=True)
    return out.getvalue()


def pdf() -> bytes:
    """One page of text as PDF 1.4."""
    lines = "".join(f"({line}) Tj 0 -22 Td\n" for line in _PAGE)
    text = f"BT /F1 14 Tf 60 780 Td\n{lines}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        table,
        count,
        len(out),
    )


def _grey(x: int, y: int) -> int:
    """A chest as a radiograph shows it: dark lungs, a light spine and heart, ribs across."""
    body = math.hypot((x - 31.5) / 29, (y - 34) / 36)
    if body > 1:
        return 8
    lung = min(math.hypot((abs(x - 31.5) - 14) / 9, (y - 30) / 22), 1.0)
    heart = math.hypot((x - 37) / 9, (y - 42) / 10) < 1
    rib = 22 if lung < 1 and (y + abs(x - 31) // 4) % 7 < 2 else 0
    return min(255, 215 if heart else int(60 + 130 * lung**2) + rib + (25 if abs(x - 31.5) < 4 else 0))


if __name__ == "__main__":
    folder = Path(__file__).parent
    (folder / "imaging-report.dcm").write_bytes(dicom())
    (folder / "imaging-report.pdf").write_bytes(pdf())
