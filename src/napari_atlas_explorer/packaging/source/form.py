"""Packaging form: its texts as typed, and their problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ...core.errors import AtlasError
from ...core.package import Package
from ...core.regions.region_map import RegionKey, RegionMap
from ...core.space.grid import VoxelGrid
from ...core.space.resampling import Coarsening
from ...core.text import parse_digits
from ..options import EmptyRule, LabelRule, MeshSource, PackageOptions, Target
from ..write.brainglobe_v3 import describe_mask_cost
from ..write.common import file_name
from .metadata import FIELDS, UNPUBLISHED, AtlasMetadata
from .metadata_rules import parse_resolution
from .spec import REFERENCE_NAME, TAKEN_NAMES

BRAINGLOBE = ("brainglobe-v2", "brainglobe-v3")
OF_THE_VOLUMES = ("orientation", "resolution", "root_id", "symmetric")
"""Fields whose rule holds for every layout; the others' are BrainGlobe's alone."""


@dataclass(frozen=True)
class SourceFiles:
    """Source files of a package, as paths; "" where there is none.

    ``additional`` are names and paths of further images.
    """

    annotation: str = ""
    reference: str = ""
    hemispheres: str = ""
    orientation_field: str = ""
    regions: str = ""
    meshes: str = ""
    additional: tuple[tuple[str, str], ...] = ()


FILE_KEYS = tuple(f.name for f in fields(SourceFiles) if f.name != "additional")


@dataclass(frozen=True)
class PackageForm:
    """Content of the packaging form.

    Attributes
    ----------
    ingredients
        Files, or None for the atlas that is shown.
    metadata
        Text of each field, by BrainGlobe's keys.
    extra
        Further keys of the metadata, which have no field.
    target, labels, empty, meshes, masks, hemisphere
        As in `PackageOptions`.
    resolutions, region
        As they are typed: "50, 100", an acronym or an id.
    folder
        Where the package goes.
    archive, install, replace
        Whether it is packed, copied into BrainGlobe's cache, and may replace another one.
    """

    ingredients: SourceFiles | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    target: Target = "brainglobe-v2"
    resolutions: str = ""
    labels: LabelRule = "nearest"
    empty: EmptyRule | None = None
    meshes: MeshSource | None = None
    masks: bool = False
    hemisphere: str | None = None
    region: str = ""
    folder: str = ""
    archive: bool = False
    install: bool = False
    replace: bool = False

    @property
    def is_brainglobe(self) -> bool:
        """Whether the layout is one of BrainGlobe's."""
        return self.target in BRAINGLOBE

    def options(self, processes: int = 1) -> PackageOptions:
        """Return the options of the package.

        Raises
        ------
        ArgumentError, ValueError
            Where the form is wrong; see `problems`.
        """
        return PackageOptions(
            self.target,
            resolutions=parse_resolutions(self.resolutions),
            labels=self.labels,
            empty=self.empty,
            meshes=self.meshes,
            masks=self.masks and self.target == "brainglobe-v3",
            hemisphere=self.hemisphere,
            region=region_key(self.region),
            processes=processes,
        )


@dataclass(frozen=True)
class SourceFacts:
    """Facts about the source files before they are read.

    Attributes
    ----------
    resolution
        Voxel size, µm, that the files state; None if they do not.
    orientation
        Letters that the files state, or None.
    has_reference
        Whether there is a reference image.
    regions
        The regions, None before they are read.
    grid
        The voxels, None before the header is read.
    problem, regions_problem
        Why there is no annotation, and why there are no regions; "" if there are.
    """

    resolution: tuple[float, float, float] | None = None
    orientation: str | None = None
    has_reference: bool = False
    regions: RegionMap | None = None
    grid: VoxelGrid | None = None
    problem: str = ""
    regions_problem: str = ""

    @classmethod
    def of_package(cls, package: Package | None) -> SourceFacts:
        """Return the facts of the open atlas."""
        if package is None:
            return cls(problem="open an atlas, or choose files")
        a, b, c = (float(abs(s)) for s in package.grid.steps)
        return cls(
            (a, b, c) if package.resolution_known else None,
            package.orientation,
            package.reference is not None,
            package.region_map,
            package.grid,
        )


def metadata_texts(metadata: AtlasMetadata) -> dict[str, str]:
    """Return the text of each field as one would type it, "" where there is none."""
    stated = metadata.as_dict()
    return {f.key: _format_value(stated.get(f.key)) for f in FIELDS}


def resolution_text(size: tuple[float, float, float]) -> str:
    """Format a voxel size as one types it: "25", or "25×25×50"."""
    return "×".join(f"{v:g}" for v in (size[:1] if len(set(size)) == 1 else size))


def parse_resolutions(text: str) -> tuple[tuple[float, float, float], ...]:
    """Parse the voxel sizes of "50, 100" or "50, 25×25×100"; ValueError for anything else."""
    return tuple(parse_resolution(w) for w in text.replace(";", ",").split(",") if w.strip())


def region_key(text: str) -> RegionKey | None:
    """Return the region of a text: an id, an acronym, or None where it is empty."""
    word = text.strip()
    number = parse_digits(word)
    return number if number is not None else word or None


