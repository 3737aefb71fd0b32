"""Entry points for napari: reader, preference to be the default reader, sample data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..analysis.dropped import kind_of
from ..atlases.layouts.lone_volume import judge_volume
from ..atlases.open import open_atlas
from ..core.atlas.atlas import Atlas
from ..core.colors.scales import contrast_limits
from ..core.errors import AtlasError, NotAnAnnotationError
from ..core.text import as_plain
from .layer_info import LayerInfo, info_in
from .layers import LayerData, atlas_layers, dataset_layer
from .placement import displayed, layer_placement

# ---- Preference: default reader ------------------------------------------------------------------
#
# napari asks which reader to use where several claim a file. Its settings hold a table of
# patterns and readers; only what the user switches on is written there.

PLUGIN = "napari-atlas-explorer"
PATTERNS = (
    "*/annotation.tiff",
    "*/reference.tiff",
    "*/brain_regions.nrrd",
    "*/annotation_*.nrrd",
    "*.nrrd",
    "*.nhdr",
    "*.nii",
    "*.nii.gz",
    "*.mha",
    "*.mhd",
)


def is_default() -> bool:
    """Return whether this plugin is the default reader of atlas files."""
    table = _read_preferences()
    return all(table.get(pattern) == PLUGIN for pattern in PATTERNS)


def set_default(on: bool) -> None:
    """Set or unset this plugin as the default reader of atlas files.

    Patterns that the user has given to another plugin stay with it.
    """
    from napari.settings import get_settings

    table = dict(_read_preferences())
    for pattern in PATTERNS:
        if on:
            table.setdefault(pattern, PLUGIN)
        elif table.get(pattern) == PLUGIN:
            del table[pattern]
    get_settings().plugins.extension2reader = table


def _read_preferences() -> dict[str, str]:
    from napari.settings import get_settings

    return dict(get_settings().plugins.extension2reader)


# ---- Sample data ---------------------------------------------------------------------------------


def phantom_brain() -> list[LayerData]:
    """Return the layers of the sample atlas; made once and then read from the cache."""
    from ..atlases.sample import sample_atlas

    return atlas_layers(sample_atlas())


# ---- Reader --------------------------------------------------------------------------------------

PathOrPaths = str | Sequence[str]


def get_reader(path: PathOrPaths) -> Callable[[PathOrPaths], list[LayerData]] | None:
    """Return the function that reads a path, or None for other files."""
    paths = [path] if isinstance(path, str) else list(path)
    readable = all(kind_of(Path(p)) in ("folder", "volume") for p in paths)
    return read if paths and readable else None


def read(path: PathOrPaths) -> list[LayerData]:
    """Read one path or several as layers.

    Raises
    ------
    AtlasError
        In one line; napari shows it as a notification and adds nothing.
    """
    paths = [path] if isinstance(path, str) else list(path)
    layers = [layer for p in paths for layer in read_path(Path(p))]
    if any(
        kind == "labels" and info_in(options["metadata"]) is not None for _, options, kind in layers
    ):
        _notify("Browse the regions: Plugins › Atlas Explorer")
    for _, options, _ in layers:
        report_image_guess(options)
    return layers


def read_path(path: Path) -> list[LayerData]:
    """Return the layers of a folder, of a file out of a package, or of a lone volume."""
    if path.is_dir():
        return atlas_layers(open_atlas(path))
    atlas = find_package(path)
    if atlas is not None:
        name = next(
            n for n, d in atlas.package.datasets.items() if d.path and d.path.name == path.name
        )
        return [dataset_layer(atlas, name)]
    return [lone_layer(path)]


def find_package(path: Path) -> Atlas | None:
    """Return the atlas of a file's package, None for a file outside packages."""
    try:
        return open_atlas(path)
    except NotAnAnnotationError:
        return None


def lone_layer(path: Path) -> LayerData:
    """Return the layer of an image outside packages."""
    judged = judge_volume(path)
    data = judged.data
    options = {
        "name": as_plain(path.name),
        **layer_placement(data.grid, judged.header.orientation, judged.header.spacing_known),
        "metadata": LayerInfo(
            path=str(path),
            taken_for=f"image: {judged.reason}",
            assumptions=tuple(a.statement for a in judged.header.assumptions),
        ).as_metadata(),
    }
    if data.payload_shape:
        raise AtlasError(
            f"{path}: {data.payload_shape} values per voxel and no atlas around it; "
            f"open the folder it belongs to"
        )
    pixels = displayed(data.raw, data.grid)
    return pixels, {**options, "contrast_limits": contrast_limits(data.raw)}, "image"


def report_image_guess(options: Mapping[str, Any]) -> None:
    """Report that a volume was taken for an image, why, and how to overrule it."""
    info = info_in(options["metadata"])
    if info is not None and info.taken_for:
        _notify(
            f"{options['name']} was taken for an {info.taken_for}. If it holds region ids: select "
            f"its layer, then Atlas Explorer › ⋯ › Use the selected layer as annotation"
        )


def _notify(text: str) -> None:
    from napari.utils.notifications import show_info

    show_info(as_plain(text))


def image_of(atlas: Atlas) -> LayerData:
    """Return a wrongly judged lone volume as an image layer."""
    volume = atlas.annotation
    name = atlas.package.datasets[atlas.package.annotation].name
    options = {
        "name": as_plain(name),
        **layer_placement(atlas.grid, atlas.orientation, atlas.package.resolution_known),
        "metadata": LayerInfo(taken_for="image, as you chose").as_metadata(),
    }
    raw = displayed(volume.raw, volume.grid)
    return raw, {**options, "contrast_limits": contrast_limits(raw)}, "image"
