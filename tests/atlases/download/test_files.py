"""Downloads: they go on where they broke off, and arrive whole or not at all."""

from __future__ import annotations

import pytest

from napari_atlas_explorer.atlases.download.files import download
from napari_atlas_explorer.atlases.download.http import FetchError, FetchSettings, HttpClient

from ...refusals import refused
from . import service as made
from .service import running

BODY = bytes(range(256)) * 4000


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


def test_a_file_arrives_with_its_progress_reported(service, http, tmp_path):
    service.on("/file", made.file(BODY))
    told = []
    target = download(
        http,
        f"{service.url}/file",
        tmp_path / "a.bin",
        progress=lambda done, total: told.append((done, total)),
    )
    assert target.read_bytes() == BODY
    assert told[0] == (0, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))
    assert told == sorted(told)
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_there_is_not_fetched_again(service, http, tmp_path):
    service.on("/file", made.file(BODY))
    (tmp_path / "a.bin").write_bytes(b"mine")
    download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert service.asked == []
    download(http, f"{service.url}/file", tmp_path / "a.bin", force=True)
    assert (tmp_path / "a.bin").read_bytes() == BODY


@pytest.mark.parametrize("failing", [made.cut(BODY, 300_000), made.stalled(BODY, 300_000)])
def test_a_download_goes_on_where_it_broke_off(service, waits, tmp_path, failing):
    http = HttpClient(FetchSettings(timeout=0.3, minimum_interval=0), waits.append)
    service.on("/file", failing, made.file(BODY))
    download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY
    headers = service.headers_of(1)
    assert headers["range"] == "bytes=300000-"
    assert headers["if-range"] == '"v1"'


def test_a_file_that_changed_meanwhile_is_fetched_again(service, http, tmp_path):
    other = BODY[::-1]
    service.on("/file", made.cut(BODY, 300_000), made.file(other, '"v2"'))
    download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == other


@pytest.mark.parametrize("tag", ["", 'W/"v1"'])
def test_without_a_tag_that_vouches_for_the_bytes_all_is_fetched_again(
    service, http, tmp_path, tag
):
    service.on("/file", made.cut(BODY, 300_000, tag), made.file(BODY, tag))
    download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert "range" not in service.headers_of(1)


def test_another_part_than_asked_for_is_not_taken(service, http, tmp_path):
    def wrong(handler):
        handler.send(206, BODY[5:], ETag='"v1"', Content_Range=f"bytes 5-{len(BODY) - 1}/*")

    service.on("/file", made.cut(BODY, 300_000), wrong, made.file(BODY))
    download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_work_that_was_ended_goes_on_the_next_time(service, http, tmp_path):
    class EnoughError(Exception):
        pass

    def stop(done, total):
        if done > 100_000:
            raise EnoughError

    service.on("/file", made.file(BODY))
    with pytest.raises(EnoughError):
        download(http, f"{service.url}/file", tmp_path / "a.bin", progress=stop)
    assert not (tmp_path / "a.bin").exists()
    download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert int(service.headers_of(1)["range"][6:-1]) > 100_000


def test_a_whole_file_that_was_not_yet_renamed_is_fetched_again(service, http, tmp_path):
    def stop(done, total):
        if done == total:
            raise KeyboardInterrupt

    service.on("/file", made.file(BODY))
    with pytest.raises(KeyboardInterrupt):
        download(http, f"{service.url}/file", tmp_path / "a.bin", progress=stop)
    download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_the_beginning_of_another_address_is_not_gone_on_with(service, http, tmp_path):
    for name, body in (("/one", BODY), ("/two", BODY[::-1])):
        service.on(name, made.cut(body, 1000), made.file(body))
    once = HttpClient(FetchSettings(retries=0, minimum_interval=0))
    with refused("/one", "1000 bytes", "1024000"):
        download(once, f"{service.url}/one", tmp_path / "a.bin")
    download(http, f"{service.url}/two", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY[::-1]


def test_a_body_of_undeclared_length_has_to_come_to_its_end(service, http, tmp_path):
    service.on("/file", made.chunked(BODY, whole=False), made.chunked(BODY))
    totals = set()
    download(
        http,
        f"{service.url}/file",
        tmp_path / "a.bin",
        progress=lambda done, total: totals.add(total),
    )
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert len(service.asked) == 2
    assert totals == {None}


def test_a_full_disk_is_not_taken_for_a_failure_of_the_server(service, http, tmp_path):
    def full(done, total):
        raise OSError(28, "No space left on device")

    service.on("/file", made.file(BODY))
    with pytest.raises(OSError, match="No space left"):
        download(http, f"{service.url}/file", tmp_path / "a.bin", progress=full)
    assert len(service.asked) == 1


def test_a_stall_without_end_is_reported(service, tmp_path):
    http = HttpClient(FetchSettings(timeout=0.2, retries=0, minimum_interval=0))
    service.on("/file", made.stalled(BODY, 10))
    with refused("/file", "nothing for 0.2 s", by=FetchError):
        download(http, f"{service.url}/file", tmp_path / "a.bin")


def test_a_wrong_length_is_never_taken_for_the_file(service, tmp_path, waits):
    service.on("/file", lambda handler: handler.send(200, BODY, len(BODY) + 9))
    http = HttpClient(FetchSettings(retries=2, minimum_interval=0), waits.append)
    with refused("/file", "1024000 bytes", "1024009", "3 tries"):
        download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert not (tmp_path / "a.bin").exists()


def test_a_file_larger_than_allowed_is_refused_before_it_comes(service, tmp_path):
    service.on("/file", made.file(BODY))
    http = HttpClient(FetchSettings(most_bytes=1000, minimum_interval=0))
    with refused("/file", "1024000 bytes", "at most 1000"):
        download(http, f"{service.url}/file", tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []
