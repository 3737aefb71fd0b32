"""Checks of the orientation field, alone and against placement hints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.direction_change import ORDERS, depth_angles, field_norms, neighbor_angles
from ...core.space.volume import VoxelData
from ...core.text import counted
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding, FindingVoxels
from ..subject import Subject
from .label_facts import cite, three_axes

check = CheckGroup("orientation", ("orientation field", "annotation"))

# ---- Orientation field ---------------------------------------------------------------------------

MOSTLY = 0.5
"""Share of a region's voxels with a direction above which the field is meant to be there."""

ALONG, AGAINST = 30.0, 60.0
"""Median angle to the depth gradient, degrees, that shows an order of components to be right,
and one that shows it to be wrong."""

SAMPLED_PLANES = 64

THRESHOLDS = (
    Threshold(
        "norm_error",
        0.01,
        "",
        "Of the length 1. Rounding to int8 (127 is 1) alone makes up to 0.008.",
    ),
    Threshold(
        "direction_angle",
        60,
        "°",
        "Between a voxel's direction and the mean of its neighbors' in the same region, and "
        "between it and the depth gradient. Even a fold turns by less from voxel to voxel.",
    ),
    Threshold(
        "layer_thickness",
        3000,
        "µm",
        "No cortical layer of mouse, rat or man is as thick; a direction that runs along the "
        "layer instead of across it makes it so.",
    ),
)


