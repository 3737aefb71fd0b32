"""Checks of pyramids and of the array of masks in BrainGlobe v3 packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.blocks import planes_in_slab, slabs
from ...core.errors import AtlasError, CacheError
from ...core.regions.rank_volume import RankVolume
from ...core.text import counted, listed
from ...formats.ome_zarr.reader import (
    LevelPlanes,
    OmeZarr,
    ZarrLevel,
    read_channels,
    read_vector,
)
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding
from ..subject import Subject, never_cancel
from .component_facts import ANNOTATION, MASK_VALUES, MASKS, Components, components_of, pyramid_of

check = CheckGroup("package", ("components",))

CLOSE = 1e-5
"""Relative difference up to which brainglobe-atlasapi 3 takes voxel sizes for equal."""

BLOCK_EDGE = 1e-6
WORK_BYTES = 12
"""For each voxel of the first level that is compared: itself, and what is picked of it."""

IMAGE_SLACK = 1
"""Gray values by which rounding may lead out of the range of the voxels below."""


def is_fetched(level: ZarrLevel) -> bool:
    """Return whether the values of a level are there, and not only its metadata."""
    return (level.path / "c").is_dir() or not (level.path / "zarr.json").is_file()


# ---- Pyramids ------------------------------------------------------------------------------------


@check("package-not-fetched", "info", "Values that have not been fetched", cost="quick")
def check_not_fetched(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield one finding that lists the levels of which only the metadata are there."""
    parts = components_of(subject)
    absent = []
    for path in parts.images.values():
        if path.is_dir():
            absent += [
                parts.relative(level.path)
                for level in pyramid_of(subject, path).levels
                if not is_fetched(level)
            ]
    if absent:
        yield Finding(
            f"{counted(len(absent), 'level has', 'levels have')} metadata but no values: "
            f"{listed(absent)}; brainglobe-atlasapi fetches them when they are used, and they are "
            f"not checked.",
            (),
            len(absent),
            Anchor(file=absent[0]),
            "Nothing is wrong in a local cache; a package that is to be published needs them.",
            key="levels",
        )


