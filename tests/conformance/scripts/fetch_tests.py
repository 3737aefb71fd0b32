"""The tests that the peers publish, unpacked without the peers themselves.

``python fetch_tests.py FOLDER`` puts each peer's into a folder of its name, unless it is there:
voxcell's from its source archive; AllenSDK's from its wheel, which has them inside the package,
and of these the ones about hierarchies and volumes; BrainGlobe's, which no distribution has, from
the tag in its public repository. Where that cannot be reached they are left out.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path, PurePosixPath

VOXCELL, ALLENSDK = "3.1.11", "2.16.2"
BRAINGLOBE, BRAINGLOBE3 = "2.3.1", "3.0.1"
BRAINGLOBE_REPOSITORY = "https://github.com/brainglobe/brainglobe-atlasapi"
OF_ALLENSDK = {
    "allensdk/test/api/test_ontologies_api.py",
    "allensdk/test/core/test_reference_space.py",
    "allensdk/test/core/test_reference_space_cache.py",
    "allensdk/test/core/test_simple_tree.py",
    "allensdk/test/core/test_structure_tree.py",
}

Files = Iterator[tuple[PurePosixPath, bytes]]
"""Path below the folder of the tests, and content."""


def download(requirement: str, *options: str) -> Path:
    """Download one distribution into the current folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *options]
    subprocess.run([*command, requirement], check=True)
    (archive,) = (p for p in Path.cwd().iterdir() if p.suffix in (".whl", ".gz"))
    return archive


def read_voxcell() -> Files:
    with tarfile.open(download(f"voxcell=={VOXCELL}", "--no-binary", "voxcell")) as source:
        for member in source:
            parts = PurePosixPath(member.name).parts
            file = source.extractfile(member)
            if file is not None and parts[1] == "tests" and ".." not in parts:
                yield PurePosixPath(*parts[2:]), file.read()


def read_allensdk() -> Files:
    # The wheel is for every system, but its metadata refuse Python 3.12 and later.
    options = ("--only-binary", ":all:", "--python-version", "3.11")
    with zipfile.ZipFile(download(f"allensdk=={ALLENSDK}", *options)) as wheel:
        for name in sorted(OF_ALLENSDK):
            yield PurePosixPath(name).relative_to("allensdk/test"), wheel.read(name)


def read_brainglobe(version: str) -> Files:
    command = ["git", "clone", "--quiet", "--depth", "1", "--branch", f"v{version}"]
    subprocess.run([*command, BRAINGLOBE_REPOSITORY, "clone"], check=True)
    folder = Path("clone") / "tests"
    for path in sorted(folder.rglob("*.py")):
        yield PurePosixPath(path.relative_to(folder).as_posix()), path.read_bytes()


READERS: dict[str, Callable[[], Files]] = {
    "voxcell": read_voxcell,
    "allensdk": read_allensdk,
    "brainglobe": lambda: read_brainglobe(BRAINGLOBE),
    "brainglobe3": lambda: read_brainglobe(BRAINGLOBE3),
}


def main(target: Path) -> None:
    """Fetch what is not there yet."""
    for name, read in READERS.items():
        if (target / name).exists():
            continue
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            try:
                files = list(read())
            except (OSError, subprocess.CalledProcessError) as exc:
                print(f"the tests of {name} are left out: {exc}", file=sys.stderr)
                continue
        for path, content in files:
            file = target / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
