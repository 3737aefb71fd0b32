"""Local atlases as a table."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..layouts import brainglobe_v3
from ..layouts.registry import layout_of
from .catalogue import rescan
from .installed import LocalAtlas

if TYPE_CHECKING:
    import pandas as pd


def list_atlases(online: bool = False) -> pd.DataFrame:
    """List the atlases on this computer, or those that can be downloaded.

    Local ones are looked for in BrainGlobe's caches, among the downloads, and in the folders that
    the user named; no volume is opened and no network used. `open_atlas` takes their names,
    `download_atlas` those of online ones.

    Parameters
    ----------
    online
        Whether to list what can be downloaded: the Allen Institute's atlases are known,
        BrainGlobe's are asked for where brainglobe-atlasapi is installed; else a warning says so.

    Returns
    -------
    One row per atlas: ``name``, ``version`` (``""`` where there is none), ``layout``,
    ``species``, ``resolution`` (µm, NaN where neither name nor metadata state one for all axes),
    ``size`` (bytes on disk; missing for BrainGlobe v3, whose atlases share files) and ``path``.
    Online: ``name``, ``version``, ``source``, ``title``, ``species``, ``resolution``, ``size``
    (bytes of the download, missing where not published), ``citation`` and ``license``.

    Raises
    ------
    AtlasError
        Online, if BrainGlobe's list cannot be had.

    Examples
    --------
    >>> list(list_atlases().columns)
    ['name', 'version', 'layout', 'species', 'resolution', 'size', 'path']
    """
    import pandas as pd

    if online:
        rows = [_describe_online(*named) for named in _list_online()]
        return pd.DataFrame(rows).astype({"resolution": "float64", "size": "Int64"})
    rows = [_describe(atlas) for atlas in rescan().entries]
    columns = ["name", "version", "layout", "species", "resolution", "size", "path"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"resolution": "float64", "size": "Int64"})


def _list_online() -> list[tuple[str, str, str]]:
    """Return name, version and source of the atlases that can be downloaded."""
    from ..download.allen import allen_names
    from ..download.brainglobe import brainglobe_atlases, install_hint, is_installed

    named = [(name, "", "Allen Institute") for name in allen_names()]
    if is_installed():
        named += [(*atlas, "BrainGlobe") for atlas in brainglobe_atlases().items()]
    else:
        warnings.warn(install_hint(), stacklevel=3)
    return named


def _describe_online(name: str, version: str, source: str) -> dict[str, Any]:
    from ..download.facts import facts_of

    facts = facts_of(name)
    return {
        "name": name,
        "version": version,
        "source": source,
        "title": facts.title,
        "species": facts.species,
        "resolution": facts.voxel_size,
        "size": facts.size,
        "citation": facts.citation,
        "license": facts.license,
    }


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
