"""Checks of single meshes: readable, closed, manifold, facing outwards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..check import CheckGroup, Limits, Threshold
from ..finding import Finding
from ..subject import Subject
from .mesh_facts import REMAKE, MeshFacts, anchor_of, mesh_facts

check = CheckGroup("meshes", ("meshes",), "slow")


def format_mesh(subject: Subject, region_id: int) -> str:
    """Format the region of a mesh for messages."""
    rank = subject.regions.rank_of_id(region_id)
    return (
        f"{subject.regions.acronym_of_rank(rank)} (id {region_id})" if rank else f"id {region_id}"
    )


def _make_finding(
    subject: Subject,
    one: MeshFacts,
    what: str,
    count: int = 1,
    at: NDArray[np.float64] | None = None,
    fix: str = REMAKE,
) -> Finding:
    """Make a finding of a mesh: what is wrong, how often, and at which of its points."""
    message = f"The mesh of {format_mesh(subject, one.region_id)} {what}."
    return Finding(message, (one.region_id,), count, anchor_of(subject, one, at), fix)


@check("mesh-unreadable", "error", "Mesh that cannot be read")
def check_unreadable(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every mesh that cannot be read."""
    for one in mesh_facts(subject).values():
        if one.error is not None and not one.is_not_finite:
            yield _make_finding(subject, one, f"cannot be read: {one.error}")


@check("mesh-not-finite", "error", "Mesh with coordinates that are no numbers")
def check_not_finite(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every mesh with a coordinate that is no finite number."""
    for one in mesh_facts(subject).values():
        if one.is_not_finite:
            what = "has a point with a coordinate that is no finite number (NaN or infinity)"
            yield _make_finding(subject, one, what)


@check("mesh-open", "warning", "Open mesh")
def check_open(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every mesh with edges that belong to a single face."""
    for one in mesh_facts(subject).values():
        quality = one.quality
        if quality is not None and quality.open_edges:
            yield _make_finding(
                subject,
                one,
                f"is not closed: {quality.open_edges} edges belong to one face alone, so that its "
                f"volume is undefined",
                quality.open_edges,
                quality.open_at,
                "Close its holes, or make the mesh again from the labels.",
            )


@check("mesh-non-manifold", "warning", "Mesh with an edge of other than two faces")
def check_non_manifold(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every mesh with edges that belong to more than two faces."""
    for one in mesh_facts(subject).values():
        quality = one.quality
        if quality is not None and quality.crowded_edges:
            what = (
                f"has {quality.crowded_edges} edges that belong to more than two faces: inside "
                f"and outside are undefined there"
            )
            yield _make_finding(subject, one, what, quality.crowded_edges, quality.crowded_at)


@check("mesh-inward", "warning", "Mesh whose faces look inwards")
def check_inward(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every mesh whose faces point inwards, or in different directions."""
    for one in mesh_facts(subject).values():
        quality = one.quality
        if quality is None:
            continue
        if not quality.is_consistent:
            what = "has neighboring faces with opposite orientations"
        elif quality.inward_parts:
            several = f"{quality.inward_parts} of {quality.n_parts} components"
            some = several if quality.n_parts > 1 else "it"
            what = f"is inside out: the faces of {some} look inwards"
        else:
            continue
        yield _make_finding(
            subject,
            one,
            f"{what}; it is lit wrongly and its volume has the wrong sign",
            max(1, quality.inward_parts),
            quality.inward_at,
            "Turn its faces round, so that they run counter-clockwise seen from outside.",
        )


@check("mesh-degenerate", "info", "Mesh with faces without area", thresholds=("mesh_empty_faces",))
def check_degenerate(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield every mesh with too many faces of no area."""
    limit = limits["mesh_empty_faces"]
    for one in mesh_facts(subject).values():
        quality = one.quality
        if quality is None:
            continue
        share = 100 * quality.empty_faces / max(1, quality.n_faces)
        if share > limit:
            yield Finding(
                f"{quality.empty_faces} of {quality.n_faces} faces ({share:.2g} %, limit "
                f"{limit:g} %) of the mesh of {format_mesh(subject, one.region_id)} have no area.",
                (one.region_id,),
                quality.empty_faces,
                anchor_of(subject, one, quality.empty_at),
                "Remove these faces.",
                share,
                threshold="mesh_empty_faces",
            )


THRESHOLDS = (
    Threshold(
        "mesh_empty_faces",
        0,
        "%",
        "A mesh made of labels has no face without an area: none of 1.5 million in Allen's "
        "atlas at 100 µm as BrainGlobe packages it.",
    ),
)
