"""Installation of a package for BrainGlobe's tools, listed in ``custom_atlases.conf``.

A v2 package is a folder of the cache. Its tools open an atlas by its name without a version, and
refuse to where two versions exist side by side; they list it when ``custom_atlases.conf`` has
it (brainglobe-atlasapi 2.3, ``bg_atlas.py`` and ``list_atlases.py``). A v3 package is several
components below ``brainglobe-atlasapi/``, which atlases may share, and versions exist side by
side there (brainglobe-atlasapi 3.0).

Everything is copied to the cache's own disk under another name and then renamed, so that no
tool ever sees half of it.
"""

from __future__ import annotations

import configparser
import filecmp
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..atlases.layouts.brainglobe_v3 import MANIFEST, manifests_in
from ..atlases.local.installed import VERSION, VERSIONED, brainglobe_folder
from ..core.errors import ArgumentError, AtlasFileError
from ..formats.common.atomic import atomic_write
from ..formats.common.safety import reason_of
from ..formats.common.staging import replace_paths, staging_folder
from ..formats.common.text import load_json
from .write.common import v2_folder

# ---- ``custom_atlases.conf``: BrainGlobe's list of custom atlases --------------------------------

CUSTOM_FILE = "custom_atlases.conf"
SECTION = "atlases"
HEADING = re.compile(r"^\[(?P<name>[^\]]+)\]")


