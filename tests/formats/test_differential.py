"""Headers made at random: what another library reads is read here, or refused.

MetaImage and NRRD against SimpleITK, NIfTI against nibabel, TIFF against tifffile.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.formats.metaimage import read_metaimage
from napari_atlas_explorer.formats.nifti.volumes import read_nifti
from napari_atlas_explorer.formats.nrrd.reader import read_nrrd
from napari_atlas_explorer.formats.tiff.reader import read_tiff

EXAMPLES = int(os.environ.get("ATLAS_EXPLORER_FUZZ", "60"))
random_headers = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= 100,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

shapes = st.tuples(*[st.integers(1, 4)] * 3)
orders = st.sampled_from("<>")
steps = st.sampled_from([1.0, 2.5, 25.0, 0.025, 77.47])
signed_steps = st.builds(lambda size, sign: sign * size, steps, st.sampled_from([1, 1, -1]))
offsets = st.tuples(*[st.sampled_from([0.0, 10.5, -157.5, 3e4])] * 3)
ITK_TYPES = {
    "u1": ("MET_UCHAR", "uint8"),
    "i1": ("MET_CHAR", "int8"),
    "i2": ("MET_SHORT", "int16"),
    "u2": ("MET_USHORT", "uint16"),
    "i4": ("MET_INT", "int32"),
    "u4": ("MET_UINT", "uint32"),
    "f4": ("MET_FLOAT", "float"),
    "f8": ("MET_DOUBLE", "double"),
}


@st.composite
def turns(draw):
    """Orthonormal ``(3, 3)`` matrices: axes in any order and direction, some of them oblique."""
    matrix = np.eye(3)[list(draw(st.permutations(range(3))))]
    matrix = matrix * np.array(draw(st.tuples(*[st.sampled_from([1.0, -1.0])] * 3)))
    angle = draw(st.sampled_from([0.0, 0.0, 0.3, 0.8]))
    c, s = np.cos(angle), np.sin(angle)
    return matrix @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def values_of(shape, code, order):
    """Different values, as the file has them: the first axis is the fastest."""
    count = np.arange(np.prod(shape)) * 37 % 120
    return count.reshape(shape, order="F").astype(order + code)


@pytest.fixture(scope="module")
def itk():
    return pytest.importorskip("SimpleITK")


def read_by_itk(itk, path):
    """Values and affine of voxel centers (LPS) as ITK reads them; None where it refuses."""
    itk.ProcessObject.GlobalWarningDisplayOff()
    try:
        image = itk.ReadImage(str(path))
    except RuntimeError:
        return None
    values = np.moveaxis(itk.GetArrayFromImage(image), [2, 1, 0], [0, 1, 2])
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine = np.eye(4)
    affine[:3, :3] = directions * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return values, affine


def check_alike(volume, values, affine, factor):
    """Compare values, and the affine of the corners with one of centers, both in µm."""
    np.testing.assert_array_equal(volume.array, values)
    assert volume.array.dtype == values.dtype.newbyteorder("=")
    centers = np.array(affine, float)
    centers[:3] *= factor
    centers[:3, 3] -= centers[:3, :3].sum(axis=1) / 2
    np.testing.assert_allclose(volume.grid.affine, centers, rtol=1e-5, atol=1e-6 * factor)


@random_headers
@given(
    shape=shapes,
    code=st.sampled_from(sorted(ITK_TYPES)),
    order=orders,
    spacing=st.none() | st.tuples(signed_steps, signed_steps, signed_steps),
    offset=st.none() | offsets,
    matrix=st.none() | turns(),
    names=st.sampled_from(
        [("Offset", "TransformMatrix"), ("Position", "Orientation"), ("Origin", "Rotation")]
    ),
    size_name=st.sampled_from(["ElementSpacing", "ElementSize"]),
    channels=st.sampled_from([1, 1, 3]),
)
def test_metaimages_are_read_as_by_itk(
    itk, shape, code, order, spacing, offset, matrix, names, size_name, channels
):
    fields = {
        "ObjectType": "Image",
        "NDims": 3,
        "BinaryData": True,
        "BinaryDataByteOrderMSB": order == ">",
        "DimSize": " ".join(map(str, shape)),
        "ElementType": ITK_TYPES[code][0],
        "ElementNumberOfChannels": channels,
    }
    if spacing is not None:
        fields[size_name] = " ".join(map(repr, spacing))
    if offset is not None:
        fields[names[0]] = " ".join(map(repr, offset))
    if matrix is not None:
        fields[names[1]] = " ".join(repr(float(v)) for v in matrix.T.ravel())
    data = values_of((channels, *shape), code, order).tobytes(order="F")
    text = "".join(f"{key} = {value}\n" for key, value in fields.items())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.mha"
        path.write_bytes(f"{text}ElementDataFile = LOCAL\n".encode() + data)
        peer = read_by_itk(itk, path)
        try:
            volume = read_metaimage(path, "centre", "mm")
        except AtlasError:
            return
    if peer is not None:
        if not volume.header.spacing_known:  # quantities are in voxels
            np.testing.assert_array_equal(volume.array, peer[0])
            return
        check_alike(volume, *peer, 1e3)


def as_vector(numbers):
    return f"({','.join(repr(float(v)) for v in numbers)})"


SPACES = {
    "left-posterior-superior": (1, 1, 1),
    "LPS": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "RAS": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
}
"""Signs that turn a space into ITK's, LPS."""


