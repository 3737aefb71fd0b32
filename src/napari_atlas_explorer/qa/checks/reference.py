"""Checks of the reference image, alone and against the annotation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.blocks import positions_where
from ...compute.image_levels import (
    BorderGradient,
    GrayLevels,
    border_gradient,
    common_step,
    foreground_threshold,
    gray_levels,
    missing_levels,
)
from ...compute.morphology import fill
from ...core.errors import AtlasError, CacheError
from ...core.text import counted, listed
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding, FindingVoxels, Histogram
from ..subject import Subject
from .label_facts import faces_of_labels, three_axes

check = CheckGroup("reference", ("reference", "annotation"))

REACH = 3
"""Voxels by which the annotation is moved in search of a better fit."""

MARKED_LEAST = 3
"""Missing levels that make a comb; one or two may have other causes."""

THRESHOLDS = (
    Threshold(
        "saturated_share",
        0.1,
        "%",
        "Of the annotation's voxels at the highest value: a natural maximum belongs to a few.",
    ),
    Threshold(
        "gray_levels", 128, "levels", "Fewer leave visible steps: an image of 8 bits has 256."
    ),
    Threshold(
        "foreground_difference",
        15,
        "%",
        "Of the annotation's voxels that only one of annotation and image has. Nerves, meninges "
        "and ventricles that are not labeled are a few percent.",
    ),
    Threshold(
        "edge_shift_gain",
        10,
        "%",
        "By which the image changes more across the borders of a shifted annotation: an "
        "annotation in its place loses with any shift.",
    ),
    Threshold(
        "edge_contrast",
        1,
        "×",
        "Change of the image across borders over that elsewhere; below 1, borders follow no edge.",
    ),
)


def levels_of(subject: Subject) -> GrayLevels:
    """Count the reference image's gray levels."""
    return subject.shared(
        "gray levels", lambda: gray_levels(_require_scalar(subject), three_axes(subject).raw)
    )


