"""Session files, NAME.atlas.json: what a user built around an atlas.

The atlas itself is not in it: its path, and the hash of its annotation, by which another file
under the same name is recognized. Masks are kept as recipes, and as their values where they were
painted in. docs/session.schema.json describes it.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.dropped import SESSION_SUFFIX
from ..analysis.points.choice import PointsChoice, parse_choice
from ..atlases.local.remembered import Overrides, parse_overrides
from ..core.colors.scales import ColorScale
from ..core.errors import AtlasError, AtlasFileError, short
from ..core.json_fields import Fields
from ..core.mask_recipe import MaskRecipe
from ..core.regions.rank_volume import RankVolume
from ..core.selection import ALL_SIDES, Selection
from ..formats.common.atomic import atomic_write
from ..formats.common.text import load_json
from .region_view import ViewState

SUFFIX = SESSION_SUFFIX
FORMAT, VERSION = "napari-atlas-explorer session", 1
MAX_MASKS = 1000
INTEGER = re.compile("u?int(8|16|32|64)")

Part = tuple[int, bool, int]
"""Region id, whether with all descendants, and sides as bits of `core.selection`."""


@dataclass(frozen=True)
class PaintedValues:
    """Values of a mask that was painted in, compressed; its recipe no longer gives them."""

    dtype: str
    data: bytes

    @classmethod
    def of(cls, values: NDArray[Any]) -> PaintedValues:
        """Compress the values of a layer, in its own order of axes."""
        # The fastest level: painted masks are long runs of equal values, which every level finds.
        return cls(str(values.dtype), zlib.compress(np.ascontiguousarray(values).data, 1))

    def values(self, shape: tuple[int, ...]) -> NDArray[Any]:
        """Return the values of a layer of a known shape.

        Raises
        ------
        AtlasError
            If they are damaged, or of another shape.
        """
        size = math.prod(shape) * np.dtype(self.dtype).itemsize
        unpacker = zlib.decompressobj()
        try:
            # Bounded: a few bytes of a damaged file could stand for gigabytes.
            content = unpacker.decompress(self.data, size + 1)
        except zlib.error as exc:
            raise AtlasError(f"its painted voxels are damaged ({exc})") from exc
        if len(content) != size:
            raise AtlasError(f"its painted voxels are not those of {shape} voxels")
        return np.frombuffer(bytearray(content), self.dtype).reshape(shape)


@dataclass(frozen=True)
class SavedMask:
    """A mask layer: its name, whether regions have values of their own, and its recipe.

    ``painted`` has its values where the user has painted in it.
    """

    name: str
    valued: bool
    recipe: MaskRecipe
    painted: PaintedValues | None = None


@dataclass(frozen=True)
class SavedPoints:
    """An imported file of points: its path, and the choices of its columns, axes and unit."""

    path: str
    choice: PointsChoice


@dataclass(frozen=True)
class SavedColoring:
    """Numbers that the regions are colored by: name of the column, and its scale."""

    column: str
    scale: ColorScale


@dataclass(frozen=True)
class SavedSession:
    """Content of a session file.

    Attributes
    ----------
    atlas_path
        Path that the atlas was opened from.
    atlas_name, annotation_sha256
        Identity of the atlas.
    overrides
        The user's overrides for the files.
    hidden, selected
        Regions by id.
    depth, hemisphere
        As in `ViewState`.
    sets
        The user's named sets.
    masks
        Mask layers, the lowest first.
    points, values, lines
        Files of points, of values by region and of lines.
    surfaces
        Regions that are shown as surfaces, each with its sides.
    coloring
        What the regions are colored by, None for the atlas's colors.
    page
        Page of the panel that is in front, "" for the first.
    camera
        ``center``, ``zoom``, ``angles``, ``ndisplay``, ``point`` and ``order`` of the viewer.
    """

    atlas_path: str
    atlas_name: str
    annotation_sha256: str
    overrides: Overrides = field(default_factory=Overrides)
    hidden: tuple[Part, ...] = ()
    selected: tuple[Part, ...] = ()
    depth: int | None = None
    hemisphere: int | None = None
    sets: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    masks: tuple[SavedMask, ...] = ()
    points: tuple[SavedPoints, ...] = ()
    values: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    surfaces: tuple[Part, ...] = ()
    coloring: SavedColoring | None = None
    page: str = ""
    camera: Mapping[str, Any] = field(default_factory=dict)


def parts_by_id(selection: Selection) -> tuple[Part, ...]:
    """Return the regions of a selection by id."""
    ids = selection.rank_volume.ids
    return tuple(
        (int(ids[rank]), whole, hemispheres) for rank, whole, hemispheres in selection.parts()
    )


def selection_of(rank_volume: RankVolume, parts: tuple[Part, ...]) -> Selection:
    """Return the selection of regions by id; ignore ids that the annotation lacks."""
    ranks = {int(i): k for k, i in enumerate(rank_volume.ids.tolist()) if k}
    regions = [(ranks[i], whole, hemispheres) for i, whole, hemispheres in parts if i in ranks]
    return Selection.of_parts(rank_volume, regions)


def hidden_parts(rank_volume: RankVolume, state: ViewState) -> tuple[Part, ...]:
    """Return the hidden regions of a view."""
    bits = np.where(state.shown, 0, ALL_SIDES).astype(np.uint8)
    bits[0] = 0
    return parts_by_id(Selection(rank_volume, bits))


def view_state(rank_volume: RankVolume, saved: SavedSession) -> ViewState:
    """Return the state of the view in a session."""
    shown = selection_of(rank_volume, saved.hidden).bits == 0
    return ViewState(
        shown,
        saved.depth,
        saved.hemisphere,
        selection_of(rank_volume, saved.selected).bits,
        "restore the session",
    )


def write_session(path: str | Path, saved: SavedSession) -> None:
    """Write a session atomically."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "atlas": {
            "path": saved.atlas_path,
            "name": saved.atlas_name,
            "annotation_sha256": saved.annotation_sha256,
        },
        "settled": asdict(saved.overrides),
        "view": {
            "hidden": [_encode_part(p) for p in saved.hidden],
            "selected": [_encode_part(p) for p in saved.selected],
            "depth": saved.depth,
            "side": saved.hemisphere,
        },
        "sets": {name: [_encode_part(p) for p in parts] for name, parts in saved.sets.items()},
        "masks": [_encode_mask(m) for m in saved.masks],
        "points": [{"path": p.path, "choice": asdict(p.choice)} for p in saved.points],
        "values": list(saved.values),
        "lines": list(saved.lines),
        "surfaces": [_encode_part(p) for p in saved.surfaces],
        "coloring": _encode_coloring(saved.coloring),
        "page": saved.page,
        "camera": dict(saved.camera),
    }
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_session(path: str | Path) -> SavedSession:
    """Read a session.

    Raises
    ------
    AtlasFileError
        If it is none, of a later version, or damaged.
    """
    document = load_json(Path(path))
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise AtlasFileError(path, "no session of the atlas explorer", f"format {FORMAT!r}")
    version = document.get("version")
    if version != VERSION:
        raise AtlasFileError(
            path, f"a session of version {version!r}", f"{VERSION}, which this release reads"
        )
    try:
        return _parse_session(document)
    except KeyError as exc:
        raise AtlasFileError(path, f"a damaged session (no {exc})") from exc
    except (AtlasError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        raise AtlasFileError(path, f"a damaged session ({exc})") from exc


def _parse_session(document: dict[str, Any]) -> SavedSession:
    atlas = Fields(document.get("atlas"), "the session's atlas")
    view = document.get("view") or {}
    depth, hemisphere = view.get("depth"), view.get("side")
    if hemisphere not in (None, 1, 2) or not (
        depth is None or (isinstance(depth, int) and depth >= 0)
    ):
        raise ValueError(f"depth {depth!r}, side {hemisphere!r}")
    masks = list(document.get("masks") or ())
    if len(masks) > MAX_MASKS:
        raise ValueError(f"{len(masks)} masks")
    return SavedSession(
        atlas_path=atlas.text("path"),
        atlas_name=atlas.text("name"),
        annotation_sha256=atlas.text("annotation_sha256"),
        overrides=parse_overrides(document.get("settled") or {}),
        hidden=_parse_parts(view.get("hidden")),
        selected=_parse_parts(view.get("selected")),
        depth=depth,
        hemisphere=hemisphere,
        sets={str(k): _parse_parts(v) for k, v in (document.get("sets") or {}).items()},
        masks=tuple(_parse_mask(m) for m in masks),
        points=tuple(
            SavedPoints(str(p["path"]), parse_choice(p["choice"]))
            for p in document.get("points") or ()
        ),
        values=tuple(str(path) for path in document.get("values") or ()),
        lines=tuple(str(path) for path in document.get("lines") or ()),
        surfaces=_parse_parts(document.get("surfaces")),
        coloring=_parse_coloring(document.get("coloring")),
        page=str(document.get("page") or ""),
        camera=_parse_camera(document.get("camera") or {}),
    )


def _encode_mask(mask: SavedMask) -> dict[str, Any]:
    document = {"name": mask.name, "valued": mask.valued, "recipe": mask.recipe.as_dict()}
    if mask.painted is not None:
        data = b64encode(mask.painted.data).decode("ascii")
        document["painted"] = {"dtype": mask.painted.dtype, "zlib": data}
    return document


def _parse_mask(said: Mapping[str, Any]) -> SavedMask:
    painted = None
    if said.get("painted"):
        dtype = str(said["painted"]["dtype"])
        # NumPy parses other texts as well, and raises errors of Python's parser for some.
        if not INTEGER.fullmatch(dtype):
            raise ValueError(f"painted voxels of type {short(dtype)}")
        data = b64decode(str(said["painted"]["zlib"]), validate=True)
        painted = PaintedValues(dtype, data)
    recipe = MaskRecipe.from_dict(said["recipe"])
    return SavedMask(str(said["name"]), bool(said.get("valued")), recipe, painted)


def _encode_coloring(coloring: SavedColoring | None) -> dict[str, Any] | None:
    if coloring is None:
        return None
    scale = coloring.scale
    return {
        "column": coloring.column,
        "low": scale.low,
        "high": scale.high,
        "map": scale.name,
        "log": scale.log,
    }


def _parse_coloring(said: Any) -> SavedColoring | None:
    if not said:
        return None
    scale = ColorScale(float(said["low"]), float(said["high"]), str(said["map"]), bool(said["log"]))
    return SavedColoring(str(said["column"]), scale)


def _encode_part(part: Part) -> dict[str, Any]:
    return {"id": part[0], "descendants": part[1], "sides": part[2]}


def _parse_parts(listed: Any) -> tuple[Part, ...]:
    return tuple(
        (int(p["id"]), bool(p["descendants"]), int(p["sides"]) & ALL_SIDES) for p in listed or ()
    )


def _parse_camera(camera: Mapping[str, Any]) -> dict[str, Any]:
    """Return the view of a session; a canvas that is given NaN or 0 never draws again."""
    numbers = [camera.get("zoom", 1.0)]
    for key in ("center", "angles", "point", "order"):
        numbers += list(camera.get(key) or ())
    if not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers):
        raise ValueError("its view holds what is no number")
    if not numbers[0] > 0:
        raise ValueError(f"zoom {numbers[0]:g}")
    return dict(camera)
