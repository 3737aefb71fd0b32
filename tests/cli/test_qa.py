"""`atlas-explorer qa`: lines, JSON, HTML, exit codes, baselines, several packages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile

import pytest
import tifffile

from napari_atlas_explorer.cli.main import main

from ..made_up import write_brainglobe

ODD_VOXEL = (10, 8, 8)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return write_brainglobe(tmp_path_factory.mktemp("qa") / "made_up_50um_v1.0")


@pytest.fixture(scope="module")
def broken(sound):
    """The same package with a voxel of an id that its hierarchy does not have."""
    folder = sound.parent / "broken_50um_v1.0"
    shutil.copytree(sound, folder)
    ids = tifffile.imread(folder / "annotation.tiff")
    ids[ODD_VOXEL] = 4242
    tifffile.imwrite(folder / "annotation.tiff", ids)
    return folder


def run(capsys, *args: object) -> tuple[int, str, str]:
    code = main(["qa", *map(str, args)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_lines_name_the_finding_and_lead_to_it(capsys, broken):
    code, out, _ = run(capsys, broken, "--only", "labels")
    assert code == 1
    assert "label-unknown-id" in out
    assert "4242" in out
    assert f"atlas-explorer open {broken} --finding label-unknown-id@4242" in out
    assert "1 error" in out


def test_the_level_of_failure_is_the_users(capsys, broken, sound):
    assert run(capsys, broken, "--only", "labels", "--fail-on", "never")[0] == 0
    assert run(capsys, sound, "--only", "labels")[0] == 0
    assert run(capsys, sound, "--only", "labels", "--fail-on", "info")[0] == 1  # ids > 65535


def test_required_groups_that_could_not_run_fail(capsys, sound):
    code, _, err = run(capsys, sound, "--only", "labels,meshes", "--require", "meshes")
    assert code == 1
    assert "meshes" in err
    assert "no meshes" in err
    assert run(capsys, sound, "--only", "labels", "--require", "labels")[0] == 0
    assert run(capsys, sound, "--only", "labels", "--require", "mesh-open")[0] == 1


def test_json_goes_to_standard_output_alone_or_to_a_file(capsys, broken, tmp_path):
    _, out, _ = run(capsys, broken, "--only", "labels", "--json")
    document = json.loads(out)
    assert document["atlas"]["name"].startswith("made_up")
    target = tmp_path / "qa.json"
    code, out, _ = run(capsys, broken, "--only", "labels", "--json", target)
    assert code == 1
    assert json.loads(target.read_text())["findings"] == document["findings"]
    assert "label-unknown-id" in out  # lines are printed as well
    assert run(capsys, broken, "--only", "labels", "--json", target)[0] == 2
    assert run(capsys, broken, "--only", "labels", "--json", target, "--force")[0] == 1


def test_a_report_or_a_package_as_baseline_leaves_what_is_new(capsys, sound, broken, tmp_path):
    before = tmp_path / "before.json"
    run(capsys, sound, "--only", "labels", "--json", before)
    for baseline in (before, sound):
        _, out, _ = run(
            capsys,
            broken,
            "--only",
            "labels",
            "--baseline",
            baseline,
            "--json",
            "--fail-on",
            "never",
        )
        new = {f["code"] for f in json.loads(out)["findings"]}
        assert "label-unknown-id" in new
        assert "label-id-limit" not in new  # the sound package has it, too
    after = tmp_path / "after.json"
    run(capsys, broken, "--only", "labels", "--json", after)
    assert run(capsys, broken, "--only", "labels", "--baseline", after)[0] == 0


def test_a_folder_of_packages_is_checked_over_processes_in_order(
    capsys, sound, broken, tmp_path, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    pages, volumes = tmp_path / "pages", tmp_path / "volumes"
    code, out, _ = run(
        capsys,
        sound.parent,
        "--only",
        "labels",
        "--jobs",
        2,
        "--html",
        pages,
        "--findings",
        volumes,
        "--json",
        tmp_path / "all.json",
    )
    assert code == 1
    reports = json.loads((tmp_path / "all.json").read_text())["reports"]
    assert [r["atlas"]["path"] for r in reports] == sorted([str(broken), str(sound)])
    assert {r["date"] for r in reports} == {"1970-01-01T00:00:01+00:00"}
    assert sorted(p.name for p in pages.iterdir()) == [
        "broken_50um_v1.0.html",
        "made_up_50um_v1.0.html",
    ]
    assert (volumes / "broken_50um_v1.0.nrrd").is_file()
    assert (volumes / "broken_50um_v1.0.csv").is_file()
    lines = out.splitlines()
    table = lines[next(k for k, line in enumerate(lines) if line.startswith("atlas ")) :]
    assert len(table) == 3
    # One by one, and in this process: the same answers.
    run(capsys, broken, "--only", "labels", "--json", tmp_path / "one.json")
    assert json.loads((tmp_path / "one.json").read_text()) == reports[0]


def test_archives_are_packages(capsys, broken, tmp_path):
    archive = tmp_path / "broken.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(broken, arcname=broken.name)
    code, out, _ = run(capsys, archive, "--only", "labels", "--json")
    assert code == 1
    assert any(f["code"] == "label-unknown-id" for f in json.loads(out)["findings"])


def test_settings_that_are_packed_into_an_archive_count(capsys, broken, tmp_path):
    folder = tmp_path / "with_settings_50um_v1.0"
    shutil.copytree(broken, folder)
    (folder / "qa.toml").write_text('[severities]\nlabel-unknown-id = "info"\n')
    archive = tmp_path / "apart" / "with_settings.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=folder.name)
    code, out, _ = run(capsys, archive, "--only", "labels", "--json")
    assert code == 0
    document = json.loads(out)
    assert document["config"].endswith("qa.toml")
    assert {f["severity"] for f in document["findings"]} == {"info"}
    # A file beside the archive is nearer to whoever checks it.
    (archive.parent / "qa.toml").write_text('[severities]\nlabel-unknown-id = "warning"\n')
    _, out, _ = run(capsys, archive, "--only", "labels", "--json")
    assert "warning" in {f["severity"] for f in json.loads(out)["findings"]}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--only", "label"], "--only: unknown group 'label'"),
        (["--require", "surface"], "--require: unknown group or check 'surface'"),
        (["--jobs", "0"], "--jobs 0"),
        (["--findings", "voxels.tif"], "ends in .nrrd"),
        (["--config", "not-there.toml"], "not-there.toml"),
        (["--baseline", "not-there.json"], "not-there.json"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_said_in_one_line(capsys, sound, args, said):
    code, out, err = run(capsys, sound, *args)
    assert code == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_package_that_cannot_be_opened_is_a_finding_and_not_a_crash(capsys, tmp_path):
    folder = tmp_path / "empty_50um_v1.0"
    folder.mkdir()
    (folder / "metadata.json").write_text("{")
    (folder / "annotation.tiff").write_bytes(b"")
    code, out, _ = run(capsys, folder, "--json")
    assert code == 1
    document = json.loads(out)
    assert document["atlas"]["opened"] is False
    assert any(f["code"] == "package-unreadable" for f in document["findings"])
    code, _, err = run(capsys, tmp_path / "nowhere")
    assert code == 2
    assert "nowhere" in err


BLOCKED = """
import sys
for name in ("napari", "qtpy", "PyQt6", "vispy", "superqt"):
    sys.modules[name] = None
