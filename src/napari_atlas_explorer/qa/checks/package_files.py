"""Checks of a package's files: present, not empty, readable, and with the stated checksums."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...atlases.layouts import brainglobe_v2, brainglobe_v3, datasets, voxelbrain
from ...atlases.layouts.datasets import volumes_in
from ...core.errors import AtlasError, AtlasFileError, CacheError, SeveralAtlasesError
from ...core.package import Package
from ...core.text import counted, listed
from ...formats.common.safety import reason_of
from ...formats.neuroglancer.meshes import read_mesh_info
from ..check import CheckGroup, Limits, NotRunError, checks_in
from ..finding import Anchor, Finding, Severity
from ..subject import Subject
from . import hierarchy_rows
from .component_facts import MASKS, PRECOMPUTED, Components, components_of
from .package_facts import layout_of, metadata_of, package_folder, relative_to

check = CheckGroup("package", ("package",))

MAX_FILES = 200_000
"""Files of a folder that are checked: an OME-Zarr volume may hold very many."""

CHECKSUM_SUFFIXES = {".md5": "md5", ".sha1": "sha1", ".sha256": "sha256", ".sha512": "sha512"}
CHECKSUM_LISTS = re.compile(r"^(?:check|md5|sha1|sha256|sha512)sums?(?:\.txt)?$", re.IGNORECASE)
BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
SUM_LINE = re.compile(r"^([0-9a-fA-F]{32,128})(?:\s+[* ]?(.+))?$")
MAX_SUM_FILE = 1 << 20

V2_FILES: tuple[tuple[str, Severity, str], ...] = (
    ("metadata.json", "error", "what the package is"),
    ("structures.json", "error", "the hierarchy"),
    ("annotation.tiff", "error", "the region of every voxel"),
    ("reference.tiff", "error", "the reference image"),
    ("meshes", "warning", "the regions' surfaces"),
    ("structures.csv", "info", "the hierarchy as a table"),
    ("README.txt", "info", "metadata and tree to be read by people"),
)
VOXELBRAIN_FILES = (f"{datasets.ANNOTATION}.nrrd", "hierarchy.json")


@check("package-unreadable", "error", "Package or file that cannot be read")
def check_unreadable(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield the package if it cannot be opened, else every file of it that cannot be read."""
    package, error = subject.raw.package, subject.raw.error
    if package is None and _lacks_needed(subject):
        raise NotRunError(f"the package cannot be opened ({error})")
    if package is None:
        fix = "Fix or replace the file that the message names."
        if isinstance(error, SeveralAtlasesError):
            fix = "Check one of the atlases at a time, by its own path."
        folder = subject.raw.folder
        named = Path(error.path) if isinstance(error, AtlasFileError) else None
        at = None
        if named is not None and named != folder:
            at = relative_to(named, folder) if folder else named.name
        yield Finding(
            f"The package cannot be opened: {error}.",
            anchor=Anchor(file=at),
            fix=fix,
            key="package",
        )
        return
    folder = subject.raw.folder
    asked_again = (package.reference, package.hemispheres, package.orientation_field)
    yield from _report_hierarchy(subject, folder)
    yield from _report_mesh_info(package, folder)
    for name, dataset in package.datasets.items():
        subject.pulse()
        if has_other_shape(subject, name):
            continue  # it cannot be placed, which is the finding package-shape
        try:
            if name == package.annotation:
                _ = subject.stored
                if not len(subject.stored.fractional):
                    _ = subject.ranks
            elif name in asked_again:
                subject.read(name)
            else:
                dataset.load()  # read and released: a folder may hold more than fits into memory
        except NotRunError as exc:
            yield _report_file(dataset.path, folder, str(exc))
        except CacheError:
            raise
        except (AtlasError, OSError) as exc:
            why = f"{name} cannot be read ({exc})"
            yield _report_file(dataset.path, folder, why)


def _lacks_needed(subject: Subject) -> bool:
    """Return whether a v3 package lacks a file that it needs: the finding package-file-missing."""
    if layout_of(subject) != brainglobe_v3.LAYOUT:
        return False
    try:
        return any(finding.severity == "error" for finding in _find_missing_v3(subject))
    except NotRunError:
        return False


def _report_mesh_info(package: Package, folder: Path | None) -> Iterator[Finding]:
    """Yield the description of precomputed meshes where it is damaged: it is one for all."""
    if package.layout != brainglobe_v3.LAYOUT or not package.mesh_files:
        return
    meshes = next(iter(package.mesh_files.values())).parent
    if (meshes / "info").exists():
        try:
            read_mesh_info(meshes)
        except (AtlasError, OSError) as exc:
            yield _report_file(meshes / "info", folder, f"no mesh can be read ({exc})")


