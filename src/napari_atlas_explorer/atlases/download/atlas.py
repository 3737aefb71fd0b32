"""Download of atlases by name or address, into a folder that is not changed afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.errors import ArgumentError, AtlasError, AtlasFileError, CacheError, short
from ...core.progress import StageProgress
from ..archives import is_archive, unpack_into
from ..cache.folder import require_cache_folder
from ..local.catalogue import DOWNLOADS, rescan
from ..local.named_folders import name_folder
from ..open import find_package
from .allen import NAME, allen_atlas
from .folder import FIRST_USE, Record, check_unchanged, discard, publish, stage
from .http import FetchError, FetchSettings, HttpClient
from .sources import ChecksumError, OnlineAtlas, atlas_at, check_id, download_checked, is_address
from .voxelbrain import is_release, release_at

"""Called with the fraction done, 0 to 1, and the current step; it may raise to stop, and
partial files are kept to be resumed."""


@dataclass(frozen=True)
class DownloadResult:
    """Result of a download.

    Attributes
    ----------
    path
        Its folder.
    name
        By which `open_atlas` finds it.
    was_there
        Whether nothing had to be fetched.
    notes
        Notes for the user: which checksums were known, terms of use.
    """

    path: Path
    name: str
    was_there: bool
    notes: tuple[str, ...]


def find_downloaded(
    names: Iterable[str], step: Callable[[float], object] = lambda share: None
) -> dict[str, Path]:
    """Find which atlases are on this computer and complete; return their folders by name.

    Parameters
    ----------
    names
        As `download_atlas` takes them.
    step
        As of `rescan`.
    """
    catalogue = rescan(step)
    places = ((name, catalogue.find(name)) for name in names)
    return {name: path for name, path in places if path is not None and not _find_problem(path)}


class InterruptibleSleep:
    """Sleep function that reports regularly, so that work can be canceled meanwhile."""

    PIECE = 0.2

    def __init__(self, tick: Callable[[str], object], sleep: Callable[[float], object]) -> None:
        self._tick, self._sleep = tick, sleep

    def __call__(self, seconds: float) -> None:
        """Wait, reporting at short intervals."""
        left = seconds
        while left > 0:
            self._tick(f"no answer, asking again in {left:.0f} s" if seconds >= 1 else "")
            self._sleep(min(self.PIECE, left))
            left -= self.PIECE


def download_atlas(
    what: str,
    cache_dir: str | Path | None = None,
    *,
    name: str = "",
    sha256: str = "",
    settings: FetchSettings | None = None,
    step: StageProgress = lambda share, text: None,
    sleep: Callable[[float], object] = time.sleep,
) -> DownloadResult:
    """Download an atlas, unless it is already there.

    Parameters
    ----------
    what
        "allen_ccf_25um", "allen_ccf_25um_2022" and the like; the address of a VoxelBrain
        release, an archive or a file; else a name of BrainGlobe's, which needs
        brainglobe-atlasapi.
    cache_dir
        Folder in which the atlas's folder is made; by default that of the user's cache. Another
        one is remembered, so that names are found there.
    name, sha256
        For the address of a file: name of the atlas and checksum.
    settings
        Patience and politeness.
    step
        Called with the progress.
    sleep
        Waits some seconds.

    Raises
    ------
    AtlasError
        In one line. Partial files are kept and resumed, except where they were wrong.
    """
    if (name or sha256) and (not is_address(what) or is_release(what)):
        raise ArgumentError(f"{short(what)} has its own name; expected no name, no SHA-256")
    if not is_address(what) and not NAME.fullmatch(what):
        from .brainglobe import download_brainglobe

        check_id(what)
        return download_brainglobe(what, cache_dir, step)
    folder = require_cache_folder(DOWNLOADS) if cache_dir is None else Path(cache_dir)
    progress = _FileProgress(step)
    client = HttpClient(settings, InterruptibleSleep(progress.report_wait, sleep))
    if is_release(what):
        # Its id is the end of its address: no request is needed for an existing download.
        source = what.rstrip("/")
        target = folder / check_id(source.rpartition("/")[2])
        existing = _find_download(target, source) if target.exists() else None
        existing = existing or _fetch(client, release_at(client, source), target, progress)
    else:
        atlas = allen_atlas(what) or atlas_at(what, name, sha256)
        existing = _fetch(client, atlas, folder / atlas.id, progress)
    if cache_dir is not None:
        name_folder(folder)
    return existing


def _find_download(target: Path, source: str) -> DownloadResult:
    record = check_unchanged(target, source)
    return DownloadResult(target, target.name, True, (f"was there already; {_describe(record)}",))


def _fetch(
    client: HttpClient, atlas: OnlineAtlas, target: Path, progress: _FileProgress
) -> DownloadResult:
    if target.exists():
        return _find_download(target, atlas.source)
    with stage(target, atlas.source) as folder:
        if target.exists():  # another process was quicker
            return _find_download(target, atlas.source)
        try:
            whole, record = _gather_files(client, atlas, folder, progress)
            doubt = _find_problem(whole)
            if doubt and atlas.must_open:
                raise AtlasError(f"{atlas.source}: no atlas came ({doubt}); nothing of it was kept")
        except AtlasError as exc:
            # Of what broke off the beginning is good, and all where the disk is full; of what is
            # wrong, nothing.
            is_good = isinstance(exc, FetchError | CacheError)
            if not is_good or isinstance(exc, ChecksumError):
                discard(folder)
            raise
        record.write(whole)
        publish(whole, target)
        discard(folder)
    notes = [_describe(record)]
    if doubt:
        notes.append(f"it does not open as an atlas by itself: {doubt}")
    if atlas.terms:
        notes.append(f"under {atlas.terms}")
    return DownloadResult(target, target.name, False, tuple(notes))


def _gather_files(
    client: HttpClient, atlas: OnlineAtlas, folder: Path, progress: _FileProgress
) -> tuple[Path, Record]:
    """Fetch the files; return their unpacked folder and record."""
    fetched = []
    for n, file in enumerate(atlas.files):
        tell = progress.make_callback(n, len(atlas.files), file.name)
        fetched.append(download_checked(client, file, folder, tell))
    progress.step(1.0, "looking at what came")
    if len(fetched) > 1 or not is_archive(folder / fetched[0].name):
        return folder, Record(atlas.source, tuple(fetched))
    (archive,) = fetched
    record = Record(atlas.source, (replace(archive, kept=False),))
    return _unpack_archive(folder / archive.name, archive.url), record


def _unpack_archive(archive: Path, url: str) -> Path:
    inside = archive.parent / ".unpacked"
    discard(inside)
    inside.mkdir()
    try:
        unpack_into(archive, inside)
    except CacheError as exc:
        discard(inside)
        kept = f"a folder with room; {archive.name} is kept, and unpacked the next time"
        raise CacheError(archive.parent, exc.found, kept) from exc
    except AtlasFileError as exc:
        raise AtlasError(f"{url}: {exc.found}; nothing of it was kept") from exc
    entries = [p for p in inside.iterdir() if not p.name.startswith((".", "__MACOSX"))]
    # Most archives hold one folder, which holds the files.
    return entries[0] if len(entries) == 1 and entries[0].is_dir() else inside


def _find_problem(folder: Path) -> str:
    """Return why a folder does not open as an atlas; "" if it does."""
    try:
        find_package(folder)
    except AtlasError as exc:
        return str(exc).replace(str(folder), "the download")
    return ""


def _describe(record: Record) -> str:
    """Describe which checksums were known, and which are recorded from now on."""
    first = [f.name for f in record.files if f.trust == FIRST_USE]
    if not first:
        return "SHA-256 as known beforehand"
    return (
        f"SHA-256 of {', '.join(first)} not known beforehand: that of the first download is "
        f"recorded and checked from then on"
    )


class _FileProgress:
    """Progress over files: converts bytes into one fraction and a line."""

    def __init__(self, step: StageProgress) -> None:
        self.step = step
        self._last = (0.0, "connecting")

    def make_callback(self, n: int, of: int, name: str) -> Callable[[int, int | None], None]:
        """Return the progress callback of one of several files."""
        self._last = (n / of, name)
        self.step(*self._last)

        def report(done: int, total: int | None) -> None:
            share = (n + (done / total if total else 0.0)) / of
            size = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{done / 1e6:.1f} MB"
            self._last = (min(share, 1.0), f"{name}, {size}")
            self.step(*self._last)

        return report

    def report_wait(self, why: str) -> None:
        """Report that no data are arriving."""
        share, what = self._last
        self.step(share, f"{what} ({why})" if why else what)
