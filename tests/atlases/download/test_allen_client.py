"""The client of the Allen Institute's service, against a server on this machine."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.analysis.spatial_search.grid_data import read_grid_volume
from napari_atlas_explorer.atlases.download.allen_client import AllenClient
from napari_atlas_explorer.atlases.download.http import FetchError, FetchSettings, HttpClient

from ...refusals import refused
from . import service as made
from .service import running

BODY = bytes(range(256)) * 4000
SEARCH = "/api/v2/data/query.json?criteria=service::mouse_connectivity_target_spatial"


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as found:
        yield found


@pytest.fixture
def waits():
    """Seconds that the client wanted to wait; nobody waits in a test."""
    return []


@pytest.fixture
def http(waits):
    return HttpClient(FetchSettings(timeout=2, minimum_interval=0), waits.append)


@pytest.fixture
def client(service, waits):
    return AllenClient(service.url, FetchSettings(timeout=2, minimum_interval=0), waits.append)


def archive(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made_archive:
        for name, content in members.items():
            made_archive.writestr(name, content)
    return stream.getvalue()


def mhd(values, spacing=100):
    header = (
        f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        f"DimSize = {' '.join(map(str, values.shape))}\nElementType = MET_FLOAT\n"
        f"ElementSpacing = {spacing} {spacing} {spacing}\nElementDataFile = density.raw\n"
    )
    return {"density.mhd": header, "density.raw": values.astype("<f4").tobytes(order="F")}


# ---- questions --------------------------------------------------------------------------------


def test_lines_to_a_target_are_asked_for_as_the_service_wants_it(service, client):
    item = {"id": 7, "path": [{"coord": [150, 250, 350], "density": 0.1}]}
    service.on(
        f"{SEARCH}[seed_point$eq150,250,350.5][section_data_set$eq7]", made.json_rows([item])
    )
    assert client.target_lines((150.0, 250, 350.5), 7) == [item]


def test_pages_are_put_together(service, client):
    rows = [{"id": n, "path": []} for n in range(5)]
    for start in (0, 2, 4):
        service.on(
            f"{SEARCH}[seed_point$eq1,2,3][start_row$eq{start}][num_rows$eq2]",
            made.json_rows(rows[start : start + 2], start, 5),
        )
    name, asked = "mouse_connectivity_target_spatial", {"seed_point": (1, 2, 3)}
    assert client.service_pages(name, asked, page=2) == rows


def test_a_server_that_gives_all_rows_at_once_is_understood(service, client):
    rows = [{"id": n} for n in range(5)]
    service.on(f"{SEARCH}*", made.json_rows(rows))
    assert client.service_pages("mouse_connectivity_target_spatial", {}, page=2) == rows


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([made.json_rows([{"id": 1}], 0, 3)], ["rows from 0", "from 1 on"]),
        ([made.json_rows([{"id": 1}], 0, 3), made.json_rows([], 1, 3)], ["no rows after 1"]),
        ([made.json_rows([{"id": 1}], 0, 10**9)], ["1000000000 rows"]),
    ],
)
def test_pages_that_never_end_are_refused(service, client, replies, words):
    service.on(f"{SEARCH}*", *replies)
    with refused(service.url, *words, by=FetchError):
        client.service_pages("mouse_connectivity_target_spatial", {}, page=1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"success": false, "msg": "seed_point is missing"}', ["seed_point is missing"]),
        (b'{"success": true, "msg": "none"}', ["none", "rows"]),
        (b"<html>", ["<html>", "JSON"]),
        (b'[{"id": 1}]', ["no success"]),
        (b"[" * 100_000, ["JSON"]),
    ],
)
def test_an_answer_that_is_none_is_refused_in_a_line(service, client, body, words):
    service.on(f"{SEARCH}*", made.data(body))
    with refused(service.url, *words, by=FetchError):
        client.target_lines((1, 2, 3), 7)
    assert len(service.asked) == 1


def test_lines_once_fetched_are_taken_from_the_folder(service, client, tmp_path):
    service.on(f"{SEARCH}*", made.json_rows([{"id": 7, "path": []}]), made.status(500))
    first = client.cached_target_lines((50.0, 150.0, 250.0), 7, tmp_path)
    assert client.cached_target_lines((50.0, 150.0, 250.0), 7, tmp_path) == first
    assert len(service.asked) == 1
    (kept,) = tmp_path.iterdir()
    kept.write_text("{")
    with refused(kept, "JSON"):
        client.cached_target_lines((50.0, 150.0, 250.0), 7, tmp_path)


# ---- failures that pass, and that do not --------------------------------------------------------


@pytest.mark.parametrize("failure", [made.status(500), made.status(503), made.dropped()])
def test_a_failure_that_passes_is_tried_again_after_ever_longer_waits(
    service, client, waits, failure
):
    service.on(f"{SEARCH}*", failure, failure, failure, made.json_rows([]))
    assert client.target_lines((1, 2, 3), 7) == []
    assert waits == [1, 2, 4]


def test_after_the_last_try_the_address_and_what_came_are_named(service, client):
    service.on(f"{SEARCH}*", made.status(502))
    with refused(service.url, "status 502", "5 tries", "status 200", by=FetchError):
        client.target_lines((1, 2, 3), 7)
    assert len(service.asked) == 5


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_failure_that_stays_is_not_tried_again(service, client, waits, code):
    service.on(f"{SEARCH}*", made.status(code))
    with refused(service.url, f"status {code}", by=FetchError):
        client.target_lines((1, 2, 3), 7)
    assert (len(service.asked), waits) == (1, [])


def test_what_the_server_asks_to_wait_is_waited(service, client, waits):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    service.on(
        f"{SEARCH}*",
        made.status(429, Retry_After="7"),
        made.status(503, Retry_After=later),
        made.status(503, Retry_After="soon"),
        made.json_rows([]),
    )
    client.target_lines((1, 2, 3), 7)
    assert waits[0] == 7
    assert 30 < waits[1] <= 60
    assert waits[2] == 4  # nonsense: the back-off of the third wait


def test_a_server_that_asks_for_too_long_a_wait_ends_the_work(service, client, waits):
    service.on(f"{SEARCH}*", made.status(429, Retry_After="86400"))
    with refused(service.url, "429", "86400 s", by=FetchError):
        client.target_lines((1, 2, 3), 7)
    assert waits == []


def test_jitter_is_the_same_for_the_same_seed(service):
    service.on(f"{SEARCH}*", made.status(500))

    def waited(seed):
        waits = []
        settings = FetchSettings(minimum_interval=0, retries=3, jitter_seed=seed)
        with refused("status 500"):
            AllenClient(service.url, settings, waits.append).target_lines((1, 2, 3), 7)
        return waits

    assert waited(1) == waited(1) != waited(2)
    assert all(base <= w <= 1.5 * base for base, w in zip((1, 2, 4), waited(1), strict=True))
    assert waited(None) == [1, 2, 4]


def test_requests_keep_their_distance_and_go_one_by_one(service):
    waits = []
    settings = FetchSettings(timeout=5, minimum_interval=1000)
    client = AllenClient(service.url, settings, waits.append)
    service.on(f"{SEARCH}*", made.json_rows([]))
    threads = [threading.Thread(target=client.target_lines, args=((k, 2, 3), 7)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(service.asked) == 4
    assert service.most_open == 1
    assert len(waits) == 3
    assert all(990 < wait <= 1000 for wait in waits)


def test_nobody_listening_is_a_failed_connection(http):
    with running() as gone:
        url = gone.url
    with refused(url, "connection failed", by=FetchError):
        http.fetch_body(url, 100)


def test_redirects_within_the_host_are_followed(service, client):
    service.on(f"{SEARCH}*", made.status(302, Location="/moved?to=here"))
    service.on("/moved?to=here", made.json_rows([{"id": 1}]))
    assert client.target_lines((1, 2, 3), 7) == [{"id": 1}]


@pytest.mark.parametrize(
    "there", ["http://localhost:{port}/x", "https://example.org/x", "file:///etc/passwd"]
)
def test_redirects_to_elsewhere_are_refused(service, client, there):
    service.on(f"{SEARCH}*", made.status(302, Location=there.format(port=service.server_port)))
    with refused(service.url, by=FetchError):
        client.target_lines((1, 2, 3), 7)
    assert len(service.asked) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "nowhere"])
def test_other_addresses_than_of_the_web_are_refused(http, url):
    with refused(url, "http://"):
        http.fetch_body(url, 100)
    with refused(url, "http://"):
        AllenClient(url)


def test_an_answer_of_too_many_bytes_is_not_read(service, http):
    service.on("/large", made.data(BODY))
    with refused("/large", "1024000 bytes", "at most 1000"):
        http.fetch_body(f"{service.url}/large", 1000)


# ---- volumes ---------------------------------------------------------------------------------


def damaged(raw):
    return raw[:60] + bytes(b ^ 0xFF for b in raw[60:70]) + raw[70:]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda whole: damaged(whole), id="damaged"),
        pytest.param(lambda whole: whole[: len(whole) // 2], id="half of it"),
        pytest.param(lambda whole: b"<html>Busy</html>", id="a page"),
    ],
)
def test_a_damaged_archive_is_fetched_again_and_never_kept(service, client, tmp_path, wrong):
    noise = np.random.default_rng(0).random((5, 6, 7)).astype("<f4")
    whole = archive(mhd(noise))
    address = "/grid_data/download/7?include=density"
    service.on(address, made.data(wrong(whole)), made.data(whole))
    path = client.legacy_grid_volume(7, "density", tmp_path)
    assert path.read_bytes() == whole
    found = read_grid_volume(path)
    assert np.array_equal(found.volume.raw, noise)
    assert found.volume.bbox.tolist() == [[0, 0, 0], [500, 600, 700]]
    path.unlink()
    service.on(address, made.data(wrong(whole)))
    with refused(service.url, "a whole ZIP archive", by=FetchError):
        client.legacy_grid_volume(7, "density", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_volume_comes_as_nrrd(service, client, tmp_path):
    density = VoxelData(np.ones((3, 4, 5), np.float32), (100.0, 100, 100))
    density.save_nrrd(tmp_path / "source.nrrd")
    service.on(
        "/grid_data/download_file/7?image=projection_density&resolution=100",
        made.data((tmp_path / "source.nrrd").read_bytes()),
    )
    path = client.grid_volume(7, "projection_density", 100, tmp_path)
    assert np.array_equal(read_grid_volume(path).volume.raw, density.raw)


def test_a_page_in_the_place_of_a_volume_is_refused(service, client, tmp_path):
    service.on("/grid_data/*", made.data(b"<html>no such experiment</html>"))
    with refused(service.url, "<html>", "NRRD"):
        client.grid_volume(7, "projection_density", 100, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_images_and_resolutions_that_do_not_exist_are_not_asked_for(service, client, tmp_path):
    with refused("'density'", "projection_density"):
        client.grid_volume(7, "density", 100, tmp_path)
    with refused("30 µm", "10, 25, 50, 100"):
        client.grid_volume(7, "projection_density", 30, tmp_path)
    with refused("'tracts'"):
        client.legacy_grid_volume(7, "tracts", tmp_path)
    with refused("no folder"):
        client.fiber_tracts(tmp_path / "none")
    with refused("timeout"):
        FetchSettings(timeout=0)
    assert service.asked == []


def test_importing_and_making_a_client_asks_nobody():
    code = (
        "import socket\n"
        "def refuse(*args): raise SystemExit('the network was asked')\n"
        "socket.socket.connect = refuse\n"
        "socket.getaddrinfo = refuse\n"
        "from napari_atlas_explorer.atlases.download.allen_client import AllenClient\n"
        "AllenClient()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
