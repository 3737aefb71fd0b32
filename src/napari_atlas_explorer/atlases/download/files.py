"""Resumable file downloads; a file arrives complete or not at all."""

from __future__ import annotations

import http.client
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...core.errors import AtlasFileError
from ...formats.nrrd.whole import find_missing_data
from .http import PIECE, FetchError, HttpClient, Progress, TemporaryError, declared_length

Content = Literal["zip", "nrrd", "json", "any"]
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True)
class _PartialFile:
    """Partial file, and the validator that the rest belongs to it."""

    path: Path
    url: str

    @property
    def note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def validator(self) -> str:
        """Return the server's validator of the partial file, "" if there is none."""
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        if not isinstance(noted, dict) or noted.get("url") != self.url:
            return ""
        return str(noted.get("validator") or "")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def is_past_end(self, status: int) -> bool:
        """Return whether the server has no bytes after these: then the download restarts."""
        if status != 416:  # Range Not Satisfiable
            return False
        self.drop()
        return True

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def download(
    client: HttpClient,
    url: str,
    target: str | Path,
    content: Content = "any",
    progress: Progress | None = None,
    force: bool = False,
) -> Path:
    """Download a file, unless it is already there.

    A partial file stays in the folder as ``.NAME.part`` when the download ends early, and
    the next call resumes it, provided that the server still has the same file.

    Parameters
    ----------
    client
        Whose settings hold.
    url
        Where from.
    target
        Where to; its folder must exist.
    content
        What it has to be: a ZIP archive whose checksums are right, a NRRD volume, something
        that begins as JSON does, or any.
    progress
        Called with the bytes downloaded; may raise to stop.
    force
        Download an existing file again.

    Raises
    ------
    FetchError
        If it cannot be had, is larger than the settings allow, or is not what was expected.
    """
    target = Path(target)
    if target.exists() and not force:
        return target
    if not target.parent.is_dir():
        raise AtlasFileError(target, f"there is no folder {target.parent}", "an existing folder")
    part = _PartialFile(target.with_name(f".{target.name}.part"), url)
    client.fetch(
        url,
        lambda: _make_headers(part),
        _make_receiver(client, part, content, progress),
        part.is_past_end,
        is_small=content == "json",
    )
    part.path.replace(target)
    part.drop()
    return target


def _make_headers(part: _PartialFile) -> dict[str, str]:
    """Return headers that request the rest, if the server can tell whether the file changed."""
    validator, size = part.validator(), part.size()
    if not validator or not size:
        part.drop()
        return {}
    return {"Range": f"bytes={size}-", "If-Range": validator}


def _make_receiver(
    client: HttpClient, part: _PartialFile, content: Content, progress: Progress | None
) -> Callable[[http.client.HTTPResponse], None]:
    def take(response: http.client.HTTPResponse) -> None:
        start, total = _parse_extent(response, part)
        most = client.settings.most_bytes
        if total is not None and total > most:
            part.drop()
            raise FetchError(part.url, f"{total} bytes", f"at most {most}")
        if not start:
            _begin_part(response, part)
        done = start
        with part.path.open("ab" if start else "wb") as stream:
            if progress is not None:
                progress(done, total)
            while block := client.read(response, PIECE):
                stream.write(block)
                done += len(block)
                if done > most:
                    raise FetchError(part.url, f"more than {most} bytes", "fewer")
                if progress is not None:
                    progress(done, total)
        if total is not None and done != total:
            raise TemporaryError(f"{done} bytes", f"the {total} that were declared")
        wrong = _find_problem(part.path, content, most)
        if wrong:
            part.drop()
            raise TemporaryError(wrong, _EXPECTED[content])

    return take


def _parse_extent(response: http.client.HTTPResponse, part: _PartialFile) -> tuple[int, int | None]:
    """Return where the body begins in the file, and the file's length."""
    if response.status == 206:
        stated = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        size = part.size()
        if stated is None or int(stated[1]) != size:
            part.drop()
            raise TemporaryError("another part of the file", f"its bytes from {size} on")
        return size, None if stated[3] == "*" else int(stated[3])
    if response.status != 200:
        raise FetchError(part.url, f"status {response.status}", "status 200")
    return 0, declared_length(response)


def _begin_part(response: http.client.HTTPResponse, part: _PartialFile) -> None:
    """Record the server's validator of the file that now begins."""
    tag = response.headers.get("ETag", "")
    # A weak tag does not promise the same bytes.
    validator = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
    text = json.dumps({"url": part.url, "validator": validator})
    part.note.write_text(text, encoding="utf-8")


_EXPECTED = {"zip": "a whole ZIP archive", "nrrd": "a NRRD volume", "json": "JSON", "any": ""}


def _find_problem(path: Path, content: Content, most: int) -> str:
    """Return the problem of an arrived file; "" if there is none.

    Parameters
    ----------
    path, content
        The file, and what it has to be.
    most
        Bytes to which an archive may unpack.
    """
    with path.open("rb") as stream:
        head = stream.read(16)
    if content == "nrrd" and not head.startswith(b"NRRD000"):
        return f"something that starts with {head!r}"
    if content == "nrrd":
        return find_missing_data(path)
    if content == "json" and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return f"something that starts with {head!r}"
    if content != "zip":
        return ""
    if not head.startswith(b"PK"):
        return f"something that starts with {head!r}"
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > most:
                return f"an archive that unpacks to more than {most} bytes"
            damaged = archive.testzip()
    except DAMAGE as exc:
        return f"a damaged archive ({str(exc)[:100] or type(exc).__name__})"
    return f"an archive whose member {damaged[:60]!r} is damaged" if damaged else ""
