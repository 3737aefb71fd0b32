"""Local atlases as a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..layouts import brainglobe_v3
from ..layouts.registry import layout_of
from .catalogue import rescan
from .installed import LocalAtlas

if TYPE_CHECKING:
    import pandas as pd


def list_atlases() -> pd.DataFrame:
    """List the atlases on this computer; no volume is opened and no network used.

    Looked for in BrainGlobe's caches, among the downloads, and in the folders that the user
    named; `open_atlas` takes the names. What can be downloaded, `download_atlas` knows.

    Returns
    -------
    One row per atlas: ``name``, ``version`` (``""`` where there is none), ``layout``,
    ``species``, ``resolution`` (µm, NaN where neither name nor metadata state one for all axes),
    ``size`` (bytes on disk; missing for BrainGlobe v3, whose atlases share files) and ``path``.

    Examples
    --------
    >>> list(list_atlases().columns)
    ['name', 'version', 'layout', 'species', 'resolution', 'size', 'path']
    """
    import pandas as pd

    rows = [_describe(atlas) for atlas in rescan().entries]
    columns = ["name", "version", "layout", "species", "resolution", "size", "path"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"resolution": "float64", "size": "Int64"})


def _describe(atlas: LocalAtlas) -> dict[str, Any]:
    metadata = _read_metadata(atlas.path)
    species, sizes = metadata.get("species"), metadata.get("resolution")
    stated = sizes[0] if isinstance(sizes, list) and len({*map(str, sizes)}) == 1 else None
    return {
        "name": atlas.name,
        "version": atlas.version_text,
        "layout": atlas.layout,
        "species": species if isinstance(species, str) else "",
        "resolution": atlas.resolution or (stated if isinstance(stated, int | float) else None),
        "size": None if atlas.layout == brainglobe_v3.LAYOUT else _measure(atlas.path),
        "path": atlas.path,
    }


def _read_metadata(folder: Path) -> dict[str, Any]:
    """Return the metadata of a folder; nothing where they cannot be read, which opening says."""
    layout = layout_of(folder)
    try:
        if layout is None or not layout.METADATA:
            return {}
        metadata = json.loads((folder / layout.METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _measure(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