@check("package-level", "error", "Level of a pyramid that is no smaller copy of the first")
def check_level(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield levels of another place or extent, or with values that the first one lacks there."""
    parts = components_of(subject)
    checked = False
    for name, path in parts.images.items():
        if not path.is_dir():
            continue  # the finding package-file-missing
        pyramid, checked = pyramid_of(subject, path), True
        for level in pyramid.levels[1:]:
            subject.pulse()
            wrong = _compare_placement(parts, pyramid.levels[0], level)
            if wrong is not None:
                yield wrong
                if wrong.severity != "warning":
                    continue
            if not (is_fetched(level) and is_fetched(pyramid.levels[0])):
                continue
            found = _compare_values(subject, parts, name, level, pyramid.levels[0])
            if found is not None:
                yield found
    if not checked:
        raise NotRunError("no pyramid")


@check("package-level-size", "error", "Voxel size of the manifest that no level has", cost="quick")
def check_level_size(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield pyramids without a level of exactly the manifest's voxel size."""
    parts = components_of(subject)
    sizes = parts.metadata.get("resolution")
    for path in parts.images.values():
        if path.is_dir():
            yield from _compare_sizes(parts, pyramid_of(subject, path), sizes)


def _compare_sizes(parts: Components, pyramid: OmeZarr, stated: Any) -> Iterator[Finding]:
    """Yield a pyramid without a level of exactly the manifest's voxel size."""
    if not isinstance(stated, list) or len(stated) != 3:
        return  # the finding package-metadata-type
    for level in pyramid.levels:
        if np.allclose(level.steps, stated, rtol=CLOSE, atol=0):
            return
    sizes = listed(" × ".join(f"{s:g}" for s in level.steps) for level in pyramid.levels)
    yield Finding(
        f"{parts.relative(pyramid.path)} has voxels of {sizes} µm, the manifest states "
        f"{' × '.join(f'{s:g}' for s in stated)} µm: brainglobe-atlasapi 3 refuses to open it.",
        anchor=Anchor(file=parts.relative(pyramid.path), key="coordinateTransformations"),
        fix="Correct the scales of the volume, or the manifest's resolution.",
        key=parts.relative(pyramid.path),
    )


def _compare_placement(parts: Components, finest: ZarrLevel, level: ZarrLevel) -> Finding | None:
    """Return a finding where a level does not begin and end with the first one."""
    factors = np.divide(level.steps, finest.steps)
    expected = np.multiply(finest.shape, finest.steps)
    extent = np.multiply(level.shape, level.steps)
    where = parts.relative(level.path)
    # Rounding to whole voxels may add or drop less than one voxel of the coarser level.
    if (np.abs(extent - expected) > np.array(level.steps) * (1 + CLOSE)).any():
        what = (
            f"has {' × '.join(map(str, level.shape))} voxels of "
            f"{' × '.join(f'{s:g}' for s in level.steps)} µm, which is another extent than that "
            f"of the first level ({' × '.join(f'{s:g}' for s in expected)} µm)"
        )
        return _report(where, what, "extent")
    shift = (np.array(level.first_center) - finest.first_center) / finest.steps
    centered = (factors - 1) / 2
    if np.allclose(shift, centered, atol=0.01):
        return None
    if np.allclose(shift, 0, atol=0.01):
        by = ", ".join(f"{v:.3g}" for v in centered)
        return Finding(
            f"{where} begins where the first level does, but NGFF places the centers of voxels, "
            f"which are {by} voxels of the first level farther: viewers that follow it show the "
            f"levels displaced.",
            anchor=Anchor(file=where, key="coordinateTransformations"),
            fix="Add half of what the voxel size grows by as the level's translation.",
            severity="warning",
            key=f"{where} corner",
        )
    by = ", ".join(f"{v:+.2f}" for v in shift - centered)
    return _report(where, f"is placed {by} voxels of the first level off", "place")


def _report(where: str, what: str, key: str) -> Finding:
    return Finding(
        f"{where} {what}: programs that show it place regions elsewhere.",
        anchor=Anchor(file=where, key="coordinateTransformations"),
        fix="Make the level again from the first one, or correct its transformations.",
        key=f"{where} {key}",
    )


def _compare_values(
    subject: Subject, parts: Components, name: str, level: ZarrLevel, finest: ZarrLevel
) -> Finding | None:
    """Return a finding where voxels of a level have a value of no voxel that they cover.

    That holds for nearest neighbors, strides and majorities alike. Images may have been smoothed:
    they may have any value between the extremes of these voxels and those of their neighbors.
    """
    factors = np.divide(level.steps, finest.steps)
    exact = name in ("annotation", "hemispheres")
    try:
        fine, coarse = LevelPlanes(finest), LevelPlanes(level)
        wrong = find_foreign_values(fine, coarse, factors, exact, subject.pulse)
        if not len(wrong):
            return None
        first = tuple(int(v) for v in wrong[0])
        below = tuple(
            min(int((i + 0.5) * f), n - 1)
            for i, f, n in zip(first, factors, fine.shape, strict=True)
        )
        value = coarse[first[0] : first[0] + 1][0][first[1:]]
        instead = fine[below[0] : below[0] + 1][0][below[1:]]
    except CacheError:
        raise
    except (AtlasError, OSError) as exc:
        raise NotRunError(f"{level.path.name} cannot be compared ({exc})") from exc
    where = parts.relative(level.path)
    what = "a region" if name == "annotation" else "a value"
    return Finding(
        f"{counted(len(wrong), 'voxel')} of {where} {'has' if len(wrong) == 1 else 'have'} {what} "
        f"that none of the voxels of the first level has there, such as {value} in {first} where "
        f"that has {instead}: the resolutions answer differently.",
        (),
        len(wrong),
        Anchor(file=where, voxel=below if name == "annotation" else None),
        "Make the level again from the first one.",
        key=where,
    )


Planes = NDArray[Any] | LevelPlanes


def find_foreign_values(
    fine: Planes,
    coarse: Planes,
    factors: NDArray[np.float64],
    exact: bool,
    pulse: Callable[[], None] = never_cancel,
) -> NDArray[np.int64]:
    """Return the voxels ``(n, 3)`` of a coarse volume whose value does not occur below them.

    Parameters
    ----------
    fine, coarse
        Volumes of the same extent, of which a few planes are read at a time.
    factors
        Voxel size of the coarse volume in voxels of the fine one, along each axis.
    exact
        Whether the value itself must occur; else one between the extremes does, of these voxels
        and of those of the neighbors.
    pulse
        Called for each slab; may raise to stop.
    """
    spans = [
        _cover(n, m, factor) for n, m, factor in zip(fine.shape, coarse.shape, factors, strict=True)
    ]
    (starts, stops), others = spans[0], spans[1:]
    planes = max(1, int(planes_in_slab(fine.shape, WORK_BYTES) // max(1.0, factors[0])))
    wrong = []
    for slab in slabs(0, coarse.shape[0], planes):
        pulse()
        # One more plane to both sides: images are compared with their neighbors.
        first, last = max(slab.start - 1, 0), min(slab.stop + 1, coarse.shape[0])
        low, high = int(starts[first]), int(stops[last - 1])
        along = starts[first:last] - low, stops[first:last] - low
        found = _compare_block(fine[low:high], coarse[first:last], [along, *others], exact)
        found[:, 0] += first
        wrong.append(found[(found[:, 0] >= slab.start) & (found[:, 0] < slab.stop)])
    return np.concatenate(wrong) if wrong else np.zeros((0, 3), np.int64)


Span = tuple[NDArray[np.int64], NDArray[np.int64]]


def _compare_block(
    fine: NDArray[Any], coarse: NDArray[Any], spans: list[Span], exact: bool
) -> NDArray[np.int64]:
    widest = [max(int(np.max(stop - start)), 1) for start, stop in spans]
    matched = np.zeros(coarse.shape, bool)
    low = high = None
    for offset in np.ndindex(*widest):
        # Where a voxel covers fewer, its last one is compared again.
        index = [
            np.minimum(start + o, stop - 1) for (start, stop), o in zip(spans, offset, strict=True)
        ]
        below = fine[np.ix_(*index)]
        if exact:
            matched |= below == coarse
        else:
            low = below.copy() if low is None else np.minimum(low, below)
            high = below.copy() if high is None else np.maximum(high, below)
    if not exact and low is not None and high is not None:
        from scipy.ndimage import maximum_filter, minimum_filter

        value = coarse.astype(np.float64)
        least = minimum_filter(low.astype(np.float64), 3, mode="nearest")
        most = maximum_filter(high.astype(np.float64), 3, mode="nearest")
        matched = (value >= least - IMAGE_SLACK) & (value <= most + IMAGE_SLACK)
    return np.argwhere(~matched)


def _cover(n: int, m: int, factor: float) -> Span:
    """Return the first voxel below each of ``m`` coarse ones, and one past the last."""
    at = np.arange(m)
    start = np.floor(at * factor + BLOCK_EDGE).astype(np.int64)
    stop = np.ceil((at + 1) * factor - BLOCK_EDGE).astype(np.int64)
    start = np.clip(start, 0, n - 1)
    return start, np.clip(stop, start + 1, n)


# ---- Masks ---------------------------------------------------------------------------------------


@check(
    "package-masks",
    "error",
    "Mask that differs from the labels",
    cost="slow",
    thresholds=("masks_gigavoxels",),
)
def check_masks(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield what the array of masks lacks, and masks that differ from the labels."""
    parts = components_of(subject)
    path = parts.within("annotation_set", MASKS)
    annotation = parts.within("annotation_set", ANNOTATION)
    if path is None or annotation is None or not path.is_dir():
        raise NotRunError("no masks")
    values = _read_values(path)
    pyramid = pyramid_of(subject, path, channels=True)
    where, ids = parts.relative(path), values.astype(np.int64).tolist()
    regions = subject.regions
    known = set(regions.ids[1 + regions.made_up_root :].tolist())
    missing, extra = sorted(known - set(ids)), sorted(set(ids) - known)
    for what, which in (("lacks the masks of", missing), ("has masks of unknown", extra)):
        if which:
            yield Finding(
                f"{MASKS} {what} {counted(len(which), 'region')} ({listed(map(str, which))}): "
                f"get_structure_mask of brainglobe-atlasapi 3 fails for them.",
                tuple(which),
                len(which),
                Anchor(file=f"{where}/{MASK_VALUES}"),
                "Make the masks again from the labels.",
                key=what.split()[0],
            )
    for level in pyramid.levels:
        if level.channels != len(ids):
            yield Finding(
                f"{parts.relative(level.path)} has {level.channels} masks for {len(ids)} values: "
                f"masks are taken for those of other regions.",
                (),
                abs(level.channels - len(ids)),
                Anchor(file=parts.relative(level.path)),
                "Make the masks again from the labels.",
                key=f"{level.path.name} count",
            )
            return
    yield from _compare_masks(subject, parts, pyramid, annotation, ids, limits["masks_gigavoxels"])


def _read_values(path: Path) -> NDArray[Any]:
    try:
        return read_vector(path / MASK_VALUES)
    except CacheError:
        raise
    except (AtlasError, OSError) as exc:
        raise NotRunError(f"{MASK_VALUES} cannot be read ({exc})") from exc


def _compare_masks(
    subject: Subject,
    parts: Components,
    pyramid: OmeZarr,
    annotation: Path,
    ids: list[int],
    most: float,
) -> Iterator[Finding]:
    """Yield the masks of the atlas's level that differ from the labels, worst first."""
    resolution = subject.atlas.grid.steps.tolist()
    level = pyramid.level_of(resolution)
    labels = pyramid_of(subject, annotation).level_of(resolution)
    if level.shape != labels.shape:
        yield Finding(
            f"{parts.relative(level.path)} has {' × '.join(map(str, level.shape))} voxels, the "
            f"labels {' × '.join(map(str, labels.shape))}.",
            anchor=Anchor(file=parts.relative(level.path), key="shape"),
            fix="Make the masks again from the labels.",
            key="shape",
        )
        return
    if not is_fetched(level):
        raise NotRunError("the values of the masks have not been fetched")
    ranks, regions = subject.ranks, subject.regions
    every = [n for n, region_id in enumerate(ids) if regions.rank_of_id(region_id)]
    n_masks = max(1, min(len(every), int(most * 1e9 / max(1, ranks.raw.size))))
    # The limit keeps a 25 µm atlas to a minute: masks at equal steps are compared then.
    chosen = [every[int(k)] for k in np.linspace(0, len(every) - 1, n_masks)] if every else []
    wrong = []
    try:
        for n, mask in zip(chosen, read_channels(level, chosen), strict=True):
            subject.pulse()
            rank = regions.rank_of_id(ids[n])
            if _has_mask(ranks, rank, mask):
                continue
            own = (ranks.raw >= rank) & (ranks.raw < int(ranks.ends[rank]))
            differing = np.flatnonzero((mask != 0) != own)
            wrong.append((len(differing), ids[n], rank, differing))
    except CacheError:
        raise
    except (AtlasError, OSError) as exc:
        raise NotRunError(f"the masks cannot be read ({exc})") from exc
    for count, region_id, rank, differing in sorted(wrong, key=lambda w: -w[0]):
        yield Finding(
            f"The mask of {regions.acronym_of_rank(rank)} (id {region_id}) differs from its labels "
            f"in {counted(count, 'voxel')}: get_structure_mask of brainglobe-atlasapi 3 is wrong "
            f"there.",
            (region_id,),
            count,
            Anchor.at(differing, ranks.raw.shape, region_id),
            "Make the masks again from the labels.",
        )


def _has_mask(ranks: RankVolume, rank: int, mask: NDArray[Any]) -> bool:
    """Return whether a mask is that of a region and its descendants; only its box is compared."""
    if int(np.count_nonzero(mask)) != int(ranks.total_counts[rank]):
        return False
    box = tuple(slice(*span) for span in ranks.total_boxes[rank].tolist())
    part = ranks.raw[box]
    own = (part >= rank) & (part < int(ranks.ends[rank]))
    return bool(np.array_equal(mask[box] != 0, own))


THRESHOLDS = (
    Threshold(
        "masks_gigavoxels",
        4.0,
        "",
        "Masks are compared up to so many billion voxels: all of a 50 µm mouse brain, a part of "
        "finer ones.",
    ),
)
