"""Writers of every output, run in processes that are killed or find the disk full.

The functions run in a process of their own that has imported everything once: each attempt is a
fork of it. What they answer are plain values, for the tests to judge.
"""

from __future__ import annotations

import ctypes
import gc
import io
import json
import os
import re
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.local.settings import CONFIG_VARIABLE, save_config
from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.core.errors import AtlasError, AtlasFileError
from napari_atlas_explorer.figures.png import save_png
from napari_atlas_explorer.figures.scene import Picture, Scene
from napari_atlas_explorer.formats.common.atomic import atomic_write
from napari_atlas_explorer.formats.recipes import read_recipes, recipe_path
from napari_atlas_explorer.formats.tables.regions import load_region_table
from napari_atlas_explorer.packaging.install import note_atlas
from napari_atlas_explorer.packaging.publish import write_archive
from napari_atlas_explorer.qa.config_writer import set_severity
from napari_atlas_explorer.viewer.session_file import SavedSession, write_session

from .made_up import write_brainglobe

OLD, NEW = "old", "new"
WORDS = {
    OLD: {"region": "TH", "group": "hierarchy", "x": "25"},
    NEW: {"region": "VIS", "group": "labels", "x": "75"},
}


@dataclass(frozen=True)
class Output:
    """A kind of output.

    Attributes
    ----------
    words
        Of the command; ``{atlas}`` and ``{out}`` are paths.
    write
        What writes it where no command does: from the place, the folder and the version.
    groups
        Files that change together; all by default.
    read
        What reads it in the product, for those of several files; returns whether what it read is
        what the files hold afterwards.
    first
        Whether there is no old one.
    """

    words: str = ""
    write: Callable[[Path, Path, str], object] | None = None
    groups: tuple[tuple[str, ...], ...] = ()
    read: Callable[[Path], bool] | None = None
    first: bool = False


def write_file_session(place: Path, out: Path, version: str) -> None:
    write_session(out / "a.atlas.json", SavedSession("somewhere", version, "0" * 64))


def write_settings(place: Path, out: Path, version: str) -> None:
    os.environ[CONFIG_VARIABLE] = str(out)
    save_config("recent.json", [version])


def write_package_archive(place: Path, out: Path, version: str) -> None:
    write_archive(place / "atlas", out / "a.tar.gz", top=version, force=True)


def write_picture(place: Path, out: Path, version: str) -> None:
    """Write a small sheet as the command does, which takes seconds to draw a whole one."""
    random = np.random.default_rng(version == NEW)
    pixels = random.integers(0, 255, (90, 90, 3), np.uint8)
    sheet = Scene(100, 100, (255, 255, 255), [Picture(5, 5, 90, 90, pixels, smooth=False)])
    with atomic_write(out / "a.png") as temporary:
        save_png(sheet, temporary)


def read_recipe(mask: Path) -> bool:
    return read_recipes(mask) == read_recipes(recipe_path(mask))


def read_recipe_if_any(mask: Path) -> bool:
    try:
        return read_recipe(mask)
    except AtlasFileError as exc:
        return not mask.exists() and "no such file" in str(exc)


def read_pair(volume: Path, table: Path) -> bool:
    return open_atlas(volume, table, kind="annotation").region_map == load_region_table(table)


MASK = "mask {atlas} {region} --force -o {out}/"
OUTPUTS = {
    "mask .nrrd": Output(MASK + "m.nrrd"),
    "mask .nii.gz": Output(MASK + "m.nii.gz"),
    "mask .tif": Output(MASK + "m.tif", read=lambda out: read_recipe(out / "m.tif")),
    "first mask .tif": Output(
        "mask {atlas} {region} -o {out}/m.tif",
        read=lambda out: read_recipe_if_any(out / "m.tif"),
        first=True,
    ),
    "mask .seg.nrrd": Output(MASK + "m.seg.nrrd"),
    "mask .obj": Output(MASK + "m.obj", read=lambda out: read_recipe(out / "m.obj")),
    "mask .stl": Output(MASK + "m.stl", read=lambda out: read_recipe(out / "m.stl")),
    "mask .csv": Output(MASK + "m.csv", read=lambda out: read_recipe(out / "m.csv")),
    "mask for ITK-SNAP": Output(
        MASK + "m.nii.gz --to itksnap",
        read=lambda out: read_pair(out / "m.nii.gz", out / "m.label.txt"),
    ),
    "mask of each region": Output("mask {atlas} {region} --each --force -o {out}"),
    "mesh": Output("mesh {atlas} {region} --jobs 1 --force -o {out}/a.ply"),
    "snapshot .png": Output(write=write_picture),
    "snapshot .svg": Output("snapshot {atlas} --region {region} --force -o {out}/a.svg"),
    "table": Output(
        "lookup {atlas} --points {points} --columns x,y,z --voxels --force -o {out}/a.csv"
    ),
    "stats": Output("stats {atlas} --resolution {x} --force -o {out}/a.csv"),
    "tree as JSON": Output("tree {atlas} --find {region} --force --json {out}/a.json"),
    "qa": Output(
        "qa {atlas} --only {group} --fail-on never --jobs 1 --force "
        "--html {out}/a.html --findings {out}/f.nrrd --json {out}/a.json",
        groups=(("a.html",), ("f.nrrd", "f.csv"), ("a.json",)),
        read=lambda out: read_pair(out / "f.nrrd", out / "f.csv"),
    ),
    "archive": Output(write=write_package_archive),
    "session": Output(write=write_file_session),
    "settings": Output(write=write_settings),
    "qa.toml": Output(
        write=lambda place, out, version: set_severity(
            out / "qa.toml", "symmetry-dice", "off" if version == OLD else "error"
        )
    ),
    "custom_atlases.conf": Output(
        write=lambda place, out, version: note_atlas(
            out / "custom_atlases.conf", "made_up", "1.0" if version == OLD else "1.1"
        )
    ),
}


