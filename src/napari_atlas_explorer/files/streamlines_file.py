"""Files of lines, whatever their layout: told by their content, not by their names."""

from __future__ import annotations

import re
from pathlib import Path

from ..core.errors import AtlasFileError, short
from ..core.streamlines import Streamlines
from .reasons import reason_of
from .streamlines_json import read_streamlines_json
from .swc import read_swc

HEAD_BYTES = 1 << 16
EXPECTED = "lines as JSON (data.json, streamlines.json, a target search's answer) or SWC"
SWC_ROW = re.compile(r"-?\d+(\.0*)?([\s,]+[-+\d.eE]+){6}")


def read_streamlines(path: str | Path) -> Streamlines:
    """Read lines from ``data.json``, ``streamlines.json``, a target search's answer, or SWC.

    Raises
    ------
    AtlasFileError
        If the file is none of these, or damaged.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(HEAD_BYTES)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    text = raw.decode("utf-8-sig", "replace").lstrip()
    if text.startswith(("{", "[")):
        return read_streamlines_json(path)
    rows = (line.strip() for line in text.splitlines())
    first = next((row for row in rows if row and not row.startswith("#")), "")
    # A comment longer than what was looked at leaves no row to tell it by.
    if SWC_ROW.match(first) or (not first and text.startswith("#")):
        return read_swc(path)
    raise AtlasFileError(path, f"it starts with {short(text[:40])}", EXPECTED)
