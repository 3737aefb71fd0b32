"""Plates of an atlas as files: one document, or a file for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ..core.atlas.atlas import Atlas
from ..core.errors import AtlasFileError
from ..core.progress import Progress, ignore_progress
from ..formats.common.atomic import atomic_write, atomic_writes
from .figure import DrawnRegions
from .geojson import save_geojson
from .pdf import require_reportlab, save_pdf
from .plates import PlateSeries, compose_plates, draw_index, draw_plates
from .scene import Scene
from .snapshot_file import WRITERS, parse_hemisphere, targets_at_depth
from .style import PAGE_FONT_SIZE, PAGE_WIDTH_MM, Style

NUMBER = "{plate}"
DEFAULT_NAME = f"plate-{NUMBER}.svg"
DOCUMENTS, FILES = (".pdf", ".geojson"), (".svg", ".png", ".geojson")
"""Kinds of one file for all plates, and of one for each."""
EXPECTED = (
    f"a folder, a name that ends in .pdf or .geojson, or one with {NUMBER} in it that ends in "
    f".svg, .png or .geojson"
)


def save_plates(
    atlas: Atlas,
    path: str | Path,
    every: float,
    plane: str = "coronal",
    *,
    in_voxels: bool = False,
    depth: int | None = None,
    hemisphere: str | None = None,
    style: Style | None = None,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> int:
    """Draw sections at even distances, as ``atlas-explorer plates`` does.

    Parameters
    ----------
    atlas
        The atlas.
    path
        A name that ends in .pdf (which needs the extra ``figures``) or .geojson, for all plates; a
        folder, or a name with "{plate}" that ends in .svg, .png or .geojson, for a file for each.
    every
        Distance of the sections, µm, or voxels with ``in_voxels``.
    plane
        "coronal", "sagittal", "horizontal"; without an orientation "axis 0" and so on.
    depth
        Regions below this depth are drawn as their ancestors at it (0 is the root).
    hemisphere
        "left" or "right" to draw one alone.
    style
        Width, size of text, palette; by default a page of A4, lying, with names.
    overwrite
        Whether existing files are replaced.
    progress
        Called with the share that is done.

    Returns
    -------
    The number of plates.

    Raises
    ------
    AtlasError
        If a file exists, or plane or distance do not fit the atlas.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> with TemporaryDirectory() as folder:
    ...     save_plates(atlas, f"{folder}/plates.geojson", 4000)
    3
    """
    path = check_target(path)
    style = style or Style(PAGE_WIDTH_MM, PAGE_FONT_SIZE, names=True)
    drawn = DrawnRegions(targets_at_depth(atlas, depth), parse_hemisphere(hemisphere))

    def compose() -> PlateSeries:
        return compose_plates(atlas, plane, every, style, drawn, in_voxels=in_voxels)

    if NUMBER in path.name:
        series = compose()
        _write_files(series, path, overwrite, progress)
    else:
        # The target is refused or reserved before the volumes are read.
        with atomic_write(path, overwrite) as temporary:
            series = compose()
            if path.suffix.lower() == ".geojson":
                save_geojson(series, series.plates, temporary)
            else:
                pages = _report(draw_plates(series), len(series.plates), progress)
                save_pdf(chain(pages, draw_index(series)), temporary)
    return len(series.plates)


def check_target(path: str | Path) -> Path:
    """Return the name of one file, or of all with the place of their number in it.

    Raises
    ------
    AtlasError
        If it is neither, or a PDF and what writes it is not installed.
    """
    path = Path(path)
    if NUMBER in str(path.parent):
        raise AtlasFileError(path, f"{NUMBER} in the name of a folder", "it in that of the file")
    allowed: tuple[str, ...] = DOCUMENTS
    if NUMBER in path.name:
        allowed = FILES
    elif path.is_dir() or not path.suffix:
        return path / DEFAULT_NAME
    if path.suffix.lower() not in allowed:
        raise AtlasFileError(path, "no name of plates", EXPECTED)
    if path.suffix.lower() == ".pdf":
        require_reportlab()
    return path


def _write_files(series: PlateSeries, pattern: Path, force: bool, progress: Progress) -> None:
    digits = max(3, len(str(len(series.plates))))
    names = [
        pattern.with_name(pattern.name.replace(NUMBER, f"{plate.number:0{digits}d}"))
        for plate in series.plates
    ]
    if pattern.name == DEFAULT_NAME:
        pattern.parent.mkdir(exist_ok=True)
    suffix = pattern.suffix.lower()
    with atomic_writes(names, force) as temporaries:
        if suffix == ".geojson":
            for plate, temporary in zip(series.plates, temporaries, strict=True):
                save_geojson(series, [plate], temporary)
            return
        scenes = _report(draw_plates(series), len(series.plates), progress)
        for scene, temporary in zip(scenes, temporaries, strict=True):
            WRITERS[suffix](replace(scene, bookmark=""), temporary)


def _report(scenes: Iterator[Scene], total: int, progress: Progress) -> Iterator[Scene]:
    for k, scene in enumerate(scenes):
        progress(k / total)
        yield scene
    progress(1)
