"""Checks of BrainGlobe's metadata: keys, types, values, and the form of names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...atlases.archives import ARCHIVE_SUFFIXES
from ...atlases.layouts import brainglobe_v3
from ...core.errors import ArgumentError, short
from ...core.space.axes import check_orientation
from ..check import CheckGroup, Limits, NotRunError
from ..finding import Anchor, Finding, Severity
from ..subject import Subject
from .package_facts import metadata_of

Rule = Callable[[Any], bool]

check = CheckGroup("package", ("BrainGlobe metadata",), "quick")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:_[a-z0-9]+(?:-[a-z0-9]+)*)+")
"""Who made it and of what species, such as "allen_mouse": at least two words joined by "_".
Some of BrainGlobe's own have hyphens within a word ("kim_dev_mouse_e11-5_mri-adc")."""
VERSION = re.compile(r"\d+[._]\d+")


def _are_sizes(value: Any) -> bool:
    return _has_three(value) and all(_is_number(v) and 0 < v < float("inf") for v in value)


def _are_counts(value: Any) -> bool:
    return _has_three(value) and all(_is_number(v) and 0 < v < 2**31 and v == int(v) for v in value)


def _is_letters(value: Any) -> bool:
    try:
        return isinstance(value, str) and check_orientation(value) == value
    except ArgumentError:
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _has_three(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


KEYS: Mapping[str, tuple[Severity, Rule, str]] = {
    "name": ("error", _is_text, "a text such as 'allen_mouse'"),
    "citation": ("warning", _is_text, "the publication to cite"),
    "atlas_link": ("warning", _is_text, "where the atlas is from"),
    "species": ("warning", _is_text, "the species' Latin name"),
    "symmetric": ("error", lambda v: isinstance(v, bool), "true or false"),
    "resolution": ("error", _are_sizes, "three positive numbers, µm"),
    "orientation": (
        "error",
        _is_letters,
        "three letters such as 'asr', one of each pair ap, si, lr",
    ),
    "shape": ("error", _are_counts, "three whole numbers above 0"),
    "version": ("error", lambda v: _is_text(v) and bool(VERSION.fullmatch(v)), "'1.2'"),
    "additional_references": ("error", lambda v: isinstance(v, list), "a list"),
    "atlas_packager": ("info", _is_text, "who packaged it"),
}
"""Every key that BrainGlobe's packages have; the severity if its value is not of its type."""

MISSING: Mapping[str, Severity] = {"atlas_packager": "info"}
"""Severity of a missing key, if it is not an error: older packages do not have it."""


@check("package-metadata-missing", "error", "Missing key of the metadata")
def check_metadata_missing(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every missing key."""
    metadata, path = metadata_of(subject)
    for key, (_, _, expected) in KEYS.items():
        if key not in metadata:
            yield Finding(
                f"{path.name} has no key {key!r} ({expected}).",
                anchor=Anchor(file=path.name, key=key),
                fix=f"Add {key!r} to {path.name}.",
                severity=MISSING.get(key),
            )


@check("package-metadata-type", "error", "Value of the metadata of the wrong kind")
def check_metadata_type(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every value that is not of its key's type or form."""
    metadata, path = metadata_of(subject)
    for key, (severity, rule, expected) in KEYS.items():
        if key in metadata and not rule(metadata[key]):
            yield Finding(
                f"{key!r} in {path.name} is {short(metadata[key])}; expected {expected}.",
                anchor=Anchor(file=path.name, key=key),
                fix=f"Correct {key!r} in {path.name}.",
                severity=severity,
            )


@check("package-name", "warning", "Name that contradicts the metadata")
def check_name(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a name of another form than BrainGlobe's, and a folder of another name than it."""
    metadata, path = metadata_of(subject)
    stated = metadata.get("name")
    if not isinstance(stated, str) or not stated.strip():
        raise NotRunError("the metadata state no name")
    if not NAME.fullmatch(stated):
        yield Finding(
            f"The atlas is named {stated!r}; BrainGlobe's names are of lower-case letters, "
            f"digits and '-', joined by '_': who made it and the species, such as 'allen_mouse'.",
            anchor=Anchor(file=path.name, key="name"),
            fix="Rename the atlas; programs look it up by this name.",
            key="form",
        )
    expected, actual = _compare_names(subject, metadata, path)
    if expected and actual != expected:
        yield Finding(
            f"The package is called {actual!r}, but by its metadata it is {expected!r}: programs "
            f"that use the folder's name mistake it for another resolution or version.",
            anchor=Anchor(file=path.name, key="name"),
            fix=f"Rename it to {expected!r}, or correct name, resolution or version.",
            key="folder",
        )


def _compare_names(subject: Subject, metadata: Mapping[str, Any], path: Path) -> tuple[str, str]:
    """Return the name that the metadata define, "" if incomplete, and the folder's."""
    resolution, version = metadata.get("resolution"), metadata.get("version")
    if not _are_sizes(resolution) or not KEYS["version"][1](version):
        return "", ""
    title = f"{metadata['name']}_{resolution[0]:g}um"  # type: ignore[index]
    folder = path.parent.resolve()
    if path.name == brainglobe_v3.MANIFEST:
        return f"{title}/{version}".replace(".", "_"), f"{folder.parent.name}/{folder.name}"
    given = subject.raw.path
    if given is not None and given.is_file() and not _is_packed_folder(folder, given):
        suffix = next((s for s in ARCHIVE_SUFFIXES if given.name.lower().endswith(s)), "")
        return f"{title}_v{version}", given.name[: len(given.name) - len(suffix)]
    return f"{title}_v{version}", folder.name


def _is_packed_folder(folder: Path, archive: Path) -> bool:
    """Return whether a folder was in the archive, and is not the one it was unpacked into."""
    return not folder.name.startswith(f"{archive.name.split('.')[0]}-")
