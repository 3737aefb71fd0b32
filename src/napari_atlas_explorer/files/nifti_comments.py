"""Comments in the header extensions of NIfTI files.

The definition is nifti1.h, "HEADER EXTENSIONS" (https://nifti.nimh.nih.gov).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..core.errors import AtlasFileError
from .inflate import head_of
from .nifti_header import HEADERS, read_nifti_header
from .reasons import reason_of

COMMENT = 6
"""Code of an extension of plain text."""
MAX_EXTENSIONS = 32 << 20


def read_nifti_comments(path: str | Path) -> list[str]:
    """Texts of a file's header extensions that are comments."""
    header = read_nifti_header(path)
    size = min(header.data_start, MAX_EXTENSIONS)
    try:
        with header.path.open("rb") as stream:
            block = head_of(stream, size, header.path) if header.compressed else stream.read(size)
    except OSError as exc:
        raise AtlasFileError(header.path, f"cannot be read ({reason_of(exc)})") from exc
    order: Literal["little", "big"] = (
        "little" if int.from_bytes(block[:4], "little") in HEADERS else "big"
    )
    at = int.from_bytes(block[:4], order)
    found = []
    # Four bytes, the first of which says whether extensions follow; each has its size and code.
    if block[at : at + 1] == b"\1":
        at += 4
        while at + 8 <= len(block):
            length = int.from_bytes(block[at : at + 4], order)
            if length < 16 or at + length > len(block):
                break
            if int.from_bytes(block[at + 4 : at + 8], order) == COMMENT:
                text = block[at + 8 : at + length].rstrip(b"\0")
                found.append(text.decode("utf-8", "replace"))
            at += length
    return found
