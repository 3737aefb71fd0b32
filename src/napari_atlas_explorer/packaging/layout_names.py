"""Names of files and folders in BrainGlobe's layouts."""

from __future__ import annotations

import os
import re

from ..atlases.brainglobe_v3 import CACHE
from ..core.errors import ArgumentError

UNSAFE = r"/\\\x00-\x1f" + (r":*?\"<>|" if os.name == "nt" else "")
SAFE_NAME = re.compile(f"[^{UNSAFE}]+")
"""Names of files on this system; VoxelBrain's volumes may be called "thickness:L1"."""
MAX_NAME = 100


def atlas_name(name: str, size: float) -> str:
    """Name with the voxel size along the first axis: "allen_mouse_25um"."""
    return f"{name}_{size:g}um"


def v2_folder(name: str, size: float, version: str) -> str:
    """Folder of a v2 package: "allen_mouse_25um_v1.2"."""
    return f"{atlas_name(name, size)}_v{version}"


def package_path(target: str, name: str, size: float, version: str) -> str:
    """Where a package of one resolution lies within the folder that holds it."""
    if target == "brainglobe-v2":
        return v2_folder(name, size, version)
    if target == "brainglobe-v3":
        return f"{CACHE}/atlases/{atlas_name(name, size)}/{version_folder(version)}"
    return atlas_name(name, size) + ("_itksnap" if target == "itksnap" else "")


def version_folder(version: str) -> str:
    """Folder of a version in a v3 cache: "1_2"."""
    return version.replace(".", "_")


def template_name(atlas: str, reference: str) -> str:
    """Name of the component that an additional reference becomes, as BrainGlobe 3 makes it."""
    return reference if reference.endswith("-template") else f"{atlas}-{reference}-template"


def reference_name(atlas: str, template: str) -> str:
    """Undo `template_name`."""
    inner = template.removeprefix(f"{atlas}-").removesuffix("-template")
    own = template.startswith(f"{atlas}-") and template.endswith("-template")
    return inner if own and inner else template


def file_name(name: str) -> str:
    """Name of a dataset as that of a file, or an error where it cannot be one."""
    if not SAFE_NAME.fullmatch(name) or len(name) > MAX_NAME or name.strip(". ") != name:
        raise ArgumentError(f"a dataset named {name!r}; expected a name that a file can have")
    return name
