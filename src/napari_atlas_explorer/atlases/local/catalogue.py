"""Catalogue of local atlases: BrainGlobe's caches, downloads, and the user's folders.

The last scan is kept in a small file of the cache, so that a window can show it at once and
scan in the background: a folder may be on a slow network disk. A scan visits every folder.
Times of change would not do to leave some out: a package that is still being copied, and a new
version of BrainGlobe's v3 layout, leave those of the folders above them as they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import AtlasError
from ...formats.common.atomic import atomic_write
from ...formats.common.safety import reason_of
from ..cache.folder import cache_folder, cache_path
from ..download.folder import RECORD
from ..layouts.registry import layout_of
from .installed import LocalAtlas, atlases_in, brainglobe_roots
from .named_folders import named_folders

PART, FILE = "catalogue", "catalogue.json"
DOWNLOADS = "atlases"
FORMAT = 1


@dataclass(frozen=True)
class Catalogue:
    """Result of a scan.

    Attributes
    ----------
    entries
        Sorted by name and version.
    looked
        Folders that were looked into, each with why nothing could be seen there, "" where it could.
    """

    entries: tuple[LocalAtlas, ...] = ()
    looked: tuple[tuple[Path, str], ...] = ()

    def find(self, name: str) -> Path | None:
        """Find the newest atlas of a name, or that of a folder's name or of ``NAME_v1.2``.

        None where there is none.
        """
        if not re.fullmatch(r"[\w.-]+", name):
            return None
        from ..download.allen import full_name  # brings the HTTP client, 50 ms

        target = full_name(name)
        matches = [
            a
            for a in self.entries
            if target in (a.name, a.path.name, f"{a.name}_v{a.version_text}")
        ]
        return max(matches, key=lambda a: a.version).path if matches else None

    def where(self) -> str:
        """Describe the folders that were searched, in one line."""
        return ", ".join(f"{folder} ({why})" if why else str(folder) for folder, why in self.looked)


def downloads_folder() -> Path:
    """Return the default folder of downloads, inside the cache; it may not exist."""
    return cache_path(DOWNLOADS)


def catalogue_roots() -> list[Path]:
    """Return the folders to search, whether or not they exist."""
    return list(dict.fromkeys([*brainglobe_roots(), downloads_folder(), *named_folders()]))


def scan(step: Callable[[float], object] = lambda share: None) -> Catalogue:
    """Scan every folder; nothing is opened, layouts are recognized by file names.

    Parameters
    ----------
    step
        Called with the fraction of folders done; may raise to stop the scan.
    """
    roots, looked, entries = catalogue_roots(), [], set[LocalAtlas]()
    for n, root in enumerate(roots):
        step(n / len(roots))
        why = ""
        try:
            entries.update(_scan_root(root))
        except FileNotFoundError:
            why = "missing"
        except OSError as exc:
            why = reason_of(exc)
        except ValueError:  # Python's, of NUL and of halves of letters in a path
            why = "not a path"
        looked.append((root, why))
    return Catalogue(tuple(sorted(entries)), tuple(looked))


def rescan(step: Callable[[float], object] = lambda share: None) -> Catalogue:
    """Scan every folder, and store the result for `read_last_scan`."""
    catalogue = scan(step)
    document = {
        "format": FORMAT,
        "looked": [[str(folder), why] for folder, why in catalogue.looked],
        "entries": [[a.name, list(a.version), a.layout, str(a.path)] for a in catalogue.entries],
    }
    try:
        with atomic_write(cache_folder(PART) / FILE, durable=False) as temporary:
            temporary.write_text(json.dumps(document), encoding="utf-8")
    except (OSError, AtlasError):
        return catalogue  # a cache that cannot be written is not worth an error
    return catalogue


def read_last_scan() -> Catalogue:
    """Return the result of the last scan, from one small file."""
    try:
        document = json.loads((cache_folder(PART) / FILE).read_text(encoding="utf-8"))
        return _parse_catalogue(document)
    except (OSError, ValueError, RecursionError, TypeError, KeyError):
        return Catalogue()


def _parse_catalogue(document: Any) -> Catalogue:
    if document["format"] != FORMAT:
        return Catalogue()
    entries = [
        LocalAtlas(str(name), tuple(map(int, version)), str(layout), Path(path))
        for name, version, layout, path in document["entries"]
    ]
    looked = [(Path(folder), str(why)) for folder, why in document["looked"]]
    return Catalogue(tuple(entries), tuple(looked))


def _scan_root(root: Path) -> Iterable[LocalAtlas]:
    """Return atlases directly in a folder, and the folder itself if it is one."""
    entries = atlases_in(root)
    known = {a.path for a in entries} | {a.path.parent for a in entries}
    for folder in (root, *sorted(root.iterdir())):
        if folder in known or folder.name.startswith("."):
            continue
        layout = layout_of(folder)
        if layout is not None or (folder / RECORD).is_file():
            name = "files" if layout is None else layout.LAYOUT
            entries.append(LocalAtlas(folder.name, (), name, folder))
    return entries
