"""Voxel sizes from the metadata of ImageJ and OME TIFF files."""

from __future__ import annotations

import math

import tifffile

from .nrrd_header import UNITS_IN_MICROMETRES

Steps = tuple[float, float, float]


def stated_steps(tiff: tifffile.TiffFile) -> Steps | None:
    """Sizes of a voxel in µm along z, y and x; None unless all three are stated."""
    return _imagej_steps(tiff) or _ome_steps(tiff)


def _imagej_steps(tiff: tifffile.TiffFile) -> Steps | None:
    metadata = tiff.imagej_metadata
    if not metadata or "spacing" not in metadata:
        return None
    units = [metadata.get("unit", "")] * 3
    # ImageJ names the units along y and z only where they differ from that along x.
    for k, key in enumerate(("zunit", "yunit")):
        units[k] = metadata.get(key, units[k])
    factors = [_factor(unit) for unit in units]
    page = tiff.pages.first
    if None in factors or not {"XResolution", "YResolution"} <= {t.name for t in page.tags}:
        return None
    sizes = [abs(float(metadata["spacing"]))]
    for name in ("YResolution", "XResolution"):
        numerator, denominator = page.tags[name].value
        if not numerator or not denominator:
            return None
        sizes.append(denominator / numerator)
    return _usable([size * (factor or 0) for size, factor in zip(sizes, factors, strict=True)])


def _ome_steps(tiff: tifffile.TiffFile) -> Steps | None:
    if not tiff.is_ome or not tiff.ome_metadata:
        return None
    parsed = tifffile.xml2dict(tiff.ome_metadata)
    image = parsed.get("OME", {}).get("Image", {})
    image = image[0] if isinstance(image, list) else image
    pixels = image.get("Pixels", {})
    steps = []
    for axis in "ZYX":
        size = pixels.get(f"PhysicalSize{axis}")
        factor = _factor(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        if not size or factor is None:
            return None
        steps.append(float(size) * factor)
    return _usable(steps)


def _factor(unit: object) -> float | None:
    return UNITS_IN_MICROMETRES.get(str(unit).replace("\\u00B5", "µ").strip().lower())


def _usable(steps: list[float]) -> Steps | None:
    """Return three sizes of a voxel, None unless all are positive numbers."""
    ok = all(math.isfinite(s) and s > 0 for s in steps)
    return (steps[0], steps[1], steps[2]) if ok else None
