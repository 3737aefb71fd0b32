"""The manifest is in every kind of install, and napari accepts it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from npe2 import PluginManifest

from napari_atlas_explorer.docks.common.pages import PAGES, REGIONS

from .conftest import REPO


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(REPO)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return folder


@pytest.mark.slow
def test_the_wheel_carries_the_manifest_and_the_type_marker(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        manifest = archive.read("napari_atlas_explorer/napari.yaml")
        entry_points = next(n for n in names if n.endswith("entry_points.txt"))
        assert b"napari.manifest" in archive.read(entry_points)
    assert manifest == (REPO / "napari.yaml").read_bytes()
    assert "napari_atlas_explorer/py.typed" in names
    assert names.count("napari_atlas_explorer/napari.yaml") == 1


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    out = tmp_path / "out"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, text=True)
    wheels = []
    for folder in (built, out):
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            wheels.append(sorted(n for n in archive.namelist() if "dist-info" not in n))
    assert wheels[0] == wheels[1]


def test_there_is_one_manifest() -> None:
    """Found by hand: the link for editable installs had become a copy, and the two differed."""
    link = REPO / "src" / "napari_atlas_explorer" / "napari.yaml"
    assert link.resolve() == (REPO / "napari.yaml").resolve()


def test_npe2_accepts_the_manifest_of_this_install() -> None:
    manifest = PluginManifest.from_distribution("napari-atlas-explorer")
    manifest.validate_imports()
    contributions = manifest.contributions
    (widget,) = contributions.widgets or []
    assert widget.display_name == "Atlas Explorer"
    pages = {f"napari-atlas-explorer.{name}" for name in PAGES if name != REGIONS}
    assert pages <= {command.id for command in contributions.commands or []}
    patterns = {p for r in contributions.readers or [] for p in r.filename_patterns}
    assert patterns == {
        "*.hdr",
        "*.img",
        "*.mgh",
        "*.mgz",
        "*.mnc",
        "*.nrrd",
        "*.nhdr",
        "*.tif",
        "*.tiff",
        "*.nii",
        "*.nii.gz",
        "*.mha",
        "*.mhd",
    }
    written = {e for w in contributions.writers or [] for e in w.filename_extensions}
    assert written == {".nrrd", ".nii.gz", ".nii", ".tif", ".tiff", ".seg.nrrd"}
    assert all(r.accepts_directories for r in contributions.readers or [])
    assert [s.key for s in contributions.sample_data or []] == ["phantom_mouse_brain"]


def test_every_command_starts_with_the_name_of_the_distribution() -> None:
    manifest = PluginManifest.from_file(REPO / "napari.yaml")
    commands = manifest.contributions.commands or []
    assert all(c.id.startswith("napari-atlas-explorer.") for c in commands)
