"""What is known to be wrong with real atlases is found in them."""

from __future__ import annotations

import lzma
import shutil
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer.qa.run import Report, run_qa

pytestmark = pytest.mark.data


def regions_of(report: Report, code: str) -> set[int]:
    return {
        i for one in report.listed if one.finding.code == code for i in one.finding.region_ids[:1]
    }


@pytest.fixture(scope="module")
def large(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """ClearMap's copy of the 25 µm annotation beside the older ontology, and its voxels' ids."""
    source = data_folder / "allen_ccfv3_25um_tiff"
    folder = tmp_path_factory.mktemp("clearmap")
    packed = (source / "ABA_25um_2017_annotation.tif.lzma").read_bytes()
    (folder / "annotation.tif").write_bytes(lzma.decompress(packed))
    shutil.copy(source / "ABA_annotation.json", folder)
    ids, counts = np.unique(tifffile.imread(folder / "annotation.tif"), return_counts=True)
    return folder, np.stack([ids, counts])


@pytest.mark.slow
def test_the_older_ontology_lacks_17_ids_and_the_file_its_voxel_size(large):
    folder, values = large
    report = run_qa(folder, ["labels", "package"])
    unknown = regions_of(report, "label-unknown-id")
    assert len(unknown) == 17
    counts = dict(zip(values[0].tolist(), values[1].tolist(), strict=True))
    for one in report.listed:
        if one.finding.code == "label-unknown-id":
            assert one.finding.count == counts[one.finding.region_ids[0]]
            assert one.finding.severity == "error"
            assert one.finding.anchor.voxel is not None
    resolution = [o.finding for o in report.listed if o.finding.code == "package-resolution"]
    assert len(resolution) == 1
    assert "25 µm" in resolution[0].message
    tiny = {int(i) for i, n in values.T if i and n <= 2}
    assert regions_of(report, "label-tiny-region") == tiny


def test_allens_voxels_outside_leaves_and_alone_are_found(data_folder):
    import nrrd

    report = run_qa(data_folder / "allen_ccfv3_2017", ["labels", "hierarchy"])
    findings = [one.finding for one in report.listed]
    (above,) = [f for f in findings if f.code == "hierarchy-non-leaf-voxels"]
    regions = report.subject.regions
    ids, _ = nrrd.read(str(data_folder / "allen_ccfv3_2017" / "annotation_100.nrrd"))
    expected = Counter(
        {
            int(i): int(n)
            for i, n in zip(*np.unique(ids, return_counts=True), strict=True)
            if i and not regions.is_leaf_id(int(i))
        }
    )
    assert set(above.region_ids) == set(expected)
    assert above.count == sum(expected.values())
    alone = [f for f in findings if f.code == "label-isolated-voxel"]
    for finding in alone:
        at = finding.anchor.voxel
        around = ids[tuple(slice(max(0, v - 1), v + 2) for v in at)]
        assert ids[at] == finding.region_ids[0]
        assert np.count_nonzero(around == ids[at]) == 1


@pytest.fixture(scope="module")
def package_100um(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BrainGlobe's package of Allen's CCFv3, which states symmetric: true, without meshes."""
    folder = tmp_path_factory.mktemp("package")
    name = "brainglobe_packaged_allen_100um_v1/allen_mouse_100um_v1.2.tar.xz"
    with tarfile.open(data_folder / name) as archive:
        members = [m for m in archive.getmembers() if "/meshes/" not in m.name]
        archive.extractall(folder, members, filter="data")
    return folder / "allen_mouse_100um_v1.2"


def test_ccfv3_is_as_symmetric_as_it_states(package_100um):
    report = run_qa(package_100um, ["symmetry"])
    assert Counter((o.finding.code, o.finding.severity) for o in report.listed) == {
        ("symmetry-dice", "info"): 13
    }


def test_ccfv3_without_a_half_is_not(package_100um, tmp_path):
    folder = tmp_path / package_100um.name
    shutil.copytree(package_100um, folder)
    labels = tifffile.imread(folder / "annotation.tiff")
    labels[:, :, :50] = 0  # as the test of BrainGlobe's own validation does
    tifffile.imwrite(folder / "annotation.tiff", labels)
    report = run_qa(folder, ["symmetry"])
    errors = [o.finding for o in report.listed if o.finding.severity == "error"]
    assert [f.code for f in errors] == ["symmetry-metadata"]
    assert errors[0].measure == pytest.approx(0.34, abs=0.005)


def test_a_header_that_says_a_millimeter_for_a_tenth_of_it_is_found(data_folder):
    report = run_qa(data_folder / "nifti_faa_detailed", ["package"])
    said = [o.finding for o in report.listed if o.finding.code == "package-resolution"]
    assert ["1000 × 1000 × 1000 µm" in f.message and "100 µm" in f.message for f in said] == [True]


def test_the_flys_volumes_state_their_size_and_nothing_is_made_up(data_folder):
    """Their unit is a µ in Latin-1, which readers drop; the size is 0.622 µm all the same."""
    path = data_folder / "drosophila_brain_vfb" / "JFRCtempate2010.mask130819_LRmerged.nrrd"
    report = run_qa(path, ["package"])
    assert report.subject.atlas.resolution == pytest.approx((0.622088,) * 3)
    assert regions_of(report, "package-resolution") == set()
