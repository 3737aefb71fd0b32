"""A BIDS atlas without a fault yields nothing; each defect its finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from napari_atlas_explorer.qa.run import run_qa

from .. import broken

Damage = Callable[[Path, Path], None]
TABLE_FILE, SIDECAR = "tpl-handmade_atlas-Brain_dseg.tsv", "tpl-handmade_atlas-Brain_dseg.json"


def test_nothing_is_found_in_a_sound_bids_atlas(tmp_path: Path) -> None:
    report = run_qa(broken.sound_bids(tmp_path), ["bids"])
    assert [one.finding.message for one in report.listed] == []
    assert {r.status for r in report.results} == {"passed"}


def described(**changes: object) -> Damage:
    def do(_folder: Path, description: Path) -> None:
        data = json.loads(description.read_text()) | changes
        description.write_text(json.dumps({k: v for k, v in data.items() if v is not None}))

    return do


def lines(change: Callable[[list[str]], list[str]]) -> Damage:
    def do(folder: Path, _description: Path) -> None:
        path = folder / TABLE_FILE
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    return do


CASES: dict[str, tuple[Damage, str, str, tuple[int, ...], str | None]] = {
    "no description": (lambda _f, d: d.unlink(), "bids-description", "warning", (), None),
    "no license": (described(License=None), "bids-description", "warning", (), "License"),
    "no authors": (described(Authors=None), "bids-description", "info", (), "Authors"),
    "a label not in the table": (
        lines(lambda rows: [r for r in rows if not r.startswith("549\t")]),
        "bids-table",
        "error",
        (549,),
        None,
    ),
    "a label not in the image": (
        lines(lambda rows: [*rows, "4711\tNowhere\tNW"]),
        "bids-table",
        "warning",
        (4711,),
        "4711",
    ),
    "a table without names": (
        lines(lambda rows: ["index\tlabel\tabbreviation", *rows[1:]]),
        "bids-table",
        "error",
        (),
        "name",
    ),
    "no sidecar": (
        lambda f, _d: (f / SIDECAR).unlink(),
        "bids-space",
        "info",
        (),
        "SpatialReference",
    ),
    "no space": (
        lambda f, _d: (f / SIDECAR).write_text("{}"),
        "bids-space",
        "info",
        (),
        "SpatialReference",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_defect_of_a_bids_atlas_is_found(name: str, tmp_path: Path) -> None:
    damage, code, severity, ids, key = CASES[name]
    image = broken.sound_bids(tmp_path)
    damage(image.parent, tmp_path / "atlases" / "atlas-Brain_description.json")
    report = run_qa(image, ["bids"])
    (finding,) = [one.finding for one in report.listed]
    assert (finding.code, finding.severity, finding.region_ids) == (code, severity, ids)
    assert finding.anchor.key == key


def test_voxels_of_a_label_that_the_table_lacks_are_marked(tmp_path: Path) -> None:
    image = broken.sound_bids(tmp_path)
    lines(lambda rows: [r for r in rows if not r.startswith("549\t")])(image.parent, tmp_path)
    (finding,) = [one.finding for one in run_qa(image, ["bids"]).listed]
    assert finding.count == (broken.annotation() == 549).sum()
    assert finding.anchor.voxel is not None
    assert broken.annotation()[finding.anchor.voxel] == 549


def test_an_image_whose_name_tells_no_space_must_have_a_spatial_reference(tmp_path: Path) -> None:
    image = broken.sound_bids(tmp_path)
    for path in list(image.parent.iterdir()):
        path.rename(path.with_name(path.name.removeprefix("tpl-handmade_")))
    (image.parent / SIDECAR.removeprefix("tpl-handmade_")).write_text("{}")
    renamed = image.with_name(image.name.removeprefix("tpl-handmade_"))
    (finding,) = [one.finding for one in run_qa(renamed, ["bids"]).listed]
    assert (finding.code, finding.severity) == ("bids-space", "warning")


def test_other_atlases_are_no_bids_atlases(tmp_path: Path) -> None:
    report = run_qa(broken.sound_package(tmp_path), ["bids"])
    assert {r.why for r in report.results} == {"no BIDS atlas"}
