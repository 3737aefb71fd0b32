"""Checks of the volumes' placement: resolution, shape, spacing and offset against each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...atlases.layouts import brainglobe_v2, brainglobe_v3
from ...atlases.layouts.datasets import CCF_SHAPES, doubtful_size
from ...core.errors import AtlasError, CacheError
from ...core.space.grid import VoxelGrid
from ...formats.volume_header import format_shape, read_volume_header
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding, NamedBox
from ..subject import Subject
from .package_facts import (
    Placement,
    layout_of,
    metadata_of,
    package_folder,
    relative_to,
    volume_placements,
)

BRAINGLOBE = (brainglobe_v2.LAYOUT, brainglobe_v3.LAYOUT)
check = CheckGroup("package", ("volumes' headers",), "quick")


def _split_placements(subject: Subject) -> tuple[Placement, list[Placement]]:
    volumes = volume_placements(subject)
    name = subject.atlas.package.annotation
    annotation = next((v for v in volumes if v.name == name), None)
    others = [v for v in volumes if v.name != name]
    if annotation is None:
        raise NotRunError("the annotation has no header that can be read")
    if not others:
        raise NotRunError("no volume but the annotation")
    return annotation, others


def _format_file(subject: Subject, one: Placement) -> str:
    folder = subject.raw.folder
    return relative_to(one.header.path, folder) if folder else one.header.path.name


def _show_sizes(grid: VoxelGrid) -> str:
    lengths = np.linalg.norm(grid.affine[:-1, :-1], axis=0)
    return " × ".join(f"{s:g}" for s in lengths)


def _compare_sizes(a: VoxelGrid, b: VoxelGrid, percent: float) -> float:
    """Return by how many percent voxel sizes differ, 0 below a limit."""
    one, two = (np.linalg.norm(g.affine[:-1, :-1], axis=0) for g in (a, b))
    most = float((np.abs(one - two) / np.minimum(one, two)).max() * 100)
    return most if most > percent else 0.0


def _make_boxes(
    annotation: VoxelGrid, other: VoxelGrid, name: str, in_world: bool
) -> tuple[NamedBox, NamedBox]:
    """Return both volumes in voxels of the annotation."""
    low, high = np.zeros(other.ndim), np.array(other.shape, float)
    if in_world:
        ends = annotation.to_index_space(other.bbox)
        low, high = ends.min(axis=0), ends.max(axis=0)
    return (
        NamedBox("annotation", (0.0,) * annotation.ndim, tuple(map(float, annotation.shape))),
        NamedBox(name, tuple(low.tolist()), tuple(high.tolist())),
    )


@check(
    "package-resolution",
    "warning",
    "Voxel size missing, implausible or stated twice",
    thresholds=("resolution_difference",),
)
def check_resolution(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield voxel sizes that are not stated, or that are implausible."""
    package = subject.atlas.package
    annotation = package.datasets[package.annotation].path
    where = Anchor(file=annotation.name if annotation else None, key="resolution")
    if not package.resolution_known:
        yield Finding(
            "The size of a voxel is not stated: volumes and distances can be given in voxels only"
            f"{_guess_size(package.grid)}.",
            anchor=where,
            fix="State the voxel size in the file's header, or give it when opening the atlas.",
            key="unknown",
        )
    else:
        doubt = doubtful_size(package.grid)
        if doubt:
            yield Finding(
                f"{where.file or 'The annotation'} {doubt}: every volume and distance is wrong "
                f"by that factor.",
                anchor=where,
                fix="Correct the header, or give the voxel size when opening the atlas.",
                key="known shape",
            )
    for assumption in package.assumptions:
        if assumption.quantity == "unit":
            yield Finding(
                f"{assumption.statement}.",
                anchor=where,
                key="unit",
                fix="State the unit in the file's header.",
                severity="info",
            )
    if package.layout in BRAINGLOBE:
        yield from _report_misstated(subject, package.grid, limits["resolution_difference"])


def _guess_size(grid: VoxelGrid) -> str:
    by_shape = {tuple(sorted(shape)): size for shape, size in CCF_SHAPES.items()}
    size = by_shape.get(tuple(sorted(grid.shape)))
    return f" (the shape is that of the Allen mouse CCF of {size:g} µm)" if size else ""


