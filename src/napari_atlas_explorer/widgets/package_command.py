"""The command that makes the package of a form again."""

from __future__ import annotations

import shlex
from pathlib import Path

from ..commands.metadata_options import METADATA_OPTIONS
from ..core.errors import AtlasError
from ..core.package import Package
from ..plugin.package_request import PackageRequest, resolution_text
from ..plugin.package_run import changes
from ..plugin.settled import Settled


def recipe_command(request: PackageRequest, recipe: Path) -> str:
    """Command for a form whose ingredients stand in a file."""
    return shlex.join(
        ["atlas-explorer", "package", str(recipe), "--to", request.target, *_rest(request)]
    )


def atlas_command(
    request: PackageRequest, package: Package, path: Path | None, settled: Settled
) -> str:
    """Command for the atlas that is shown.

    Parameters
    ----------
    request
        The form.
    package
        The atlas.
    path
        What was opened; None for the sample and for layers.
    settled
        What the user said of its files.

    Raises
    ------
    AtlasError
        Where the command line cannot know what the window does.
    """
    source = path or package.path
    if source is None:
        raise AtlasError(
            f"{package.name} stands in no file; expected an atlas that was opened from one: a "
            f"command cannot read layers"
        )
    if settled.midline:
        raise AtlasError(
            "the command line cannot be told of the midline that was stated here; expected a "
            "volume of hemispheres"
        )
    words = ["atlas-explorer", "package", "--from", str(source), "--to", request.target]
    if settled.region_map:
        words += ["--region-map", settled.region_map]
    stated = {
        "resolution": resolution_text(settled.resolution) if settled.resolution else "",
        "orientation": settled.orientation or "",
    }
    stated |= changes(request, package)
    for option, key, _ in METADATA_OPTIONS:
        if stated.get(key):
            words += [option, stated[key]]
    if request.resolutions.strip():
        words += ["--resolutions", request.resolutions.replace(" ", "")]
    if request.labels != "nearest":
        words += ["--labels", request.labels]
    if request.empty is not None:
        words += ["--empty", request.empty]
    if request.meshes is not None:
        words += ["--meshes", request.meshes]
    return shlex.join([*words, *_rest(request)])


def _rest(request: PackageRequest) -> list[str]:
    """Options that no recipe holds."""
    words = []
    if request.masks and request.target == "brainglobe-v3":
        words.append("--masks")
    if request.hemisphere is not None:
        words += ["--hemisphere", request.hemisphere]
    if request.region.strip():
        words += ["--region", request.region.strip()]
    if request.archive:
        words.append("--archive")
    if request.install and request.is_brainglobe:
        words.append("--install")
    if request.replace:
        words.append("--force")
    return [*words, "-o", request.folder.strip() or "."]
