"""`atlas-explorer qa --certificate`: one site for several packages, exit codes as ever."""

from __future__ import annotations

import json
import shutil

import pytest

from napari_atlas_explorer.cli.main import main

from ..made_up import write_brainglobe


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    first = write_brainglobe(folder / "made_up_50um_v1.0")
    second = folder / "damaged_50um_v1.0"
    shutil.copytree(first, second)
    (second / "reference.tiff").write_bytes(b"")
    return folder


def run(capsys, *args: object) -> tuple[int, str, str]:
    code = main(["qa", *map(str, args)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_collection_is_one_site_and_the_same_with_any_processes(
    capsys, packages, tmp_path, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    sites = [tmp_path / "one", tmp_path / "new" / "two"]
    for site, jobs in zip(sites, ("1", "2"), strict=True):
        code, out, err = run(capsys, packages, "--jobs", jobs, "--certificate", site)
        assert code == 1
        assert "package-file-empty" in out
        assert f"wrote {site / 'index.html'}" in err
    names = sorted(path.name for path in sites[0].iterdir())
    assert names == [
        "damaged_50um_v1.0.html", "damaged_50um_v1.0.json", "damaged_50um_v1.0.svg",
        "index.html",
        "made_up_50um_v1.0.html", "made_up_50um_v1.0.json", "made_up_50um_v1.0.svg",
    ]  # fmt: skip
    for name in names:
        assert (sites[0] / name).read_bytes() == (sites[1] / name).read_bytes()
    facts = json.loads((sites[0] / "damaged_50um_v1.0.json").read_text())
    assert facts["verdict"] == "errors"
    assert facts["date"] == "1970-01-01T00:00:00+00:00"


def test_existing_pages_are_refused_before_anything_is_checked(capsys, packages, tmp_path):
    path = packages / "made_up_50um_v1.0"
    site = tmp_path / "site"
    words = (path, "--certificate", site, "--fail-on", "never")
    assert run(capsys, *words)[0] == 0
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "exists" in err
    assert run(capsys, *words, "--force")[0] == 0


def test_a_certificate_hides_nothing(capsys, packages, tmp_path):
    path, site = packages / "made_up_50um_v1.0", tmp_path / "site"
    code, _, err = run(capsys, path, "--certificate", site, "--baseline", path)
    assert code == 2
    assert "--certificate with --baseline" in err
    run(capsys, path, "--certificate", site, "--only", "hierarchy")
    facts = json.loads((site / "made_up_50um_v1.0.json").read_text())
    assert facts["verdict"] == "partly checked"


def test_a_file_in_the_place_of_the_folder_is_refused(capsys, packages, tmp_path):
    (tmp_path / "site").write_text("")
    code, out, err = run(capsys, packages / "made_up_50um_v1.0", "--certificate", tmp_path / "site")
    assert (code, out) == (2, "")
    assert "site: it is a file; expected the name of a folder" in err
