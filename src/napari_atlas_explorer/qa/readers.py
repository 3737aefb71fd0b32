"""Rules by which other programs can open an atlas, or cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from ..atlases.layouts import allen_ccf, brainglobe_v2, brainglobe_v3, voxelbrain
from .finding import Finding
from .reader_trial import BRAINGLOBE, VOXCELL, Trial, installed_version, try_library
from .run import CheckResult, Report

Answer = Literal["yes", "with limits", "no", "not for this layout", "not checked"]
Effect = Literal["with limits", "no"]

LARGEST_16_BIT = 65535
NO: Effect = "no"
LIMITS: Effect = "with limits"

Fact = Callable[[Report], tuple[Effect, str] | None]
"""Effect and reason of something that no check calls a fault; None where it does not apply."""


@dataclass(frozen=True)
class Library:
    """Python library of a reader.

    Attributes
    ----------
    name, module
        Distribution, and what is imported.
    versions
        Start of the version numbers that count: "3."; "" for all.
    code
        Opens ``path``.
    file
        File in the package's folder that it is given; "" for the folder.
    """

    name: str
    module: str
    versions: str
    code: str
    file: str = ""


@dataclass(frozen=True)
class Reader:
    """Program that opens atlases.

    Attributes
    ----------
    name
        With the version that the rules are about.
    layouts
        Layouts that it reads; empty if the kind of file decides.
    suffixes
        Names of annotations that it reads end in one of these; empty for any.
    otherwise
        What to do about an atlas in another form.
    codes
        Effect of the findings of each check.
    needed
        Files without which it opens nothing, by name.
    facts
        Further rules.
    tried_by
        For a trial, None without one.
    """

    name: str
    layouts: tuple[str, ...]
    otherwise: str
    codes: Mapping[str, Effect]
    suffixes: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()
    facts: tuple[Fact, ...] = ()
    tried_by: Library | None = None


@dataclass(frozen=True)
class ReaderVerdict:
    """Answer to the question whether a program opens an atlas.

    Attributes
    ----------
    reader
        The program.
    answer
        "yes", "with limits", "no", "not for this layout" or "not checked".
    reasons
        Why, one sentence each; empty for "yes".
    trial
        Result of the real library, None where it was not tried.
    """

    reader: str
    answer: Answer
    reasons: tuple[str, ...] = field(default=())
    trial: Trial | None = None


# ---- Rules ---------------------------------------------------------------------------------------


def _require_small_parents(report: Report) -> tuple[Effect, str] | None:
    """Apply the rule of brainglobe-atlasapi 3.0, which reads the column of parents as uint16."""
    parents = {row.parent for row in report.subject.raw.rows if isinstance(row.parent, int)}
    large = max(parents, default=0)
    if large <= LARGEST_16_BIT:
        return None
    return NO, (
        f"Id {large} of a parent is above {LARGEST_16_BIT}: parents' ids are read as 16 bits."
    )


def _require_stated_size(report: Report) -> tuple[Effect, str] | None:
    package = report.subject.raw.package
    if package is None or package.resolution_known:
        return None
    return LIMITS, "The size of a voxel is not stated: it is shown as 1."


def _require_names(report: Report) -> tuple[Effect, str] | None:
    """Apply the rule that a bare volume has numbers only; names are in files of another kind."""
    return LIMITS, "Regions are numbers: the names are in a file that it does not read."


# The tree of regions is built by their paths: what contradicts itself there is an error.
NO_TREE: dict[str, Effect] = {
    "hierarchy-duplicate-id": "no",
    "hierarchy-missing-parent": "no",
    "hierarchy-cycle": "no",
    "hierarchy-path-parent": "no",
    "hierarchy-id-invalid": "no",
}
LABELS: dict[str, Effect] = {
    "label-unknown-id": "with limits",
    "label-not-integer": "with limits",
    "label-ids-lost": "with limits",
    "label-byte-order": "with limits",
    "label-shifted": "with limits",
}
FILES: dict[str, Effect] = {
    "package-unreadable": "with limits",
    "package-file-missing": "with limits",
    "package-file-empty": "with limits",
}
BRAINGLOBE_CODES: dict[str, Effect] = {
    **FILES,
    **NO_TREE,
    **LABELS,
    "package-metadata-missing": "no",
    "package-metadata-type": "no",
    "package-shape": "with limits",
    "package-orientation": "with limits",
    "hierarchy-several-roots": "no",
    "hierarchy-unreachable": "no",
    "hierarchy-path-end": "with limits",
    "hierarchy-duplicate-acronym": "with limits",
    "mesh-missing": "with limits",
    "mesh-unreadable": "with limits",
}
VOLUME_SUFFIXES = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd", ".hdr", ".img")
NO_VOLUME: dict[str, Effect] = {"package-unreadable": "no", "package-file-empty": "with limits"}

READERS: tuple[Reader, ...] = (
    Reader(
        "brainglobe-atlasapi 3",
        (brainglobe_v3.LAYOUT,),
        "It reads packages in BrainGlobe's third layout; package the atlas in that.",
        {
            **BRAINGLOBE_CODES,
            "package-component": "no",
            "package-level": "with limits",
            "package-level-size": "no",
            "package-masks": "with limits",
            "package-not-fetched": "with limits",
        },
        needed=frozenset({"manifest.json", "terminology.csv"}),
        facts=(_require_small_parents,),
        tried_by=Library(
            "brainglobe-atlasapi", "brainglobe_atlasapi", "3.", BRAINGLOBE, brainglobe_v3.METADATA
        ),
    ),
    Reader(
        "brainglobe-atlasapi 2.3",
        (brainglobe_v2.LAYOUT,),
        "It reads packages in BrainGlobe's second layout; package the atlas in that.",
        BRAINGLOBE_CODES,
        needed=frozenset({"metadata.json", "structures.json", "annotation.tiff", "reference.tiff"}),
        tried_by=Library("brainglobe-atlasapi", "brainglobe_atlasapi", "2.", BRAINGLOBE),
    ),
    Reader(
        "voxcell",
        (voxelbrain.LAYOUT,),
        "It reads VoxelBrain folders; package the atlas as one.",
        {
            **FILES,
            **NO_TREE,
            **LABELS,
            "package-shape": "with limits",
            "package-spacing": "with limits",
            "package-offset": "with limits",
        },
        needed=frozenset({"hierarchy.json", "brain_regions.nrrd"}),
        tried_by=Library("voxcell", "voxcell", "", VOXCELL),
    ),
    Reader(
        "AllenSDK-style tools",
        (allen_ccf.LAYOUT, voxelbrain.LAYOUT),
        "They read NRRD volumes with a nested JSON hierarchy; package the atlas as VoxelBrain.",
        {**FILES, **NO_TREE, **LABELS, "package-spacing": "with limits"},
        needed=frozenset({"hierarchy.json", "ontology.json", "1.json"}),
    ),
    Reader(
        "ITK-SNAP",
        (),
        "It reads NRRD and NIfTI volumes; export the annotation as one.",
        {
            **NO_VOLUME,
            "label-id-limit": "no",
            "label-not-integer": "with limits",
            "label-byte-order": "with limits",
        },
        suffixes=VOLUME_SUFFIXES,
        facts=(_require_stated_size, _require_names),
    ),
    Reader(
        "neuroglancer",
        (brainglobe_v3.LAYOUT,),
        "It reads OME-Zarr and precomputed volumes; package the atlas in BrainGlobe's third "
        "layout.",
        {
            "package-unreadable": "no",
            "package-component": "with limits",
            "package-segment-properties": "with limits",
            "package-precomputed": "no",
            "package-level": "with limits",
            "package-not-fetched": "with limits",
        },
    ),
)


# ---- Verdicts ------------------------------------------------------------------------------------


def judge_readers(report: Report, try_libraries: bool = True) -> list[ReaderVerdict]:
    """Return for each program whether it can open the atlas, and why not.

    Accepted findings count as well: what a person accepts, a program may still refuse.

    Parameters
    ----------
    report
        The report; a program is not judged where a check that matters was not chosen.
    try_libraries
        Whether installed libraries open the package, each in a process of its own.
    """
    return [_judge(report, reader, try_libraries) for reader in READERS]


def _judge(report: Report, reader: Reader, try_libraries: bool) -> ReaderVerdict:
    package = report.subject.raw.package
    if package is None:
        why = str(report.subject.raw.error or "it cannot be opened").rstrip(".")
        return ReaderVerdict(reader.name, "no", (f"The package cannot be opened: {why}.",))
    if reader.layouts and package.layout not in reader.layouts:
        return ReaderVerdict(reader.name, "not for this layout", (reader.otherwise,))
    path = package.datasets[package.annotation].path
    if reader.suffixes and (path is None or not path.name.lower().endswith(reader.suffixes)):
        return ReaderVerdict(reader.name, "not for this layout", (reader.otherwise,))
    effects = [fact(report) for fact in reader.facts]
    reasons: list[tuple[str, str]] = [effect for effect in effects if effect is not None]
    by_code = {result.check.code: result for result in report.results}
    for code in reader.codes:
        if code in by_code and by_code[code].findings:
            reasons.append(_judge_findings(reader, by_code[code]))
    reasons.sort(key=lambda reason: reason[0] != NO)
    answer: Answer = "yes"
    if reasons:
        answer = "no" if reasons[0][0] == NO else "with limits"
    left_out = [code for code in reader.codes if code not in by_code]
    if left_out and answer != "no":
        answer = "not checked"
        reasons.insert(0, ("", f"These checks were left out: {', '.join(left_out)}."))
    sentences = [sentence for _, sentence in reasons]
    trial = _try(report, reader.tried_by) if try_libraries and reader.tried_by is not None else None
    if trial is not None and trial.error and answer != "no":
        answer = "no"
        sentences.insert(0, "The library itself refuses it.")
    return ReaderVerdict(reader.name, answer, tuple(sentences), trial)


def _judge_findings(reader: Reader, result: CheckResult) -> tuple[str, str]:
    """Return the effect of a check's findings, and the sentence of the first that has it."""
    effects = [_find_effect(reader, finding) for finding in result.findings]
    worst = NO if NO in effects else LIMITS
    first = result.findings[effects.index(worst)].message
    more = len(result.findings) - 1
    return worst, first + (f" And {more} more findings of {result.check.code}." if more else "")


def _find_effect(reader: Reader, finding: Finding) -> str:
    if finding.code in FILES and reader.needed:
        file = finding.anchor.file
        # Without a name it is the package as a whole.
        return NO if file is None or PurePosixPath(file).name in reader.needed else LIMITS
    return reader.codes[finding.code]


def _try(report: Report, library: Library) -> Trial | None:
    folder = report.subject.raw.folder
    number = installed_version(library.name, library.module)
    if folder is None or number is None or not number.startswith(library.versions):
        return None
    path: Path = folder / library.file if library.file else folder
    return try_library(library.name, number, library.code, path)