@check(
    "orientation-shape",
    "error",
    "Orientation field on another grid than the annotation",
    cost="quick",
)
def check_shape(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the field is on another grid, or holds no quaternions or vectors."""
    name, data = _load_field(subject)
    wrong = []
    if data.payload_shape not in ((4,), (3,)):
        values = " × ".join(map(str, data.payload_shape)) or "1"
        wrong.append(f"has {values} values for each voxel (4 for quaternions, 3 for vectors)")
    if data.shape != subject.atlas.shape:
        wrong.append(f"has {data.shape} voxels, the annotation {subject.atlas.shape}")
    elif not data.grid.matches(subject.atlas.grid):
        wrong.append("is placed elsewhere in space than the annotation")
    if wrong:
        yield Finding(
            f"The field {name} {' and '.join(wrong)}.",
            (),
            1,
            _make_anchor(subject, name),
            "Store the field on the annotation's grid, w, x, y, z in each voxel.",
            key=name,
        )


@check(
    "orientation-type",
    "warning",
    "Orientation field of a type other than int8 or floats",
    needs=("orientation field",),
    cost="quick",
)
def check_dtype(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the field is of another type than int8 or floats."""
    name, data = _load_field(subject)
    kind = data.raw.dtype
    if kind not in (np.dtype(np.int8), np.dtype(np.float32), np.dtype(np.float64)):
        yield Finding(
            f"The field {name} is of {kind}; expected int8 (127 is 1), float32 or float64.",
            (),
            1,
            _make_anchor(subject, name),
            "Convert the field to int8 times 127, or to float32.",
            key=name,
        )


@check(
    "orientation-order",
    "warning",
    "Quaternions in another order than w, x, y, z",
    needs=("orientation field", "placement hints"),
)
def check_order(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the depth gradient shows another order of components."""
    name, raw = _require_field(subject)
    if raw.shape[-1] != 4:
        raise NotRunError("the field holds vectors, not quaternions")
    right, other = (float(np.median(_sample_angles(subject, o))) for o in ORDERS)
    if right > AGAINST and other < ALONG:
        yield Finding(
            f"Read as w, x, y, z, the directions of {name} are {right:.0f}° (median) off the "
            f"depth gradient, read as x, y, z, w only {other:.0f}°.",
            (),
            int(np.count_nonzero(_compute_norms(subject) > 0)),
            _make_anchor(subject, name),
            "Store the components as w, x, y, z.",
            measure=right,
            unit="°",
            key=name,
        )


@check(
    "orientation-unit-norm",
    "warning",
    "Quaternions or vectors of other lengths than 1",
    needs=("orientation field",),
    thresholds=("norm_error",),
)
def check_unit_norm(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where quaternions or vectors are not of length 1."""
    name, _ = _require_field(subject)
    norms = _compute_norms(subject)
    off = np.abs(norms - 1)
    wrong = np.flatnonzero((norms > 0) & (off > limits["norm_error"])).astype(np.int64)
    if len(wrong):
        worst = float(norms.reshape(-1)[wrong[off.reshape(-1)[wrong].argmax()]])
        yield Finding(
            f"{counted(len(wrong), 'voxel')} of {name} {'is' if len(wrong) == 1 else 'are'} not "
            f"of length 1 (limit ±{limits['norm_error']:g}); the worst is {worst:.3g}.",
            (),
            len(wrong),
            Anchor.at(wrong, norms.shape),
            "Normalize the field; the plugin does so when it reads it.",
            measure=abs(worst - 1),
            threshold="norm_error",
            marked=FindingVoxels(flat=wrong),
            key=name,
        )


@check("orientation-zero", "info", "Voxels without a direction that their region has")
def check_zero(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region in which some voxels lack a direction that most have."""
    rank_volume = three_axes(subject)
    _require_field(subject)
    norms = _compute_norms(subject)
    without = ~(np.isfinite(norms) & (norms > 0))
    lacking = np.bincount(rank_volume.raw[without], minlength=rank_volume.n_ranks)
    meant = (rank_volume.counts > 0) & (lacking < MOSTLY * rank_volume.counts)
    meant[0] = False
    for rank in np.flatnonzero(meant & (lacking > 0)):
        subject.pulse()
        own = FindingVoxels(ranks=(int(rank),)).positions(rank_volume)
        flat = own[without.reshape(-1)[own]]
        share = 100 * len(flat) / len(own)
        yield Finding(
            f"{counted(len(flat), 'voxel')} of {cite(rank_volume, int(rank))} "
            f"({share:.2g} %) {'has' if len(flat) == 1 else 'have'} no direction.",
            (int(rank_volume.ids[rank]),),
            len(flat),
            Anchor.at(flat, rank_volume.raw.shape, int(rank_volume.ids[rank])),
            "Interpolate the directions around them.",
            measure=share,
            unit="%",
            marked=FindingVoxels(flat=flat),
        )


@check(
    "orientation-disagrees",
    "warning",
    "Directions that disagree with those around or with depth",
    cost="slow",
    thresholds=("direction_angle",),
)
def check_disagreement(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region whose directions differ from neighbors' or the depth's."""
    rank_volume = three_axes(subject)
    _, raw = _require_field(subject)
    angle = neighbor_angles(raw, rank_volume.raw)
    what = "the mean of their neighbors'"
    yield from _report_regions(subject, angle, limits["direction_angle"], what, "")
    subject.pulse()
    try:
        depth = _measure_angles(subject, "w, x, y, z")
    except NotRunError:
        return  # without placement hints there is no depth
    inside = np.where(rank_volume.raw > 0, depth, np.nan)
    what = f"the gradient of {distance_from_bottom(subject)[0]}"
    yield from _report_regions(subject, inside, limits["direction_angle"], what, "depth")


def _report_regions(
    subject: Subject, angle: NDArray[np.float32], limit: float, what: str, key: str
) -> Iterator[Finding]:
    rank_volume, flat_angle = subject.ranks, angle.reshape(-1)
    wrong = np.flatnonzero(flat_angle > limit).astype(np.int64)
    ranks = rank_volume.raw.reshape(-1)[wrong]
    for rank in np.unique(ranks):
        flat = wrong[ranks == rank]
        worst = flat[int(flat_angle[flat].argmax())]
        region_id = int(rank_volume.ids[rank])
        place = Anchor.at(flat, rank_volume.raw.shape, region_id)
        voxel = Anchor.at(np.array([worst]), rank_volume.raw.shape).voxel
        yield Finding(
            f"The directions of {counted(len(flat), 'voxel')} of "
            f"{cite(rank_volume, int(rank))} differ "
            f"from {what} by up to {flat_angle[worst]:.0f}° (limit {limit:g}°).",
            (region_id,),
            len(flat),
            Anchor(voxel=voxel, extent=place.extent, node=region_id),
            "Check the directions there, and smooth the field.",
            measure=float(flat_angle[worst]),
            threshold="direction_angle",
            marked=FindingVoxels(flat=flat),
            key=key,
        )


def _load_field(subject: Subject) -> tuple[str, VoxelData]:
    package = subject.atlas.package
    name = package.orientation_field
    if name is None:
        kinds = (d.name for d in package.datasets.values() if d.kind == "orientation")
        name = next(kinds, None)
    if name is None:
        raise NotRunError("no orientation field")
    return name, subject.read(name)


def _require_field(subject: Subject) -> tuple[str, NDArray[Any]]:
    """Return name and values of a field on the annotation's voxels."""
    name, data = _load_field(subject)
    if data.shape != three_axes(subject).raw.shape or data.payload_shape not in ((4,), (3,)):
        raise NotRunError(f"{name} is not a field on the annotation's voxels")
    return name, data.raw


def _compute_norms(subject: Subject) -> NDArray[np.float32]:
    return subject.shared("field norms", lambda: field_norms(_require_field(subject)[1]))


def _measure_angles(subject: Subject, components: str, every: int = 1) -> NDArray[np.float32]:
    raw = _require_field(subject)[1]
    depth = distance_from_bottom(subject)[1]
    angles = depth_angles(raw, depth, subject.atlas.grid.affine[:3, :3], components, every)
    if not np.isfinite(angles).any():
        raise NotRunError("the placement hints have no gradient where the field is")
    return angles


def _sample_angles(subject: Subject, components: str) -> NDArray[np.float32]:
    """Return the angles in some of the planes, flat: enough for a median."""
    planes = subject.atlas.shape[0]
    angles = _measure_angles(subject, components, max(1, planes // SAMPLED_PLANES))
    return angles[np.isfinite(angles)]


def _make_anchor(subject: Subject, name: str) -> Anchor:
    path = subject.atlas.package.datasets[name].path
    return Anchor(file=path.name if path is not None else name)


# ---- Placement hints: depth of the layers along the directions -----------------------------------
#
# BlueBrain's atlas tools write ``[PH]y`` (distance from the region's bottom along its direction,
# µm) and, for each layer, ``[PH]<layer>`` with the layer's bottom and top in that measure.

PREFIX = "[PH]"
DISTANCE = "[PH]y"


def distance_from_bottom(subject: Subject) -> tuple[str, NDArray[Any]]:
    """Return name and values of the distance from the bottom, on the annotation's voxels."""
    if DISTANCE not in subject.atlas.package.datasets:
        raise NotRunError("no placement hints")
    data = subject.read(DISTANCE)
    if data.shape != subject.atlas.shape or data.payload_shape:
        raise NotRunError(f"{DISTANCE} is not on the annotation's voxels")
    return DISTANCE, data.raw


@check(
    "orientation-layers",
    "warning",
    "Layers without bounds, out of order or too thick",
    needs=("placement hints", "annotation"),
    thresholds=("layer_thickness",),
)
def check_layers(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield up to three findings for each layer: inverted, too thick, no bounds."""
    rank_volume = three_axes(subject)
    datasets = subject.atlas.package.datasets
    names = [n for n in datasets if n.startswith(PREFIX) and n != DISTANCE]
    if not names:
        raise NotRunError("no placement hints")
    _, distance = distance_from_bottom(subject)
    meant = (rank_volume.raw > 0) & np.isfinite(distance)
    for name in names:
        subject.pulse()
        data = datasets[name].load()  # not kept: each is twice as large as an image
        if data.payload_shape != (2,) or data.shape != rank_volume.raw.shape:
            continue  # masks of problems, and the like
        bottom, top = data.raw[..., 0], data.raw[..., 1]
        thick = top - bottom
        with np.errstate(invalid="ignore"):
            inverted = meant & (thick < 0)
            fat = meant & (thick > limits["layer_thickness"])
        nowhere = meant & ~np.isfinite(thick)
        yield from _report(subject, name, inverted, thick, "end below their beginning", "inverted")
        what = f"are thicker than {limits['layer_thickness']:g} µm"
        yield from _report(subject, name, fat, thick, what, "too thick", "layer_thickness")
        yield from _report(subject, name, nowhere, thick, "have no bounds (NaN)", "no bounds")


def _report(
    subject: Subject,
    name: str,
    wrong: NDArray[np.bool_],
    thick: NDArray[Any],
    what: str,
    key: str,
    threshold: str | None = None,
) -> Iterator[Finding]:
    flat = np.flatnonzero(wrong).astype(np.int64)
    if not len(flat):
        return
    values = np.abs(thick.reshape(-1)[flat])
    worst = float(np.nanmax(values)) if np.isfinite(values).any() else None
    by = f", by up to {worst:g} µm" if key == "inverted" else ""
    by = f"; the thickest is {worst:g} µm" if key == "too thick" else by
    yield Finding(
        f"The bounds of {name} {what} in {counted(len(flat), 'voxel')}{by}.",
        (),
        len(flat),
        Anchor.at(flat, wrong.shape),
        "Check the directions there: each must cross the layer from its bottom to its top.",
        measure=worst,
        unit="µm" if worst is not None else "",
        threshold=threshold,
        marked=FindingVoxels(flat=flat),
        key=f"{name} {key}",
    )
