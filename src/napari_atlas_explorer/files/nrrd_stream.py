"""What pynrrd writes, made the same each time and open to letters of every language.

pynrrd writes the time of day into each header, so that no two files are alike, and ends with an
error at the first letter that is not ASCII, while Slicer's headers are UTF-8. Escapes in custom
values are those of the definition (https://teem.sourceforge.net/nrrd/format.html).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import nrrd
from numpy.typing import NDArray

from ..core.errors import ArgumentError
from .atomic import replacing

TIME = b"# on "
GUARD = re.compile(rb"\x01([0-9a-f]+)\x02")
CUSTOM_KEY = re.compile(r"[A-Za-z]\w*", re.ASCII)


def write_stream(
    path: str | Path, values: NDArray[Any], header: Mapping[str, Any], level: int = 9
) -> None:
    """Write header and values to one file, replaced in one step.

    Parameters
    ----------
    path
        Target.
    values
        In the order of the file's axes.
    header
        Fields as pynrrd takes them.
    level
        Of compression, 1 (quick) to 9.
    """
    guarded = {k: _guarded(v) if isinstance(v, str) else v for k, v in header.items()}
    with replacing(path) as temporary, temporary.open("wb") as target:
        nrrd.write(_HeaderFilter(target), values, guarded, compression_level=level)


def custom_fields(pairs: Mapping[str, str]) -> dict[str, str]:
    """Key/value pairs as they stand in a header: backslashes and line feeds escaped."""
    wrong = next((key for key in pairs if not CUSTOM_KEY.fullmatch(key)), None)
    if wrong is not None:
        raise ArgumentError(f"a custom NRRD field {wrong!r}; expected a word of ASCII letters")
    return {k: v.replace("\\", "\\\\").replace("\n", "\\n") for k, v in pairs.items()}


def unescaped(value: str) -> str:
    """Value of a key/value pair that `custom_fields` escaped."""
    return re.sub(r"\\([\\n])", lambda m: "\n" if m[1] == "n" else "\\", value)


def _guarded(text: str) -> str:
    """Text whose letters beyond ASCII are numbers between two control characters."""
    return re.sub(r"[^\x00-\x7f]", lambda m: f"\x01{ord(m[0]):x}\x02", text)


class _HeaderFilter(io.RawIOBase):
    """Leaves the time out of the header and turns guarded letters into UTF-8.

    pynrrd writes one line of the header at a time and an empty one at its end.
    """

    def __init__(self, target: IO[bytes]) -> None:
        super().__init__()
        self._target, self._in_header = target, True

    def write(self, data: Any) -> int:
        if not self._in_header:
            self._target.write(data)
        elif data == b"\n":
            self._in_header = False
            self._target.write(data)
        elif not data.startswith(TIME):
            self._target.write(GUARD.sub(lambda m: chr(int(m[1], 16)).encode(), data))
        return len(data)
