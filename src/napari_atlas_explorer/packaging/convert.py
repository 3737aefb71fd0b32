"""Packages of an atlas that opens, or of the files that a package.toml names, in one call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..atlases.open import find_package, local_path
from ..core.atlas.atlas import Atlas
from ..core.errors import AtlasFileError
from ..core.progress import StageProgress, ignore_progress
from .make import PackageResult, make_package
from .options import PackageOptions, Target
from .source.sources import source_of_package, source_of_spec
from .source.spec import read_package_spec
from .source.update import update_metadata


def convert_atlas(
    atlas: Atlas | str | Path,
    target: Target,
    folder: str | Path,
    *,
    metadata: Mapping[str, Any] | None = None,
    options: PackageOptions | None = None,
    update: str | Path | None = None,
    checks: Collection[str] | None = None,
    archive: bool = False,
    keep_faulty: bool = False,
    overwrite: bool = False,
    progress: StageProgress = ignore_progress,
) -> PackageResult:
    """Package an atlas that opens in another layout, or a part of it.

    Parameters
    ----------
    atlas
        An atlas, or what `open_atlas` takes.
    target
        "brainglobe-v2", "brainglobe-v3", "voxelbrain" or "itksnap".
    folder
        Holds the package afterwards.
    metadata
        What the atlas does not state, or what replaces it, by BrainGlobe's keys.
    options
        What goes into the package: resolutions, meshes, a hemisphere or region alone.
    update
        An earlier package of it: the version is the next one, and metadata that nothing states
        is taken from it. `compare_versions` tells the differences.
    checks
        Groups of QA's checks to run on it; None for all, () for none.
    archive
        Whether a ``.tar.gz`` and its SHA-256 are made next to it.
    keep_faulty, overwrite
        Whether a package in which QA finds errors is kept, and one of this name replaced.
    progress
        Called with the share that is done and what is being done; may raise to stop.

    Returns
    -------
    ``packages``: the folders that `open_atlas` opens, the finest resolution first; ``notes``,
    ``reports`` of QA, ``archives``.

    Raises
    ------
    AtlasError
        In one line; nothing is left half.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer import open_atlas
    >>> coarse = open_atlas("sample").downsample(240)
    >>> with TemporaryDirectory() as folder:
    ...     made = convert_atlas(coarse, "voxelbrain", folder, metadata={"name": "mine"}, checks=())
    ...     open_atlas(made.packages[0]).shape == coarse.shape
    True
    """
    package = atlas.package if isinstance(atlas, Atlas) else find_package(local_path(atlas))
    source = source_of_package(package, metadata)
    if update is not None:
        source, _ = update_metadata(source, str(update), metadata or {})
    return make_package(
        source,
        replace(options or PackageOptions(target), target=target),
        folder,
        checks=checks,
        archive=archive,
        faulty=keep_faulty,
        force=overwrite,
        progress=progress,
    )


def package_files(
    spec: str | Path,
    folder: str | Path,
    *,
    update: str | Path | None = None,
    checks: Collection[str] | None = None,
    archive: bool = False,
    keep_faulty: bool = False,
    overwrite: bool = False,
    progress: StageProgress = ignore_progress,
) -> list[PackageResult]:
    """Package the source files that a ``package.toml`` names, in each layout it asks for.

    Parameters are those of `convert_atlas`; contents and layouts are those of the file.
    """
    read = read_package_spec(spec)
    if not read.targets:
        raise AtlasFileError(spec, "no targets in [options]", "one layout or several")
    source = source_of_spec(read)
    if update is not None:
        source, _ = update_metadata(source, str(update), {})
    return [
        make_package(
            source,
            PackageOptions(
                target,
                read.resolutions,
                labels=read.labels,
                empty=read.empty_regions,
                meshes=read.meshes if isinstance(read.meshes, str) else None,
            ),
            folder,
            checks=checks,
            archive=archive,
            faulty=keep_faulty,
            force=overwrite,
            progress=progress,
        )
        for target in read.targets
    ]
