"""Colors that are missing, shared or too much alike."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.core.colors.difference import color_difference
from napari_atlas_explorer.qa.finding import Swatch

from ..planting import findings, id_of, only
from ..sound import sound


def colored(**given):
    """The sound atlas with other colors for some regions; None takes a color away."""
    rows = [dict(row) for row in sound().rows]
    for row in rows:
        if row["acronym"] in given:
            row["rgb_triplet"] = given[row["acronym"]]
    return sound().changed(rows=tuple({k: v for k, v in r.items() if v is not None} for r in rows))


def color_of(acronym):
    return next(r["rgb_triplet"] for r in sound().rows if r["acronym"] == acronym)


def test_regions_without_a_color_are_listed_once():
    found = only(findings(colored(CP=None, MB=None)), "hierarchy-color-missing")
    assert set(found.region_ids) == {id_of("CP"), id_of("MB")}
    assert found.count == 2
    assert found.severity == "info"
    assert found.anchor.node == found.region_ids[0]


def test_a_color_of_regions_that_do_not_touch_is_shared():
    found = only(findings(colored(MOBgr=color_of("MY"))), "hierarchy-color-duplicate")
    assert set(found.region_ids) == {id_of("MOBgr"), id_of("MY")}
    assert found.count == 2


def test_colors_of_regions_that_touch_must_differ():
    r, g, b = color_of("CP")
    near = [r, g, b + 2 if b < 250 else b - 2]
    found = only(findings(colored(GPe=near)), "hierarchy-color-close")
    assert set(found.region_ids) == {id_of("CP"), id_of("GPe")}
    assert found.measure == pytest.approx(float(color_difference((r, g, b), near)))
    assert found.severity == "warning"
    assert {e.region_id for e in found.exhibits if isinstance(e, Swatch)} == set(found.region_ids)
    ids = sound().annotation
    faces = 0
    for axis in range(3):
        along = np.moveaxis(ids, axis, 0)
        pair = np.sort(np.stack([along[1:], along[:-1]]), axis=0)
        wanted = sorted(found.region_ids)
        faces += int(((pair[0] == wanted[0]) & (pair[1] == wanted[1])).sum())
    assert found.count == faces
    assert ids[found.anchor.voxel] in found.region_ids
    at = found.anchor.voxel
    around = ids[tuple(slice(n - 1, n + 2) for n in at)]
    assert set(found.region_ids) <= set(around.ravel().tolist())


def test_siblings_with_one_color_are_no_warning():
    ids = sound().annotation
    rows = {r["acronym"]: r for r in sound().rows}
    assert rows["LSr"]["parent_structure_id"] == rows["LSc"]["parent_structure_id"]
    assert {id_of("LSr"), id_of("LSc")} <= set(np.unique(ids).tolist())
    found = findings(colored(LSr=color_of("LSc")))
    by_code = {f.code: f for f in found}
    assert set(by_code) == {"hierarchy-color-duplicate", "hierarchy-color-close"}
    assert by_code["hierarchy-color-close"].severity == "info"
    assert by_code["hierarchy-color-close"].measure == 0


def test_more_pairs_than_anyone_reads_share_a_finding():
    rows = tuple({**r, "rgb_triplet": [9, 9, 9]} for r in sound().rows)
    found = [f for f in findings(sound().changed(rows=rows)) if f.code == "hierarchy-color-close"]
    assert len(found) == 51
    rest = next(f for f in found if f.key)
    assert rest.count > 500