from napari_atlas_explorer.cli.main import main
raise SystemExit(main(sys.argv[1:]))
"""


def test_it_runs_where_neither_qt_nor_napari_is(broken, tmp_path):
    answer = subprocess.run(
        [sys.executable, "-c", BLOCKED, "qa", broken, "--html", tmp_path / "qa.html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1, answer.stderr
    assert (tmp_path / "qa.html").stat().st_size > 5_000


@pytest.mark.parametrize(
    "content",
    [
        "[1, 2]",
        "{",
        '{"reports": [{"findings": []}]}',
        '{"reports": [1]}',
        '{"reports": []}',
        '{"format": "napari-atlas-explorer qa report", "version": 1, "findings": [1]}',
    ],
)
def test_a_baseline_that_is_no_report_is_refused_in_one_line(capsys, sound, tmp_path, content):
    path = tmp_path / "before.json"
    path.write_text(content)
    code, out, err = run(capsys, sound, "--only", "hierarchy", "--baseline", path)
    assert (code, out) == (2, "")
    assert "before.json" in err
    assert len(err.strip().splitlines()) == 1


def test_a_package_that_the_baseline_does_not_have_is_said_to_be_new(
    capsys, sound, broken, tmp_path
):
    before = tmp_path / "before.json"
    run(capsys, sound, broken, "--only", "labels", "--json", before, "--fail-on", "never")
    other = tmp_path / "other_50um_v1.0"
    shutil.copytree(sound, other)
    code, _, err = run(capsys, other, "--only", "labels", "--baseline", before)
    assert code == 0
    assert "other_50um_v1.0 is not in" in err


def test_a_date_that_is_none_is_refused(capsys, sound, monkeypatch):
    for said in ("99999999999999999999", "-5", "yesterday"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", said)
        code, out, err = run(capsys, sound, "--only", "hierarchy", "--json")
        assert (code, out) == (2, "")
        assert f"SOURCE_DATE_EPOCH={said}" in err


def test_a_report_that_exists_is_refused_before_anything_is_checked(capsys, sound, tmp_path):
    target, page = tmp_path / "qa.json", tmp_path / "qa.html"
    target.write_text("{}")
    assert run(capsys, sound, "--only", "labels", "--json", target, "--html", page)[0] == 2
    assert not page.exists()
    assert run(capsys, sound, "--only", "labels", "--json", tmp_path / "no" / "qa.json")[0] == 2


def test_a_package_that_cannot_be_opened_keeps_its_report_without_voxels(capsys, tmp_path):
    package, volume, page = tmp_path / "junk.zip", tmp_path / "f.nrrd", tmp_path / "qa.html"
    package.write_bytes(b"junk")
    code, out, err = run(capsys, package, "--findings", volume, "--html", page)
    assert code == 1
    assert "package-unreadable" in out
    assert "f.nrrd is not written" in err
    assert "wrote" in err
    assert page.is_file()
    assert not volume.exists()


def test_what_is_wrong_with_one_package_of_many_is_said_in_one_line(
    capsys, sound, broken, tmp_path
):
    folder = tmp_path / "many"
    for package in (sound, broken):
        shutil.copytree(package, folder / package.name)
    (folder / sound.name / "qa.toml").write_text("known = 5")
    code, _, err = run(capsys, folder, "--only", "hierarchy")
    assert code == 2
    assert "qa.toml: known is 5" in err
    assert len(err.strip().splitlines()) == 1


def test_reports_of_a_batch_are_named_after_the_packages(capsys, sound, tmp_path):
    folder, pages = tmp_path / "many", tmp_path / "pages"
    for name in ("b.tartan_50um", "a_50um"):
        shutil.copytree(sound, folder / name)
    run(capsys, folder, "--only", "hierarchy", "--html", pages)
    assert sorted(p.name for p in pages.iterdir()) == ["a_50um.html", "b.tartan_50um.html"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names of files")
def test_names_of_files_cannot_write_lines_of_their_own(capsys, sound, tmp_path):
    folder = tmp_path / "odd_50um_v1.0"
    shutil.copytree(sound, folder)
    (folder / "a\n::error::\x1b[31mb").write_bytes(b"")
    code, out, _ = run(capsys, folder, "--only", "package")
    assert code == 1
    assert "package-file-empty" in out
    assert "\x1b" not in out
    assert not any(line.startswith("::") for line in out.splitlines())
