"""Check of placement hints: where each layer begins and ends along the directions.

BlueBrain's atlas tools write ``[PH]y`` (distance from the region's bottom along its direction,
µm) and, for each layer, ``[PH]<layer>`` with the layer's bottom and top in that measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .check import Check, Limits, NotRunError, Threshold
from .finding import Anchor, Finding, Marked
from .label_parts import three_axes
from .subject import Subject
from .words import counted

PREFIX = "[PH]"
DISTANCE = "[PH]y"

THRESHOLDS = (
    Threshold(
        "layer_thickness", 3000, "µm",
        "No cortical layer of mouse, rat or man is as thick; a direction that runs along the "
        "layer instead of across it makes it so.",
    ),
)  # fmt: skip


def distance_from_bottom(subject: Subject) -> tuple[str, NDArray[Any]]:
    """Name and values of the distance from the bottom, on the annotation's voxels."""
    if DISTANCE not in subject.atlas.package.datasets:
        raise NotRunError("no placement hints")
    data = subject.read(DISTANCE)
    if data.shape != subject.atlas.shape or data.payload_shape:
        raise NotRunError(f"{DISTANCE} is not on the annotation's voxels")
    return DISTANCE, data.raw


def layers(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Up to three findings for each layer: inverted, too thick, no bounds."""
    labels = three_axes(subject)
    datasets = subject.atlas.package.datasets
    names = [n for n in datasets if n.startswith(PREFIX) and n != DISTANCE]
    if not names:
        raise NotRunError("no placement hints")
    _, distance = distance_from_bottom(subject)
    meant = (labels.ranks > 0) & np.isfinite(distance)
    for name in names:
        subject.pulse()
        data = datasets[name].load()  # not kept: each is twice as large as an image
        if data.payload_shape != (2,) or data.shape != labels.ranks.shape:
            continue  # masks of problems, and the like
        bottom, top = data.raw[..., 0], data.raw[..., 1]
        thick = top - bottom
        with np.errstate(invalid="ignore"):
            inverted = meant & (thick < 0)
            fat = meant & (thick > limits["layer_thickness"])
        nowhere = meant & ~np.isfinite(thick)
        yield from _one(subject, name, inverted, thick, "end below their beginning", "inverted")
        what = f"are thicker than {limits['layer_thickness']:g} µm"
        yield from _one(subject, name, fat, thick, what, "too thick", "layer_thickness")
        yield from _one(subject, name, nowhere, thick, "have no bounds (NaN)", "no bounds")


def _one(
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
        "orientation-layers",
        f"The bounds of {name} {what} in {counted(len(flat), 'voxel')}{by}.",
        (),
        len(flat),
        Anchor.at(flat, wrong.shape),
        "Look at the directions there: each must cross the layer from its bottom to its top.",
        measure=worst,
        unit="µm" if worst is not None else "",
        threshold=threshold,
        marked=Marked(flat=flat),
        key=f"{name} {key}",
    )


CHECKS = (
    Check(
        "orientation-layers", "orientation", "Layers have bounds, in order, and are not too thick",
        ("placement hints", "annotation"), "warning", "pass", layers, ("layer_thickness",),
    ),
)  # fmt: skip
