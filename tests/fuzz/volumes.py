"""Volumes as documents: header fields, tags and data, written byte by byte.

What a writer of a library would refuse to write can be stated here; a value that does not fit
into its field is cut to it.
"""

from __future__ import annotations

import bz2
import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from ..packages import label_ids

SHAPE = (8, 6, 10)
IDS = label_ids(SHAPE)
PACK = {"raw": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "zlib": zlib.compress}


def part(document: Any, key: str, kind: type, default: Any) -> Any:
    """Return a part of a document; the default where it is gone or of another type."""
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, kind) and not isinstance(value, bool) else default


def text(value: Any) -> str:
    """Return a value as it is written in a text file."""
    if isinstance(value, list):
        return " ".join(map(text, value))
    if isinstance(value, int) and abs(value) > 10**4000:
        return "9" * 4000
    return str(value)


def encode(value: str) -> bytes:
    """Return text as bytes; lone surrogates, which no encoder lets pass, are kept."""
    return value.encode("utf-8", "surrogatepass")


def pairs(rows: Any) -> list[tuple[str, Any]]:
    """Return the rows that have a key and a value."""
    rows = rows if isinstance(rows, list) else []
    return [(text(r[0]), r[1]) for r in rows if isinstance(r, list) and len(r) > 1]


def _data(document: Any, values: np.ndarray) -> bytes:
    """Return the stored bytes of values: packed, and cut to a share."""
    flat = values.tobytes(order="F")
    packed = PACK.get(part(document, "pack", str, "raw"), bytes)(flat)
    share = part(document, "share", int | float, 1.0)
    more = b"\0" * max(0, min(part(document, "more", int, 0), 1000))
    return packed[: int(len(packed) * share)] + more if 0 <= share <= 1 else packed + more


# ---- NRRD ----------------------------------------------------------------------------------------

NRRD = {
    "magic": "NRRD0005",
    "fields": [
        ["type", "uint32"],
        ["dimension", 3],
        ["space", "left-posterior-superior"],
        ["sizes", [8, 6, 10]],
        ["space directions", ["(25,0,0)", "(0,25,0)", "(0,0,25)"]],
        ["kinds", ["domain", "domain", "domain"]],
        ["endian", "little"],
        ["encoding", "gzip"],
        ["space origin", "(0,0,0)"],
        ["space units", ['"um"', '"um"', '"um"']],
    ],
    "keys": [["made by", "hand"]],
    "data": {"pack": "gzip", "share": 1.0, "more": 0},
}
SEGMENTS = [
    ["Segment0_ID", "s0"],
    ["Segment0_Name", "one"],
    ["Segment0_LabelValue", "315"],
    ["Segment0_Layer", "0"],
    ["Segment0_Color", "1 0.5 0"],
    ["Segment0_Extent", "0 7 0 5 0 9"],
]


def make_nrrd() -> list[Any]:
    """Return NRRD documents: packed, and raw with spacings."""
    fields = dict(NRRD["fields"])
    plain = {k: v for k, v in fields.items() if not k.startswith("space") and k != "kinds"}
    raw = {"encoding": "raw", "spacings": [25, 25, 25], "byte skip": 0, "content": "ids"}
    return [
        NRRD,
        {
            **NRRD,
            "fields": [[k, v] for k, v in (plain | raw).items()],
            "data": {"pack": "raw", "share": 1.0, "more": 0},
        },
    ]


def make_segmentation() -> list[Any]:
    """Return the document of a segmentation of 3D Slicer."""
    return [{**NRRD, "keys": SEGMENTS}]


def make_sides() -> list[Any]:
    """Return the document of a volume of hemispheres."""
    changed = {"type": "uint8"}
    fields = [[key, changed.get(key, value)] for key, value in NRRD["fields"]]
    return [{**NRRD, "fields": fields}]


def make_field() -> list[Any]:
    """Return the document of an orientation field."""
    changed = {
        "type": "float",
        "dimension": 4,
        "sizes": [4, 8, 6, 10],
        "space directions": ["none", "(25,0,0)", "(0,25,0)", "(0,0,25)"],
        "kinds": ["quaternion", "domain", "domain", "domain"],
    }
    fields = [[key, changed.get(key, value)] for key, value in NRRD["fields"]]
    return [{**NRRD, "fields": fields}]


SIDES = np.full(SHAPE, 2, np.uint8)
SIDES[:, :, 5:] = 1
QUATERNIONS = np.zeros((4, *SHAPE), np.float32)
QUATERNIONS[0][IDS == 315] = 1


def write_nrrd(document: Any, path: Path, values: np.ndarray = IDS) -> None:
    """Write a NRRD file with an attached header."""
    lines = [text(part(document, "magic", str, "NRRD0005"))]
    lines += [f"{key}: {text(value)}" for key, value in pairs(part(document, "fields", list, []))]
    lines += [f"{key}:={text(value)}" for key, value in pairs(part(document, "keys", list, []))]
    data = _data(part(document, "data", dict, {}), values)
    path.write_bytes(encode("\n".join(lines)) + b"\n\n" + data)


# ---- MetaImage -----------------------------------------------------------------------------------

