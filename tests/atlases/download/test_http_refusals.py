"""Servers that answer slowly, cut off, or with what cannot be parsed."""

from __future__ import annotations

import gc
import gzip
import itertools
import shutil
import ssl
import subprocess

import numpy as np
import pytest

from napari_atlas_explorer.atlases.download.atlas import download_atlas
from napari_atlas_explorer.atlases.download.files import download
from napari_atlas_explorer.atlases.download.http import FetchError, FetchSettings, HttpClient
from napari_atlas_explorer.atlases.download.sources import ChecksumError

from ... import nrrd_text
from ...refusals import refused
from . import service as made
from .service import running

ONCE = FetchSettings(timeout=5, retries=0, minimum_interval=0)
IDS = np.arange(24 * 20 * 22, dtype=np.uint32).reshape(24, 20, 22)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as found:
        yield found


def get(what, **more):
    return download_atlas(what, settings=ONCE, sleep=lambda seconds: None, **more)


def nrrd_of(tmp_path, encoding="raw"):
    return nrrd_text.write(tmp_path / "v.nrrd", IDS, encoding=encoding).read_bytes()


def endless(body):
    """A body whose length nobody states; it ends with the connection."""

    def reply(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.answered()
        handler.wfile.write(body)

    return reply


# ---- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1/a.zip",
        "http://[::1/release/brain_atlas/x",
        "http://127.0.0.1:port/a.zip",
        "http://127.0.0.1:99999999/a.zip",
        "http:///a.zip",
        "http:a.zip",
        "https://127.0.0.1\x1b[31m/a.zip",
        "http://127.0.0.1\u202e/a.zip",
        "http://[zz]/a.zip",
    ],
)
def test_an_address_that_is_none_is_refused(address):
    with refused("not an address of the web"):
        get(address)


@pytest.mark.parametrize("path", ["/ä.zip", "/a b.zip"])
def test_an_address_that_cannot_be_sent_is_refused_in_one_line(service, path):
    with refused():
        get(f"{service.url}{path}")


# ---- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{other}/a.zip",
        "http://127.0.0.1/a.zip",
        "https://127.0.0.1:{port}/a.zip",
        "http://[::1",
        "http://[::1/x",
        "http://127.0.0.1:{port}x/a",
        "http://127.0.0.1\x1b[31m:{port}/a",
        "http:///a.zip",
    ],
)
def test_a_redirect_to_another_port_or_to_no_address_is_refused(service, target):
    with running() as other:
        other.on("/a.zip", made.data(b"secret"))
        target = target.format(port=service.server_port, other=other.server_port)
        service.on("/a.zip", made.status(302, Location=target))
        with pytest.raises(FetchError) as caught:
            get(f"{service.url}/a.zip", sha256="0" * 64)
    assert not isinstance(caught.value, ChecksumError)
    assert other.asked == []


# ---- what is no checksum -------------------------------------------------------------------------


def test_an_answer_that_cannot_be_parsed_is_not_another_checksum(service):
    body, digits = b"x" * 1000, "9" * 5000

    def unparsable(handler):
        handler.send(206, body[500:], ETag='"v1"', Content_Range=f"bytes 500-999/{digits}")

    service.on("/a.nrrd", made.cut(body, 500), unparsable)
    settings = FetchSettings(timeout=5, retries=1, minimum_interval=0)
    with pytest.raises(FetchError) as caught:
        download_atlas(
            f"{service.url}/a.nrrd", sha256="0" * 64, settings=settings, sleep=lambda seconds: None
        )
    assert not isinstance(caught.value, ChecksumError)
    assert "another part of the file" in str(caught.value)


def test_another_checksum_is_one(service, tmp_path):
    service.on("/a.nrrd", made.data(nrrd_of(tmp_path)))
    with refused("another SHA-256", by=ChecksumError):
        get(f"{service.url}/a.nrrd", sha256="0" * 64)


def test_the_record_of_a_partial_download_may_be_damaged(service, tmp_path):
    folder = tmp_path / "cache" / "atlases" / ".a.part"
    folder.mkdir(parents=True)
    (folder / ".source").write_bytes(b"\xff\xfe\x00")
    service.on("/a.nrrd", made.data(nrrd_of(tmp_path)))
    assert get(f"{service.url}/a.nrrd").name == "a"


# ---- data that come slowly -----------------------------------------------------------------------


def trickling(head, body):
    """An answer whose bytes come one by one."""

    def reply(handler):
        try:
            for byte in head + body:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
        except ConnectionError:
            pass  # the client has hung up

    return reply


