"""`atlas-explorer spatial-search`."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.formats.lines.reader import read_streamlines

from ..atlases.download import service as made
from ..atlases.download.service import running

HIERARCHY = {
    "id": 997,
    "acronym": "root",
    "name": "root",
    "children": [
        {"id": 8, "acronym": "grey", "name": "grey"},
        {
            "id": 1009,
            "acronym": "fiber tracts",
            "name": "fiber tracts",
            "children": [{"id": 967, "acronym": "cm", "name": "cranial nerves"}],
        },
    ],
}
IN_RANGE = [(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 0, 1), (4, 2, 1)]
"""Of the density; (1, 1, 1) lies in the tract, and (4, 2, 1) outside the annotation."""


@pytest.fixture
def atlas(tmp_path):
    """16 × 12 × 12 voxels of 25 µm: gray, but region 967 from 100 to 200 µm on all axes."""
    folder = tmp_path / "atlas"
    folder.mkdir()
    ids = np.full((16, 12, 12), 8, np.uint32)
    ids[4:8, 4:8, 4:8] = 967
    ids[12:] = 0
    VoxelData(ids, (25.0, 25, 25)).save_nrrd(folder / "brain_regions.nrrd")
    (folder / "hierarchy.json").write_text(json.dumps(HIERARCHY))
    return folder


@pytest.fixture
def density(tmp_path):
    """5 × 3 × 3 voxels of 100 µm, one more along axis 0 than the annotation is long."""
    raw = np.zeros((5, 3, 3), np.float32)
    for n, voxel in enumerate(IN_RANGE):
        raw[voxel] = (0.04, 0.1, 0.3, 0.2, 0.2)[n]
    raw[0, 2, 2], raw[1, 2, 2] = -1, 0.9
    VoxelData(raw, (100.0, 100, 100)).save_nrrd(tmp_path / "density.nrrd")
    return tmp_path / "density.nrrd"


@pytest.fixture
def injection(tmp_path):
    raw = np.zeros((10, 6, 6), np.float32)
    raw[1, 2, 3], raw[4, 4, 4] = 0.75, 0.5
    VoxelData(raw, (50.0, 50, 50)).save_nrrd(tmp_path / "injection.nrrd")
    return tmp_path / "injection.nrrd"


def test_every_voxel_is_accounted_for(run, atlas, density):
    answer = run("spatial-search", density, "--atlas", atlas, "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert told["counts"] == {
        "voxels": 45,
        "no_data": 1,
        "below": 38,
        "above": 1,
        "in_range": 5,
        "in_tract": 1,
        "outside": 1,
        "found": 3,
    }
    assert told["range"] == {"low": 0.04, "low_included": True, "high": 0.3, "high_included": True}
    assert [row["voxel"] for row in told["voxels"]] == [[0, 0, 0], [2, 2, 2], [3, 0, 1]]
    assert [row["position_um"] for row in told["voxels"]] == [
        [50, 50, 50],
        [250, 250, 250],
        [350, 50, 150],
    ]
    assert told["regions"] == [
        {"id": None, "acronym": "unannotated", "voxels": 1},
        {"id": 8, "acronym": "grey", "voxels": 2},
    ]
    assert "tracts: fiber tracts (id 1009)" in answer.err


def test_without_an_output_the_counts_are_printed(run, atlas, density):
    answer = run("spatial-search", density, "--atlas", atlas)
    rows = dict(line.rsplit("  ", 1) for line in answer.out.splitlines())
    rows = {key.strip(): value.strip() for key, value in rows.items()}
    assert rows["in range, 0.04 and 0.3 included"] == "5"
    assert rows["found (centers)"] == "3"


def test_data_json_holds_sites_and_voxels_and_how_they_came_about(run, atlas, density, injection):
    target = density.parent / "data.json"
    words = ("spatial-search", density, "--atlas", atlas, "--injection", injection, "-o", target)
    answer = run(*words)
    assert (answer.code, answer.out) == (0, "")
    assert "injection sites: above 0.5" in answer.err
    kept = target.read_bytes()
    found = read_streamlines(target)
    assert len(found) == 0
    assert found.injection_sites.tolist() == [[75, 125, 175]]
    assert found.targets.tolist() == [[50, 50, 50], [250, 250, 250], [350, 50, 150]]
    document = json.loads(kept)
    assert document["injectionCoordinates"] == [[75, 125, 175]]
    assert document["search"]["injection"]["threshold_included"] is False
    assert run(*words).code == 2
    assert run(*words, "--force").code == 0
    assert target.read_bytes() == kept


def test_corner_gives_the_coordinates_of_the_example(run, atlas, density, injection):
    answer = run(
        "spatial-search",
        density,
        "--atlas",
        atlas,
        "--corner",
        "--injection",
        injection,
        "--injection-threshold",
        "0.4",
        "-o",
        density.parent / "data.json",
        "--json",
    )
    told = json.loads(answer.out)
    # The last plane's corner is at 400 µm, where the annotation ends: outside, as its center is.
    assert [row["position_um"] for row in told["voxels"]] == [
        [0, 0, 0],
        [200, 200, 200],
        [300, 0, 100],
    ]
    document = json.loads((density.parent / "data.json").read_text())
    assert document["injectionCoordinates"] == [[50, 100, 150], [200, 200, 200]]


def test_the_range_and_the_tracts_are_as_asked(run, atlas, density):
    found = json.loads(
        run(
            "spatial-search", density, "--atlas", atlas, "--low", "0.9", "--high", "1", "--json"
        ).out
    )
    assert [row["voxel"] for row in found["voxels"]] == [[1, 2, 2]]
    answer = run(
        "spatial-search", density, "--atlas", atlas, "--tract", "8", "--tract", "cm", "--json"
    )
    assert [row["voxel"] for row in json.loads(answer.out)["voxels"]] == [[3, 0, 1]]
    assert "grey (id 8), cranial nerves (id 967)" in answer.err


def test_a_mask_of_the_tracts_needs_no_atlas(run, atlas, density):
    mask = np.zeros((16, 12, 12), np.uint8)
    mask[4:8, 4:8, 4:8] = 1
    path = density.parent / "annotationFiber.nrrd"
    VoxelData(mask, (25.0, 25, 25)).save_nrrd(path)
    answer = run("spatial-search", density, "--tract-mask", path, "--json")
    told = json.loads(answer.out)
    assert told["counts"]["in_tract"] == told["counts"]["outside"] == 1
    assert told["atlas"] is None
    assert "what is not 0 in annotationFiber.nrrd" in answer.err


def test_a_size_that_cannot_be_right_is_overridden_by_resolution(run, refuses, atlas, density):
    volume = VoxelData.load_nrrd(density)
    VoxelData(volume.raw, (1.0, 1, 1)).save_nrrd(density)
    said = refuses("spatial-search", density, "--atlas", atlas)
    assert "states voxels of 1 µm" in said
    assert "--resolution" in said
    answer = run("spatial-search", density, "--atlas", atlas, "--resolution", "100", "--json")
    assert json.loads(answer.out)["counts"]["found"] == 3


def test_what_cannot_be_meant_is_refused(refuses, atlas, density, package):
    search = ("spatial-search", density)
    assert "specify --atlas or --tract-mask" in refuses(*search)
    assert "no DENSITY" in refuses("spatial-search", "--atlas", atlas)
    assert "expected one of them" in refuses(
        *search, "--atlas", atlas, "--tract", "8", "--tract-mask", density
    )
    assert "--tract without --atlas" in refuses(*search, "--tract", "8")
    assert "no regions of Made up are called 'fiber tracts'" in refuses(*search, "--atlas", package)
    assert "'nowhere'" in refuses(*search, "--atlas", atlas, "--tract", "nowhere")
    assert "a range from 0.5 to 0.3" in refuses(*search, "--atlas", atlas, "--low", "0.5")
    assert "--injection" in refuses(*search, "--atlas", atlas, "--injection-threshold", "1")
    assert "--experiment without --fetch" in refuses(*search, "--atlas", atlas, "--experiment", "7")
    assert "--fetch without --experiment" in refuses(*search, "--atlas", atlas, "--fetch")
    assert "--base-url without --fetch" in refuses(*search, "--atlas", atlas, "--base-url", "x")


@pytest.fixture
def service(monkeypatch, density, injection):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as found:
        for image, path in (("projection_density", density), ("injection_fraction", injection)):
            address = f"/grid_data/download_file/7?image={image}&resolution=100"
            found.on(address, made.status(503, Retry_After="0"), made.data(path.read_bytes()))
        for seed in ([50, 50, 50], [250, 250, 250], [350, 50, 150]):
            told = ",".join(map(str, seed))
            item = {"id": 7, "path": [{"coord": seed, "density": 0.1}, {"coord": [75, 125, 175]}]}
            rows = [] if seed[0] == 250 else [item]
            found.on(
                "/api/v2/data/query.json?criteria=service::mouse_connectivity_target_spatial"
                f"[seed_point$eq{told}][section_data_set$eq7]",
                made.json_rows(rows),
            )
        yield found


def test_an_experiment_is_fetched_with_its_lines_and_kept(run, atlas, tmp_path, service):
    target, cache = tmp_path / "data.json", tmp_path / "cache"
    words = (
        "spatial-search",
        "--atlas",
        atlas,
        "--experiment",
        "7",
        "--fetch",
        "--base-url",
        service.url,
        "--cache-dir",
        cache,
        "--interval",
        "0",
        "-o",
        target,
        "--force",
    )
    answer = run(*words)
    assert answer.code == 0, answer.err
    found = read_streamlines(target)
    assert [line.positions[0].tolist() for line in found] == [[50, 50, 50], [350, 50, 150]]
    assert found.injection_sites.tolist() == [[75, 125, 175]]
    assert "asked for 3 of 3 voxels, 2 came, none for 1" in answer.err
    asked, kept = len(service.asked), target.read_bytes()
    assert asked == 2 + 2 + 3
    assert run(*words).code == 0
    assert len(service.asked) == asked
    assert target.read_bytes() == kept
    answer = run(*words, "--most-lines", "1")
    assert "asked for 1 of 3 voxels, 0 came" in answer.err  # the densest, 0.3 at (2, 2, 2)


def test_a_service_that_fails_leaves_one_line_and_no_file(refuses, atlas, tmp_path, service):
    service.replies = {"/grid_data/*": [made.status(404)]}
    said = refuses(
        "spatial-search",
        "--atlas",
        atlas,
        "--experiment",
        "7",
        "--fetch",
        "--base-url",
        service.url,
        "--cache-dir",
        tmp_path / "cache",
        "-o",
        tmp_path / "data.json",
    )
    assert "status 404" in said
    assert service.url in said
    assert not (tmp_path / "data.json").exists()


@pytest.mark.data
def test_a_real_density_is_searched_on_the_command_line(run, data_folder):
    answer = run(
        "spatial-search",
        data_folder / "nifti_faa_detailed" / "projection_density_100_experiment_112596790.nrrd",
        "--atlas",
        data_folder / "allen_ccfv3_2017",
        "--json",
    )
    told = json.loads(answer.out)
    counts = told["counts"]
    assert counts["voxels"] == 132 * 80 * 114
    assert counts["found"] + counts["in_tract"] + counts["outside"] == counts["in_range"]
    assert sum(row["voxels"] for row in told["regions"]) == counts["found"] == len(told["voxels"])