def note_atlas(path: Path, name: str, version: str) -> None:
    """Write the version of an atlas into the file; every other line stays as it is.

    Parameters
    ----------
    path
        The file; it is made if missing. Its folder exists.
    name
        With the resolution, such as "allen_mouse_25um".
    version
        Such as "1.2".

    Raises
    ------
    AtlasFileError
        If the file is not what BrainGlobe's tools can read: they would not list it either.
    """
    lines = _read_lines(path).splitlines()
    known = _parse_lines(path, lines)
    if known.get(SECTION, name, fallback=None) == version:
        return
    line = f"{name} = {version}"
    if not known.has_section(SECTION):
        lines += [*([""] if lines else []), f"[{SECTION}]", line]
    elif known.has_option(SECTION, name):
        lines[_find_line(lines, name)] = line
    else:
        lines.insert(_find_heading(lines) + 1, line)
    if _parse_lines(path, lines).get(SECTION, name, fallback=None) != version:
        raise AtlasFileError(path, f"an entry of {name} over several lines", "one line for each")
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _read_lines(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc


def _parse_lines(path: Path, lines: list[str]) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read_string("\n".join(lines))
    except configparser.Error as exc:
        raise AtlasFileError(
            path, f"it cannot be read ({' '.join(reason_of(exc).split())})", "[atlases] name = 1.0"
        ) from exc
    return config


def _find_heading(lines: list[str]) -> int:
    return next(i for i, line in enumerate(lines) if _parse_section(line) == SECTION)


def _find_line(lines: list[str], name: str) -> int:
    """Return the line of an entry in the section of atlases."""
    section = None
    for number, line in enumerate(lines):
        section = _parse_section(line) or section
        key = re.split(r"[=:]", line, maxsplit=1)[0].strip().lower()
        if section == SECTION and key == name.lower():
            return number
    raise AssertionError  # the file's reader has just found it


def _parse_section(line: str) -> str | None:
    heading = HEADING.match(line)
    return heading["name"] if heading else None


# ---- Copies in BrainGlobe's cache ----------------------------------------------------------------

V3_FOLDER = "brainglobe-atlasapi"
NAMED_COMPONENTS = (
    "template",
    "terminology",
    "coordinate_space",
    "annotation_set",
    "additional_references",
)
"""Keys by which a manifest names components, and components further ones."""
COMPONENT_ROOMS = ("templates", "terminologies", "coordinate-spaces", "annotation-sets")


def install_package(package: Path, force: bool = False, cache: Path | None = None) -> list[Path]:
    """Copy a package into BrainGlobe's cache and register its name.

    Parameters
    ----------
    package
        Folder of a v2 package (``name_25um_v1.0``), or the folder of a v3 one that holds
        ``atlases``, or one of the folders in that.
    force
        Whether a package of the same name may be replaced: for v2 every version of the
        atlas at this resolution, since BrainGlobe's tools open none where there are two.
    cache
        The cache; by default the one that BrainGlobe's own settings name.

    Returns
    -------
    Folders of the atlases in the cache, as `open_atlas` takes them. Existing components with
    the same bytes is left as it is.

    Raises
    ------
    AtlasFileError
        If it is no package, or its name is taken by another one.
    """
    package = Path(package)
    cache = brainglobe_folder() if cache is None else cache
    if (package / "metadata.json").is_file():
        return [_install_v2(package, cache, force)]
    atlases = manifests_in(package)
    if (package / MANIFEST).is_file():
        atlases = [package.resolve()]
    if not atlases:
        raise AtlasFileError(
            package, "no BrainGlobe package", "the folder of a v2 package, or that of 'atlases'"
        )
    return _install_v3(atlases, cache / V3_FOLDER, force)


def same_content(first: Path, second: Path) -> bool:
    """Return whether two folders hold the same files, byte for byte."""
    names = [
        {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        for folder in (first, second)
    ]
    return names[0] == names[1] and all(
        filecmp.cmp(first / name, second / name, shallow=False) for name in names[0]
    )


# ---- Layout v2 -----------------------------------------------------------------------------------


def _install_v2(package: Path, cache: Path, force: bool) -> Path:
    folder = package.resolve()
    name, version = _read_v2_name(folder)
    others = _find_versions(name, cache)
    target = cache / folder.name
    if target == folder or (others == [target] and same_content(folder, target)):
        note_atlas(cache / CUSTOM_FILE, name, version)
        return target
    if others and not force:
        raise AtlasFileError(
            others[0],
            "another package of this name" if others[0] == target else "another version of it",
            f"a cache without {name} (BrainGlobe opens none where there are two)",
            remedy="replace",
        )
    with _copy_folders(cache, {target: folder}, remove=[p for p in others if p != target]):
        note_atlas(cache / CUSTOM_FILE, name, version)
    return target


def _read_v2_name(folder: Path) -> tuple[str, str]:
    """Return name and version of a package's folder, which must agree with its metadata."""
    metadata = load_json(folder / "metadata.json")
    expected = "name, resolution and version of a BrainGlobe package"
    try:
        size = float(metadata["resolution"][0])
        wanted = v2_folder(str(metadata["name"]), size, str(metadata["version"]))
    except (KeyError, IndexError, TypeError, ValueError) as exc:
        raise AtlasFileError(folder / "metadata.json", "it names no atlas", expected) from exc
    match = VERSIONED.match(folder.name)
    if match is None or folder.name != wanted:
        raise AtlasFileError(folder, "its name is not that of its metadata", wanted)
    return match["name"], f"{match['major']}.{match['minor']}"


def _find_versions(name: str, cache: Path) -> list[Path]:
    if not cache.is_dir():
        return []
    matches = ((VERSIONED.match(p.name), p) for p in cache.iterdir() if p.is_dir())
    return sorted(p for match, p in matches if match and match["name"] == name)


# ---- Layout v3 -----------------------------------------------------------------------------------


def _install_v3(atlases: list[Path], cache: Path, force: bool) -> list[Path]:
    root = atlases[0].resolve().parents[2]
    if root == cache.resolve():
        return atlases
    components = list(dict.fromkeys(c for atlas in atlases for c in _find_components(root, atlas)))
    # Manifests come last: an atlas appears when all its components exist.
    moves: dict[Path, Path] = {}
    for folder in (*components, *(atlas.resolve() for atlas in atlases)):
        target = cache / folder.relative_to(root)
        if target.exists() and same_content(folder, target):
            continue
        if target.exists() and not force:
            raise AtlasFileError(
                target,
                "it exists with other content",
                "the same, since all atlases share it, or another version or name",
                remedy="replace",
            )
        moves[target] = folder
    targets = [cache / atlas.resolve().relative_to(root) for atlas in atlases]
    with _copy_folders(cache, moves):
        for target in targets:
            version = VERSION.match(target.name)
            if version is not None:
                dotted = f"{version['major']}.{version['minor']}"
                note_atlas(target.parents[1] / CUSTOM_FILE, target.parent.name, dotted)
    return targets


def _find_components(root: Path, atlas: Path) -> Iterator[Path]:
    """Yield the folders of all components that a manifest names, and that those name in turn."""
    path = atlas / MANIFEST
    waiting = [load_json(path)]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, list):
            waiting += entry
        if not isinstance(entry, dict):
            continue
        waiting += [entry[key] for key in NAMED_COMPONENTS if key in entry]
        location = entry.get("location")
        if not isinstance(location, str) or location.strip("/").startswith("atlases/"):
            continue
        folder = (root / location.strip("/")).resolve()
        parts = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
        if len(parts) != 3 or parts[0] not in COMPONENT_ROOMS:
            rooms = ", ".join(COMPONENT_ROOMS)
            raise AtlasFileError(path, f"a component at {location!r}", f"one in {rooms}")
        if not folder.is_dir():
            raise AtlasFileError(path, f"{location!r} is missing", "all of its components")
        yield folder


# ---- Copying -------------------------------------------------------------------------------------


@contextmanager
def _copy_folders(
    cache: Path, moves: dict[Path, Path], remove: list[Path] | None = None
) -> Iterator[None]:
    """Copy folders to their targets atomically; on failure, all is rolled back.

    Parameters
    ----------
    cache
        Folder of all targets.
    moves
        Source of each target. An existing target is replaced.
    remove
        Folders that go.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with staging_folder(cache) as work:
            ready = []
            for number, (target, source) in enumerate(moves.items()):
                if target.resolve().is_relative_to(source):
                    raise ArgumentError(
                        f"{source} holds the cache {cache}; expected another folder"
                    )
                ready.append((work / str(number), target))
                shutil.copytree(source, work / str(number))
            with replace_paths({target: copy for copy, target in ready}, work, remove or ()):
                yield
    except (OSError, shutil.Error) as exc:
        target = next(iter(moves), Path())
        raise AtlasFileError(target, f"cannot be copied there ({reason_of(exc)})") from exc
