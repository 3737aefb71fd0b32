"""Between the form of a package and ``package.toml``, which the command line takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import ArgumentError
from ..packaging.atlas_metadata import AtlasMetadata
from ..packaging.options import Target
from ..packaging.recipe_toml import PackageRecipe
from .package_request import (
    Ingredients,
    PackageRequest,
    metadata_texts,
    parse_resolutions,
    resolution_text,
)


def recipe_of(request: PackageRequest, targets: tuple[Target, ...] = ()) -> PackageRecipe:
    """Recipe of what a form says.

    Parameters
    ----------
    request
        The form; its ingredients have an annotation.
    targets
        Layouts of the recipe that the form was filled from: they stay if its layout is the
        first of them.

    Raises
    ------
    ArgumentError
        Where the form is wrong.
    """
    parts = request.ingredients
    if parts is None or not parts.annotation.strip():
        raise ArgumentError("no annotation; expected the volume of region ids")
    meshes: Any = request.meshes
    if meshes in (None, "package"):
        meshes = _path(parts.meshes)
    try:
        resolutions = parse_resolutions(request.resolutions)
    except ValueError as exc:
        raise ArgumentError(
            f"resolutions {request.resolutions!r}; expected sizes in µm such as 50, 100"
        ) from exc
    annotation = _path(parts.annotation)
    assert annotation is not None
    return PackageRecipe(
        metadata=AtlasMetadata.from_mapping({**request.extra, **request.metadata}),
        annotation=annotation,
        reference=_path(parts.reference),
        hemispheres=_path(parts.hemispheres),
        orientation_field=_path(parts.orientation_field),
        regions=_path(parts.regions),
        meshes=meshes,
        additional_references={n.strip(): Path(p.strip()) for n, p in parts.additional},
        targets=targets if targets[:1] == (request.target,) else (request.target,),
        resolutions=resolutions,
        labels=request.labels,
        empty_regions=request.empty,
    )


def request_of(recipe: PackageRecipe, before: PackageRequest) -> PackageRequest:
    """Fill a form from a recipe; what a recipe does not say stays as it was."""
    is_folder = isinstance(recipe.meshes, Path)
    return replace(
        before,
        ingredients=Ingredients(
            str(recipe.annotation), _text(recipe.reference), _text(recipe.hemispheres),
            _text(recipe.orientation_field), _text(recipe.regions),
            str(recipe.meshes) if is_folder else "",
            tuple((name, str(path)) for name, path in recipe.additional_references.items()),
        ),
        metadata=metadata_texts(recipe.metadata),
        extra=dict(recipe.metadata.extra),
        target=recipe.targets[0] if recipe.targets else before.target,
        resolutions=", ".join(resolution_text(size) for size in recipe.resolutions),
        labels=recipe.labels,
        empty=recipe.empty_regions,
        meshes=None if is_folder or recipe.meshes is None else recipe.meshes,  # type: ignore[arg-type]
    )  # fmt: skip


def place_for(path: Path, parts: Ingredients) -> str:
    """Key of the ingredient that a dropped file is, by its kind and by what is there already.

    "recipe" for a ``.toml``; "additional" where annotation and reference are taken.
    """
    name = path.name.lower()
    if name.endswith(".toml"):
        return "recipe"
    if path.is_dir() and not name.endswith(".zarr"):
        return "meshes"
    if name.endswith((".json", ".csv", ".tsv", ".txt", ".label", ".ctbl", ".xml")):
        return "regions"
    for key, words in _WORDS.items():
        if any(word in name for word in words) and not getattr(parts, key):
            return key
    return next((k for k in ("annotation", "reference") if not getattr(parts, k)), "additional")


_WORDS: Mapping[str, tuple[str, ...]] = {
    "hemispheres": ("hemisphere",),
    "orientation_field": ("orientation",),
    "reference": ("reference", "template", "average"),
    "annotation": ("annotation", "labels", "brain_regions", "segmentation"),
}


def _path(text: str) -> Path | None:
    return Path(text.strip()).absolute() if text.strip() else None


def _text(path: Path | None) -> str:
    return "" if path is None else str(path)
