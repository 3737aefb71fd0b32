"""Regions of sections as GeoJSON for QuPath.

Coordinates are pixels with the origin in the upper left corner, a voxel being one pixel, of the
whole section as `snapshot` and `plates` turn it. QuPath reads names, classifications with a color
and the plane of each feature (QuPathTypeAdapters and ROITypeAdapters in its source).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compute.label_polygons import Polygon, mesh_labels
from .plates import Plate, PlateSeries, label_picture

DECIMALS = 3
"""Of coordinates: a thousandth of a voxel."""


def save_geojson(series: PlateSeries, plates: Sequence[Plate], path: Path) -> None:
    """Write the regions of some plates; several are planes of a stack, from z = 0."""
    features: list[dict[str, Any]] = []
    for plate in plates:
        z = plate.number - 1 if len(plates) > 1 else 0
        features.extend(_make_features(series, plate, z))
    document = {"type": "FeatureCollection", "features": features}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def _make_features(series: PlateSeries, plate: Plate, z: int) -> list[dict[str, Any]]:
    figure = series.drawing
    regions = figure.atlas.region_map
    by_label: dict[int, list[list[list[list[float]]]]] = {}
    for polygon in mesh_labels(label_picture(figure, plate.section)).polygons:
        by_label.setdefault(polygon.label, []).append(_list_rings(polygon))
    features = []
    for label, polygons in by_label.items():
        several = len(polygons) > 1
        geometry: dict[str, Any] = {
            "type": "MultiPolygon" if several else "Polygon",
            "coordinates": polygons if several else polygons[0],
        }
        if z:
            geometry["plane"] = {"c": -1, "z": z, "t": 0}
        acronym = figure.name_of_label(label)
        color = figure.colors[label, :3].tolist()
        name = regions.name_of_rank(label) if label <= len(regions) else acronym
        properties = {
            "objectType": "annotation",
            "name": name,
            "classification": {"name": acronym, "color": color},
            "isLocked": True,
            "metadata": {"id": str(figure.atlas.ranks.ids[label]), "plate": str(plate.number)},
        }
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return features


def _list_rings(polygon: Polygon) -> list[list[list[float]]]:
    """Return closed rings: the exterior counterclockwise and the holes clockwise (RFC 7946)."""
    return [_close(polygon.exterior), *map(_close, polygon.holes)]


def _close(ring: NDArray[np.float64]) -> list[list[float]]:
    points: list[list[float]] = (np.round(ring, DECIMALS) + 0.0).tolist()
    return [*points, points[0]]
