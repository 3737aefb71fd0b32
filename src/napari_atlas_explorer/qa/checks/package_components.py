"""Checks of the components of BrainGlobe v3 packages against their manifest and each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import short
from ...core.text import counted, listed
from ..check import CheckGroup, Limits, NotRunError
from ..finding import Anchor, Finding
from ..subject import Subject
from .component_facts import (
    ANNOTATION,
    PRECOMPUTED,
    Component,
    Components,
    components_of,
    load_info,
    pyramid_of,
)

check = CheckGroup("package", ("components",), "quick")

VERSION_FOLDER = re.compile(r"\d+(_\d+)?")
"""What brainglobe-atlasapi 3.0 looks for below an atlas's name."""

NANOMETERS = 1e3


# ---- The manifest --------------------------------------------------------------------------------


@check("package-component", "error", "Component that contradicts the manifest")
def check_component(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every component whose entry is incomplete, or contradicts its place or another."""
    parts = components_of(subject)
    faulty = set()
    for key, component in parts.by_key.items():
        problem = _find_problem(parts, component)
        if problem:
            faulty.add(key)
            yield _report(parts, key, *problem)
    # An entry that is at fault itself differs from others for that reason.
    yield from _compare_nested(parts, faulty)
    if "coordinate_space" not in faulty:
        yield from _compare_manifests(parts)
    version = parts.manifest.parent.name
    if not VERSION_FOLDER.fullmatch(version):
        yield Finding(
            f"The folder of the version is called {version!r}: brainglobe-atlasapi 3 finds those "
            f"of two numbers alone, such as '1_0'.",
            anchor=Anchor(file=parts.relative(parts.manifest), key="version"),
            fix="Rename the folder, and correct version and location in the manifest.",
            key="version folder",
        )


def _find_problem(parts: Components, component: Component) -> tuple[str, str] | None:
    """Return what is wrong with the entry of a component, and the fix."""
    key, entry = component.key, component.entry
    missing = [name for name in ("name", "version", "location") if not entry.get(name)]
    if missing:
        return (
            f"{parts.manifest.name} states no {listed(missing)} of its {key}",
            f"Describe {key} with name, version and location.",
        )
    if not component.location.startswith("/"):
        return (
            f"the location of {key} is {short(component.location)}; brainglobe-atlasapi 3 drops "
            f"its first character and finds nothing",
            "Begin the location with '/'.",
        )
    if component.folder is None:
        return (
            f"the location of {key} is {short(component.location)}, which is outside the package",
            "Move the component next to 'atlases', and correct its location.",
        )
    version = str(entry["version"]).replace(".", "_")
    expected = f"/{component.kind}/{entry['name']}/{version}"
    if component.location.rstrip("/") != expected:
        return (
            f"{key} is {entry['name']} {entry['version']}, but its location is "
            f"{component.location}; by name and version it is {expected}",
            "Find out which is right; programs use either.",
        )
    return None


def _compare_nested(parts: Components, faulty: Set[str]) -> Iterator[Finding]:
    """Yield components that the annotation set or the space names otherwise than the manifest."""
    for owner in ("annotation_set", "coordinate_space"):
        for key in ("template", "terminology"):
            if key in faulty:
                continue
            nested, own = parts.by_key[owner].entry.get(key), parts.by_key[key].entry
            if nested is None and (owner, key) != ("annotation_set", "template"):
                continue  # brainglobe-atlasapi 3 reads the annotation set's template alone
            if nested is None:
                what = f"{owner} names no template, which brainglobe-atlasapi 3 needs to open it"
            elif not isinstance(nested, dict) or _differ(nested, own):
                what = (
                    f"{owner} refers to the {key} {_describe(nested)}, the manifest to "
                    f"{_describe(own)}: programs show one or the other"
                )
            else:
                continue
            yield _report(parts, f"{owner}.{key}", what, "Name the same component in both.")


def _compare_manifests(parts: Components) -> Iterator[Finding]:
    """Yield the coordinate space's own manifest where it describes another one."""
    own = parts.within("coordinate_space", "manifest.json")
    if own is None or not own.is_file():
        return  # the finding package-file-missing
    try:
        content = load_info(own)
    except NotRunError as exc:
        why = f"the manifest of the coordinate space {exc}".replace("manifest.json ", "", 1)
        yield _report(parts, "coordinate_space", why, "Write the file again.", own)
        return
    entry = parts.by_key["coordinate_space"].entry
    if _differ(content, entry):
        yield _report(
            parts,
            "coordinate_space",
            f"the manifest of the coordinate space describes {_describe(content)}, the atlas's "
            f"{_describe(entry)}",
            "Name the same component in both.",
            own,
        )


def _differ(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    return any(one.get(key) != two.get(key) for key in ("name", "version", "location"))


def _describe(entry: Any) -> str:
    if not isinstance(entry, dict):
        return short(entry)
    return f"{entry.get('name')} {entry.get('version')} at {entry.get('location')}"


def _report(parts: Components, key: str, what: str, fix: str, file: Path | None = None) -> Finding:
    return Finding(
        f"{what[0].upper()}{what[1:]}.",
        anchor=Anchor(file=parts.relative(file or parts.manifest), key=key),
        fix=fix,
        key=key,
    )


# ---- Neuroglancer's view of the labels -----------------------------------------------------------


@check(
    "package-segment-properties",
    "warning",
    "Names in neuroglancer that are not the terminology's",
)
def check_segment_properties(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield ids that ``segment_properties`` lacks, names twice, or does not share."""
    parts = components_of(subject)
    path = parts.within("annotation_set", f"{PRECOMPUTED}/segment_properties/info")
    if path is None or not path.is_file():
        raise NotRunError("no segment properties")
    stated_inline = load_info(path).get("inline")
    inline = stated_inline if isinstance(stated_inline, dict) else {}
    ids = inline.get("ids")
    if not isinstance(ids, list) or not all(str(i).isdecimal() for i in ids):
        yield Finding(
            "segment_properties/info lists no ids: neuroglancer shows numbers instead of names.",
            anchor=Anchor(file=parts.relative(path), key="inline.ids"),
            fix="Write the file again from the terminology.",
        )
        return
    regions = subject.regions
    stated = [int(i) for i in ids]
    known = [int(i) for i in regions.ids[1 + regions.made_up_root :]]
    for what, which in (
        ("lacks", sorted(set(known) - set(stated))),
        ("names regions that the terminology lacks:", sorted(set(stated) - set(known))),
        ("names twice", sorted({i for i in stated if stated.count(i) > 1})),
    ):
        if which:
            yield Finding(
                f"segment_properties/info {what} {counted(len(which), 'id')} "
                f"({listed(map(str, which))}): neuroglancer shows other names than the hierarchy.",
                tuple(which),
                len(which),
                Anchor(file=parts.relative(path), key="inline.ids"),
                "Write the file again from the terminology.",
                key=what.split()[0],
            )
    yield from _compare_labels(subject, parts, path, stated, inline)


def _compare_labels(
    subject: Subject, parts: Components, path: Path, ids: list[int], inline: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield labels that hold neither the acronym nor the name of their region."""
    properties = inline.get("properties")
    labels = next(
        (
            p.get("values")
            for p in (properties if isinstance(properties, list) else [])
            if isinstance(p, dict) and p.get("type") == "label"
        ),
        None,
    )
    if not isinstance(labels, list) or len(labels) != len(ids):
        yield Finding(
            f"segment_properties/info has {len(labels) if isinstance(labels, list) else 0} labels "
            f"for {len(ids)} ids: neuroglancer names regions wrongly or not at all.",
            anchor=Anchor(file=parts.relative(path), key="inline.properties"),
            fix="Write the file again from the terminology.",
            key="labels",
        )
        return
    regions, wrong = subject.regions, []
    for region_id, label in zip(ids, labels, strict=True):
        rank = regions.rank_of_id(region_id)
        words = (regions.acronym_of_rank(rank), regions.name_of_rank(rank)) if rank else ()
        if words and not any(word and word in str(label) for word in words):
            wrong.append((region_id, str(label), words[0]))
    if wrong:
        first = wrong[0]
        yield Finding(
            f"{counted(len(wrong), 'region is', 'regions are')} called otherwise in "
            f"segment_properties/info, such as id {first[0]}: {short(first[1])}, in the "
            f"terminology {first[2]}.",
            tuple(w[0] for w in wrong),
            len(wrong),
            Anchor(node=first[0], file=parts.relative(path), key="inline.properties"),
            "Write the file again from the terminology.",
            key="names",
        )


@check(
    "package-precomputed",
    "warning",
    "Labels in neuroglancer placed elsewhere than the annotation",
)
def check_precomputed(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield the ``info`` of the precomputed labels where size, voxel size or type differ."""
    parts = components_of(subject)
    path = parts.within("annotation_set", f"{PRECOMPUTED}/info")
    annotation = parts.within("annotation_set", ANNOTATION)
    if path is None or annotation is None or not path.is_file():
        raise NotRunError("no precomputed labels")
    scales = load_info(path).get("scales")
    first = scales[0] if isinstance(scales, list) and scales else None
    if not isinstance(first, dict):
        first = {}
    finest = pyramid_of(subject, annotation).levels[0]
    expected: Mapping[str, list[float]] = {
        "size": list(finest.shape[::-1]),
        "resolution": [s * NANOMETERS for s in finest.steps[::-1]],
    }
    for key, values in expected.items():
        stated = first.get(key)
        if _are_close(stated, values):
            continue
        yield Finding(
            f"{PRECOMPUTED}/info states a {key} of {short(stated)}; the annotation has "
            f"{listed(f'{v:g}' for v in values)} (x, y, z): neuroglancer shows another place.",
            anchor=Anchor(file=parts.relative(path), key=f"scales.{key}"),
            fix="Write the precomputed labels again from the annotation.",
            key=key,
        )


def _are_close(stated: Any, expected: list[float]) -> bool:
    try:
        values = np.asarray(stated, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return values.shape == (3,) and np.allclose(values, expected, rtol=1e-3)
