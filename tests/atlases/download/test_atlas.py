"""Atlases downloaded from a server on this machine, which may cut, stall and send wrong bytes."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from contextlib import contextmanager

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.download.allen import allen_atlas, allen_names, full_name
from napari_atlas_explorer.atlases.download.atlas import download_atlas
from napari_atlas_explorer.atlases.download.http import FetchSettings
from napari_atlas_explorer.core.errors import CacheError

from ... import packages
from ...refusals import refused
from ...small_files import small_files
from . import service as made
from .online_service import ccf_addresses, ccf_files, packed, serve_ccf
from .service import running

QUICK = FetchSettings(timeout=0.3, retries=1, minimum_interval=0)
ONCE = FetchSettings(timeout=0.3, retries=0, minimum_interval=0)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def ccf(tmp_path_factory):
    return ccf_files(tmp_path_factory.mktemp("ccf"))


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "atlases"


def get(what, settings=QUICK, **more):
    return download_atlas(what, settings=settings, sleep=lambda seconds: None, **more)


def left_in(folder):
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def package_as_archive(tmp_path, top="inside"):
    return packed(packages.brainglobe_v2(tmp_path / "package"), top)


# ---- the Allen Institute's -----------------------------------------------------------------


def test_the_ccf_arrives_and_opens_by_its_name(service, ccf, cache, monkeypatch):
    serve_ccf(service, ccf, monkeypatch)
    told = []
    done = get("allen_ccf_100um", step=lambda share, text: told.append((share, text)))
    assert (done.path, done.was_there) == (cache / "allen_ccf_100um_2017", False)
    for name, body in ccf.items():
        assert (done.path / name).read_bytes() == body
    for name in ("allen_ccf_100um", "allen_ccf_100um_2017"):
        atlas = open_atlas(name)
        assert np.count_nonzero(np.asarray(atlas.annotation)) == 50 * 40 * 50
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert any("annotation_100.nrrd, " in text and "MB" in text for _, text in told)
    assert left_in(cache) == ["allen_ccf_100um_2017"]


def test_it_is_reported_which_check_sums_were_known(service, ccf, monkeypatch):
    serve_ccf(service, ccf, monkeypatch)
    (note, terms) = get("allen_ccf_100um").notes
    assert "1.json not known beforehand" in note
    assert "annotation" not in note
    assert "terms of use" in terms


def test_what_is_there_is_not_asked_for_again(service, ccf, monkeypatch):
    serve_ccf(service, ccf, monkeypatch)
    first = get("allen_ccf_100um")
    asked = len(service.asked)
    again = get("allen_ccf_100um_2017")
    assert again.was_there
    assert again.path == first.path
    assert len(service.asked) == asked


def test_a_file_that_changed_after_its_download_is_reported(service, ccf, monkeypatch):
    serve_ccf(service, ccf, monkeypatch)
    done = get("allen_ccf_100um")
    (done.path / "1.json").write_text("{}")
    expected = hashlib.sha256(ccf["1.json"]).hexdigest()
    with refused("1.json", "SHA-256", expected, "delete"):
        get("allen_ccf_100um")


def test_another_release_has_a_folder_of_its_own(service, ccf, cache, monkeypatch):
    for year in ("2017", "2022"):
        serve_ccf(service, ccf, monkeypatch, year)
        get(f"allen_ccf_100um_{year}")
    assert left_in(cache) == ["allen_ccf_100um_2017", "allen_ccf_100um_2022"]
    assert open_atlas("allen_ccf_100um").path.name == "allen_ccf_100um_2017"


def test_without_a_mirror_the_addresses_are_the_institute_s():
    urls = [file.url for file in allen_atlas("allen_ccf_25um_2022").files]
    base = "https://download.alleninstitute.org/informatics-archive/current-release/mouse_ccf"
    assert urls == [
        "https://api.brain-map.org/api/v2/structure_graph_download/1.json",
        f"{base}/annotation/ccf_2022/annotation_25.nrrd",
        f"{base}/average_template/average_template_25.nrrd",
    ]
    assert full_name("allen_ccf_25um") == "allen_ccf_25um_2017"
    assert len(allen_names()) == 8
    assert allen_atlas("allen_ccf_30um") is None


@pytest.mark.data
def test_the_institute_s_own_files_have_the_check_sums_that_are_known(
    service, data_folder, monkeypatch
):
    monkeypatch.setenv("ATLAS_EXPLORER_ALLEN_FILES", f"{service.url}/files")
    monkeypatch.setenv("ATLAS_EXPLORER_ALLEN_API", f"{service.url}/api")
    for name, address in ccf_addresses().items():
        body = (data_folder / "allen_ccfv3_2017" / name).read_bytes()
        service.on(address, made.file(body))
    done = get("allen_ccf_100um")
    assert "annotation_100" not in done.notes[0]
    assert len(open_atlas("allen_ccf_100um").region_map) > 1300


# ---- what goes wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("failing", [made.cut, made.stalled])
def test_a_download_goes_on_where_it_broke_off(service, ccf, cache, monkeypatch, failing):
    serve_ccf(service, ccf, monkeypatch)
    name = "annotation_100.nrrd"
    address, body = ccf_addresses()[name], ccf[name]
    service.on(address, failing(body, 500))
    with refused(address):
        get("allen_ccf_100um", ONCE)
    assert not (cache / "allen_ccf_100um_2017").exists()
    before = len(service.asked)
    service.on(address, made.file(body))
    done = get("allen_ccf_100um", ONCE)
    assert (done.path / name).read_bytes() == body
    asked = service.asked[before:]
    assert asked[0] == (address, asked[0][1])  # the ontology was there
    assert asked[0][1]["range"] == "bytes=500-"
    assert left_in(cache) == ["allen_ccf_100um_2017"]


def test_work_that_is_ended_leaves_no_atlas_and_goes_on_the_next_time(service, cache, tmp_path):
    class EnoughError(Exception):
        pass

    def stop(share, text):
        if share > 0:
            raise EnoughError

    body = package_as_archive(tmp_path)
    service.on("/p.tar.gz", made.file(body))
    with pytest.raises(EnoughError):
        get(f"{service.url}/p.tar.gz", step=stop)
    assert not (cache / "p").exists()
    assert get(f"{service.url}/p.tar.gz").path == cache / "p"
    assert left_in(cache) == ["p"]


def test_waiting_for_the_next_try_can_be_ended(service, cache):
    class EnoughError(Exception):
        pass

    def stop(share, text):
        if "asking again" in text:
            raise EnoughError

    service.on("/p.tar.gz", made.status(503))
    with pytest.raises(EnoughError):
        get(f"{service.url}/p.tar.gz", step=stop)
    assert left_in(cache) == []


def test_a_known_check_sum_that_does_not_match_is_refused_and_nothing_is_left(
    service, ccf, cache, monkeypatch
):
    serve_ccf(service, ccf, monkeypatch)
    name = "annotation_100.nrrd"
    damaged = bytearray(ccf[name])
    damaged[-20] ^= 1
    service.on(ccf_addresses()[name], made.file(bytes(damaged)))
    with refused(name, "another SHA-256", hashlib.sha256(ccf[name]).hexdigest()):
        get("allen_ccf_100um")
    assert left_in(cache) == []


def test_a_check_sum_that_the_user_gives_is_held_against_the_file(service, cache, tmp_path):
    body = package_as_archive(tmp_path)
    service.on("/p.tar.gz", made.file(body))
    url = f"{service.url}/p.tar.gz"
    with refused(url, "SHA-256", "0" * 64):
        get(url, sha256="0" * 64)
    assert left_in(cache) == []
    assert get(url, sha256=hashlib.sha256(body).hexdigest()).notes == (
        "SHA-256 as known beforehand",
    )


@pytest.mark.parametrize("answer", [b"<html>Log in to this network</html>", b""])
def test_the_page_of_a_network_s_login_is_not_taken_for_an_atlas(
    service, ccf, cache, monkeypatch, answer
):
    serve_ccf(service, ccf, monkeypatch)
    for address in ccf_addresses().values():
        service.on(address, made.data(answer))
    with refused("1.json", "JSON"):
        get("allen_ccf_100um")
    assert left_in(cache) == []


def test_files_that_are_no_atlas_together_are_refused(service, ccf, cache, monkeypatch):
    serve_ccf(service, ccf, monkeypatch)
    service.on(ccf_addresses()["1.json"], made.data(b'{"success": true, "msg": []}'))
    with refused("allen_ccf_100um_2017", "no atlas came"):
        get("allen_ccf_100um")
    assert left_in(cache) == []


def test_offline_is_reported_in_a_line_and_leaves_nothing(cache, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as gone:
        url = gone.url
    with refused(f"{url}/p.tar.gz", "the connection failed"):
        get(f"{url}/p.tar.gz")
    assert left_in(cache) == []


def test_a_missing_file_is_reported(service, cache):
    with refused("/none.zip", "status 404"):
        get(f"{service.url}/none.zip")
    assert left_in(cache) == []


def test_a_damaged_archive_is_refused_and_nothing_is_left(service, cache, tmp_path):
    body = package_as_archive(tmp_path)
    service.on("/p.tar.gz", made.file(body[: len(body) // 2]))
    with refused("/p.tar.gz", "damaged"):
        get(f"{service.url}/p.tar.gz")
    assert left_in(cache) == []


def test_an_archive_that_leaves_its_folder_is_refused(service, cache, tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("../evil.txt")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"evil"))
    service.on("/p.tar.gz", made.file(stream.getvalue()))
    with refused("/p.tar.gz", "not safe"):
        get(f"{service.url}/p.tar.gz")
    assert left_in(cache) == []
    assert not list(tmp_path.rglob("evil.txt"))


# ---- addresses -----------------------------------------------------------------------------


@pytest.mark.parametrize("top", ["inside", ""])
def test_an_archive_is_unpacked_and_opens_by_name(service, cache, tmp_path, top):
    service.on("/x/lab_50um.tar.gz*", made.file(package_as_archive(tmp_path, top)))
    done = get(f"{service.url}/x/lab_50um.tar.gz?download=1")
    assert done.name == "lab_50um"
    assert (done.path / "metadata.json").is_file()
    assert not list(done.path.glob("*.tar.gz"))
    assert open_atlas("lab_50um").path == done.path
    assert "first download" in done.notes[0]


def test_a_file_alone_is_kept_under_a_name_of_one_s_own(service, ccf, cache):
    service.on("/template.nrrd", made.file(ccf["average_template_100.nrrd"]))
    done = get(f"{service.url}/template.nrrd", name="grey")
    assert (done.path / "template.nrrd").read_bytes() == ccf["average_template_100.nrrd"]
    assert done.path == cache / "grey"


def test_the_same_name_from_another_address_is_refused(service, ccf, cache):
    for address in ("/a/t.nrrd", "/b/t.nrrd"):
        service.on(address, made.file(ccf["average_template_100.nrrd"]))
    get(f"{service.url}/a/t.nrrd")
    with refused("/a/t.nrrd", "/b/t.nrrd", "another name"):
        get(f"{service.url}/b/t.nrrd")


def test_the_beginning_of_another_address_is_not_gone_on_with(service, ccf, cache):
    body = ccf["average_template_100.nrrd"]
    service.on("/a/t.nrrd", made.cut(body, 200))
    service.on("/b/t.nrrd", made.file(body))
    with refused("/a/t.nrrd"):
        get(f"{service.url}/a/t.nrrd", ONCE)
    done = get(f"{service.url}/b/t.nrrd")
    assert (done.path / "t.nrrd").read_bytes() == body
    assert "range" not in service.asked[-1][1]


def test_a_folder_that_no_download_made_is_left_alone(service, cache):
    (cache / "mine").mkdir(parents=True)
    (cache / "mine" / "notes.txt").write_text("mine")
    with refused("mine", "not made by a download"):
        get(f"{service.url}/mine.zip")
    assert left_in(cache / "mine") == ["notes.txt"]
    assert service.asked == []


@pytest.mark.parametrize(
    ("what", "more", "words"),
    [
        ("https://host.invalid/", {}, ["the name of an archive"]),
        ("https://host.invalid/a%2F..%2F..", {}, ["the name of an archive"]),
        ("https://host.invalid/a.zip", {"name": "../up"}, ["../up"]),
        ("https://host.invalid/a.zip", {"sha256": "abc"}, ["abc", "64"]),
        ("allen_ccf_25um", {"name": "mine"}, ["its own name"]),
        ("../up", {}, ["../up"]),
    ],
)
def test_what_cannot_be_asked_for_is_reported_before_anything_is_asked(what, more, words, cache):
    with refused(*words):
        get(what, **more)
    assert left_in(cache) == []


def test_a_cache_folder_of_one_s_own_is_looked_into_from_then_on(service, tmp_path):
    service.on("/lab_50um.tar.gz", made.file(package_as_archive(tmp_path)))
    done = get(f"{service.url}/lab_50um.tar.gz", cache_dir=tmp_path / "mine")
    assert done.path == tmp_path / "mine" / "lab_50um"
    assert open_atlas("lab_50um").path == done.path


# ---- VoxelBrain ----------------------------------------------------------------------------


@pytest.fixture
def release(service, tmp_path):
    """Address of a release with two volumes."""
    folder = packages.voxelbrain(tmp_path / "release")
    address = "/api/analytics/atlas/releases/ABC-1"
    listed = []
    for path in sorted(folder.glob("*.nrrd")):
        service.on(f"/blobs/{path.name}", made.file(path.read_bytes()))
        listed.append({"data_type": path.stem, "url": f"{service.url}/blobs/{path.name}"})
    service.on(f"{address}/data", made.data(json.dumps(listed).encode()))
    hierarchy = (folder / "hierarchy.json").read_bytes()
    service.on(f"{address}/filters/brain_region/65535", made.file(hierarchy))
    service.on(address, made.data(b'[{"id": "ABC-1"}]'))
    return f"{service.url}{address}"


def test_a_voxelbrain_release_arrives_in_a_folder_of_its_id(service, release, cache, tmp_path):
    done = get(f"{release}/")
    assert done.path == cache / "ABC-1"
    theirs, ours = open_atlas(tmp_path / "release"), open_atlas("ABC-1")
    np.testing.assert_array_equal(np.asarray(ours.annotation), np.asarray(theirs.annotation))
    asked = len(service.asked)
    assert get(release).was_there
    assert len(service.asked) == asked


@pytest.mark.parametrize(
    ("part", "answer", "words"),
    [
        ("", b'[{"id": "other"}]', ["other", "the address ends in"]),
        ("", b"no JSON", ["JSON"]),
        ("/data", b"{}", ["a list of rows"]),
        ("/data", b'[{"data_type": "../x", "url": "http://h/x"}]', ["../x"]),
        ("/data", b'[{"data_type": "x", "url": "file:///etc/passwd"}]', ["file:///etc/passwd"]),
    ],
)
def test_answers_that_no_release_gives_are_refused(service, release, cache, part, answer, words):
    service.on(f"/api/analytics/atlas/releases/ABC-1{part}", made.data(answer))
    with refused(*words):
        get(release)
    assert left_in(cache) == []


def test_nothing_is_asked_by_importing_or_listing_names(service, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_ALLEN_FILES", service.url)
    monkeypatch.setenv("ATLAS_EXPLORER_ALLEN_API", service.url)
    assert allen_atlas(allen_names()[0]) is not None
    assert service.asked == []


# ---- one at a time -------------------------------------------------------------------------


HOLD = """
import sys
from contextlib import contextmanager
from pathlib import Path
from napari_atlas_explorer.atlases.download.folder import stage
with stage(Path(sys.argv[1]), "another place"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process_at(target):
    command = [sys.executable, "-c", HOLD, str(target)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_download_that_another_process_is_at_is_not_begun(service, cache, tmp_path):
    service.on("/p.tar.gz", made.file(package_as_archive(tmp_path)))
    with another_process_at(cache / "p"), refused(cache / "p", "being downloaded already"):
        get(f"{service.url}/p.tar.gz")
    assert service.asked == []


def test_a_process_that_is_gone_holds_nothing_up(service, cache, tmp_path):
    service.on("/p.tar.gz", made.file(package_as_archive(tmp_path)))
    with another_process_at(cache / "p") as other:
        other.kill()
    assert get(f"{service.url}/p.tar.gz").path == cache / "p"
    assert left_in(cache) == ["p"]


def test_a_finished_download_survives_a_full_disk(service, cache, tmp_path):
    folder = packages.brainglobe_v2(tmp_path / "package")
    (folder / "large.bin").write_bytes(bytes(3_000_000))
    service.on("/x/lab.tar.gz*", made.file(packed(folder, "lab")))
    address = f"{service.url}/x/lab.tar.gz"
    with small_files(1_000_000), refused(cache, "File too large", "kept", by=CacheError):
        get(address)
    (part,) = cache.iterdir()
    assert left_in(part) == [".source", "lab.tar.gz"]
    asked = len(service.asked)
    done = get(address)
    assert len(service.asked) == asked  # nothing was fetched twice
    assert open_atlas(done.path).shape == packages.label_ids().shape
    assert left_in(cache) == [done.path.name]