def _report_hierarchy(subject: Subject, folder: Path | None) -> Iterator[Finding]:
    """Yield the hierarchy's file where its error is one that no check of its rows covers."""
    why, used = subject.raw.hierarchy_error, subject.raw.hierarchy_file
    if not why:
        return
    if why.startswith(f"{used}:"):
        for strict in checks_in(hierarchy_rows):
            if strict.severity != "error":
                continue
            with contextlib.suppress(NotRunError):
                if next(iter(strict.run(subject, {})), None) is not None:
                    return
    instead = f"; {used.name} is read instead" if used and not why.startswith(f"{used}:") else ""
    yield Finding(
        f"The hierarchy is refused: {why}{instead}.",
        anchor=Anchor(file=relative_to(used, folder) if used and folder else None),
        fix="Fix the file, or take the hierarchy from the atlas's source again.",
        key="hierarchy",
    )


def _report_file(path: Path | None, folder: Path | None, why: str) -> Finding:
    shown = None if path is None else relative_to(path, folder) if folder else path.name
    return Finding(
        f"{shown or 'A volume'}: {why}.",
        anchor=Anchor(file=shown),
        fix="Copy or download the file again, or leave it out of the package.",
    )


def has_other_shape(subject: Subject, name: str) -> bool:
    """Return whether a volume's header states another shape than the annotation's."""
    from .package_facts import volume_placements

    shapes = {one.name: one.grid.shape for one in volume_placements(subject)}
    return name in shapes and shapes[name] != subject.atlas.shape


