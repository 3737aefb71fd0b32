"""Metadata of a package: its fields, their rules, and their sources.

The keys are BrainGlobe's. Its own tools check only some of them, and only when a package is
made; here every rule answers for one field at a time, in a sentence that a form can show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import ArgumentError
from .metadata_rules import (
    check_citation,
    check_link,
    check_name,
    check_orientation_letters,
    check_packager,
    check_resolution,
    check_root_id,
    check_species,
    check_symmetric,
    check_version,
    parse_resolution,
    parse_root_id,
    parse_symmetric,
)

UNPUBLISHED = "unpublished"
LAYOUT_KEYS = frozenset(
    (
        "location",
        "coordinate_space",
        "terminology",
        "annotation_set",
        "template",
        "shape",
        "additional_references",
    )
)
"""Keys that describe how one package is stored, not the atlas."""


@dataclass(frozen=True)
class MetadataField:
    """Field of the metadata, for forms, files and messages.

    Attributes
    ----------
    key
        BrainGlobe's key.
    title
        As a form names it.
    explanation
        One sentence: what goes there.
    example
        A value as one would type it.
    required
        Whether a BrainGlobe package cannot do without it.
    check
        Takes a value, or a text as it is typed; gives "" or one sentence: what is wrong and
        what is expected.
    """

    key: str
    title: str
    explanation: str
    example: str
    required: bool
    check: Callable[[Any], str]


FIELDS = (
    MetadataField(
        "name",
        "Name",
        "Who made the atlas and of what species, in lower case, joined by '_'.",
        "allen_mouse",
        True,
        check_name,
    ),
    MetadataField(
        "version",
        "Version",
        "Two whole numbers; the second one goes up with every change.",
        "1.0",
        True,
        check_version,
    ),
    MetadataField(
        "species",
        "Species",
        "Common name with the Latin one, or the Latin name alone.",
        "House mouse (Mus musculus)",
        True,
        check_species,
    ),
    MetadataField(
        "citation",
        "Citation",
        "The publication with its DOI, or 'unpublished'.",
        "Wang et al. 2020, https://doi.org/10.1016/j.cell.2020.04.007",
        True,
        check_citation,
    ),
    MetadataField(
        "atlas_link",
        "Link",
        "Where the atlas is from; it is not contacted.",
        "https://atlas.brain-map.org",
        True,
        check_link,
    ),
    MetadataField(
        "orientation",
        "Orientation",
        "The side on which each axis of the array starts: anterior or posterior, superior or "
        "inferior, left or right.",
        "asr",
        True,
        check_orientation_letters,
    ),
    MetadataField(
        "resolution",
        "Resolution",
        "Size of a voxel in µm: one number, or three in the order of the array's axes.",
        "25",
        True,
        check_resolution,
    ),
    MetadataField(
        "atlas_packager",
        "Packager",
        "Who made the package, for credit and for questions.",
        "Jane Doe, University of Somewhere",
        False,
        check_packager,
    ),
    MetadataField(
        "root_id",
        "Root's id",
        "Id of the region that holds all others; needed where the list of regions has several "
        "at its top.",
        "997",
        False,
        check_root_id,
    ),
    MetadataField(
        "symmetric",
        "Symmetric",
        "Whether the two sides meet in the middle of the volume, so that it needs no volume of "
        "hemispheres.",
        "true",
        False,
        check_symmetric,
    ),
)
"""Every field, in the order of a form."""

TEXTS = ("name", "version", "species", "citation", "atlas_link", "atlas_packager", "orientation")


@dataclass(frozen=True)
class AtlasMetadata:
    """Metadata of an atlas; see `FIELDS`.

    Attributes
    ----------
    name, version, species, citation, atlas_link, atlas_packager
        Texts, "" where not stated.
    root_id
        Id of the region above all others, None if it is the only one at the top.
    orientation
        Three letters, None if not stated.
    resolution
        µm along each axis, None if not stated.
    symmetric
        Whether it needs no hemisphere volume, None if not stated.
    extra
        Further keys, kept as they are.
    """

    name: str = ""
    version: str = ""
    species: str = ""
    citation: str = ""
    atlas_link: str = ""
    atlas_packager: str = ""
    root_id: int | None = None
    orientation: str | None = None
    resolution: tuple[float, float, float] | None = None
    symmetric: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, d: Mapping[str, Any]) -> AtlasMetadata:
        """Take values, or texts as typed into a form.

        None and "" mean not stated. Values are checked by `problems`; here only what
        is of another kind than its field is refused.

        Raises
        ------
        ArgumentError
            With one sentence for each such value.
        """
        keys = {f.key for f in FIELDS}
        stated = {k: v for k, v in d.items() if k in keys and v is not None and v != ""}
        values: dict[str, Any] = {"extra": {k: v for k, v in d.items() if k not in keys}}
        wrong = []
        for key, value in stated.items():
            try:
                values[key] = _PARSERS[key](value)
            except ValueError:
                wrong.append(check(key, value))
        if wrong:
            raise ArgumentError(" ".join(wrong))
        return cls(**values)

    @classmethod
    def from_package_metadata(cls, mapping: Mapping[str, Any]) -> AtlasMetadata:
        """Take a package's own metadata, BrainGlobe's or VoxelBrain's.

        Keys of how one package is stored are dropped (`LAYOUT_KEYS`); its additional references
        are for the caller to read.
        """
        return cls.from_mapping({k: v for k, v in mapping.items() if k not in LAYOUT_KEYS})

    def as_dict(self) -> dict[str, Any]:
        """Return the stated values, BrainGlobe's keys first and in order, then the others."""
        stated = {f.key: getattr(self, f.key) for f in FIELDS}
        known = {
            k: list(v) if isinstance(v, tuple) else v
            for k, v in stated.items()
            if v is not None and v != ""
        }
        return {**known, **self.extra}

    def missing(self) -> list[str]:
        """Return the keys that a BrainGlobe package needs and that are not stated.

        An atlas that is not published may do without a link, as in BrainGlobe's own tools.
        """
        stated = self.as_dict()
        return [
            f.key
            for f in FIELDS
            if f.required
            and f.key not in stated
            and not (f.key == "atlas_link" and self.citation == UNPUBLISHED)
        ]

    def problems(self) -> list[str]:
        """Return one sentence for each wrong or missing value, in the order of the fields."""
        stated, missing = self.as_dict(), self.missing()
        sentences = [
            check(f.key, stated.get(f.key)) for f in FIELDS if f.key in {*stated, *missing}
        ]
        return [sentence for sentence in sentences if sentence]


def check(key: str, value: Any) -> str:
    """Return the problem of a field's value or text in one sentence; "" if there is none."""
    known = next((f for f in FIELDS if f.key == key), None)
    if known is None:
        raise ArgumentError(f"no field {key!r}; expected {', '.join(f.key for f in FIELDS)}")
    return known.check(value)


def _format_value(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value.strip()


def _format_letters(value: Any) -> str:
    return _format_value(value).lower()


_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXTS, _format_value),
    "orientation": _format_letters,
    "resolution": parse_resolution,
    "root_id": parse_root_id,
    "symmetric": parse_symmetric,
}
