"""Writes DICOM series of a NIfTI image with pydicom: an independent check of what crates/head reads.

    python3 dicom_from_nifti.py fixtures dicom/        the small series that are committed, and their NIfTI
    python3 dicom_from_nifti.py IMAGE.nii.gz FOLDER [--plane sagittal] [--store rle]    any image as a folder of slices

Needs numpy, nibabel, pydicom 3, DCMTK. Positions follow PS3.3, C.7.6.2.1.1; nothing here is shared with the reader.
"""

import argparse
import gzip
import io
import pathlib
import random
import struct
import subprocess
import tempfile

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
    RLELossless,
)

ROOT = "1.2.826.0.1.3680043.8.498.77"
# Slices along which voxel axis, columns along which, rows along which, and whether each is walked backwards.
PLANES = {
    "axial": ((2, False), (0, True), (1, True)),
    "sagittal": ((0, False), (1, True), (2, True)),
    "coronal": ((1, True), (0, True), (2, True)),
    "as-stored": ((2, True), (0, False), (1, False)),
}
SYNTAX = {
    "explicit": ExplicitVRLittleEndian,
    "implicit": ImplicitVRLittleEndian,
    "big": ExplicitVRBigEndian,
    "rle": RLELossless,
    "jpeg2000": JPEG2000Lossless,
}


def slices(data, affine, plane):
    """Slices as (pixels[row, column], first voxel's RAS, direction of columns, of rows, spacing row, column)."""
    (s, s_back), (c, c_back), (r, r_back) = PLANES[plane]
    for k in range(data.shape[s]):
        first = [0, 0, 0]
        first[s] = data.shape[s] - 1 - k if s_back else k
        first[c] = data.shape[c] - 1 if c_back else 0
        first[r] = data.shape[r] - 1 if r_back else 0
        plane_of = np.take(data, first[s], axis=s)
        pixels = plane_of if r < c else plane_of.T
        pixels = pixels[::-1] if r_back else pixels
        pixels = pixels[:, ::-1] if c_back else pixels
        along_c = affine[:3, c] * (-1 if c_back else 1)
        along_r = affine[:3, r] * (-1 if r_back else 1)
        position = affine[:3, :3] @ first + affine[:3, 3]
        yield np.ascontiguousarray(pixels), position, along_c, along_r


def lps(v):
    return [-float(v[0]), -float(v[1]), float(v[2])]


def text(v):
    return [f"{x:.10g}"[:16] for x in v]


def base(series, number, kind):
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = kind
    d.PatientName, d.PatientID, d.PatientBirthDate = "Doe^Jane^Secret", "SECRET-4711", "19550403"
    d.StudyInstanceUID, d.SeriesInstanceUID = f"{ROOT}.1", f"{ROOT}.2.{series}"
    d.SeriesNumber, d.SeriesDescription, d.Modality = number, "t1 of Jane Secret", "MR"
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    return d


def pixels_of(d, arrays, store, bits, signed):
    d.BitsAllocated = 8 if bits == 8 else 16
    d.BitsStored, d.HighBit, d.PixelRepresentation = bits, bits - 1, int(signed)
    kind = ("i" if signed else "u") + str(d.BitsAllocated // 8)
    order = ">" if store == "big" else "<"
    d.Rows, d.Columns = arrays[0].shape
    plain = b"".join(a.astype(order + kind).tobytes() for a in arrays)
    d.file_meta.TransferSyntaxUID = SYNTAX["explicit" if store == "rle" else store]
    if store == "jpeg2000":
        # Only the label counts: the reader must refuse before it looks at the pixels.
        d.PixelData = encapsulate([plain[:64]])
        d["PixelData"].VR = "OB"
        return
    d.PixelData = plain + b"\0" * (len(plain) % 2)
    d["PixelData"].VR = "OB" if bits == 8 else "OW"
    if store == "rle":
        d.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)


def save(d):
    out = io.BytesIO()
    syntax = d.file_meta.TransferSyntaxUID
    d.save_as(
        out,
        enforce_file_format=True,
        implicit_vr=syntax.is_implicit_VR,
        little_endian=syntax.is_little_endian,
    )
    return out.getvalue()


def single(data, affine, plane, store="explicit", series=1, number=3, bits=12, signed=False, slope=1.0, intercept=0.0):
    """One file a slice, in no order."""
    stored = np.rint((data - intercept) / slope)
    files = []
    for n, (p, position, c, r) in enumerate(slices(stored, affine, plane)):
        d = base(series, number, MRImageStorage)
        d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.3.{series}.{n + 1}"
        # Numbers that a reader must not go by.
        d.InstanceNumber, d.SliceLocation = 1 + (n * 7) % 101, "0"
        d.ImagePositionPatient = text(lps(position))
        d.ImageOrientationPatient = text(lps(c / np.linalg.norm(c)) + lps(r / np.linalg.norm(r)))
        d.PixelSpacing = text([np.linalg.norm(r), np.linalg.norm(c)])
        d.SpacingBetweenSlices = "99"
        if (slope, intercept) != (1.0, 0.0):
            d.RescaleSlope, d.RescaleIntercept = f"{slope:.10g}", f"{intercept:.10g}"
        pixels_of(d, [p], store, bits, signed)
        files.append((f"IM{(n * 37) % 1009:04d}", save(d)))
    random.Random(7).shuffle(files)
    return files