def write(kind: str, place: Path, version: str, out: Path | None = None) -> tuple[int, str]:
    """Write an output; return exit code and what went to standard error."""
    output, folder = OUTPUTS[kind], out or place / "out"
    errors = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(errors):
        if output.write is None:
            paths = {"atlas": place / "atlas", "out": folder, "points": place / f"{version}.csv"}
            code = main([w.format(**paths, **WORDS[version]) for w in output.words.split()])
        else:
            try:
                output.write(place, folder, version)
                code = 0
            except (OSError, AtlasError) as exc:
                # As the command line words it; windows show the same.
                code = 2
                print(f"atlas-explorer: {exc}", file=sys.stderr)
    return code, errors.getvalue()


def prepare(kind: str, place: Path) -> list[list[str]]:
    """Make the old state and the new one; return the names of the files that change together."""
    write_brainglobe(place / "atlas")
    for version in (OLD, NEW):
        point = "9,7,6" if version == OLD else "9,2,6"
        (place / f"{version}.csv").write_text(f"x,y,z\n{point}\n")
        out = place / version
        if version == OLD:
            out.mkdir()
        else:
            shutil.copytree(place / OLD, out)
        if version == NEW or not OUTPUTS[kind].first:
            code, text = write(kind, place, version, out)
            assert code == 0, text
    names = sorted(list_files(place / NEW))
    groups = [list(group) for group in OUTPUTS[kind].groups]
    if kind == "mask of each region":
        groups = [[name] for name in names]
    assert list_files(place / OLD) != list_files(place / NEW)
    gc.freeze()  # a collection in a fork would copy all pages
    return groups or [names]


CLOCK = re.compile(rb"\d\d:\d\d:\d\d")


def list_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of files by name, without the time that QA's page states."""
    return {
        path.relative_to(folder).as_posix(): CLOCK.sub(b"", path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


def list_hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".*"))


def judge(place: Path, groups: list[list[str]], out: Path | None = None) -> list[str]:
    """Return for each group whether it is old, new, or something else."""
    found = list_files(out or place / "out")
    states = []
    for group in groups:
        state = {name: found.get(name) for name in group}
        words = "neither"
        for version in (OLD, NEW):
            expected = list_files(place / version)
            if state == {name: expected.get(name) for name in group}:
                words = version
        states.append(words)
    return states


def in_fork(work: Callable[[], object], answer: Path) -> int:
    """Do something in a fork, which writes what it returns; return how the fork ended."""
    child = os.fork()
    if not child:
        code = 1
        try:
            answer.write_text(json.dumps(work()))
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


# ---- Killed processes ----------------------------------------------------------------------------

CHANGES = {
    *("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.link", "os.symlink"),
    *("os.truncate", "os.utime", "shutil.move", "shutil.copyfile"),
}


