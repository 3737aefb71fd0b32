"""Check of the stated orientation against headers, symmetry, hemispheres and landmarks.

A brain is nearly its own mirror image from left to right, and along no other axis: the stated
left-right axis is tested by that. Which end of it is left no voxel shows; there the hemisphere
volume is tested against the statement, and without one there is no test. Front and
back, up and down follow from regions whose place every vertebrate brain shares, where the
hierarchy names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...core.regions.rank_volume import RankVolume
from ...core.space.axes import FRONT_BACK, LEFT_RIGHT, OPPOSITE, SIDES, UP_DOWN, axis_of
from ...core.space.hemispheres import LEFT, RIGHT
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding
from ..subject import Subject
from .package_facts import metadata_of, relative_to, volume_placements

check = CheckGroup("package", ("orientation", "annotation"))
SAMPLES = 64
"""Voxels along each axis that are compared with their mirror images."""

CREDIBLE = 0.55
"""Mirror agreement below which no axis counts as left-right (half a brain has none)."""

LANDMARKS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (FRONT_BACK, "a", ("main olfactory bulb", "olfactory bulb"), ("cerebellum",)),
    (UP_DOWN, "s", ("thalamus",), ("hypothalamus",)),
)
"""Axis, the letter of its end, names of regions towards that end, and away from it."""

FIX = "Check the three planes, and correct the stated orientation."


@check(
    "package-orientation",
    "warning",
    "Orientation stated wrongly (left and right cannot be tested)",
    thresholds=("mirror_margin",),
)
def check_orientation(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield what contradicts the stated orientation."""
    stated = subject.atlas.orientation
    if stated is None:
        raise NotRunError("no orientation is stated")
    yield from _check_headers(subject, stated)
    rank_volume = subject.ranks
    symmetry = _check_symmetry(rank_volume, stated, limits["mirror_margin"])
    if symmetry is not None:
        yield replace(symmetry, anchor=Anchor(file=_find_stating_file(subject), key="orientation"))
        return  # what follows goes by the axes, which are not the stated ones
    yield from _check_hemispheres(subject, stated)
    yield from _check_landmarks(rank_volume, stated)


def _find_stating_file(subject: Subject) -> str | None:
    """Return the file that states the orientation: the metadata, else the annotation."""
    package = subject.atlas.package
    try:
        _, path = metadata_of(subject)
    except NotRunError:
        annotation = package.datasets[package.annotation].path
        if annotation is None:
            return None
        path = annotation
    return relative_to(path, subject.raw.folder) if subject.raw.folder else path.name


def _check_headers(subject: Subject, stated: str) -> Iterator[Finding]:
    package = subject.atlas.package
    files: dict[tuple[str, str], list[str]] = {}
    for _, header in volume_placements(subject):
        if header.orientation is not None and header.orientation != stated:
            files.setdefault((header.orientation, header.space), []).append(header.path.name)
    for (found, space), names in files.items():
        documented = any(a.quantity == "orientation" for a in package.assumptions)
        note = " (as this kind of package is documented)" if documented else ""
        yield Finding(
            f"The axes of {', '.join(names)} run {found} by {space}, but the atlas is read as "
            f"{stated}{note}.",
            anchor=Anchor(file=names[0], key="orientation"),
            count=len(names),
            fix=FIX,
            key=f"header {found}",
        )


def _check_symmetry(rank_volume: RankVolume, stated: str, margin: float) -> Finding | None:
    agreement = mirror_agreement(rank_volume)
    if agreement is None:
        raise NotRunError("the annotation holds no region")
    axis = axis_of(stated, LEFT_RIGHT)
    best = int(np.argmax(agreement))
    if agreement[best] < CREDIBLE or agreement[best] - agreement[axis] <= margin:
        return None
    shown = ", ".join(f"axis {k}: {v:.2f}" for k, v in enumerate(agreement))
    return Finding(
        f"By {stated}, axis {axis} runs from side to side, but the brain is its own mirror image "
        f"along axis {best} (agreement with the mirror image {shown}; margin {margin:g}).",
        fix=FIX,
        key="left-right axis",
        measure=float(agreement[best] - agreement[axis]),
        threshold="mirror_margin",
    )