def ticking(step):
    """A clock that goes on with every look at it."""
    return itertools.count(0, step).__next__


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(service, tmp_path, where):
    head = b"HTTP/1.1 200 OK\r\n"
    more = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 200) for n in range(50 * (where == "head")))
    body = b"z" * 5000
    service.on("/a", trickling(head + more + b"\r\n", body))
    # Each read of the socket, of a byte or some, takes 1000 s by this clock.
    settings = FetchSettings(timeout=5, retries=0, minimum_interval=0, least_rate=1e6, deadline=1e9)
    http = HttpClient(settings, lambda seconds: None, ticking(1000.0))
    with refused(f"{service.url}/a", "fewer than 1e+06 bytes a second", by=FetchError):
        download(http, f"{service.url}/a", tmp_path / "a")


def test_what_came_slowly_is_kept_and_gone_on_with(service, tmp_path):
    body = bytes(range(256)) * 4000
    service.on("/a", made.file(body))
    settings = FetchSettings(timeout=5, retries=0, minimum_interval=0, least_rate=1e9)
    slow = HttpClient(settings, lambda seconds: None, ticking(3.0))
    with refused("bytes a second", by=FetchError):
        download(slow, f"{service.url}/a", tmp_path / "a")
    http = HttpClient(ONCE, lambda seconds: None)
    assert download(http, f"{service.url}/a", tmp_path / "a").read_bytes() == body


def test_a_server_that_thinks_long_and_then_sends_is_waited_for(service, tmp_path):
    service.on("/a", made.data(b"z" * 5000))
    # Half a window by each look: 5000 bytes and the head are enough for two windows.
    http = HttpClient(ONCE, lambda seconds: None, ticking(ONCE.timeout / 2))
    assert download(http, f"{service.url}/a", tmp_path / "a").stat().st_size == 5000


@pytest.mark.parametrize("limits", [{"least_rate": -1}, {"deadline": 0}, {"deadline": np.nan}])
def test_limits_that_are_none_are_refused(limits):
    with refused("nothing negative"):
        FetchSettings(**limits)


# ---- answers that take too long ------------------------------------------------------------------

HURRIED = FetchSettings(timeout=5, retries=0, minimum_interval=0, least_rate=0, deadline=100)


def hurried(step=30.0):
    """A client by whose clock each read of the socket takes so many seconds."""
    return HttpClient(HURRIED, lambda seconds: None, ticking(step))


def test_a_head_that_takes_too_long_is_given_up_at_any_rate(service, tmp_path):
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 200) for n in range(50))
    service.on("/a", trickling(head + b"\r\n", b"z"))
    with refused(f"{service.url}/a", "no whole answer within 100 s", by=FetchError):
        download(hurried(), f"{service.url}/a", tmp_path / "a")


def test_redirects_do_not_begin_the_deadline_again(service, tmp_path):
    for n in range(9):
        service.on(f"/{n}", made.status(302, Location=f"{service.url}/{n + 1}"))
    service.on("/9", made.data(b"z"))
    with refused("no whole answer within 100 s", by=FetchError):
        download(hurried(), f"{service.url}/0", tmp_path / "a")


@pytest.mark.parametrize("step", [30, 60, 90])
def test_a_redirect_that_takes_too_long_leaves_no_connection_open(service, tmp_path, step):
    """The deadline ends in the head of an answer or in its body; an open socket is a warning."""
    for n in range(9):
        service.on(f"/{n}", made.status(302, Location=f"{service.url}/{n + 1}"))
    with pytest.raises(FetchError) as caught:
        download(hurried(step), f"{service.url}/0", tmp_path / "a")
    caught.value.itself = caught.value  # a cycle: as errors in a traceback are, freed by gc alone
    del caught
    gc.collect()


@pytest.mark.parametrize("content", ["any", "json"])
def test_a_file_may_come_as_long_as_it_comes_but_not_a_list(service, tmp_path, content):
    body = b"[" + b" " * 5_000_000 + b"]"
    service.on("/a", made.data(body))
    if content == "any":
        done = download(hurried(), f"{service.url}/a", tmp_path / "a")
        assert done.read_bytes() == body
        return
    with refused("no whole answer within 100 s", by=FetchError):
        download(hurried(), f"{service.url}/a", tmp_path / "a", "json")
    with refused("no whole answer within 100 s", by=FetchError):
        hurried().fetch_body(f"{service.url}/a", 10_000_000)


