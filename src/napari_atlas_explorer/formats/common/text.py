"""Text and JSON of files: bounded, decoded, with line ends and control characters normalized."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol
from xml.parsers import expat

from ...core.errors import AtlasFileError, short
from ...core.text import HARMFUL, sanitize_text
from .safety import HEAD, check_head, reason_of

MAX_JSON_BYTES = 128 << 20


MAX_TABLE_BYTES = 128 << 20
MAX_ROWS = 1_000_000
"""A hierarchy of a million regions takes some seconds and 1 GB; no brain has as many."""

ESCAPED = re.compile(r"\\u(00[0189]|007f|061c|20[026]|feff|d[89a-f])|\\[nrtbf]", re.IGNORECASE)


_contents: ContextVar[dict[Path, bytes] | None] = ContextVar("_contents", default=None)


@contextmanager
def cache_text() -> Iterator[None]:
    """Cache decoded text within the block: each file is opened once."""
    token = _contents.set({})
    try:
        yield
    finally:
        _contents.reset(token)


def _read_bytes(path: Path, most: int, what: str) -> bytes:
    """Return a file's bytes; raise an error where it is larger than expected."""
    contents = _contents.get()
    if contents is not None and path in contents:
        return contents[path]
    try:
        size = path.stat().st_size
        if size > most:
            raise AtlasFileError(path, f"{what} of {size} bytes", f"at most {most}")
        content = path.read_bytes()
        check_head(path, content[:HEAD])
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    if contents is not None:
        contents[path] = content
    return content


def read_text(path: Path) -> str:
    """Return the text of a table, its lines ended by line feeds; see `decode_table`."""
    return decode_table(path)[0]


def decode_table(path: Path) -> tuple[str, str]:
    """Return the text of a table, and the encoding that had to be guessed, "" if none had.

    UTF-8, UTF-16 with a mark, else Windows-1252 or Mac Roman, in which every byte has a meaning:
    no table is refused for its encoding. Lines end in line feeds.
    """
    raw = _read_bytes(path, MAX_TABLE_BYTES, "a table")
    text, guessed = _decode(raw)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows = text.count("\n")
    if rows > MAX_ROWS:
        raise AtlasFileError(path, f"a table of {rows} lines", f"at most {MAX_ROWS}")
    return text, guessed


# Bytes between lower-case letters that are accents in Mac Roman but signs and capitals in
# Windows-1252; apostrophe, dashes, š, œ and ž are letters there too and decide nothing.
MAC_ACCENT = re.compile(rb"[a-z][\x80-\x91\x93-\x95\x98\x99\x9b\x9d\x9f][a-z]")
WINDOWS_ACCENT = re.compile(rb"[A-Za-z][\xdf-\xff]|[\xc0-\xff][a-z]")


def _decode(raw: bytes) -> tuple[str, str]:
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    # Excel ends lines with carriage returns alone where it writes Mac Roman.
    old_mac = b"\r" in raw and b"\n" not in raw
    if old_mac or (MAC_ACCENT.search(raw) and not WINDOWS_ACCENT.search(raw)):
        return raw.decode("mac-roman"), "Mac Roman"
    return raw.decode("cp1252", errors="replace"), "Windows-1252"


def sanitize_values(record: dict[str, Any]) -> dict[str, Any]:
    """Return `sanitize_text` for the values of a row that are text."""
    return {k: sanitize_text(v) if isinstance(v, str) else v for k, v in record.items()}


class DuplicateKeyError(ValueError):
    """An object of JSON has a key twice, with two values."""


def unique_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON (an ``object_pairs_hook``); raise where a key has two values.

    Python keeps the last one, others the first: half of the readers would be wrong.
    """
    record = dict(pairs)
    if len(record) < len(pairs):
        for key, value in pairs:
            # By their text, since NaN differs from itself.
            if record[key] is not value and repr(record[key]) != repr(value):
                raise DuplicateKeyError(f"the key {short(key)} has two values in one object")
    return record


def _make_safe(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return sanitize_values(unique_fields(pairs))


def load_json(path: str | Path) -> Any:
    """Parse a JSON file of bounded size and depth, or raise one clear error."""
    path = Path(path)
    try:
        text = _read_bytes(path, MAX_JSON_BYTES, "JSON").decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise AtlasFileError(path, f"it is not UTF-8 text ({exc.reason})", "JSON") from exc
    # Harmful characters can only occur as escapes, or
    # unescaped where JSON allows them.
    harmful = bool(ESCAPED.search(text) or HARMFUL.search(text))
    try:
        return json.loads(text, object_pairs_hook=_make_safe if harmful else unique_fields)
    except DuplicateKeyError as exc:
        raise AtlasFileError(path, str(exc), "each key once in an object") from exc
    except RecursionError as exc:
        raise AtlasFileError(path, "its JSON is nested too deeply") from exc
    except ValueError as exc:
        raise AtlasFileError(path, f"it is not valid JSON ({reason_of(exc)})") from exc


# ---- XML -----------------------------------------------------------------------------------------


class XmlTarget(Protocol):
    """Collector of what a parser finds."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take text between tags."""


def parse_strictly(source: str | bytes, target: XmlTarget, path: Path, expected: str) -> None:
    """Parse XML; a document type, and with it every entity, is refused.

    Raises
    ------
    AtlasFileError
        If it is no valid XML, or has a document type.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.text

    def refuse_doctype(*_: object) -> None:
        raise AtlasFileError(path, "XML with a document type", expected)

    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(source, True)
    except expat.ExpatError as exc:
        raise AtlasFileError(path, f"it is not valid XML ({reason_of(exc)})") from exc
