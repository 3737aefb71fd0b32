"""The coordinate frames of an atlas, by what its package states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..space.axes import OPPOSITE, SIDES
from ..space.bregma import CCF_AXES, CCF_EXTENT_UM, CCF_LETTERS, TRANSFORMS, frames_of_ccf
from ..space.frames import Frame, FrameAxis, Frames, facing_affine

if TYPE_CHECKING:
    from ..package import Package

ALLEN_ROOT = 997
"""Id of the root of Allen's ontology of the mouse."""

LEAST_HUMAN_UM = 90_000
"""Length of each axis from which a volume can hold a human brain; MNI 152 is 137 mm wide."""

STANDARD_SPACES = {
    "MNI152": ("mni", "the file's header: transform with code 4, MNI 152 (nifti1.h)"),
    "Talairach": (
        "talairach",
        "the file's header: transform with code 3, Talairach (nifti1.h)",
    ),
}
"""Name of the frame and its source, by the standard space that a NIfTI header names."""


def frames_of(package: Package) -> Frames:
    """Return the frames that can be defined by what a package states, and why others cannot.

    See `Frames`; `atlas.frames` is this for an atlas.
    """
    if package.grid.ndim != 3:
        return Frames([], {"atlas": f"the volume has {package.grid.ndim} axes; expected 3"})
    frames = [_array_frame(package)]
    letters = package.world_orientation
    unavailable: dict[str, str] = {}
    if package.resolution_known:
        frames.append(_world_frame(package, letters))
    else:
        unavailable["atlas"] = "the voxel size is not stated"
    ccf = _place_ccf(package)
    if isinstance(ccf, str):
        names = ["allen-ccf", *(transform.name for transform in TRANSFORMS)]
        unavailable.update(dict.fromkeys(names, ccf))
    else:
        frames += frames_of_ccf(*ccf)
    for space, (name, source) in STANDARD_SPACES.items():
        reason = _doubt_space(package, space)
        if reason:
            # Worth a line only where a human brain is, or where a header names a space.
            if "standard_space" in package.metadata or _is_human_size(package):
                unavailable[name] = reason
            continue
        axes = (FrameAxis("x", "right"), FrameAxis("y", "anterior"), FrameAxis("z", "superior"))
        affine = facing_affine(axes, "lpi", (0, 0, 0), 1000)
        origin = "zero of the file's own transform"
        uncertainty = "which version of the template the header does not say"
        frames.append(Frame(name, "mm", axes, origin, source, affine, uncertainty))
    return Frames(frames, unavailable, letters)


def _array_frame(package: Package) -> Frame:
    letters = package.orientation
    rises = [SIDES[OPPOSITE[letter]] for letter in letters] if letters else ["", "", ""]
    axes = tuple(FrameAxis(f"axis {k}", side) for k, side in enumerate(rises))
    return Frame(
        "array",
        "voxel",
        axes,  # type: ignore[arg-type]
        "corner of the first voxel; voxel i covers i to i + 1",
        "the annotation's own array",
        package.grid.affine,
    )


def _world_frame(package: Package, letters: str | None) -> Frame:
    rises = [SIDES[OPPOSITE[letter]] for letter in letters] if letters else ["", "", ""]
    axes = tuple(FrameAxis(name, side) for name, side in zip("xyz", rises, strict=True))
    return Frame(
        "atlas",
        "um",
        axes,  # type: ignore[arg-type]
        "zero of the atlas's own world",
        f"the files of {package.name}",
        np.eye(4),
    )


def _place_ccf(package: Package) -> tuple[NDArray[np.float64], str] | str:
    """Return the matrix from the CCF to the atlas's world and a note, or why there is none."""
    grid, letters = package.grid, package.world_orientation
    if not package.resolution_known:
        return "the voxel size is not stated"
    if package.region_map.root_id != ALLEN_ROOT:
        return f"not an atlas of the Allen mouse CCF, whose root is region {ALLEN_ROOT}"
    if package.orientation is None:
        return "the orientation is not stated"
    if letters is None or grid.is_oblique:
        return "the axes of the volume are oblique"
    low, high = grid.bbox
    # The same two axes as the CCF: this is Allen's array as it is stored, whatever the letter
    # of its third axis. BrainGlobe calls it "r", Allen "l"; see docs/coordinates.md.
    stored = CCF_LETTERS if letters[:2] == CCF_LETTERS[:2] else letters
    order = [next(w for w, s in enumerate(stored) if s in (c, OPPOSITE[c])) for c in CCF_LETTERS]
    extent, sizes = (high - low)[order], np.abs(grid.steps)
    if (np.abs(extent - CCF_EXTENT_UM) > sizes.max() * 1.001).any():
        found, expected = (
            " × ".join(f"{v:,.0f}".replace(",", " ") for v in lengths)
            for lengths in (extent, CCF_EXTENT_UM)
        )
        return f"not the whole Allen mouse CCF: it is {found} µm long; expected {expected}"
    origin = [float(low[w] if stored[w] in CCF_LETTERS else high[w]) for w in range(3)]
    affine = facing_affine(CCF_AXES, stored, origin, 1)
    note = ""
    if stored != letters:
        note = (
            "ML rises along axis 2 as Allen stores it, from left to right; this atlas calls that "
            "from right to left"
        )
    return affine, note


def _doubt_space(package: Package, space: str) -> str:
    """Return why a package is not in a standard space of the human brain, "" if it is."""
    named = package.metadata.get("standard_space")
    if named != space:
        return f"the file's header names {named or 'no standard space'}; expected {space}"
    if not _is_human_size(package):
        low, high = package.grid.bbox
        size = (high - low).max() / 1000
        return f"the header names {space}, but the volume is {size:.3g} mm long: no human brain"
    return ""


def _is_human_size(package: Package) -> bool:
    low, high = package.grid.bbox
    return package.resolution_known and bool((high - low).min() >= LEAST_HUMAN_UM)
