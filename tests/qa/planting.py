"""Plant a defect in the sound atlas, and see what the checks say."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from napari_atlas_explorer import Atlas
from napari_atlas_explorer.qa.finding import Finding
from napari_atlas_explorer.qa.registry import CHECKS
from napari_atlas_explorer.qa.run import run_qa
from napari_atlas_explorer.qa.subject import Subject

from .sound import Ingredients, sound

GROUPS = ("labels", "hierarchy", "symmetry", "reference", "orientation", "versions")
CODES = {
    check.code
    for check in CHECKS
    if check.group in GROUPS and (check.group != "hierarchy" or "color" in check.code)
}

Cube = tuple[slice, slice, slice]


def findings(
    atlas: Atlas | Ingredients, other: Atlas | None = None, groups: Iterable[str] = GROUPS
) -> list[Finding]:
    """Everything that these modules' checks find."""
    opened = atlas.atlas() if isinstance(atlas, Ingredients) else atlas
    report = run_qa(Subject.of_atlas(opened, other), groups=tuple(groups))
    return [f for r in report.results for f in r.findings if f.code in CODES]


def only(found: list[Finding], code: str) -> Finding:
    """The one finding, which must be of this code."""
    assert [f.code for f in found] == [code], [f.message for f in found]
    return found[0]


def why_not_run(atlas: Atlas | Ingredients, code: str, other: Atlas | None = None) -> str:
    """Reason for which a check was not run; it must not have been."""
    opened = atlas.atlas() if isinstance(atlas, Ingredients) else atlas
    results = run_qa(Subject.of_atlas(opened, other), groups=GROUPS).results
    result = next(r for r in results if r.check.code == code)
    assert result.status == "not run", result
    return result.why


def id_of(acronym: str) -> int:
    """Id of a region of the sound atlas."""
    return next(row["id"] for row in sound().rows if row["acronym"] == acronym)


def positions(where: Cube) -> NDArray[np.int64]:
    """C-order positions of a box of the sound atlas."""
    inside = np.zeros(sound().annotation.shape, bool)
    inside[where] = True
    return np.flatnonzero(inside)


def inside_of(acronym: str, size: int, which: int = 0) -> Cube:
    """A cube of voxels on the right with at least four voxels of the region around it.

    ``which`` of all that there are, in C order; -1 is the last.
    """
    ids = sound().annotation
    own = ids == id_of(acronym)
    own[:, :, ids.shape[2] // 2 :] = False
    width = size + 8
    for axis in range(3):
        n = own.shape[axis] - width + 1
        along = np.moveaxis(own, axis, 0)
        own = np.moveaxis(np.all([along[k : k + n] for k in range(width)], axis=0), 0, axis)
    low = np.argwhere(own)[which] + 4
    return tuple(slice(int(n), int(n) + size) for n in low)  # type: ignore[return-value]


def extent_of(where: Cube) -> tuple[tuple[int, int], ...]:
    """Extent of an anchor that is this box."""
    return tuple((s.start, s.stop) for s in where)


def mirror(where: Cube) -> Cube:
    """The same box on the other side."""
    n = sound().annotation.shape[2]
    return where[0], where[1], slice(n - where[2].stop, n - where[2].start)