def mirror_agreement(rank_volume: RankVolume) -> NDArray[np.float64] | None:
    """Return how well the labels agree with each axis's mirror image, 0 to 1; None without a label.

    It is the share of voxels whose mirror image holds the label that is commonest among the
    mirror images of their own label: so regions with one id per hemisphere count
    too. Mirrored about the middle of what is labeled, at about `SAMPLES` voxels an axis.
    """
    box = rank_volume.box(1, rank_volume.n_ranks)
    if box is None:
        return None
    inner = rank_volume.raw[box]
    steps = tuple(slice(n // SAMPLES // 2, None, max(1, n // SAMPLES)) for n in inner.shape)
    own = inner[steps].ravel().astype(np.int64)
    agreement = []
    for axis in range(inner.ndim):
        other = np.flip(inner, axis)[steps].ravel().astype(np.int64)
        labeled = own > 0
        pairs, counts = np.unique(
            own[labeled] * rank_volume.n_ranks + other[labeled], return_counts=True
        )
        first = np.flatnonzero(np.diff(pairs // rank_volume.n_ranks, prepend=-1))
        commonest = np.maximum.reduceat(counts, first) if len(first) else counts
        agreement.append(commonest.sum() / max(1, counts.sum()))
    return np.array(agreement)


def _check_hemispheres(subject: Subject, stated: str) -> Iterator[Finding]:
    if subject.atlas.package.hemispheres is None:
        return
    volume = subject.hemispheres
    middles = [_find_middle(volume == hemisphere) for hemisphere in (LEFT, RIGHT)]
    if middles[0] is None or middles[1] is None:
        return
    apart = (middles[0] - middles[1]) / np.array(volume.shape)
    axis, along = axis_of(stated, LEFT_RIGHT), int(np.abs(apart).argmax())
    name, folder = subject.atlas.package.hemispheres, subject.raw.folder
    path = subject.atlas.package.datasets[name].path
    file = name if path is None else relative_to(path, folder) if folder else path.name
    if along != axis:
        what = f"differ along axis {along}, but by {stated} axis {axis} runs left-right"
    elif (apart[axis] < 0) != (stated[axis] == "l"):
        what = (
            f"are swapped: by {stated} axis {axis} starts on the "
            f"{SIDES[stated[axis]]}, where the hemispheres state "
            f"{'left' if apart[axis] < 0 else 'right'}"
        )
    else:
        return
    yield Finding(
        f"The hemispheres of {file} {what}.",
        anchor=Anchor(file=file, key="orientation"),
        key="hemispheres",
        fix="Exchange 1 (left) and 2 (right) in the volume, or correct the orientation.",
    )


def _find_middle(mask: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Return the mean index of a mask along each axis."""
    middles = []
    for axis in range(mask.ndim):
        per = mask.sum(axis=tuple(a for a in range(mask.ndim) if a != axis))
        if not per.sum():
            return None
        middles.append(float((per * np.arange(len(per))).sum() / per.sum()))
    return np.array(middles)


def _check_landmarks(rank_volume: RankVolume, stated: str) -> Iterator[Finding]:
    regions = rank_volume.region_map
    by_name = {regions.name_of_rank(k).lower(): k for k in range(len(regions), 0, -1)}
    for pair, letter, near, far in LANDMARKS:
        ranks = [next((by_name[n] for n in ns if n in by_name), 0) for ns in (near, far)]
        boxes = [rank_volume.total_boxes[k] for k in ranks]
        if 0 in ranks or any(box[0, 1] == 0 for box in boxes):
            continue
        axis = axis_of(stated, pair)
        distance = float(boxes[1][axis].mean() - boxes[0][axis].mean())
        if distance == 0 or (distance > 0) == (stated[axis] == letter):
            continue
        names = [regions.name_of_rank(k) for k in ranks]
        ids = tuple(int(regions.ids[k]) for k in ranks)
        yield Finding(
            f"By {stated}, axis {axis} starts {SIDES[stated[axis]]}, but {names[0]} is "
            f"{abs(distance):.0f} voxels {SIDES[OPPOSITE[letter]]} of {names[1]} along it; "
            f"in every vertebrate brain it is {SIDES[letter]}.",
            ids,
            anchor=Anchor(node=ids[0], key=f"axis {axis}"),
            fix=FIX,
            key=f"axis {axis}",
        )


THRESHOLDS = (
    Threshold(
        "mirror_margin",
        0.1,
        "",
        "By how much the mirror agreement of another axis may exceed that of the stated "
        "left-right axis; where the statement is right it is lower by 0.2 to 0.6 (Allen "
        "CCF, AAL, AICHA, Desikan-Killiany, the fly's JFRC).",
    ),
)
