import gzip
import hashlib
import os
import shutil
import subprocess
import tarfile

import numpy as np
import pytest

from napari_atlas_explorer.atlases.archives import unpack
from napari_atlas_explorer.packaging.publish import PIECE, checksum, write_archive, write_checksums

from ..refusals import refused


@pytest.fixture
def package(tmp_path):
    """Made in an order that is not the alphabet's, with a file of several pieces."""
    folder = tmp_path / "one" / "made_up_100um_v1.0"
    (folder / "meshes").mkdir(parents=True)
    noise = np.random.default_rng(3).integers(0, 200, 2 * PIECE + 77, np.uint8)
    (folder / "reference.tiff").write_bytes(noise.tobytes())
    (folder / "empty.txt").touch()
    (folder / "meshes" / "9.obj").write_text("v 0 0 0\n")
    (folder / "meshes" / "10.obj").write_text("v 1 0 0\n")
    (folder / "annotation µ.tiff").write_bytes(b"\0" * 3_000_000)
    (folder / "meshes-old").mkdir()
    (folder / ("long" * 50)).write_text("x")
    return folder


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_an_archive_holds_the_folder_as_it_was(package, tmp_path):
    target = tmp_path / "made_up.tar.gz"
    write_archive(package, target)
    with tarfile.open(target) as tar:
        names = [m.name for m in tar.getmembers()]
        tar.extractall(tmp_path / "out", filter="data")
    assert contents(tmp_path / "out" / package.name) == contents(package)
    assert (tmp_path / "out" / package.name / "meshes-old").is_dir()
    assert names[0] == package.name
    assert names[1:] == sorted(names[1:], key=lambda n: n.split("/"))
    assert contents(unpack(target) / package.name) == contents(package)


def test_other_tools_read_it_too(package, tmp_path):
    target = tmp_path / "made_up.tar.gz"
    write_archive(package, target)
    with gzip.open(target) as stream:
        assert len(stream.read()) % 512 == 0
    if shutil.which("gzip") and shutil.which("tar"):
        subprocess.run(["gzip", "-t", str(target)], check=True)
        subprocess.run(["tar", "-xzf", target.name], check=True, cwd=tmp_path)
        assert contents(tmp_path / package.name) == contents(package)


def test_the_bytes_depend_on_names_and_contents_alone(package, tmp_path):
    other = tmp_path / "two" / package.name
    for name, data in sorted(contents(package).items(), reverse=True):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_bytes(data)
        (other / name).chmod(0o600)
        os.utime(other / name, (1, 1))
    (other / "meshes-old").mkdir(mode=0o700)
    write_archive(package, tmp_path / "a.tar.gz")
    write_archive(other, tmp_path / "b.tar.gz")
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
    (other / "empty.txt").write_text("x")
    write_archive(other, tmp_path / "b.tar.gz", force=True)
    assert (tmp_path / "a.tar.gz").read_bytes() != (tmp_path / "b.tar.gz").read_bytes()


def test_members_have_no_owner_no_time_and_fixed_rights(package, tmp_path):
    write_archive(package, tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        facts = {
            (m.isdir(), m.mode, m.uid, m.gid, m.uname, m.gname, m.mtime) for m in tar.getmembers()
        }
    assert facts == {(True, 0o755, 0, 0, "", "", 0), (False, 0o644, 0, 0, "", "", 0)}
    head = (tmp_path / "a.tar.gz").read_bytes()[:10]
    assert head == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def test_the_folder_within_may_be_named_otherwise(package, tmp_path):
    write_archive(package, tmp_path / "a.tar.gz", top="brainglobe-atlasapi")
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        assert {n.split("/")[0] for n in tar.getnames()} == {"brainglobe-atlasapi"}
    for name in ("", "..", "a/b", "a\\b"):
        with refused("plain name"):
            write_archive(package, tmp_path / "b.tar.gz", top=name)


def test_progress_runs_up_to_one(package, tmp_path):
    shares = []
    write_archive(package, tmp_path / "a.tar.gz", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 5


def test_work_that_is_stopped_leaves_nothing(package, tmp_path):
    class StoppedError(Exception):
        pass

    def stop():
        raise StoppedError

    with pytest.raises(StoppedError):
        write_archive(package, tmp_path / "a.tar.gz", cancel=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["one"]


def test_what_cannot_be_packed_is_refused(package, tmp_path):
    with refused("no such folder"):
        write_archive(tmp_path / "nowhere", tmp_path / "a.tar.gz")
    with refused("it is in"):
        write_archive(package, package / "a.tar.gz")
    write_archive(package, tmp_path / "a.tar.gz")
    with refused("a.tar.gz", "exists"):
        write_archive(package, tmp_path / "a.tar.gz")
    (package / "link").symlink_to(package / "empty.txt")
    with refused("link", "files and folders alone"):
        write_archive(package, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


def test_check_sums_are_those_of_sha256sum(package, tmp_path):
    paths = [
        package / "reference.tiff",
        package / "meshes" / "9.obj",
        package / "annotation µ.tiff",
    ]
    target = package / "SHA256SUMS"
    write_checksums(paths, target)
    lines = target.read_text(encoding="utf-8").splitlines()
    assert lines[1] == f"{hashlib.sha256(b'v 0 0 0' + bytes([10])).hexdigest()}  meshes/9.obj"
    assert checksum(paths[0]) == hashlib.sha256(paths[0].read_bytes()).hexdigest()
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "-c", "--strict", target.name], cwd=package, check=True)
        paths[1].write_text("changed")
        done = subprocess.run(["sha256sum", "-c", target.name], cwd=package, capture_output=True)
        assert done.returncode != 0


def test_sums_of_files_elsewhere_or_of_none_are_refused(package, tmp_path):
    with refused("is not in"):
        write_checksums([package / "empty.txt"], _other(tmp_path))
    with refused("nothing.txt", "cannot be read"):
        write_checksums([package / "nothing.txt"], package / "sums")
    assert not (package / "sums").exists()


def _other(tmp_path):
    (tmp_path / "other").mkdir()
    return tmp_path / "other" / "sums"