def kill_before(operation: int, place: Path) -> None:
    """Kill this process before its n-th change of a file or folder of a place.

    It also ends, otherwise, where it opens a file for writing under the file's own name.
    """
    left = operation

    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if event == "open":
            flags = args[2] if len(args) > 2 else 0
            changes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        else:
            changes = event in CHANGES
        if not changes:
            return
        path = os.fsdecode(args[0]) if isinstance(args[0], str | bytes) else ""
        # `rmtree` names files within an open folder.
        if path.startswith("/") and not path.startswith(str(place)):
            return
        if event == "open" and not path.removeprefix(f"{place}/").startswith("."):
            os.kill(os.getpid(), signal.SIGTERM)
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def kill_at_each(kind: str, place: Path) -> list[dict[str, object]]:
    """Kill the writer before its first, second, … change, until it comes to its end.

    Returns
    -------
    For each attempt: whether it was killed, what it left, which of the old files had no name, what
    there was after the next write into the folder, and, of files that are read together, what
    there was instead after the next reading, and whether that was what it had read.
    """
    groups = prepare(kind, place)
    attempts: list[dict[str, object]] = []
    read = OUTPUTS[kind].read
    out, copy = place / "out", place / "copy"
    for operation in range(500):
        for folder in (out, copy):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(place / OLD, out)

        def work(operation: int = operation) -> int:
            kill_before(operation, out)
            return write(kind, place, NEW)[0]

        status = in_fork(work, place / "answer")
        attempt: dict[str, object] = {
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "left": judge(place, groups),
            "missing": sorted(list_files(place / OLD).keys() - list_files(out).keys()),
        }
        if read is not None:
            # Other names of the same files, since a rollback looks which are the same.
            shutil.copytree(out, copy, copy_function=os.link)
            attempt["agree"] = read(copy)
            attempt["read"] = judge(place, groups, copy)
        with atomic_write(out / "another") as temporary:
            temporary.write_text("file")
        attempt["after"] = judge(place, groups)
        attempt["hidden"] = list_hidden(out)
        attempts.append(attempt)
        if not attempt["killed"]:
            break
    return attempts


# ---- Full disks ----------------------------------------------------------------------------------


def fail_at_sizes(kind: str, place: Path) -> list[dict[str, object]]:
    """Run the writer while the system refuses files above a size, up to that of the largest."""
    groups = prepare(kind, place)
    largest = max(path.stat().st_size for path in (place / NEW).iterdir())
    sizes = sorted({0, 1, largest // 2, largest - 1, largest})

    def limit(size: int) -> Path:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        return place / "out"

    return list(_attempt(kind, place, groups, sizes, limit))


def fail_on_full_disk(kind: str, place: Path) -> list[dict[str, object]] | None:
    """Run the writer on a disk with room for no page, one …, then for no file, one ….

    Returns
    -------
    None where this system lets no process mount a disk of its own.
    """
    groups = prepare(kind, place)
    attempts: list[dict[str, object]] = []
    for fill in (_fill_pages, _fill_inodes):

        def limit(free: int, fill: Callable[[Path, int], None] = fill) -> Path:
            disk = place / "disk"
            disk.mkdir(exist_ok=True)
            _mount_small_disk(disk)
            out = disk / "out"
            shutil.copytree(place / OLD, out)
            fill(disk, free)
            return out

        for attempt in _attempt(kind, place, groups, FREE, limit):
            if attempt["code"] == "no disk":
                return None
            attempts.append(attempt)
            if attempt["code"] == 0:
                break
    return attempts


def _attempt(
    kind: str,
    place: Path,
    groups: list[list[str]],
    limits: list[int],
    limit: Callable[[int], Path],
) -> Iterator[dict[str, object]]:
    for value in limits:
        shutil.rmtree(place / "out", ignore_errors=True)
        shutil.copytree(place / OLD, place / "out")

        def work(value: int = value) -> dict[str, object]:
            try:
                out = limit(value)
            except PermissionError:
                return {"code": "no disk"}
            code, errors = write(kind, place, NEW, out)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            state = judge(place, groups, out)
            return {"code": code, "errors": errors, "state": state, "hidden": list_hidden(out)}

        status = in_fork(work, place / "answer")
        assert status == 0, status
        yield {"limit": value, **json.loads((place / "answer").read_text())}


PAGES, INODES = 200, 60
FREE = [*range(9), *range(10, 20, 2), *range(20, 100, 10)]
"""Pages or files for which there is room, until the writer has enough."""
NEW_NAMESPACES = 0x10000000 | 0x00020000
"""CLONE_NEWUSER and CLONE_NEWNS of Linux: mounts of this process alone, without rights."""


def _mount_small_disk(folder: Path) -> None:
    system = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if system.unshare(NEW_NAMESPACES):
        raise PermissionError
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    options = f"size={PAGES * 4}k,nr_inodes={INODES}".encode()
    if system.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options):
        raise PermissionError


def _fill_pages(disk: Path, free: int) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    with (disk / "filler").open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(page)) == page:
                pass
        except OSError:
            pass
        stream.truncate(max(0, (os.fstat(stream.fileno()).st_size // page - free) * page))


def _fill_inodes(disk: Path, free: int) -> None:
    made: list[Path] = []
    try:
        for number in range(INODES):
            (disk / f"filler {number}").touch()
            made.append(disk / f"filler {number}")
    except OSError:
        pass
    for path in made[len(made) - free :] if free else []:
        path.unlink()