def recoded(files, options):
    """The same files, compressed by DCMTK's dcmcjpeg."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        before, after = pathlib.Path(folder, "before"), pathlib.Path(folder, "after")
        for name, data in files:
            before.write_bytes(data)
            subprocess.run(["dcmcjpeg", "--uid-never", *options, before, after], check=True)
            out.append((name, after.read_bytes()))
    return out


def enhanced(data, affine, plane, series=1, number=3):
    """All slices in one file, places in functional groups."""
    parts = list(slices(np.rint(data), affine, plane))
    random.Random(5).shuffle(parts)
    d = base(series, number, EnhancedMRImageStorage)
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.3.{series}.1"
    d.NumberOfFrames = len(parts)
    _, _, c, r = parts[0]

    def item(**fields):
        i = Dataset()
        for k, v in fields.items():
            setattr(i, k, v)
        return i

    orientation = item(ImageOrientationPatient=text(lps(c / np.linalg.norm(c)) + lps(r / np.linalg.norm(r))))
    measures = item(PixelSpacing=text([np.linalg.norm(r), np.linalg.norm(c)]), SliceThickness="1")
    transform = item(RescaleIntercept="-5", RescaleSlope="1", RescaleType="US")
    d.SharedFunctionalGroupsSequence = Sequence(
        [
            item(
                PlaneOrientationSequence=Sequence([orientation]),
                PixelMeasuresSequence=Sequence([measures]),
                PixelValueTransformationSequence=Sequence([transform]),
            )
        ]
    )
    d.PerFrameFunctionalGroupsSequence = Sequence(
        [
            item(PlanePositionSequence=Sequence([item(ImagePositionPatient=text(lps(position)))]))
            for _, position, _, _ in parts
        ]
    )
    pixels_of(d, [p + 5 for p, _, _, _ in parts], "explicit", 16, False)
    return [("enhanced.dcm", save(d))]


def pack(files):
    """Files as one: name length, name, length, bytes (little endian, 32 bits), gzipped without a date."""
    out = io.BytesIO()
    for name, data in files:
        out.write(struct.pack("<I", len(name)) + name.encode() + struct.pack("<I", len(data)) + data)
    return gzip.compress(out.getvalue(), 9, mtime=0)


def fixtures(folder):
    rng = np.random.default_rng(1)
    data = rng.integers(0, 1000, size=(9, 12, 10)).astype(np.float64)
    # Turned about all axes, uneven voxels, stored mirrored (left-anterior-superior).
    a, b, c = 0.3, -0.2, 0.15
    turn = (
        np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        @ np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        @ np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    )
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([-1.1, 0.9, 1.5])
    affine[:3, 3] = [12.5, -33.25, 7.75]
    image = nib.Nifti1Image(data.astype(np.int16), affine)
    image.set_sform(affine, 1)
    folder.mkdir(exist_ok=True)
    nib.save(image, folder / "truth.nii")
    made = {plane: single(data, affine, plane) for plane in PLANES}
    made["implicit"] = single(data, affine, "axial", "implicit")
    made["big"] = single(data, affine, "sagittal", "big")
    made["rle"] = single(data, affine, "coronal", "rle")
    made["jpeg2000"] = single(data, affine, "axial", "jpeg2000")[:2]
    # By DCMTK: predictor 1, and predictor 6 with signed numbers.
    made["lossless"] = recoded(single(data, affine, "axial"), ["--encode-lossless-sv1"])
    made["lossless-6"] = recoded(
        single(data, affine, "sagittal", bits=16, signed=True, intercept=-100.0),
        ["--encode-lossless", "--selection-value", "6"],
    )
    # Signed numbers, falling as the grey value rises.
    made["scaled"] = single(data, affine, "axial", bits=16, signed=True, slope=-0.5, intercept=400.0)
    made["enhanced"] = enhanced(data, affine, "sagittal")
    for name, files in made.items():
        (folder / f"{name}.gz").write_bytes(pack(files))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("image")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--plane", choices=PLANES, default="sagittal")
    parser.add_argument("--store", choices=[*SYNTAX, "enhanced"], default="explicit")
    args = parser.parse_args()
    if args.image == "fixtures":
        fixtures(args.folder)
        return
    image = nib.load(args.image)
    data = np.asarray(image.dataobj, dtype=np.float64)
    data = data * min(1.0, 4000.0 / data.max())
    files = (
        enhanced(data, image.affine, args.plane)
        if args.store == "enhanced"
        else single(np.rint(data), image.affine, args.plane, args.store)
    )
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, content in files:
        (args.folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
