"""Download sources: the files of an atlas, their addresses and checksums."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ...core.errors import ArgumentError, AtlasError, short
from ...formats.common.safety import reason_of
from ...formats.volume_header import VOLUME_SUFFIXES
from ..archives import ARCHIVE_SUFFIXES
from .files import Content, download
from .folder import FIRST_USE, KNOWN, FetchedFile
from .http import FetchError, HttpClient, Progress, split_address

SAFE_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]{0,119}", re.ASCII)
ADDRESS = re.compile(r"https?:", re.IGNORECASE)
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class OnlineFile:
    """File on a server.

    Attributes
    ----------
    name
        What it is to be called.
    url
        Where it is.
    content
        What it has to be.
    sha256
        Its checksum, "" where not known.
    """

    name: str
    url: str
    content: Content = "any"
    sha256: str = ""


@dataclass(frozen=True)
class OnlineAtlas:
    """Files of an atlas that belong in one folder.

    Attributes
    ----------
    id
        Name of the folder, and of the atlas.
    files
        In the order in which they are fetched.
    source
        Requested name or address.
    must_open
        Whether it must open as an atlas.
    terms
        Whose terms of use hold, "" where that is not known.
    """

    id: str
    files: tuple[OnlineFile, ...]
    source: str
    must_open: bool = False
    terms: str = ""


def is_address(text: str) -> bool:
    """Return whether a text is a web address rather than a name."""
    return ADDRESS.match(text) is not None


def atlas_at(url: str, name: str = "", sha256: str = "") -> OnlineAtlas:
    """Return an archive or a single file at an address.

    Parameters
    ----------
    url
        http or https.
    name
        Of the atlas; by default that of the file without its suffix.
    sha256
        Check sum of the file, if it is known.

    Raises
    ------
    ArgumentError
        If name or checksum cannot be used.
    """
    file = unquote(split_address(url).path).rpartition("/")[2]
    if not SAFE_NAME.fullmatch(file):
        raise ArgumentError(
            f"{short(url)}: it ends in {short(file)}; expected the name of an archive or a file"
        )
    content: Content = "any"
    if file.lower().endswith(".zip"):
        content = "zip"
    elif file.lower().endswith((".nrrd", ".nhdr")):
        content = "nrrd"
    checked_sum = sha256.strip().lower().removeprefix("sha256:")
    if checked_sum and not SHA256.fullmatch(checked_sum):
        raise ArgumentError(f"SHA-256 {short(sha256)}; expected 64 hexadecimal digits")
    fetched = OnlineFile(file, url, content, checked_sum)
    return OnlineAtlas(check_id(name or _file_stem(file)), (fetched,), url)


def check_id(name: str) -> str:
    """Return a name that can be that of a folder, or raise `ArgumentError`."""
    if not SAFE_NAME.fullmatch(name) or name.endswith("."):
        raise ArgumentError(f"name {short(name)}; expected letters, digits, _ - + and .")
    return name


def _file_stem(file: str) -> str:
    for suffix in (*ARCHIVE_SUFFIXES, *VOLUME_SUFFIXES):
        if file.lower().endswith(suffix) and len(file) > len(suffix):
            return file[: -len(suffix)]
    return file.rpartition(".")[0] or file


#
# Division of labour: pooch's `retrieve` checks the SHA-256 and gives a file its name only when
# that is right. The bytes come through our own client instead of pooch's downloaders, which begin
# again after every interruption, do not notice stalls after the headers beyond one time-out, report
# to a bar alone, cannot be cancelled and follow redirects to any host.


class ChecksumError(FetchError):
    """Checksum mismatch of a downloaded file."""


def download_checked(
    client: HttpClient, file: OnlineFile, folder: Path, progress: Progress | None = None
) -> FetchedFile:
    """Download a file into a folder, resuming a partial one.

    Where no checksum is known, that of the file is returned, to be trusted from then on.

    Raises
    ------
    FetchError
        If it cannot be had; `ChecksumError` if it has another checksum.
    """
    import pooch

    def fetched(url: str, output_file: object, _: object) -> None:
        # Under a fixed name, since pooch's temporary one changes each time.
        whole = folder / f".{file.name}.whole"
        try:
            arrived = download(client, url, whole, file.content, progress)
        except ValueError as exc:  # pooch's own means another checksum
            if isinstance(exc, AtlasError):
                raise
            raise FetchError(file.url, f"no usable answer ({reason_of(exc)})") from exc
        arrived.replace(Path(str(output_file)))

    known = f"sha256:{file.sha256}" if file.sha256 else None
    try:
        with _silence_pooch(pooch.get_logger()):
            path = pooch.retrieve(file.url, known, file.name, folder, downloader=fetched)
    except ValueError as exc:  # pooch's error for another checksum
        raise ChecksumError(
            file.url, "a file with another SHA-256", f"{file.sha256}; nothing of it was kept"
        ) from exc
    digest = str(pooch.file_hash(path))
    return FetchedFile(file.name, file.url, digest, KNOWN if file.sha256 else FIRST_USE)


@contextmanager
def _silence_pooch(logger: logging.Logger) -> Iterator[None]:
    """Silence pooch's log in this thread; its other users still hear it."""
    thread = threading.get_ident()

    def others(record: logging.LogRecord) -> bool:
        return record.thread != thread or record.levelno > logging.INFO

    logger.addFilter(others)
    try:
        yield
    finally:
        logger.removeFilter(others)