def test_each_try_has_the_whole_deadline(service, tmp_path):
    service.on("/a", made.status(503), made.status(503), made.status(503), made.data(b"z"))
    settings = FetchSettings(timeout=5, retries=4, minimum_interval=0, least_rate=0, deadline=100)
    http = HttpClient(settings, lambda seconds: None, ticking(30.0))
    assert download(http, f"{service.url}/a", tmp_path / "a").read_bytes() == b"z"


@pytest.fixture
def secure(service, tmp_path, monkeypatch):
    """The service over TLS, with a certificate that this process trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, which makes a certificate")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    words += ["-keyout", "key.pem", "-out", "cert.pem"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    service.socket = context.wrap_socket(service.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    return f"https://127.0.0.1:{service.server_port}"


def test_pace_and_certificates_hold_over_tls(service, secure, tmp_path, monkeypatch):
    body = b"z" * 2_000_000
    service.on("/a", made.data(body))
    http = HttpClient(ONCE, lambda seconds: None)
    assert download(http, f"{secure}/a", tmp_path / "a").read_bytes() == body
    with refused("no whole answer within 100 s", by=FetchError):
        hurried().fetch_body(f"{secure}/a", 10_000_000)
    monkeypatch.delenv("SSL_CERT_FILE")
    with refused("CERTIFICATE_VERIFY_FAILED", by=FetchError):
        download(http, f"{secure}/a", tmp_path / "b")


# ---- volumes without their end -------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2"])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.99])
def test_a_volume_without_its_end_is_not_published(service, tmp_path, encoding, share):
    body = nrrd_of(tmp_path, encoding)
    service.on("/a.nrrd", endless(body[: int(len(body) * share)]))
    with refused(f"{service.url}/a.nrrd", "expected a NRRD volume", by=FetchError):
        get(f"{service.url}/a.nrrd")
    assert not (tmp_path / "cache" / "atlases" / "a").exists()


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("reply", [endless, made.data, made.chunked])
def test_a_whole_volume_is_published(service, tmp_path, encoding, reply):
    body = nrrd_of(tmp_path, encoding)
    service.on("/a.nrrd", reply(body))
    done = get(f"{service.url}/a.nrrd")
    assert (done.path / "a.nrrd").read_bytes() == body


def test_a_volume_that_is_short_on_the_server_is_refused_too(service, tmp_path):
    service.on("/a.nrrd", made.data(nrrd_of(tmp_path)[:-1]))
    with refused(f"{IDS.nbytes - 1} of the {IDS.nbytes} bytes", by=FetchError):
        get(f"{service.url}/a.nrrd")


@pytest.mark.parametrize("encoding", ["gzip", "bzip2"])
@pytest.mark.parametrize("missing", [1, 4, 8, 11, 1000])
def test_a_compressed_volume_that_is_short_on_the_server_is_refused(
    service, tmp_path, encoding, missing
):
    service.on("/a.nrrd", made.data(nrrd_of(tmp_path, encoding)[:-missing]))
    with refused(f"{service.url}/a.nrrd", "expected a NRRD volume", by=FetchError):
        get(f"{service.url}/a.nrrd")
    assert not (tmp_path / "cache" / "atlases" / "a").exists()


def test_a_compressed_volume_of_fewer_values_than_its_header_states_is_refused(service, tmp_path):
    data = gzip.compress(IDS.tobytes()[:-4])
    path = nrrd_text.write(tmp_path / "v.nrrd", IDS, data=data, encoding="gzip")
    service.on("/a.nrrd", made.data(path.read_bytes()))
    with refused(f"{IDS.nbytes - 4} of the {IDS.nbytes} bytes", by=FetchError):
        get(f"{service.url}/a.nrrd")


@pytest.mark.parametrize(
    "more",
    [b"", b"\0" * 512, gzip.compress(b"", mtime=0), b"anything"],
    ids=["nothing", "zeros", "another member", "anything"],
)
def test_what_follows_a_whole_compressed_volume_does_not_matter(service, tmp_path, more):
    half = IDS.nbytes // 2
    data = gzip.compress(IDS.tobytes()[:half]) + gzip.compress(IDS.tobytes()[half:]) + more
    path = nrrd_text.write(tmp_path / "v.nrrd", IDS, data=data, encoding="gzip")
    service.on("/a.nrrd", made.data(path.read_bytes()))
    assert get(f"{service.url}/a.nrrd").name == "a"


def test_a_detached_header_is_no_half_volume(service, tmp_path):
    path = nrrd_text.write(tmp_path / "v.nhdr", IDS, data=b"", data_file="v.raw")
    service.on("/a.nhdr", made.data(path.read_bytes()))
    assert get(f"{service.url}/a.nhdr").name == "a"