@random_headers
@given(
    shape=shapes,
    code=st.sampled_from(sorted(ITK_TYPES)),
    order=orders,
    spacing=st.tuples(steps, steps, steps),
    origin=st.none() | offsets,
    matrix=turns(),
    space=st.sampled_from(sorted(SPACES)),
    kinds=st.booleans(),
)
def test_nrrds_are_read_as_by_itk(itk, shape, code, order, spacing, origin, matrix, space, kinds):
    vectors = (matrix * spacing).T
    fields = {
        "type": ITK_TYPES[code][1],
        "dimension": 3,
        "space": space,
        "sizes": " ".join(map(str, shape)),
        "space directions": " ".join(
            f"({','.join(repr(float(v)) for v in row)})" for row in vectors
        ),
        "endian": "little" if order == "<" else "big",
        "encoding": "raw",
    }
    if origin is not None:
        fields["space origin"] = as_vector(origin)
    if kinds:
        fields["kinds"] = "domain domain domain"
    text = "".join(f"{key}: {value}\n" for key, value in fields.items())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.nrrd"
        data = values_of(shape, code, order).tobytes(order="F")
        path.write_bytes(f"NRRD0005\n{text}\n".encode() + data)
        peer = read_by_itk(itk, path)
        try:
            volume = read_nrrd(path, "centre", "mm")
        except AtlasError:
            return
    if peer is not None:
        values, affine = peer
        affine[:3] *= np.array(SPACES[space])[:, None]
        check_alike(volume, values, affine, 1e3)


NIFTI_UNITS = {"meter": 1e6, "mm": 1e3, "micron": 1.0}


@random_headers
@given(
    shape=shapes,
    code=st.sampled_from(["u1", "i2", "u2", "i4", "u4", "f4", "f8", "i8"]),
    order=orders,
    spacing=st.tuples(steps, steps, steps),
    origin=offsets,
    matrix=turns(),
    other=turns(),
    codes=st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 4])),
    unit=st.sampled_from(sorted(NIFTI_UNITS)),
    scaling=st.sampled_from([(1.0, 0.0), (0.0, 0.0), (2.0, 0.0), (0.5, -3.0), (np.nan, 0.0)]),
    second=st.booleans(),
    negative=st.booleans(),
)
def test_niftis_are_read_as_by_nibabel(
    shape, code, order, spacing, origin, matrix, other, codes, unit, scaling, second, negative
):
    kind = nibabel.Nifti2Image if second else nibabel.Nifti1Image
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.dtype(order + code))
    header.set_data_shape(shape)
    header.set_xyzt_units(unit)
    affines = []
    for turn in (matrix, other):
        affine = np.eye(4)
        affine[:3, :3] = turn * spacing
        affine[:3, 3] = origin
        affines.append(affine)
    header.set_sform(affines[0], codes[0])
    header.set_qform(affines[1], codes[1])
    if negative:
        header["pixdim"][2] = -header["pixdim"][2]
    header["scl_slope"], header["scl_inter"] = scaling
    header["vox_offset"] = header.single_vox_offset
    header["magic"] = header.single_magic
    data = values_of(shape, code, order).tobytes(order="F")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nibabel's, of what it corrects
        path = Path(folder) / "v.nii"
        start = header.binaryblock
        path.write_bytes(start.ljust(int(header.single_vox_offset), b"\0") + data)
        image = kind.from_filename(str(path))
        values, affine = np.asanyarray(image.dataobj), np.array(image.affine)
        try:
            volume = read_nifti(path)
        except AtlasError:
            return
    np.testing.assert_allclose(volume.array, values, rtol=1e-6)
    if volume.header.placement != "none":
        centers = affine * NIFTI_UNITS[unit]
        centers[3] = (0, 0, 0, 1)
        centers[:3, 3] -= centers[:3, :3].sum(axis=1) / 2
        size = np.abs(centers).max()
        np.testing.assert_allclose(volume.grid.affine, centers, rtol=1e-5, atol=1e-6 * size)
    else:
        zooms = np.abs(image.header.get_zooms()[:3]) * NIFTI_UNITS[unit]
        np.testing.assert_allclose(volume.grid.steps, zooms, rtol=1e-5)


@random_headers
@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 20), st.integers(1, 20)),
    code=st.sampled_from(["u1", "u2", "u4", "i2", "f4", "f8"]),
    order=orders,
    bigtiff=st.booleans(),
    compression=st.sampled_from([None, "zlib", "lzma"]),
    layout=st.sampled_from(["strips", "rows", "tiles", "pages"]),
    metadata=st.sampled_from(["none", "shaped", "imagej", "ome"]),
    more=st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["u1", "f4"])), max_size=2),
)
def test_tiffs_are_read_as_by_tifffile_or_refused(
    shape, code, order, bigtiff, compression, layout, metadata, more
):
    imagej = metadata == "imagej"
    if imagej:  # holds few types, one volume, neither tiles nor compression
        code, bigtiff, compression, layout, more = "u2", False, None, "strips", []
    array = np.arange(np.prod(shape)).reshape(shape).astype(order + code)
    options = {"photometric": "minisblack"}
    if metadata == "none":
        options["metadata"] = None
    packed = options | {"compression": compression}
    packed |= {"rows": {"rowsperstrip": 3}, "tiles": {"tile": (16, 16)}}.get(layout, {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.tif"
        with tifffile.TiffWriter(
            path, bigtiff=bigtiff, byteorder=order, imagej=imagej, ome=metadata == "ome"
        ) as writer:
            for part in array if layout == "pages" else [array]:
                writer.write(part, **packed)
            for count, other in more:
                for _ in range(count):
                    writer.write(np.zeros(shape[1:], order + other), **options)
        with tifffile.TiffFile(path) as tiff:
            pages = list(itertools.chain.from_iterable(page_values(s) for s in tiff.series))
        try:
            found = read_tiff(path)
        except AtlasError:
            return
    # Nothing is left out but fewer pages than a quarter of those that are read.
    same = [page for page in pages if page.dtype == found.dtype]
    assert len(pages) - len(same) < max(1, len(same) / 4)
    np.testing.assert_array_equal(found, np.stack(same).reshape(found.shape))


def page_values(series):
    values = series.asarray()
    return values.reshape(-1, *values.shape[-2:]).astype(values.dtype.newbyteorder("="))