def _report_misstated(subject: Subject, stated: VoxelGrid, limit: float) -> Iterator[Finding]:
    for one in volume_placements(subject):
        difference = _compare_sizes(stated, one.grid, limit) if one.header.spacing_known else 0.0
        if difference:
            file = _format_file(subject, one)
            yield Finding(
                f"The header of {file} states voxels of {_show_sizes(one.grid)} µm, the package's "
                f"metadata {_show_sizes(stated)} µm ({difference:.3g} % apart, limit {limit:g} %).",
                anchor=Anchor(file=file, key="resolution"),
                fix="Find out which one is right and correct the other.",
                measure=difference,
                threshold="resolution_difference",
                exhibits=_make_boxes(stated, one.grid, one.name, True),
            )


@check("package-shape", "error", "Volume of another shape than the annotation")
def check_shape(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield volumes that have other voxels than the annotation."""
    if subject.raw.package is None:
        yield from _check_metadata_shape(subject)
        return
    annotation, others = _split_placements(subject)
    for one in others:
        if one.grid.shape != annotation.grid.shape:
            file = _format_file(subject, one)
            known = one.header.spacing_known and annotation.header.spacing_known
            yield Finding(
                f"{file} has {format_shape(one.grid.shape)} voxels, the annotation "
                f"{format_shape(annotation.grid.shape)}: they do not overlay.",
                anchor=Anchor(file=file, key="shape"),
                fix="Resample it onto the annotation's voxels, or leave it out of the package.",
                exhibits=_make_boxes(annotation.grid, one.grid, one.name, known),
            )


def _check_metadata_shape(subject: Subject) -> Iterator[Finding]:
    """Yield a finding where the metadata's shape is why a package cannot be opened."""
    if layout_of(subject) != brainglobe_v2.LAYOUT:
        raise NotRunError(f"the package cannot be opened ({subject.raw.error})")
    metadata, path = metadata_of(subject)
    try:
        actual = read_volume_header(package_folder(subject) / "annotation.tiff").grid.shape
    except CacheError:
        raise
    except (AtlasError, OSError) as exc:
        raise NotRunError(f"the annotation has no header that can be read ({exc})") from exc
    stated = metadata.get("shape")
    if not isinstance(stated, list) or not all(isinstance(n, int) for n in stated):
        return  # the finding package-metadata-type
    if tuple(stated) != actual:
        yield Finding(
            f"annotation.tiff has {format_shape(actual)} voxels, but {path.name} states "
            f"{format_shape(stated)}.",
            anchor=Anchor(file=path.name, key="shape"),
            fix="Correct the metadata if the volumes agree with each other.",
            exhibits=(
                NamedBox("annotation", (0.0,) * 3, tuple(map(float, actual))),
                NamedBox("metadata", (0.0,) * len(stated), tuple(map(float, stated))),
            ),
        )


@check(
    "package-spacing",
    "error",
    "Volume of another voxel size than the annotation",
    thresholds=("resolution_difference",),
)
def check_spacing(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield volumes whose voxel size or axis directions differ from the annotation's."""
    annotation, others = _find_stated(subject)
    limit = limits["resolution_difference"]
    for one in others:
        difference = _compare_sizes(annotation.grid, one.grid, limit)
        turned = not difference and not _have_same_directions(annotation.grid, one.grid)
        if not difference and not turned:
            continue
        file = _format_file(subject, one)
        what = (
            f"has voxels of {_show_sizes(one.grid)} µm, the annotation "
            f"{_show_sizes(annotation.grid)} µm ({difference:.3g} % apart, limit {limit:g} %)"
            if difference
            else "has axes that run in other directions than the annotation's"
        )
        yield Finding(
            f"{file} {what}: they do not overlay.",
            anchor=Anchor(file=file, key="spacing"),
            fix="Correct the header that is wrong, or resample the volume.",
            measure=difference or None,
            threshold="resolution_difference" if difference else None,
            exhibits=_make_boxes(annotation.grid, one.grid, one.name, True),
        )


@check(
    "package-offset",
    "error",
    "Volume that begins elsewhere than the annotation",
    thresholds=("offset_voxels",),
)
def check_offset(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield volumes with the annotation's voxels that begin at another place."""
    annotation, others = _find_stated(subject)
    limit = limits["offset_voxels"]
    for one in others:
        same = one.grid.shape == annotation.grid.shape and _have_same_directions(
            annotation.grid, one.grid
        )
        if not same or _compare_sizes(annotation.grid, one.grid, limits["resolution_difference"]):
            continue
        shift = annotation.grid.to_index_space(one.grid.corner)
        if np.abs(shift).max() > limit:
            file = _format_file(subject, one)
            yield Finding(
                f"{file} begins {', '.join(f'{v:+.3g}' for v in shift)} voxels from the annotation "
                f"(limit {limit:g}): by their headers they do not overlay.",
                anchor=Anchor(file=file, key="offset"),
                fix="Correct the header that is wrong, or resample the volume.",
                measure=float(np.abs(shift).max()),
                threshold="offset_voxels",
                exhibits=_make_boxes(annotation.grid, one.grid, one.name, True),
            )


def _find_stated(subject: Subject) -> tuple[Placement, list[Placement]]:
    """Return the annotation and the others, as far as their headers state a placement."""
    annotation, others = _split_placements(subject)
    stating = [one for one in others if one.header.spacing_known]
    if not annotation.header.spacing_known or not stating:
        raise NotRunError("headers that do not state the volumes' placement")
    if subject.atlas.package.layout == brainglobe_v2.LAYOUT:
        raise NotRunError("the metadata place all volumes; see package-resolution")
    return annotation, stating


def _have_same_directions(a: VoxelGrid, b: VoxelGrid) -> bool:
    one, two = (g.affine[:-1, :-1] / np.linalg.norm(g.affine[:-1, :-1], axis=0) for g in (a, b))
    return bool(np.allclose(one, two, atol=1e-3))


# ---- The size of the brain -----------------------------------------------------------------------

BRAIN_LENGTHS = {
    "apis mellifera": (0.5, 6),
    "callithrix jacchus": (15, 70),
    "danio rerio": (0.2, 12),
    "drosophila melanogaster": (0.2, 3),
    "homo sapiens": (30, 300),
    "macaca fascicularis": (30, 150),
    "macaca mulatta": (30, 150),
    "mus musculus": (1.5, 35),
    "mustela putorius furo": (15, 100),
    "rattus norvegicus": (5, 70),
}
"""Longest side of the brain by species, mm, with a factor of about two to both sides: embryos and
spinal cords are within, a unit mistaken by ten in most cases is not."""


@check(
    "package-brain-size",
    "warning",
    "Brain of another size than the species'",
    needs=("annotation", "metadata"),
    cost="pass",
)
def check_brain_size(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the labels are too long or too short for the stated species."""
    package = subject.atlas.package
    species = package.metadata.get("species")
    words = " ".join(str(species or "").split()[:2]).lower()
    known = next((name for name in BRAIN_LENGTHS if words and name.startswith(words)), "")
    if not known:
        raise NotRunError("no species whose brain's size is known")
    if not package.resolution_known:
        raise NotRunError("the voxel size is not stated")
    boxes = subject.ranks.boxes[subject.ranks.counts > 0]
    background = subject.ranks.boxes[0] if subject.ranks.counts[0] else None
    if background is not None:
        boxes = boxes[1:]
    if not len(boxes):
        raise NotRunError("no voxel has a label")
    steps = np.abs(np.linalg.norm(package.grid.affine[:-1, :-1], axis=0))
    voxels = boxes[:, :, 1].max(axis=0) - boxes[:, :, 0].min(axis=0)
    length = float((voxels * steps).max() / 1000)
    low, high = BRAIN_LENGTHS[known]
    if not low <= length <= high:
        annotation = package.datasets[package.annotation].path
        yield Finding(
            f"The labels are {length:.3g} mm long; the brain of {species} is from {low:g} to "
            f"{high:g} mm: the voxel size, its unit or the species is wrong.",
            anchor=Anchor(file=annotation.name if annotation else None, key="resolution"),
            fix="Correct the voxel size or the species.",
            measure=length,
            unit="mm",
            key="length",
        )


# ---- What was left out ---------------------------------------------------------------------------


@check("package-left-out", "info", "Volumes that are left out or on another grid", cost="quick")
def check_left_out(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield what is in the folder or the file but not in the atlas, and why."""
    for n, assumption in enumerate(subject.atlas.package.assumptions):
        if assumption.quantity in ("volumes", "annotation"):
            yield Finding(
                f"{assumption.statement}.",
                fix="Move what does not belong to the atlas elsewhere, or open it by its own path.",
                key=f"{assumption.quantity} {n}",
            )


THRESHOLDS = (
    Threshold(
        "resolution_difference",
        0.1,
        "%",
        "Headers hold single precision or three decimals; a real difference is a factor "
        "of 2 to 1000.",
    ),
    Threshold(
        "offset_voxels",
        0.01,
        "voxels",
        "Rounding in headers stays far below; the smallest real mistake is half a voxel "
        "(center mistaken for corner).",
    ),
)