METAIMAGE = {
    "fields": [
        ["ObjectType", "Image"],
        ["NDims", 3],
        ["BinaryData", "True"],
        ["BinaryDataByteOrderMSB", "False"],
        ["CompressedData", "True"],
        ["TransformMatrix", [1, 0, 0, 0, 1, 0, 0, 0, 1]],
        ["Offset", [0, 0, 0]],
        ["CenterOfRotation", [0, 0, 0]],
        ["AnatomicalOrientation", "LPS"],
        ["ElementSpacing", [0.025, 0.025, 0.025]],
        ["DimSize", [8, 6, 10]],
        ["ElementNumberOfChannels", 1],
        ["HeaderSize", 0],
        ["ElementType", "MET_UINT"],
        ["ElementDataFile", "LOCAL"],
    ],
    "data": {"pack": "zlib", "share": 1.0, "more": 0},
}


def make_metaimage() -> list[Any]:
    """Return MetaImage documents: packed, and raw with the size of its header left open."""
    changed = {"CompressedData": "False", "HeaderSize": -1}
    fields = [[k, changed.get(k, v)] for k, v in METAIMAGE["fields"]]
    return [METAIMAGE, {"fields": fields, "data": {"pack": "raw", "share": 1.0, "more": 0}}]


def write_metaimage(document: Any, path: Path) -> None:
    """Write a MetaImage file that holds its data."""
    lines = [f"{key} = {text(value)}" for key, value in pairs(part(document, "fields", list, []))]
    data = _data(part(document, "data", dict, {}), IDS)
    path.write_bytes(encode("\n".join(lines)) + b"\n" + data)


# ---- NIfTI ---------------------------------------------------------------------------------------


def make_nifti() -> list[Any]:
    """Return NIfTI-1 and NIfTI-2 documents with all their fields."""
    documents = []
    for version, kind in ((1, nibabel.Nifti1Image), (2, nibabel.Nifti2Image)):
        image = kind(IDS.astype(np.int32), np.diag([0.025, 0.025, 0.025, 1]), dtype=np.int32)
        image.set_qform(image.affine, 1)
        image.header.set_xyzt_units("mm")
        fields = image.header.structarr
        stated = {
            name: fields[name].tolist() if fields[name].dtype.kind != "S" else ""
            for name in fields.dtype.names
            if name != "magic"
        }
        stated["vox_offset"] = image.header.single_vox_offset
        data = {"pack": "raw", "share": 1.0, "more": 0}
        documents.append({"version": version, "order": "<", "fields": stated, "data": data})
    documents.append({**documents[0], "order": ">"})
    return documents


def write_nifti(document: Any, path: Path) -> None:
    """Write an unpacked NIfTI file."""
    is_second = part(document, "version", int, 1) == 2
    kind = nibabel.Nifti2Header if is_second else nibabel.Nifti1Header
    order = ">" if part(document, "order", str, "<") == ">" else "<"
    header = kind(endianness=order)
    struct_array = header.structarr
    struct_array["magic"] = header.single_magic
    for name, value in part(document, "fields", dict, {}).items():
        if name in struct_array.dtype.names:
            _fill_field(struct_array, name, value)
    start = header.binaryblock.ljust(544 if is_second else 352, b"\0")
    values = IDS.astype(f"{order}i4")
    path.write_bytes(start + _data(part(document, "data", dict, {}), values))


def _fill_field(struct_array: np.ndarray, name: str, value: Any) -> None:
    kind = struct_array.dtype[name]
    if kind.base.kind == "S":
        struct_array[name] = encode(text(value)).replace(b"\0", b"\1")
        return
    values = value if isinstance(value, list) else [value]
    numbers = [_fit(v, kind.base) for v in values][: math.prod(kind.shape)]
    if kind.shape:
        flat = struct_array[name].reshape(-1)
        flat[: len(numbers)] = numbers
    elif numbers:
        struct_array[name] = numbers[0]