@check("package-file-missing", "error", "Missing file", cost="quick")
def check_file_missing(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every file that the package's layout expects and that does not exist."""
    folder, layout = package_folder(subject), layout_of(subject)
    if layout == brainglobe_v2.LAYOUT:
        yield from _find_missing_v2(subject, folder)
    elif layout == voxelbrain.LAYOUT:
        for name in VOXELBRAIN_FILES:
            if not (folder / name).is_file():
                yield _report(name, "error", "needed by every VoxelBrain folder")
    elif layout == brainglobe_v3.LAYOUT:
        yield from _find_missing_v3(subject)
    else:
        raise NotRunError("the package's layout states no list of files")


def _find_missing_v2(subject: Subject, folder: Path) -> Iterator[Finding]:
    for name, severity, what in V2_FILES:
        if not (folder / name).exists():
            yield _report(name, severity, what)
    try:
        metadata, _ = metadata_of(subject)
    except NotRunError:
        return
    if metadata.get("symmetric") is False and not (folder / "hemispheres.tiff").exists():
        yield _report("hemispheres.tiff", "error", "left and right of an asymmetric atlas")
    for name in brainglobe_v2.additional_references(metadata):
        if isinstance(name, str) and not (folder / f"{name}.tiff").exists():
            yield _report(f"{name}.tiff", "error", "an additional reference of the metadata")


def _find_missing_v3(subject: Subject) -> Iterator[Finding]:
    """Yield every file that a v3 package needs, each with what cannot be done without it."""
    parts = components_of(subject)
    for path, severity, cost in _list_needed(parts):
        if path is not None and not path.exists():
            yield _report(parts.relative(path), severity, cost)
    meshes = parts.within("annotation_set", f"{PRECOMPUTED}/mesh")
    if meshes is not None and meshes.is_dir():
        yield from _find_without_index(parts, meshes)


def _list_needed(parts: Components) -> Iterator[tuple[Path | None, Severity, str]]:
    """Yield the place of each needed file or folder, its severity, and what its loss costs."""
    yield parts.within("terminology", "terminology.csv"), "error", "the regions' names and tree"
    for name, place in parts.images.items():
        if name == "annotation":
            yield place, "error", "the region of every voxel"
        elif name != "hemispheres":
            what = "the reference image" if name == "template" else "an additional reference"
            yield place, "error", f"{what}; brainglobe-atlasapi 3 does not open the atlas"
        elif parts.metadata.get("symmetric") is not True:
            yield place, "error", "left and right of an asymmetric atlas"
    yield (
        parts.within("coordinate_space", "manifest.json"),
        "error",
        "the coordinate space; brainglobe-atlasapi 3 cannot download an atlas without it",
    )
    yield (
        parts.within("annotation_set", MASKS),
        "warning",
        "the masks of the regions; get_structure_mask of brainglobe-atlasapi 3 and its download "
        "of the atlas fail",
    )
    precomputed = parts.within("annotation_set", PRECOMPUTED)
    if precomputed is None or not precomputed.is_dir():
        yield precomputed, "warning", "the regions' surfaces, and what neuroglancer shows"
        return
    mesh = precomputed / "mesh"
    fetched = mesh.is_dir() and any(mesh.iterdir())
    if not (precomputed / "info").exists() and not fetched:
        return  # a local cache of brainglobe-atlasapi, which fetches each mesh when it is used
    yield precomputed / "info", "warning", "neuroglancer opens neither labels nor meshes"
    names = precomputed / "segment_properties" / "info"
    yield names, "warning", "neuroglancer shows numbers instead of the regions' names"
    yield mesh, "warning", "the regions' surfaces"
    if fetched:
        yield mesh / "info", "error", "neuroglancer, and this program, can read none of the meshes"


def _find_without_index(parts: Components, meshes: Path) -> Iterator[Finding]:
    """Yield one finding for the meshes whose index is missing."""
    names = {path.name for path in meshes.iterdir()}
    ids = sorted(int(n) for n in names if n.isdecimal() and f"{n}.index" not in names)
    if ids:
        yield Finding(
            f"{counted(len(ids), 'mesh has', 'meshes have')} no index ({listed(map(str, ids))}): "
            f"neuroglancer, and this program, cannot read them.",
            tuple(ids),
            len(ids),
            Anchor(mesh=ids[0], file=parts.relative(meshes / f"{ids[0]}.index")),
            "Make these meshes again from the labels.",
            severity="error",
            key="index",
        )


def _report(name: str, severity: Severity, what: str) -> Finding:
    return Finding(
        f"{name} is not in the package ({what}).",
        anchor=Anchor(file=name),
        fix="Add the file, or package the atlas again.",
        severity=severity,
    )


@check("package-file-empty", "error", "Empty file", cost="quick")
def check_file_empty(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every file of the package that holds no byte."""
    folder = package_folder(subject)
    for path in find_files(subject, folder):
        try:
            empty = path.stat().st_size == 0
        except OSError as exc:
            yield _report_file(path, folder, reason_of(exc))
            continue
        if empty:
            yield Finding(
                f"{relative_to(path, folder)} is empty: it holds no byte.",
                anchor=Anchor(file=relative_to(path, folder)),
                fix="Copy or download the file again.",
            )


def find_files(subject: Subject, folder: Path) -> Iterator[Path]:
    """Yield the files of a package: all of its folder where the layout owns the folder."""
    package = subject.raw.package
    roots: list[Path] = []
    if layout_of(subject) in (brainglobe_v2.LAYOUT, brainglobe_v3.LAYOUT, voxelbrain.LAYOUT):
        roots.append(folder)
    if package is not None:
        roots += [d.path for d in package.datasets.values() if d.path is not None]
        roots += package.mesh_files.values()
    elif subject.raw.place is not None and not roots:
        place = subject.raw.place
        roots += volumes_in(folder) if place == folder else [place]
    if subject.raw.hierarchy_file is not None:
        roots.append(subject.raw.hierarchy_file)
    seen: set[Path] = set()
    for root in roots:
        for path in root.rglob("*") if root.is_dir() else (root,):
            if path in seen or path.name.startswith(".") or not path.is_file():
                continue
            seen.add(path)
            if len(seen) > MAX_FILES:
                return
            if len(seen) % 1000 == 0:
                subject.pulse()
            yield path


@check(
    "package-checksum",
    "error",
    "File with another checksum than stated",
    needs=("checksums",),
)
def check_checksum(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every file whose checksum differs from the stated one.

    Checksums inside files (Zarr, gzip, xz) are verified when the volumes are read.
    """
    folder = package_folder(subject)
    stated = list(_read_stated_sums(subject, folder))
    if not stated:
        raise NotRunError("it states no checksum")
    for source, name, expected in stated:
        subject.pulse()
        path = (source.parent / name).resolve()
        shown = relative_to(path, folder.resolve())
        fix = "Copy or download the file again; renew the sum if the change was meant."
        if not path.is_file():
            yield Finding(
                f"{source.name} states a checksum of {name}, which is missing.",
                anchor=Anchor(file=shown),
                fix=fix,
            )
            continue
        digest = compute_digest(path, BY_LENGTH[len(expected)])
        if digest != expected.lower():
            yield Finding(
                f"{shown} has the {BY_LENGTH[len(expected)]} sum {digest[:12]}…, but "
                f"{source.name} states {expected[:12].lower()}…: the file was changed or damaged.",
                anchor=Anchor(file=shown),
                fix=fix,
            )


def _read_stated_sums(subject: Subject, folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Yield the file of checksums, name of a file next to it, and the checksum."""
    given = subject.raw.path
    places = [folder, *([given.parent] if given is not None and given.is_file() else [])]
    for place in dict.fromkeys(p.resolve() for p in places):
        for source in sorted(place.iterdir()):
            if not source.is_file() or source.stat().st_size > MAX_SUM_FILE:
                continue
            own = CHECKSUM_SUFFIXES.get(source.suffix.lower())
            if own is None and not CHECKSUM_LISTS.match(source.name):
                continue
            lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
            for expected, name in _parse_sums(lines, source.stem if own else None):
                archive = given is not None and place != folder.resolve()
                if not archive or name == (given.name if given else ""):
                    yield source, name, expected


def _parse_sums(lines: Iterable[str], own: str | None) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = SUM_LINE.match(line.strip())
        name = (match[2] or own) if match else None
        if match and name and len(match[1]) in BY_LENGTH:
            yield match[1], name.strip()


def compute_digest(path: Path, kind: str) -> str:
    """Return the checksum of a file in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()