def problems(request: PackageForm, facts: SourceFacts) -> dict[str, str]:
    """Return the problems of a form, one sentence for each field, in its order.

    Keys are those of the source files, of the metadata's fields, "source",
    "resolutions", "region", "hemisphere" and "folder".
    """
    found = _find_source_problems(request, facts)
    found |= metadata_problems(request, facts)
    if wrong := _find_resolutions_problem(request.resolutions, facts.resolution):
        found["resolutions"] = wrong
    key = region_key(request.region)
    if key is not None and facts.regions is not None:
        try:
            facts.regions.rank(key)
        except AtlasError as exc:
            found["region"] = str(exc)
    if not request.folder.strip():
        found["folder"] = "folder is empty; expected one that is to hold the package."
    elif Path(request.folder).is_file():
        found["folder"] = f"{Path(request.folder).name} is a file; expected a folder."
    return found


def metadata_problems(request: PackageForm, facts: SourceFacts) -> dict[str, str]:
    """Return the problems of the metadata, by key.

    What the files state need not be typed. Layouts other than BrainGlobe's take any text, and
    need none.
    """
    texts = {key: text.strip() for key, text in request.metadata.items()}
    stated = {
        "resolution": facts.resolution is not None,
        "orientation": facts.orientation is not None,
        "atlas_link": texts.get("citation") == UNPUBLISHED,
    }
    problems_by_key = {}
    for one in FIELDS:
        text = texts.get(one.key, "")
        needed = one.required and (request.is_brainglobe or one.key == "resolution")
        if not text and (stated.get(one.key) or not needed):
            continue
        if request.is_brainglobe or one.key in OF_THE_VOLUMES:
            wrong = one.check(text)
        else:
            wrong = _find_name_problem(text) if one.key == "name" else ""
        if wrong:
            problems_by_key[one.key] = wrong
    return problems_by_key


def masks_cost(request: PackageForm, facts: SourceFacts) -> str:
    """Describe the cost of a mask of every region, "" where not known."""
    if facts.grid is None or facts.regions is None:
        return ""
    try:
        steps = [Coarsening.to(facts.grid, r) for r in parse_resolutions(request.resolutions)]
    except (ValueError, AtlasError):
        steps = []
    text = describe_mask_cost([facts.grid, *(s.coarse for s in steps)], len(facts.regions))
    return f"{text[:1].upper()}{text[1:]}."


def missing_keys(request: PackageForm, found: Mapping[str, str]) -> list[str]:
    """Return the keys of problems that are only empty fields."""
    texts = {
        **dict.fromkeys(("source",), ""),
        **request.metadata,
        "folder": request.folder,
        "resolutions": request.resolutions,
        "region": request.region,
    }
    if request.ingredients is not None:
        texts |= {key: getattr(request.ingredients, key) for key in FILE_KEYS}
    return [key for key in found if not texts.get(key, "x").strip()]


def _find_source_problems(request: PackageForm, facts: SourceFacts) -> dict[str, str]:
    files = request.ingredients
    problems_by_key = {}
    if files is None:
        if facts.problem:
            problems_by_key["source"] = f"No atlas is open; expected one: {facts.problem}."
        elif request.is_brainglobe and not facts.has_reference:
            problems_by_key["reference"] = (
                "The atlas has no reference image; expected one, as BrainGlobe packages have: "
                "choose another layout, or files."
            )
        return problems_by_key
    for key in FILE_KEYS:
        text = getattr(files, key).strip()
        if text and not (Path(text).is_dir() if key == "meshes" else Path(text).exists()):
            what = "a folder of meshes" if key == "meshes" else "a file"
            problems_by_key[key] = f"{Path(text).name} does not exist; expected {what}."
    if not files.annotation.strip():
        problems_by_key["annotation"] = "annotation is empty; expected the volume of region ids."
    elif facts.problem and "annotation" not in problems_by_key:
        problems_by_key["annotation"] = facts.problem
    if facts.regions_problem:
        problems_by_key.setdefault("regions", facts.regions_problem)
    if request.is_brainglobe and not files.reference.strip():
        problems_by_key["reference"] = (
            "reference is empty; expected an image, as BrainGlobe packages have."
        )
    names: list[str] = []
    for name, path in files.additional:
        if wrong := _find_additional_problem(name.strip(), path.strip(), names):
            problems_by_key.setdefault("additional", wrong)
        names.append(name.strip().lower())
    return problems_by_key


def _find_additional_problem(name: str, path: str, before: list[str]) -> str:
    if not path or not Path(path).exists():
        what = (
            f"{Path(path).name} does not exist" if path else f"the file of {name or 'one'} is empty"
        )
        return f"{what}; expected an image on the annotation's voxels."
    if not REFERENCE_NAME.fullmatch(name) or name.lower() in TAKEN_NAMES:
        return f"name {name!r}; expected letters, digits, '-', '_' and '.', such as 'nissl'."
    return f"two images named {name!r}; expected another name." if name.lower() in before else ""


def _find_resolutions_problem(text: str, own: tuple[float, float, float] | None) -> str:
    try:
        sizes = parse_resolutions(text)
    except ValueError:
        return f"resolutions is {text.strip()!r}; expected sizes in µm such as 50, 100."
    for size in sizes:
        if own is not None and (
            any(s < o * (1 - 1e-6) for s, o in zip(size, own, strict=True)) or size == own
        ):
            return (
                f"resolution {resolution_text(size)} µm; expected coarser than "
                f"{resolution_text(own)} µm, the atlas's own."
            )
    return ""


def _find_name_problem(name: str) -> str:
    try:
        file_name(name)
    except AtlasError:
        return f"name is {name!r}; expected a name that a folder can have."
    return ""


def _format_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        a, b, c = value
        return resolution_text((a, b, c))
    return str(value)
