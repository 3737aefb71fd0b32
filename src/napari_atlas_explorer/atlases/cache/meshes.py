"""Disk cache of surfaces made on demand.

One file for each: an uncompressed ``.npz`` of points, faces and what was measured, named by a
SHA-256 of everything that the surface depends on. Another annotation, hierarchy, side rule,
setting or version of the method is another name, so that nothing here is ever out of date.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ...compute.meshes.region_surfaces import METHOD_VERSION, surface_of_rank
from ...compute.meshes.settings import RegionSurface, SurfaceReport, SurfaceSettings
from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError
from ...core.mesh import Mesh
from ...core.regions.region_map import RegionKey
from ...core.space.hemispheres import HemispherePlane, HemisphereRule, hemisphere_number
from ...formats.common.atomic import atomic_write
from .entries import SURFACES
from .folder import cache_folder
from .notes import note_repair

PART = SURFACES
MOST_BYTES = 512 << 20
"""Size limit of the cache; the least recently used surfaces are removed first."""
SUFFIX = ".npz"

DAMAGE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)

_hemisphere_digests: WeakKeyDictionary[HemisphereRule, str] = WeakKeyDictionary()


def cached_surface(
    atlas: Atlas,
    region: RegionKey,
    hemisphere: str | int | None = None,
    settings: SurfaceSettings | None = None,
) -> RegionSurface:
    """Return the surface of a region with its descendants, from the cache or computed.

    Parameters
    ----------
    atlas
        The atlas.
    region
        Id, acronym or exact name.
    hemisphere
        "left" or "right"; None for both.
    settings
        How it is made; by default at most 50,000 triangles, smoothed, its volume kept.

    Raises
    ------
    AtlasError
        If the region has no voxel there, or the atlas no hemispheres.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> mesh = cached_surface(atlas, "TH", "left").mesh
    >>> mesh.points.shape[1], len(mesh.faces) <= 50_000
    (3, True)
    """
    rank = atlas.region_map.rank(region)
    return surface_from_cache(atlas, rank, hemisphere_number(hemisphere), settings)[0]


def surface_from_cache(
    atlas: Atlas,
    rank: int,
    hemisphere: int | None = None,
    settings: SurfaceSettings | None = None,
    most_bytes: int = MOST_BYTES,
) -> tuple[RegionSurface, bool]:
    """Return the surface of a rank, and whether it was in the cache; see `cached_surface`.

    An unreadable file is made again; where the cache cannot be
    written, the surface is made all the same.
    """
    settings = settings or SurfaceSettings()
    path = cache_folder(PART) / f"{surface_key(atlas, rank, hemisphere, settings)}{SUFFIX}"
    surface = _read_surface(path)
    if surface is not None:
        return surface, True
    made = surface_of_rank(atlas.ranks, rank, settings, atlas.hemisphere_rule, hemisphere)
    try:
        _write_surface(path, made)
        _limit_size(path.parent, most_bytes, path)
    except (OSError, AtlasError):
        # No room, or no right to write: then it is made again next time.
        return made, False
    return made, False


def surface_key(atlas: Atlas, rank: int, hemisphere: int | None, settings: SurfaceSettings) -> str:
    """Return the SHA-256 of all that a surface depends on, in hexadecimal digits."""
    rank_volume = atlas.ranks
    below = rank_volume.ids[rank : int(rank_volume.ends[rank])].astype("<i8").tobytes()
    facts = {
        "method": METHOD_VERSION,
        "annotation": rank_volume.sha256,
        "affine": rank_volume.grid.affine.tolist(),
        "regions": hashlib.sha256(below).hexdigest(),
        "side": hemisphere,
        "sides": None
        if hemisphere is None
        else _digest_hemispheres(atlas.hemisphere_rule, rank_volume.grid.shape),
        "settings": asdict(settings),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _digest_hemispheres(hemisphere_rule: HemisphereRule | None, shape: tuple[int, ...]) -> str:
    if hemisphere_rule is None:
        raise AtlasError("left and right are unknown; state orientation and midline")
    if isinstance(hemisphere_rule, HemispherePlane):
        return f"{hemisphere_rule.axis} {hemisphere_rule.boundary} {hemisphere_rule.low}"
    if hemisphere_rule not in _hemisphere_digests:
        volume = np.ascontiguousarray(hemisphere_rule.volume(shape))
        _hemisphere_digests[hemisphere_rule] = hashlib.sha256(volume.data).hexdigest()
    return _hemisphere_digests[hemisphere_rule]


def is_sound_surface(path: Path) -> bool:
    """Return whether a file of the cache holds a surface; checksums of the file decide."""
    try:
        _parse_surface(path)
    except DAMAGE:
        return False
    return True


def _read_surface(path: Path) -> RegionSurface | None:
    """Read a surface, None where there is none or it is damaged; damaged ones are removed."""
    if not path.is_file():
        return None
    try:
        surface = _parse_surface(path)
        with suppress(PermissionError):
            os.utime(path)  # used now: removed last
    except FileNotFoundError:
        return None  # another session has just removed it
    except DAMAGE:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        note_repair(f"{path}: this surface was damaged in the cache; it is made again")
        return None
    return surface


def _parse_surface(path: Path) -> RegionSurface:
    # Read whole: the checksum of a member is compared at its end only.
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise ValueError(f"{damaged} has another checksum")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        points, faces = stored["points"], stored["faces"]
        report = SurfaceReport.from_dict(json.loads(str(stored["report"])))
    sound = (
        points.shape[1:] == (3,)
        and faces.shape == (report.n_faces, 3)
        and points.dtype == np.float64
        and faces.dtype == np.int32
        and faces.min() >= 0
        and faces.max() < len(points)
        and np.isfinite(points).all()
    )
    if not sound:
        raise ValueError("not a surface")
    return RegionSurface(Mesh(points, faces.astype(np.int64)), report)


def _write_surface(path: Path, surface: RegionSurface) -> None:
    content: dict[str, Any] = {
        "points": surface.mesh.points,
        "faces": surface.mesh.faces.astype(np.int32),
        "report": np.array(json.dumps(surface.report.as_dict())),
    }
    with atomic_write(path) as temporary:
        np.savez(temporary, **content)


def _limit_size(folder: Path, most_bytes: int, newest: Path) -> None:
    """Remove the least recently used files until the rest is small enough."""
    files = []
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            facts = path.stat()
        except OSError:
            continue  # another session has just removed it
        files.append((facts.st_mtime_ns, facts.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= most_bytes:
            return
        if path != newest:
            path.unlink(missing_ok=True)
            total -= size
