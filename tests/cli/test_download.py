"""`atlas-explorer download`, from a server on this machine."""

from __future__ import annotations

import pytest

from ..atlases.download import service as made
from ..atlases.download.online_service import ccf_addresses, ccf_files, packed, serve_ccf
from ..atlases.download.service import running

PATIENCE = ("--timeout", "0.3", "--retries", "0")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def service():
    with running() as found:
        yield found


def test_a_name_prints_the_folder_and_opens_from_then_on(run, service, tmp_path, monkeypatch):
    serve_ccf(service, ccf_files(tmp_path), monkeypatch)
    folder = tmp_path / "cache" / "atlases" / "allen_ccf_100um_2017"
    answer = run("download", "allen_ccf_100um", *PATIENCE)
    assert (answer.code, answer.out) == (0, f"{folder}\n")
    assert "1.json not known beforehand" in answer.err
    assert "terms of use" in answer.err
    assert run("info", "allen_ccf_100um").code == 0
    assert "allen_ccf_100um_2017" in run("list").out
    assert "was there already" in run("download", "allen_ccf_100um").err


def test_an_address_goes_into_a_folder_of_one_s_own(run, service, package, tmp_path):
    service.on("/lab.tar.gz", made.file(packed(package)))
    url = f"{service.url}/lab.tar.gz"
    answer = run("download", url, "--cache-dir", tmp_path / "mine", "--name", "ours")
    assert answer.out == f"{tmp_path / 'mine' / 'ours'}\n"
    assert run("info", "ours").code == 0


def test_what_cannot_be_had_is_reported_in_a_line(refuses, service, tmp_path, monkeypatch):
    files = ccf_files(tmp_path)
    serve_ccf(service, files, monkeypatch)
    address = ccf_addresses()["annotation_100.nrrd"]
    service.on(address, made.stalled(files["annotation_100.nrrd"], 10))
    assert "nothing for 0.3 s" in refuses("download", "allen_ccf_100um", *PATIENCE)
    service.on(address, made.data(b"NRRD0004\n\nbut other bytes"))
    assert "another SHA-256" in refuses("download", "allen_ccf_100um", *PATIENCE)
    assert "status 404" in refuses("download", f"{service.url}/none.zip")
    assert "../up" in refuses("download", "../up")


def test_interrupted_it_says_that_it_can_be_gone_on_with(run, service, package, monkeypatch):
    from napari_atlas_explorer.cli import download

    def interrupt(share, text):
        raise KeyboardInterrupt

    service.on("/lab.tar.gz", made.file(packed(package)))
    monkeypatch.setattr(download, "Progress", lambda: interrupt)
    answer = run("download", f"{service.url}/lab.tar.gz")
    assert (answer.code, answer.out) == (130, "")
    assert "same command resumes" in answer.err