def _fit(value: Any, kind: np.dtype) -> Any:
    """Return a value as a number that a field can hold."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    if kind.kind == "f":
        return np.float64(number) if abs(number) < 3e38 or number != number else math.inf
    if not math.isfinite(number):
        return 0
    bits = 8 * kind.itemsize
    whole = int(value if isinstance(value, int) else number) % (1 << bits)
    return whole - (1 << bits) if kind.kind == "i" and whole >> (bits - 1) else whole


# ---- TIFF ----------------------------------------------------------------------------------------

TYPES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q"}
SIZE, PLANE = IDS.nbytes, IDS[0].nbytes
WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, DESCRIPTION = 256, 257, 258, 259, 262, 270
OFFSETS, SAMPLES, ROWS, COUNTS = 273, 277, 278, 279
X_STEP, Y_STEP, UNIT, FORMAT = 282, 283, 296, 339


def _page(offset: int, count: int, rows: int, *more: list[Any]) -> dict[str, Any]:
    tags = [
        [WIDTH, 3, None, [10]],
        [LENGTH, 3, None, [rows]],
        [BITS, 3, None, [32]],
        [COMPRESSION, 3, None, [1]],
        [PHOTOMETRIC, 3, None, [1]],
        [OFFSETS, 4, None, [offset]],
        [SAMPLES, 3, None, [1]],
        [ROWS, 3, None, [rows]],
        [COUNTS, 4, None, [count]],
        [FORMAT, 3, None, [1]],
        *more,
    ]
    return {"tags": sorted(tags), "next": None}


OME = (
    '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
    '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint32" SizeX="10" '
    'SizeY="6" SizeZ="8" SizeC="1" SizeT="1" PhysicalSizeX="25" PhysicalSizeY="25" '
    'PhysicalSizeZ="25" PhysicalSizeXUnit="µm"><TiffData IFD="0" PlaneCount="8"/></Pixels></Image>'
    "</OME>"
)
IMAGEJ = "ImageJ=1.11a\nimages=8\nslices=8\nunit=um\nspacing=25.0\nloop=false\n"


def make_tiff() -> list[Any]:
    """Return TIFF documents: pages, one page for all, OME, ImageJ, and BigTIFF."""
    documents = []
    for order, big, described in (("<", 0, ""), (">", 0, OME), ("<", 1, ""), ("<", 0, IMAGEJ)):
        first = 16 if big else 8
        pages = [_page(first + n * PLANE, PLANE, 6) for n in range(8)]
        if described:
            pages[0]["tags"].append([DESCRIPTION, 2, None, described])
            pages[0]["tags"] += [[X_STEP, 5, None, [25, 1]], [Y_STEP, 5, None, [25, 1]]]
            pages[0]["tags"] += [[UNIT, 3, None, [1]]]
            pages[0]["tags"].sort(key=lambda tag: tag[0])
        documents.append({"order": order, "big": big, "version": 43 if big else 42, "pages": pages})
    whole = _page(8, SIZE, 48, [DESCRIPTION, 2, None, '{"shape": [8, 6, 10]}'])
    return [*documents, {"order": "<", "big": 0, "version": 42, "pages": [whole]}]


def write_tiff(document: Any, path: Path) -> None:
    """Write a TIFF file: the header, the data, then directory after directory.

    ``next`` of a page is the number of the next directory, None for the one that follows.
    """
    order = ">" if part(document, "order", str, "<") == ">" else "<"
    big = bool(part(document, "big", int, 0))
    word, count, entry, inline = ("Q", "Q", "HHQ", 8) if big else ("I", "H", "HHI", 4)
    version = int(_fit(part(document, "version", int, 42), np.dtype("u2")))
    pages = [p for p in part(document, "pages", list, []) if isinstance(p, dict)]
    first = 16 if big else 8
    at = first + SIZE
    places, tables = [], []
    for page in pages:
        table, long_values = [], b""
        rows = [t for t in part(page, "tags", list, []) if isinstance(t, list) and len(t) == 4]
        after = at + struct.calcsize(f"={count}") + len(rows) * (12 if not big else 20)
        after += struct.calcsize(f"={word}")
        for tag, kind, stated, values in rows:
            packed, n = _pack(values, kind, order)
            n = n if stated is None else int(_fit(stated, np.dtype("u8" if big else "u4")))
            head = struct.pack(f"{order}{entry}", _short(tag), _short(kind), n)
            if len(packed) > inline:
                held = struct.pack(f"{order}{word}", after + len(long_values))
                long_values += packed
            else:
                held = packed.ljust(inline, b"\0")
            table.append(head + held)
        places.append(at)
        tables.append((table, long_values))
        at = after + len(long_values)
    places.append(0)
    start = struct.pack(f"{order}H", version)
    start = (b"MM" if order == ">" else b"II") + start
    start += struct.pack(f"{order}HH", 8, 0) if big else b""
    content = start + struct.pack(f"{order}{word}", places[0])
    content += IDS.astype(f"{order}u4").tobytes()
    for n, (page, (table, long_values)) in enumerate(zip(pages, tables, strict=True)):
        following = part(page, "next", int, n + 1)
        target = places[following] if 0 <= following < len(places) else following % (1 << 31)
        content += struct.pack(f"{order}{count}", len(table)) + b"".join(table)
        content += struct.pack(f"{order}{word}", target) + long_values
    path.write_bytes(content)


def _short(value: Any) -> int:
    return int(_fit(value, np.dtype("u2")))


def _pack(values: Any, kind: Any, order: str) -> tuple[bytes, int]:
    """Return the bytes of a tag's values, and their count."""
    if isinstance(values, str):
        raw = encode(values) + b"\0"
        return raw, len(raw)
    code = TYPES.get(kind if isinstance(kind, int) else 4, "I")
    code = "B" if code == "s" else code
    values = values if isinstance(values, list) else [values]
    kind_of = np.dtype(order + {"B": "u1", "b": "i1", "f": "f4", "d": "f8"}.get(code, "u4"))
    if code in "HhiQ":
        kind_of = np.dtype(order + {"H": "u2", "h": "i2", "i": "i4", "Q": "u8"}[code])
    raw = np.array([_fit(v, kind_of) for v in values], kind_of).tobytes()
    return raw, len(values) // (2 if kind == 5 else 1)