@check("reference-empty", "error", "Empty reference image")
def check_empty(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where every voxel has one value."""
    levels, name = levels_of(subject), subject.atlas.package.reference or ""
    if len(levels.levels) < 2:
        value = f"is {levels.levels[0]:g}" if len(levels.levels) else "is no number"
        yield Finding(
            f"Every voxel of {name} {value}.",
            (),
            _require_scalar(subject).size,
            _make_anchor(subject),
            "Store the image again.",
            key=name,
        )


@check(
    "reference-saturated",
    "warning",
    "Reference image cut off at the top",
    thresholds=("saturated_share",),
)
def check_saturated(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where many voxels have the highest value."""
    levels, image = _require_varied(subject), _require_scalar(subject)
    count, within = int(levels.inside[-1]), int(levels.inside.sum())
    share = 100 * count / max(1, within)
    if share > limits["saturated_share"] and levels.whole:
        top = levels.levels[-1]
        flat = positions_where(
            lambda part, ranks: (part == top) & (ranks > 0), image, three_axes(subject).raw
        )
        yield Finding(
            f"{share:.2g} % of the annotation's voxels have the image's highest value {top:g} "
            f"(limit {limits['saturated_share']:g} %).",
            (),
            count,
            Anchor.at(flat, image.shape),
            "Convert the image again with a wider range.",
            measure=share,
            threshold="saturated_share",
            marked=FindingVoxels(flat=flat),
            exhibits=(_make_histogram(levels),),
            key=subject.atlas.package.reference or "",
        )


@check(
    "reference-few-levels",
    "warning",
    "Reference image with few gray levels",
    thresholds=("gray_levels",),
)
def check_few_levels(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where few gray levels are used."""
    levels = _require_varied(subject)
    used = int(np.count_nonzero(levels.inside))
    if used < limits["gray_levels"]:
        yield Finding(
            f"The image has {used} gray levels within the annotation (limit "
            f"{limits['gray_levels']:g}).",
            (),
            used,
            _make_anchor(subject),
            "Convert the image again from its source, with more bits.",
            measure=float(used),
            threshold="gray_levels",
            exhibits=(_make_histogram(levels),),
            key=subject.atlas.package.reference or "",
        )


@check("reference-rescaled", "info", "Reference image with rescaled gray levels")
def check_rescaled(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the histogram is a comb."""
    levels = _require_varied(subject)
    step = common_step(levels) if levels.whole else 0
    gaps = missing_levels(levels, step)
    comb = len(gaps) >= MARKED_LEAST
    if step > 1 or comb:
        what = [f"all gray levels are multiples of {step} apart"] if step > 1 else []
        if comb:
            what.append(f"{counted(len(gaps), 'level')} between common ones occur nowhere")
        shown = f" ({listed([f'{g:g}' for g in gaps])})" if comb else ""
        statement = " and ".join(what)
        yield Finding(
            f"{statement[0].upper()}{statement[1:]}{shown}: the image was stretched after it had "
            f"been rounded.",
            (),
            len(gaps) if comb else len(levels.levels),
            _make_anchor(subject),
            "Nothing for viewing; measure gray levels on the original.",
            exhibits=(_make_histogram(levels),),
            key=subject.atlas.package.reference or "",
        )


@check(
    "reference-duplicate",
    "warning",
    "Additional reference that repeats the reference image",
    needs=("reference", "additional references"),
)
def check_duplicate(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each other image that is the same."""
    package, image = subject.atlas.package, subject.reference.raw
    others = [
        d for d in package.datasets.values() if d.kind == "image" and d.name != package.reference
    ]
    if not others:
        raise NotRunError("no additional reference")
    for other in others:
        subject.pulse()
        try:
            raw = other.load().raw  # not kept: each is as large as the reference image
        except CacheError:
            raise
        except (AtlasError, OSError):
            continue  # unreadable files have their own finding
        if raw.shape == image.shape and not len(positions_where(np.not_equal, raw, image)):
            yield Finding(
                f"{other.name} is identical to {package.reference}, voxel by voxel.",
                (),
                image.size,
                Anchor(file=other.path.name if other.path else other.name),
                "Replace one of them by the image that was meant.",
                key=other.name,
            )


@check(
    "reference-foreground",
    "warning",
    "Annotation that does not cover the brain in the image",
    thresholds=("foreground_difference",),
)
def check_foreground(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the foregrounds of annotation and image differ."""
    rank_volume, levels = three_axes(subject), _require_varied(subject)
    cut = foreground_threshold(levels)
    bright = fill(_find_brighter(_require_scalar(subject), cut), in_place=True)
    differing = positions_where(lambda lit, ranks: lit != (ranks > 0), bright, rank_volume.raw)
    total = int(rank_volume.counts[1:].sum())
    share = 100 * len(differing) / max(1, total)
    if share > limits["foreground_difference"]:
        dark = int(np.count_nonzero(rank_volume.raw.reshape(-1)[differing]))
        yield Finding(
            f"Annotation and image differ in {share:.0f} % of the annotation's voxels (limit "
            f"{limits['foreground_difference']:g} %): {dark:,} are labeled where the image is "
            f"dark, {len(differing) - dark:,} bright without a label (foreground: above "
            f"{cut:.4g}, a quarter of the way between Otsu's dark and bright; holes filled).",
            (),
            len(differing),
            Anchor.at(differing, rank_volume.raw.shape),
            "Look whether the image is shifted or turned against the annotation, or cut off.",
            measure=share,
            threshold="foreground_difference",
            marked=FindingVoxels(flat=differing),
            exhibits=(_make_histogram(levels),),
            key=subject.atlas.package.reference or "",
        )


def _find_brighter(image: NDArray[Any], cut: float) -> NDArray[np.bool_]:
    """Compare voxels with a value plane by plane: a volume of floats would double the memory."""
    bright = np.empty(image.shape, bool)
    for plane, lit in zip(image, bright, strict=True):
        np.greater(plane, cut, out=lit)
    return bright


@check(
    "reference-edges",
    "warning",
    "Borders of the annotation that do not follow the image",
    thresholds=("edge_contrast", "edge_shift_gain"),
)
def check_edges(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where borders do not follow the image, one where a shift would help."""
    rank_volume = three_axes(subject)
    _require_varied(subject)
    gradient = border_gradient(
        np.ascontiguousarray(_require_scalar(subject)),
        rank_volume.raw,
        faces_of_labels(subject),
        REACH,
    )
    if not gradient.at_borders > 0:
        raise NotRunError("no two regions touch, or the image is even where they do")
    contrast = gradient.at_borders / gradient.elsewhere if gradient.elsewhere > 0 else np.inf
    if contrast < limits["edge_contrast"]:
        yield Finding(
            f"The image changes across borders {contrast:.2f} × as much as elsewhere in the brain "
            f"(limit {limits['edge_contrast']:g} ×): borders do not follow its edges.",
            (),
            1,
            Anchor(),
            "Nothing, if the borders were drawn on another stain.",
            measure=contrast,
            threshold="edge_contrast",
            severity="info",
            key="contrast",
        )
    yield from _report_shift(subject, gradient, limits)


def _report_shift(subject: Subject, gradient: BorderGradient, limits: Limits) -> Iterator[Finding]:
    (axis, step), best = max(gradient.shifted.items(), key=lambda item: item[1])
    gain = 100 * (best / gradient.at_borders - 1)
    if gain > limits["edge_shift_gain"]:
        size = abs(step) * abs(float(subject.ranks.grid.steps[axis]))
        yield Finding(
            f"The image changes {gain:.0f} % more across the annotation's borders if these are "
            f"moved by {step:+d} voxels ({size:g} µm) along axis {axis} (limit "
            f"{limits['edge_shift_gain']:g} %).",
            (),
            abs(step),
            Anchor(),
            "Look whether annotation and image are shifted against each other.",
            measure=gain,
            threshold="edge_shift_gain",
            key=f"axis {axis}",
        )


def _require_scalar(subject: Subject) -> NDArray[Any]:
    data = subject.reference
    if data.payload_shape:
        raise NotRunError("the reference has several values for each voxel")
    return data.raw


def _require_varied(subject: Subject) -> GrayLevels:
    levels = levels_of(subject)
    if len(levels.levels) < 2:
        raise NotRunError("the reference has one value only")
    return levels


def _make_anchor(subject: Subject) -> Anchor:
    package = subject.atlas.package
    if package.reference is None:
        return Anchor()
    path = package.datasets[package.reference].path
    return Anchor(file=path.name if path is not None else package.reference)


def _make_histogram(levels: GrayLevels) -> Histogram:
    low, high = float(levels.levels[0]), float(levels.levels[-1])
    counts, bounds = np.histogram(levels.levels, 256, (low, high), weights=levels.inside)
    return Histogram(counts.astype(np.int64), bounds, "voxels of the annotation by gray level")
