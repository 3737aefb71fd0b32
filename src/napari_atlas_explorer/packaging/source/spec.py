"""Package spec, ``package.toml``: the sources and options to make a package again."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...core.errors import ArgumentError, AtlasFileError, short
from ...formats.common.toml import read_toml
from ..options import EMPTY_RULES, LABEL_RULES, TARGETS, EmptyRule, LabelRule, Target
from .metadata import FIELDS, AtlasMetadata

FILE_NAME = "package.toml"

TABLES = ("atlas", "ingredients", "options")
ATLAS_KEYS = (*(f.key for f in FIELDS), "extra")
FILES = ("annotation", "reference", "hemispheres", "orientation_field", "regions")
INGREDIENT_KEYS = (*FILES, "meshes", "additional_references")
OPTION_KEYS = ("targets", "resolutions", "labels", "empty_regions")
MESH_WORDS = ("labels", "none")

REFERENCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
TAKEN_NAMES = ("annotation", "hemispheres", "reference")

Resolution = tuple[float, float, float]


@dataclass(frozen=True)
class PackageSpec:
    """Sources and options of a package.

    Attributes
    ----------
    metadata
        Metadata of the atlas.
    annotation
        Volume of region ids.
    reference, hemispheres, orientation_field
        Volumes on the same voxels, None where there is none.
    regions
        List or tree of regions, None if it is to be found in the annotation's folder.
    meshes
        "labels": made of the annotation; "none"; or a folder of files named by region id. None
        leaves it to what is found.
    additional_references
        Further images on the same voxels, by name.
    targets
        Layouts to be written; empty leaves it to the caller.
    resolutions
        Further voxel sizes, µm along each axis.
    labels
        How labels get to coarser voxels.
    empty_regions
        What becomes of regions without a voxel, None for what is usual for the source.
    """

    metadata: AtlasMetadata
    annotation: Path
    reference: Path | None = None
    hemispheres: Path | None = None
    orientation_field: Path | None = None
    regions: Path | None = None
    meshes: Literal["labels", "none"] | Path | None = None
    additional_references: Mapping[str, Path] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    labels: LabelRule = "nearest"
    empty_regions: EmptyRule | None = None


def read_package_spec(path: str | Path) -> PackageSpec:
    """Read a file; its paths are made absolute, and only their existence is checked.

    Keys may be left out, or be "" for a text: then they are not stated.

    Raises
    ------
    AtlasFileError
        Naming the key, its value and the expected one.
    """
    path = Path(path)
    data = read_toml(path)
    _require_names(path, "table", data, TABLES)
    atlas, ingredients, options = (_get_table(path, name, data.get(name, {})) for name in TABLES)
    _require_names(path, "key in [atlas]", atlas, ATLAS_KEYS)
    _require_names(path, "key in [ingredients]", ingredients, INGREDIENT_KEYS)
    _require_names(path, "key in [options]", options, OPTION_KEYS)
    files = {key: _parse_path(path, key, ingredients.get(key)) for key in FILES}
    annotation = files.pop("annotation")
    if annotation is None:
        raise AtlasFileError(path, "no annotation in [ingredients]", "the volume of region ids")
    return PackageSpec(
        metadata=_parse_metadata(path, atlas),
        annotation=annotation,
        **files,
        meshes=_parse_meshes(path, ingredients.get("meshes")),
        additional_references=_parse_references(path, ingredients.get("additional_references", {})),
        targets=_parse_targets(path, options.get("targets", [])),
        resolutions=_parse_resolutions(path, options.get("resolutions", [])),
        labels=_parse_word(path, "labels", options.get("labels") or "nearest", LABEL_RULES),
        empty_regions=(
            _parse_word(path, "empty_regions", options["empty_regions"], EMPTY_RULES)
            if options.get("empty_regions")
            else None
        ),
    )


def _parse_metadata(path: Path, table: Mapping[str, Any]) -> AtlasMetadata:
    extra = _get_table(path, "atlas.extra", table.get("extra", {}))
    known = {key: value for key, value in table.items() if key != "extra"}
    taken = sorted(set(extra) & {f.key for f in FIELDS})
    if taken:
        raise AtlasFileError(path, f"{taken[0]} in [atlas.extra]", f"{taken[0]} in [atlas]")
    try:
        return AtlasMetadata.from_mapping({**extra, **known})
    except ArgumentError as exc:
        raise AtlasFileError(path, f"[atlas]: {exc}") from exc


def _parse_meshes(path: Path, value: Any) -> Literal["labels", "none"] | Path | None:
    if value == "labels" or value == "none":
        return value  # type: ignore[no-any-return]
    return _require(path, "meshes", value, Path.is_dir, "'labels', 'none' or a folder of meshes")


def _parse_references(path: Path, value: Any) -> dict[str, Path]:
    table = _get_table(path, "ingredients.additional_references", value)
    references = {}
    for name, text in table.items():
        if not REFERENCE_NAME.fullmatch(name) or name.lower() in TAKEN_NAMES:
            raise AtlasFileError(
                path,
                f"additional reference {short(name)}",
                "a name of letters, digits, '-', '_' and '.', which is the name of its file",
            )
        file = _parse_path(path, f"additional_references.{name}", text)
        if file is None:
            raise AtlasFileError(path, f"additional_references.{name} is empty", "a volume")
        references[name] = file
    return references


def _parse_path(path: Path, key: str, value: Any) -> Path | None:
    return _require(
        path, key, value, Path.exists, "the path of a file, relative to this one or absolute"
    )


def _require(
    path: Path, key: str, value: Any, there: Callable[[Path], bool], expected: str
) -> Path | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or "\0" in value:
        raise AtlasFileError(path, f"{key} is {short(value)}", expected)
    found = Path(os.path.normpath(path.resolve().parent / value))
    try:
        is_there = there(found)
    except OSError:  # a name too long to be one
        is_there = False
    if not is_there:
        raise AtlasFileError(path, f"{key} is {found}, which does not exist", expected)
    return found


def _parse_resolutions(path: Path, value: Any) -> tuple[Resolution, ...]:
    expected = "a list of sizes in µm such as [50, 100], each a number or three of them"
    if not isinstance(value, list):
        raise AtlasFileError(path, f"resolutions is {short(value)}", expected)
    resolutions: list[Resolution] = []
    for entry in value:
        sizes = entry if isinstance(entry, list) else [entry] * 3
        if len(sizes) != 3 or not all(_is_size(size) for size in sizes):
            raise AtlasFileError(path, f"resolutions has {short(entry)}", expected)
        a, b, c = (float(size) for size in sizes)
        resolutions.append((a, b, c))
    return tuple(resolutions)


def _is_size(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 < value < 1e9


def _parse_targets(path: Path, value: Any) -> tuple[Target, ...]:
    if not isinstance(value, list):
        raise AtlasFileError(path, f"targets is {short(value)}", f"a list of {', '.join(TARGETS)}")
    return tuple(dict.fromkeys(_parse_word(path, "targets", word, TARGETS) for word in value))


def _parse_word(path: Path, key: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise AtlasFileError(
            path, f"{key} is {short(value)}", " or ".join(repr(word) for word in allowed)
        )
    return value


def _get_table(path: Path, name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise AtlasFileError(path, f"{name} is {short(value)}", f"a table [{name}]")
    return value


def _require_names(path: Path, what: str, found: Iterable[str], names: tuple[str, ...]) -> None:
    for name in found:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"{near[0]} (did you mean it?)" if near else ", ".join(names)
            further = "; further keys go into [atlas.extra]" if "[atlas]" in what else ""
            raise AtlasFileError(path, f"{what}: {short(name)}", hint + further)
