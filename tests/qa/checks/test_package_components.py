"""Each defect of a v3 package, planted by itself, is one finding that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_atlas_explorer.qa.finding import Finding
from napari_atlas_explorer.qa.run import Report, run_qa

from ..broken_v3 import (
    ANNOTATION,
    MANIFEST,
    SPACE,
    TEMPLATE,
    TERMINOLOGY,
    Break,
    atlas_of,
    delete,
    edit_json,
    manifest,
    sound_v3,
    terminology,
)

OURS = ("package", "hierarchy", "meshes")
PRECOMPUTED = f"{ANNOTATION}/annotations.precomputed"
PROPERTIES = f"{PRECOMPUTED}/segment_properties/info"


def check(root: Path) -> tuple[Report, list[Finding]]:
    """Run the checks; the findings but those of colors."""
    report = run_qa(atlas_of(root), OURS)
    return report, [f.finding for f in report.listed if "color" not in f.finding.code]


def test_a_path_from_the_current_folder_gives_the_same_findings(tmp_path, monkeypatch):
    root = sound_v3(tmp_path)
    manifest("terminology", name="another")(root)
    _, found = check(root)
    assert found
    monkeypatch.chdir(tmp_path)
    _, again = check(root.relative_to(tmp_path))
    assert [f.message for f in again] == [f.message for f in found]


def test_nothing_is_found_in_a_sound_package(tmp_path):
    report, found = check(sound_v3(tmp_path))
    assert [f.message for f in found] == []
    assert {r.check.code for r in report.results if r.status == "not run"} == {
        "package-checksum",
        "package-brain-size",
        "hierarchy-table",
        "hierarchy-set-overlap",
        "hierarchy-set-gap",
    }


def set_inline(**changes):
    return edit_json(PROPERTIES, lambda content: content["inline"].update(changes))


def rename_first_label(content):
    content["inline"]["properties"][0]["values"][0] = "Thalamus"


def drop_last_id(content):
    inline = content["inline"]
    inline["ids"].pop()
    for prop in inline["properties"]:
        prop["values"].pop()


# What is planted; code, file and severity of the one finding; words that its message has.
TABLE: dict[str, tuple[Break, str, str | None, str, str]] = {
    "coordinate space deleted": (
        delete("coordinate-spaces"),
        *("package-file-missing", SPACE, "error", "cannot download"),
    ),
    "template deleted": (
        delete("templates/handmade_brain-template"),
        *("package-file-missing", f"{TEMPLATE}/template.ome.zarr", "error", "reference image"),
    ),
    "additional template deleted": (
        delete("templates/handmade_brain-nissl-template"),
        "package-file-missing",
        "templates/handmade_brain-nissl-template/1_0/template.ome.zarr",
        "error",
        "additional reference",
    ),
    "terminology deleted": (
        delete(TERMINOLOGY),
        *("package-file-missing", TERMINOLOGY, "error", "names and tree"),
    ),
    "labels deleted": (
        delete(f"{ANNOTATION}/annotations_compressed.ome.zarr"),
        "package-file-missing",
        f"{ANNOTATION}/annotations_compressed.ome.zarr",
        "error",
        "region of every voxel",
    ),
    "hemispheres deleted": (
        delete(f"{ANNOTATION}/hemispheres.ome.zarr"),
        "package-file-missing",
        f"{ANNOTATION}/hemispheres.ome.zarr",
        "error",
        "left and right",
    ),
    "masks deleted": (
        delete(f"{ANNOTATION}/annotations.ome.zarr"),
        "package-file-missing",
        f"{ANNOTATION}/annotations.ome.zarr",
        "warning",
        "get_structure_mask",
    ),
    "segment properties deleted": (
        delete(f"{PRECOMPUTED}/segment_properties"),
        *("package-file-missing", PROPERTIES, "warning", "numbers instead of"),
    ),
    "description of the meshes deleted": (
        delete(f"{PRECOMPUTED}/mesh/info"),
        *("package-file-missing", f"{PRECOMPUTED}/mesh/info", "error", "none of the meshes"),
    ),
    "description of the meshes damaged": (
        edit_json(f"{PRECOMPUTED}/mesh/info", lambda info: info.update({"@type": "other"})),
        *("package-unreadable", f"{PRECOMPUTED}/mesh/info", "error", "no mesh can be read"),
    ),
    "precomputed labels deleted": (
        delete(f"{PRECOMPUTED}/info"),
        *("package-file-missing", f"{PRECOMPUTED}/info", "warning", "neither labels nor meshes"),
    ),
    "surfaces deleted": (
        delete(PRECOMPUTED),
        *("package-file-missing", PRECOMPUTED, "warning", "surfaces"),
    ),
    "index of a mesh deleted": (
        delete(f"{PRECOMPUTED}/mesh/315.index"),
        *("package-file-missing", f"{PRECOMPUTED}/mesh/315.index", "error", "no index (315)"),
    ),
    "fragments of a mesh deleted": (
        delete(f"{PRECOMPUTED}/mesh/315"),
        *("mesh-missing", None, "warning", "CTX"),
    ),
    "no coordinate space in the manifest": (
        edit_json(MANIFEST, lambda content: content.pop("coordinate_space")),
        *("package-component", MANIFEST, "error", "states no name, version, location"),
    ),
    "location without a slash": (
        manifest("coordinate_space", location=SPACE.removesuffix("/manifest.json")),
        *("package-component", MANIFEST, "error", "drops its first character"),
    ),
    "location outside": (
        manifest("coordinate_space", location="/../../etc"),
        *("package-component", MANIFEST, "error", "outside the package"),
    ),
    "version that the location contradicts": (
        manifest("terminology", version="2.0"),
        *("package-component", MANIFEST, "error", "by name and version it is"),
    ),
    "another template of the annotation": (
        manifest(
            "annotation_set",
            template={
                "name": "handmade_brain-nissl-template",
                "version": "1.0",
                "location": "/templates/handmade_brain-nissl-template/1_0",
            },
        ),
        *("package-component", MANIFEST, "error", "programs show one or the other"),
    ),
    "no template of the annotation": (
        manifest("annotation_set", template=None),
        *("package-component", MANIFEST, "error", "needs to open it"),
    ),
    "coordinate space of another name": (
        edit_json(SPACE, lambda content: content.update(name="other")),
        *("package-component", SPACE, "error", "describes other"),
    ),
    "region without a name in neuroglancer": (
        edit_json(PROPERTIES, drop_last_id),
        *("package-segment-properties", PROPERTIES, "warning", "lacks 1 id"),
    ),
    "region called otherwise in neuroglancer": (
        edit_json(PROPERTIES, rename_first_label),
        *("package-segment-properties", PROPERTIES, "warning", "in the terminology root"),
    ),
    "no ids in neuroglancer": (
        set_inline(ids=None),
        *("package-segment-properties", PROPERTIES, "warning", "lists no ids"),
    ),
    "labels of another size in neuroglancer": (
        edit_json(f"{PRECOMPUTED}/info", lambda info: info["scales"][0].update(size=[36, 32, 41])),
        *("package-precomputed", f"{PRECOMPUTED}/info", "warning", "has 36, 32, 40 (x, y, z)"),
    ),
    "labels of another voxel size in neuroglancer": (
        edit_json(f"{PRECOMPUTED}/info", lambda info: info["scales"][0].update(resolution=[1] * 3)),
        *("package-precomputed", f"{PRECOMPUTED}/info", "warning", "another place"),
    ),
    "path that ends at another region": (
        terminology('"[997, 8, 315]"', '"[997, 8, 549]"'),
        *("hierarchy-path-end", TERMINOLOGY, "error", "root_identifier_path of CTX (id 315)"),
    ),
    "path through another parent": (
        terminology('"[997, 1009, 776]"', '"[997, 8, 776]"'),
        *("hierarchy-path-parent", TERMINOLOGY, "error", "leads through 8"),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_defect_is_the_one_finding_that_names_it(name, tmp_path):
    damage, code, file, severity, words = TABLE[name]
    root = sound_v3(tmp_path)
    damage(root)
    _, found = check(root)
    assert [f.code for f in found] == [code], [f.message for f in found]
    assert found[0].anchor.file == file
    assert found[0].severity == severity
    assert words in found[0].message
    assert found[0].fix


def test_a_version_that_brainglobe_does_not_find_is_an_error(tmp_path):
    root = sound_v3(tmp_path)
    folder = atlas_of(root).rename(atlas_of(root).with_name("v1.0"))
    found = [f.finding for f in run_qa(folder, ["package"]).listed]
    assert "package-component" in {f.code for f in found}
    assert "'v1.0'" in next(f.message for f in found if f.code == "package-component")


def test_other_layouts_have_no_components(tmp_path):
    from ..broken import sound_package

    report = run_qa(sound_package(tmp_path), ["package"])
    why = {r.check.code: r.why for r in report.results if r.status == "not run"}
    assert "BrainGlobe v3" in why["package-component"]
    assert "BrainGlobe v3" in why["package-masks"]
