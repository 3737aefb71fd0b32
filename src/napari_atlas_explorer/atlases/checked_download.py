"""Downloading a file together with its check sum.

Division of labour: pooch's `retrieve` checks the SHA-256 and gives a file its name only when
that is right. The bytes come through our own client instead of pooch's downloaders, which begin
anew after every interruption, do not notice stalls after the headers beyond one time-out, report
to a bar alone, cannot be cancelled and follow redirects to any host.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .download import download
from .download_folder import FIRST_USE, KNOWN, Fetched
from .http_client import FetchError, HttpClient, Progress
from .online_source import OnlineFile


class WrongFileError(FetchError):
    """What came has another check sum than it should."""


def checked_download(
    client: HttpClient, file: OnlineFile, folder: Path, progress: Progress | None = None
) -> Fetched:
    """Download a file into a folder; what has arrived is gone on with the next time.

    Where nobody told a check sum, that of what came is given back, to be trusted from then on.

    Raises
    ------
    FetchError
        If it cannot be had; `WrongFileError` if it has another check sum.
    """
    import pooch

    def fetched(url: str, output_file: object, _: object) -> None:
        # Under a name of its own, since pooch's temporary one changes each time.
        arrived = download(client, url, folder / f".{file.name}.whole", file.content, progress)
        arrived.replace(Path(str(output_file)))

    known = f"sha256:{file.sha256}" if file.sha256 else None
    try:
        with _quiet(pooch.get_logger()):
            path = pooch.retrieve(file.url, known, file.name, folder, downloader=fetched)
    except ValueError as exc:  # pooch's word for another check sum
        raise WrongFileError(
            file.url, "a file with another SHA-256", f"{file.sha256}; nothing of it was kept"
        ) from exc
    found = str(pooch.file_hash(path))
    return Fetched(file.name, file.url, found, KNOWN if file.sha256 else FIRST_USE)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep what pooch says in this thread off the terminal; others of its users still hear it."""
    here = threading.get_ident()

    def others(record: logging.LogRecord) -> bool:
        return record.thread != here or record.levelno > logging.INFO

    logger.addFilter(others)
    try:
        yield
    finally:
        logger.removeFilter(others)
