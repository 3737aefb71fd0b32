"""Conversion of the packaging form to and from ``package.toml``, and the packaging run."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...atlases.layouts.pairing import find_table
from ...core.errors import ArgumentError, AtlasError
from ...core.package import Package
from ...core.progress import StageProgress
from ...core.regions.region_map import RegionMap
from ...formats.tables.regions import load_region_table
from ...formats.volume_header import read_volume_header
from ...qa.run import Report
from ..install import install_package
from ..make import PackageResult, make_package
from ..options import Target
from ..write.common import stage
from .form import (
    PackageForm,
    SourceFacts,
    SourceFiles,
    metadata_texts,
    parse_resolutions,
    resolution_text,
)
from .metadata import AtlasMetadata
from .sources import PackageSource, source_of_package, source_of_spec
from .spec import PackageSpec


def spec_of(request: PackageForm, targets: tuple[Target, ...] = ()) -> PackageSpec:
    """Return the package spec of a form.

    Parameters
    ----------
    request
        The form; its source files include an annotation.
    targets
        Layouts of the spec that the form was filled from: they stay if its layout is the
        first of them.

    Raises
    ------
    ArgumentError
        Where the form is wrong.
    """
    files = request.ingredients
    if files is None or not files.annotation.strip():
        raise ArgumentError("no annotation; expected the volume of region ids")
    meshes: Any = request.meshes
    if meshes in (None, "package"):
        meshes = _parse_path(files.meshes)
    try:
        resolutions = parse_resolutions(request.resolutions)
    except ValueError as exc:
        raise ArgumentError(
            f"resolutions {request.resolutions!r}; expected sizes in µm such as 50, 100"
        ) from exc
    annotation = _parse_path(files.annotation)
    assert annotation is not None
    return PackageSpec(
        metadata=AtlasMetadata.from_mapping({**request.extra, **request.metadata}),
        annotation=annotation,
        reference=_parse_path(files.reference),
        hemispheres=_parse_path(files.hemispheres),
        orientation_field=_parse_path(files.orientation_field),
        regions=_parse_path(files.regions),
        meshes=meshes,
        additional_references={n.strip(): Path(p.strip()) for n, p in files.additional},
        targets=targets if targets[:1] == (request.target,) else (request.target,),
        resolutions=resolutions,
        labels=request.labels,
        empty_regions=request.empty,
    )


def form_of(spec: PackageSpec, before: PackageForm) -> PackageForm:
    """Fill a form from a package spec; what it does not state stays as it was."""
    is_folder = isinstance(spec.meshes, Path)
    return replace(
        before,
        ingredients=SourceFiles(
            str(spec.annotation),
            _format_path(spec.reference),
            _format_path(spec.hemispheres),
            _format_path(spec.orientation_field),
            _format_path(spec.regions),
            str(spec.meshes) if is_folder else "",
            tuple((name, str(path)) for name, path in spec.additional_references.items()),
        ),
        metadata=metadata_texts(spec.metadata),
        extra=dict(spec.metadata.extra),
        target=spec.targets[0] if spec.targets else before.target,
        resolutions=", ".join(resolution_text(size) for size in spec.resolutions),
        labels=spec.labels,
        empty=spec.empty_regions,
        meshes=None if is_folder or spec.meshes is None else spec.meshes,  # type: ignore[arg-type]
    )


def place_for(path: Path, files: SourceFiles) -> str:
    """Return the form's key for a dropped file, by its kind and the fields already filled.

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
        if any(word in name for word in words) and not getattr(files, key):
            return key
    return next((k for k in ("annotation", "reference") if not getattr(files, k)), "additional")


_WORDS: Mapping[str, tuple[str, ...]] = {
    "hemispheres": ("hemisphere",),
    "orientation_field": ("orientation",),
    "reference": ("reference", "template", "average"),
    "annotation": ("annotation", "labels", "brain_regions", "segmentation"),
}


def _parse_path(text: str) -> Path | None:
    return Path(text.strip()).absolute() if text.strip() else None


def _format_path(path: Path | None) -> str:
    return "" if path is None else str(path)


# ---- Packaging run of a form ---------------------------------------------------------------------

MADE = 0.97
"""Share of the work that is done before a package is copied into BrainGlobe's cache."""
COPYING = "copying"
"""First word of the last stage, after the package was published."""
FEW_REGIONS = 30
OWN_PROGRAMS = frozenset(("napari", "atlas-explorer", "__main__"))


@dataclass(frozen=True)
class FormResult:
    """Result of a packaging run.

    Attributes
    ----------
    made
        The package.
    installed
        Its folders in BrainGlobe's cache.
    problem
        Why a requested installation failed; None otherwise.
    """

    made: PackageResult
    installed: tuple[Path, ...] = ()
    problem: AtlasError | OSError | None = None


def changes(request: PackageForm, package: Package) -> dict[str, str]:
    """Return the metadata in which a form differs from an atlas's own."""
    known = metadata_texts(source_of_package(package).metadata)
    return {k: t.strip() for k, t in request.metadata.items() if t.strip() != known.get(k, "")}


def source_of(request: PackageForm, package: Package | None) -> PackageSource:
    """Return the package source of a form.

    Parameters
    ----------
    request
        The form.
    package
        The open atlas, where the form names no source files.
    """
    if request.ingredients is not None:
        return source_of_spec(spec_of(request))
    if package is None:
        raise AtlasError("no atlas is open; expected one, or source files")
    return source_of_package(package, changes(request, package))


def run_form(
    request: PackageForm,
    package: Package | None,
    progress: StageProgress,
    faulty: bool = False,
    checks: Collection[str] | None = None,
) -> FormResult:
    """Make the package, and copy it into BrainGlobe's cache if requested.

    Parameters
    ----------
    request
        The form, without `problems`.
    package
        The atlas that is shown.
    progress
        Called with the share that is done and what is being done; may raise to stop.
    faulty, checks
        As in `make_package`.

    Raises
    ------
    FaultyPackageError
        If checks find errors.
    AtlasError
        In one line, where the source makes no package.
    """
    installs = request.install and request.is_brainglobe
    source = source_of(request, package)
    made = make_package(
        source,
        request.options(choose_process_count(len(source.package.region_map))),
        Path(request.folder.strip()),
        checks=checks,
        faulty=faulty,
        archive=request.archive,
        force=request.replace,
        progress=stage(progress, 0, MADE) if installs else progress,
    )
    if not installs:
        return FormResult(made)
    installed: list[Path] = []
    try:
        for one in made.packages:
            progress(MADE, f"{COPYING} {package_title(one)} into BrainGlobe's cache")
            installed += install_package(one, request.replace)
    except (AtlasError, OSError) as exc:
        return FormResult(made, tuple(dict.fromkeys(installed)), exc)
    progress(1, "")
    return FormResult(made, tuple(dict.fromkeys(installed)))


def facts_of_files(files: SourceFiles) -> SourceFacts:
    """Read facts from the annotation's header and the list of regions, not from volumes."""
    try:
        header = read_volume_header(Path(files.annotation.strip()), None, default_unit=None)
    except (AtlasError, OSError) as exc:
        return SourceFacts(problem=str(exc))
    regions, problem = None, ""
    try:
        regions = _read_regions(files)
    except (AtlasError, OSError) as exc:
        problem = str(exc)
    a, b, c = (float(abs(s)) for s in header.grid.steps)
    return SourceFacts(
        (a, b, c) if header.spacing_known else None,
        header.orientation,
        bool(files.reference.strip()),
        regions,
        header.grid,
        regions_problem=problem,
    )


def _read_regions(files: SourceFiles) -> RegionMap:
    if files.regions.strip():
        return load_region_table(Path(files.regions.strip()))
    found = find_table(Path(files.annotation.strip()).absolute())
    if found is None:
        raise AtlasError("no list of regions in the annotation's folder; expected a file of them.")
    return found[0].region_map


def choose_process_count(n_regions: int) -> int:
    """Return how many processes may work on the meshes of so many regions at once.

    A few meshes are made before another process has started. Else at least two: then surfaces are
    made outside this process, whose window need not wait for them. A further process imports the
    program's main file again. That of a user's own script may open a second window: then there
    is none.
    """
    if n_regions <= FEW_REGIONS:
        return 1
    path = getattr(sys.modules["__main__"], "__file__", None)
    if path is not None and Path(path).stem not in OWN_PROGRAMS:
        return 1
    return max(2, (os.cpu_count() or 1) - 1)


# ---- Text of the result --------------------------------------------------------------------------


def describe_result(outcome: FormResult) -> list[str]:
    """Describe the package, the findings of QA, and the repairs and assumptions."""
    made = outcome.made
    lines = [str(path) for path in (*made.packages, *made.archives)]
    lines += [f"In BrainGlobe's cache: {path}" for path in outcome.installed]
    lines.append("")
    if not made.reports:
        lines.append("Quality checks: none are made of this layout.")
    for path, report in zip(made.packages, made.reports, strict=False):
        lines.append(f"Quality checks of {package_title(path)}: {counts_text(report)}.")
        lines += error_lines([report])
    lines.append("")
    sentences = [*made.notes, *([made.meshes] if made.meshes else [])]
    return lines + [line for note in sentences for line in (_format_sentence(note), "")]


def package_title(path: Path) -> str:
    """Return a package's name by its folder; a BrainGlobe 3 folder is named by version."""
    is_version = path.name.replace("_", "").isdecimal()
    return f"{path.parent.name} {path.name.replace('_', '.')}" if is_version else path.name


def counts_text(report: Report) -> str:
    """Return the findings that are not known, counted: "1 error, 3 warnings"."""
    counts = []
    for severity in ("error", "warning", "info"):
        n = sum(one.finding.severity == severity and not one.known for one in report.listed)
        if n:
            plural = "s" if n != 1 and severity != "info" else ""
            counts.append(f"{n} {severity}{plural}")
    return ", ".join(counts) or "no problems found"


def error_lines(reports: Collection[Report]) -> list[str]:
    """Return each error that QA found, once."""
    lines = [
        f"{one.finding.code}: {one.finding.message}"
        for report in reports
        for one in report.listed
        if one.finding.severity == "error" and not one.known
    ]
    return list(dict.fromkeys(lines))


def _format_sentence(text: str) -> str:
    """Format a note with a capital and a full stop; names of layouts and atlases are unchanged."""
    is_word = text.partition(" ")[0].isalpha()
    return f"{text[:1].upper() if is_word else text[:1]}{text[1:]}{'' if text[-1:] == '.' else '.'}"
