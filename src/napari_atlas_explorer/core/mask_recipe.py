"""Mask recipes: provenance that reproduces a mask bit for bit and credits the atlas."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atlas.atlas import Atlas
from .errors import ArgumentError, AtlasError, short
from .json_fields import Fields
from .selection import ALL_SIDES, Selection

FORMAT = "napari-atlas-explorer mask recipe"
VERSION = 1
WHAT = "the mask recipe"
CREDIT = ("citation", "atlas_link", "license", "atlas_packager", "species")

GROW, SHRINK, SHELL = "grow", "shrink", "shell"
FILL, LARGEST, CUT = "fill", "largest component", "cut"
WITH_SIZE = (GROW, SHRINK, SHELL)
"""Steps that have a size in µm."""
STEPS = (*WITH_SIZE, FILL, LARGEST, CUT)


def mask_sha256(mask: NDArray[np.bool_]) -> str:
    """Return the SHA-256 of a mask's shape and its voxels, eight to a byte in C order."""
    digest = hashlib.sha256(np.array(mask.shape, "<i8").tobytes())
    digest.update(np.packbits(mask, axis=None).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Operation:
    """One step after the regions were put together.

    Attributes
    ----------
    name
        One of `STEPS`.
    micrometers
        By how much; None where the step has no size.
    sha256
        Of a step "cut": `mask_sha256` of the voxels that it leaves, where they are known.
    """

    name: str
    micrometers: float | None = None
    sha256: str | None = None

    def __post_init__(self) -> None:
        """Refuse a step that does not exist, or has a size where it cannot have one."""
        if self.name not in STEPS:
            raise ArgumentError(f"step {self.name!r}; expected one of {', '.join(STEPS)}")
        size = self.micrometers
        if self.name in WITH_SIZE:
            if size is None or not 0 <= size < float("inf"):
                raise ArgumentError(f"{self.name} by {size} µm; expected 0 or more")
        elif size is not None:
            raise ArgumentError(f"{self.name} by {size} µm; expected no size")

    def describe(self) -> str:
        """Return words for a status line: "grow 100 µm"."""
        return self.name if self.micrometers is None else f"{self.name} {self.micrometers:g} µm"


@dataclass(frozen=True)
class MaskRecipe:
    """Regions, sides and steps of a mask, and the atlas they are of.

    Attributes
    ----------
    atlas, atlas_version
        Name, and version where the package states one.
    annotation_sha256
        Of the annotation's ids and shape (see `Annotation.sha256`).
    query
        What the user asked for, in the language of `query.parser`, or "".
    parts
        Regions by id: ``{"id", "acronym", "descendants", "sides"}``, sides as bits of
        `selection`.
    hemisphere_convention
        Whose word left and right are; None where no side matters.
    operations
        Steps, the first one first.
    software
        Name and version of this package.
    credit
        Citation, license and the like, as the package states them; text by name.
    mask_sha256
        `mask_sha256` of the mask that it gave; None before one was made.
    """

    atlas: str
    atlas_version: str | None
    annotation_sha256: str
    query: str
    parts: tuple[Mapping[str, Any], ...]
    hemisphere_convention: str | None
    operations: tuple[Operation, ...] = ()
    software: str = ""
    credit: Mapping[str, str] = field(default_factory=dict)
    mask_sha256: str | None = None

    @classmethod
    def of(
        cls,
        atlas: Atlas,
        selection: Selection,
        query: str = "",
        operations: Sequence[Operation] = (),
    ) -> MaskRecipe:
        """Write down how a selection of an atlas is made."""
        rank_volume, n_known = atlas.ranks, len(atlas.region_map)
        parts = tuple(
            {
                "id": int(rank_volume.ids[rank]),
                "acronym": atlas.region_map.acronym_of_rank(rank) if rank <= n_known else None,
                "descendants": whole,
                "sides": hemispheres,
            }
            for rank, whole, hemispheres in selection.parts()
        )
        version = atlas.metadata.get("version")
        convention = (
            atlas.hemisphere_rule.convention
            if selection.depends_on_hemispheres and atlas.hemisphere_rule
            else None
        )
        return cls(
            atlas=atlas.name,
            atlas_version=None if version is None else str(version),
            annotation_sha256=rank_volume.sha256,
            query=query,
            parts=parts,
            hemisphere_convention=convention,
            operations=tuple(operations),
            software=_list_versions(),
            credit={
                k: _describe_regions(atlas.metadata[k]) for k in CREDIT if atlas.metadata.get(k)
            },
        )

    def selection(self, atlas: Atlas) -> Selection:
        """Return the selection of these regions in an atlas.

        Raises
        ------
        AtlasError
            If the atlas's annotation is not the one of the recipe, its sides are by another
            convention, or a region is not in it.
        """
        rank_volume = atlas.ranks
        found = rank_volume.sha256
        if found != self.annotation_sha256:
            raise AtlasError(
                f"the recipe is for the annotation {self.annotation_sha256[:12]}… of {self.atlas}; "
                f"that of {atlas.name} is {found[:12]}…"
            )
        if self.hemisphere_convention is None:
            if any(part["sides"] != ALL_SIDES for part in self.parts):
                raise AtlasError("the recipe names sides, but not whose convention they are by")
        elif (
            atlas.hemisphere_rule is None
            or atlas.hemisphere_rule.convention != self.hemisphere_convention
        ):
            has = (
                atlas.hemisphere_rule.convention
                if atlas.hemisphere_rule
                else "no word on its sides"
            )
            raise AtlasError(
                f"the recipe's sides are by {self.hemisphere_convention!r}; the atlas has {has!r}"
            )
        rank_of = {int(i): k for k, i in enumerate(rank_volume.ids.tolist()) if k}
        missing = [p["id"] for p in self.parts if p["id"] not in rank_of]
        if missing:
            raise AtlasError(f"the recipe names region {missing[0]}, which {atlas.name} has not")
        return Selection.of_parts(
            rank_volume, [(rank_of[p["id"]], p["descendants"], p["sides"]) for p in self.parts]
        )

    def with_operation(self, operation: Operation) -> MaskRecipe:
        """Return a copy with one more step."""
        return replace(self, operations=(*self.operations, operation), mask_sha256=None)

    def with_result(self, mask: NDArray[np.bool_]) -> MaskRecipe:
        """Return a copy that knows which mask it gave, so that another one is noticed."""
        return replace(self, mask_sha256=mask_sha256(mask))

    def as_dict(self) -> dict[str, Any]:
        """Return the plain values for JSON (docs/mask-recipe.schema.json)."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "atlas": {
                "name": self.atlas,
                "version": self.atlas_version,
                "annotation_sha256": self.annotation_sha256,
            },
            "query": self.query,
            "regions": [dict(p) for p in self.parts],
            "hemisphere_convention": self.hemisphere_convention,
            "operations": [_step_as_dict(o) for o in self.operations],
            "mask_sha256": self.mask_sha256,
            "software": self.software,
            "credit": dict(self.credit),
        }

    @classmethod
    def from_dict(cls, document: Any) -> MaskRecipe:
        """Read what `as_dict` wrote.

        Raises
        ------
        ArgumentError
            If it is no recipe, a damaged one, or one of a later version.
        """
        said = Fields(document, WHAT)
        if document.get("format") != FORMAT:
            raise ArgumentError(f"'format' is {short(document.get('format'))}; expected {FORMAT!r}")
        if document.get("version") != VERSION:
            found = short(document.get("version"))
            raise ArgumentError(f"a mask recipe of version {found}; this release reads {VERSION}")
        atlas = said.inner("atlas")
        return cls(
            atlas=atlas.text("name"),
            atlas_version=atlas.text_or_none("version"),
            annotation_sha256=atlas.text("annotation_sha256"),
            query=said.text("query"),
            parts=tuple(_read_part(region) for region in said.items("regions")),
            hemisphere_convention=said.text_or_none("hemisphere_convention"),
            operations=tuple(_read_step(step) for step in said.items("operations")),
            software=said.text("software"),
            credit=said.texts("credit"),
            mask_sha256=said.text_or_none("mask_sha256"),
        )


def _describe_regions(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _read_part(region: Fields) -> dict[str, Any]:
    return {
        "id": region.whole("id", -(2**63), 2**63 - 1),
        "acronym": region.text_or_none("acronym"),
        "descendants": region.flag("descendants"),
        "sides": region.whole("sides", 1, ALL_SIDES),
    }


def _read_step(step: Fields) -> Operation:
    return Operation(
        step.text("name"), step.number_or_none("micrometres"), step.text_or_none("sha256")
    )


def _step_as_dict(operation: Operation) -> dict[str, Any]:
    document: dict[str, Any] = {"name": operation.name, "micrometres": operation.micrometers}
    return document if operation.sha256 is None else {**document, "sha256": operation.sha256}


def _list_versions() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"napari-atlas-explorer {version('napari-atlas-explorer')}"
    except PackageNotFoundError:
        return "napari-atlas-explorer"
