"""Writer of ``package.toml``, empty or filled in, with a comment on every field."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from ...core.errors import ArgumentError
from ...formats.common.atomic import atomic_write
from ..options import TARGETS
from .metadata import FIELDS
from .spec import MESH_WORDS, PackageSpec


@dataclass(frozen=True)
class _Entry:
    """Key of the file and its explanation."""

    key: str
    explanation: str
    example: Any
    optional: bool = True


HEADER = (
    "What an atlas package is made of. Paths are relative to this file.",
    "A line that begins with '#' is ignored: remove the '#' to use it.",
)
INGREDIENTS = (
    _Entry("annotation", "Volume of region ids: NRRD, NIfTI, TIFF.", "annotation.nrrd", False),
    _Entry("reference", "Image on the same voxels, such as a template.", "template.nrrd"),
    _Entry("regions", "List or tree of the regions: JSON, CSV, a label table.", "hierarchy.json"),
    _Entry(
        "hemispheres",
        "Volume of 0 (outside), 1 (left) and 2 (right); none if symmetric.",
        "hemispheres.nrrd",
    ),
    _Entry("orientation_field", "Quaternions on the same voxels.", "orientation.nrrd"),
    _Entry(
        "meshes",
        "'labels': made of the annotation; 'none'; or a folder of files named by id, "
        "µm (write './labels' for a folder of that name).",
        "labels",
    ),
)
OPTIONS = (
    _Entry("targets", f"Layouts to be written: {', '.join(TARGETS)}.", ["brainglobe-v2"]),
    _Entry("resolutions", "Further voxel sizes in µm, coarser than the annotation's.", [50, 100]),
    _Entry(
        "labels",
        "Label of a coarser voxel: 'nearest' (at its center) or 'majority' (of most of it).",
        "nearest",
    ),
    _Entry("empty_regions", "Regions without a voxel: 'drop' or 'keep' them.", "drop"),
)
REFERENCES = _Entry("nissl", "Further images on the same voxels, by name.", "nissl.nrrd")
OPTIONAL = "May be left out."


def write_package_spec(path: str | Path, spec: PackageSpec, force: bool = False) -> None:
    """Write a package spec; paths below the file's folder are written relative to it.

    Parameters
    ----------
    path
        The file.
    spec
        What is written. Reading the file gives the same.
    force
        Whether an existing file may be replaced.

    Raises
    ------
    ArgumentError
        If a further key of the metadata has a value that TOML cannot hold.
    """
    target = Path(path)
    metadata = spec.metadata.as_dict()
    atlas = {f.key: metadata[f.key] for f in FIELDS if f.key in metadata}
    text = _make_document(
        atlas,
        # TOML has no null: a key without a value is left out.
        {k: v for k, v in spec.metadata.extra.items() if v is not None},
        _list_sources(target, spec),
        {k: _make_relative(target, p) for k, p in spec.additional_references.items()},
        {
            "targets": list(spec.targets) or None,
            "resolutions": [_simplify_size(r) for r in spec.resolutions] or None,
            "labels": spec.labels,
            "empty_regions": spec.empty_regions,
        },
    )
    with atomic_write(target, force) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def template_toml() -> str:
    """Return the text of a file to be filled in: every field with a comment and an example.

    Required fields are empty, so that no example is mistaken for the atlas's own citation or
    voxel size; what may be left out is commented out.
    """
    return _make_document(
        {f.key: "" for f in FIELDS if f.required},
        {},
        {line.key: "" for line in INGREDIENTS if not line.optional},
        {},
        {},
    )


def _make_document(
    atlas: Mapping[str, Any],
    extra: Mapping[str, Any],
    ingredients: Mapping[str, Any],
    references: Mapping[str, str],
    options: Mapping[str, Any],
) -> str:
    document = tomlkit.document()
    for line in HEADER:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    fields = [
        _Entry(f.key, f.explanation, _parse(f.key, f.example), not f.required) for f in FIELDS
    ]
    table = _make_table(fields, atlas)
    if extra:
        more = tomlkit.table()
        for key, value in extra.items():
            more.add(key, _convert_value(key, value))
        table.add("extra", more)
    document.add("atlas", table)
    table = _make_table(INGREDIENTS, ingredients)
    if references:
        table.add("additional_references", _make_table([], references))
    else:
        table.add(tomlkit.comment(REFERENCES.explanation))
        table.add(tomlkit.comment("[ingredients.additional_references]"))
        table.add(tomlkit.comment(_format_example(REFERENCES.key, REFERENCES.example)))
        table.add(tomlkit.nl())
    document.add("ingredients", table)
    document.add("options", _make_table(OPTIONS, options))
    return tomlkit.dumps(document)


def _make_table(lines: Iterable[_Entry], values: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    explained = list(lines)
    for line in explained:
        value = values.get(line.key)
        more = f" {OPTIONAL}" if line.optional else ""
        more += f" Such as: {_format_example(line.key, line.example)}" if value == "" else ""
        table.add(tomlkit.comment(line.explanation + more))
        if value is None:
            table.add(tomlkit.comment(_format_example(line.key, line.example)))
        else:
            table.add(line.key, value)
        table.add(tomlkit.nl())
    for key in values.keys() - {line.key for line in explained}:
        table.add(key, values[key])
    return table


def _format_example(key: str, value: Any) -> str:
    return tomlkit.dumps({key: value}).strip()


def _parse(key: str, example: str) -> Any:
    """Format an example as a value: numbers and truth without quotes."""
    if key in ("resolution", "root_id"):
        return int(example)
    return example == "true" if key == "symmetric" else example


def _list_sources(target: Path, spec: PackageSpec) -> dict[str, str]:
    values: dict[str, str | Path | None] = {
        line.key: getattr(spec, line.key) for line in INGREDIENTS
    }
    return {
        key: value if isinstance(value, str) else _make_relative(target, value)
        for key, value in values.items()
        if value is not None
    }


def _make_relative(target: Path, path: Path) -> str:
    """Return a path as the file writes it: relative where below, or next to, the file's folder."""
    folder = target.resolve().parent
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are
    if whole.is_relative_to(folder):
        text = whole.relative_to(folder).as_posix()
    elif whole.is_relative_to(folder.parent) and folder.parent != folder.parent.parent:
        text = f"../{whole.relative_to(folder.parent).as_posix()}"
    else:
        return whole.as_posix()
    return f"./{text}" if text in MESH_WORDS else text


def _simplify_size(resolution: tuple[float, float, float]) -> Any:
    sizes = [int(r) if r.is_integer() else r for r in resolution]
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _convert_value(key: str, value: Any) -> Any:
    try:
        return tomlkit.item(value)
    except (ValueError, TypeError) as exc:
        raise ArgumentError(
            f"metadata key {key!r} is a {type(value).__name__}; expected what TOML can hold"
        ) from exc
