"""Imports run downwards only, and importing the package costs NumPy alone."""

from __future__ import annotations

import ast
import fnmatch
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import napari_atlas_explorer

PACKAGE = "napari_atlas_explorer"
SOURCE = Path(napari_atlas_explorer.__file__).parent
ROOMS = {
    "core": 0,
    "compute": 1,
    "formats": 2,
    "atlases": 3,
    "analysis": 4,
    "qa": 5,
    "packaging": 6,
    "figures": 6,
    # Public names of one topic each.
    "comparison": 6,
    "dask_arrays": 6,
    "directions": 6,
    "frames": 6,
    "lines": 6,
    "masks": 6,
    "points": 6,
    "spatial_search": 6,
    "surfaces": 6,
    "values": 6,
    "viewer": 7,
    "docks": 8,
    "cli": 9,
    "__main__": 10,
}
MAY_IMPORT_UPWARDS = (
    *("load_*", "save", "save_*", "write_*", "*_dataframe", "from_arrays"),
    *("lookup", "html_*", "_repr_html_", "to_nibabel", "from_nibabel", "to_xarray"),
)
"""Methods of core that may import files, pandas and the like, inside the function."""


def module_of(path: Path) -> list[str]:
    parts = [PACKAGE, *path.relative_to(SOURCE).with_suffix("").parts]
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(
    node: ast.AST, package: list[str], inside: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Full name of every module imported, with the names of the classes and functions around.

    What stands under ``if TYPE_CHECKING`` is never run and does not count.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from imports(ast.Module([other], []), package, inside)
        elif isinstance(child, ast.Import):
            yield from ((alias.name, inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = package[: len(package) - child.level + 1] if child.level else []
            module = ".".join([*base, *(child.module or "").split(".")]).strip(".")
            yield from ((f"{module}.{alias.name}", inside) for alias in child.names)
        elif isinstance(child, ast.ClassDef):
            yield from imports(child, package, (*inside, f"class {child.name}"))
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imports(child, package, (*inside, child.name))
        else:
            yield from imports(child, package, inside)


def imports_of(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    module = module_of(path)
    package = module if path.name == "__init__.py" else module[:-1]
    return list(imports(ast.parse(path.read_text(encoding="utf-8")), package))


def room_of(module: str) -> str | None:
    """Room of a module of ours; None for others' and for the package itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 and parts[1] in ROOMS else None


def excepted(room: str, inside: tuple[str, ...]) -> bool:
    """Whether an import stands in one of the named methods of core, or shows an object."""
    return (
        bool(inside)
        and (room == "core" or inside[-1] == "_repr_html_")
        and any(fnmatch.fnmatch(inside[-1], name) for name in MAY_IMPORT_UPWARDS)
    )


FILES = sorted(SOURCE.rglob("*.py"))


def test_every_folder_of_modules_has_its_place_in_the_order():
    rooms = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in FILES}
    assert rooms - {*ROOMS} == {"__init__"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_imports_run_downwards_only(path):
    room = room_of(".".join(module_of(path)))
    upwards = [
        f"{name} in {'.'.join(inside) or 'the module'}"
        for name, inside in imports_of(path)
        if room is not None
        and (other := room_of(name)) is not None
        and ROOMS[other] > ROOMS[room]
        and not excepted(room, inside)
    ]
    assert upwards == []


@pytest.mark.parametrize(
    "path", sorted((SOURCE / "core").rglob("*.py")), ids=lambda p: p.relative_to(SOURCE).as_posix()
)
def test_the_core_needs_numpy_alone(path):
    allowed = {"numpy", PACKAGE, *sys.stdlib_module_names}
    others = [
        name
        for name, inside in imports_of(path)
        if name.split(".")[0] not in allowed and not excepted("core", inside)
    ]
    assert others == []


def test_the_package_itself_imports_the_core_alone():
    ours = [
        name
        for name, inside in imports_of(SOURCE / "__init__.py")
        if name.startswith(PACKAGE) and not inside
    ]
    assert ours
    assert {room_of(name) for name in ours} == {"core"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from ..formats.nrrd import read_nrrd", [("formats", ())]),
        ("from .. import formats", [("formats", ())]),
        ("from napari_atlas_explorer.docks import dock", [("docks", ())]),
        ("def f():\n    from ..viewer import layers", [("viewer", ("f",))]),
        (
            "class A:\n    def load_x(self):\n        from ..formats import nrrd",
            [("formats", ("class A", "load_x"))],
        ),
        ("if TYPE_CHECKING:\n    from ..formats import nrrd", []),
        (
            "try:\n    import napari_atlas_explorer.qa.report\nexcept ImportError:\n    pass",
            [("qa", ())],
        ),
    ],
)
def test_the_search_for_imports_sees_every_way_of_writing_one(source, found):
    seen = imports(ast.parse(source), [PACKAGE, "core"])
    assert [(room_of(name), inside) for name, inside in seen] == found


@pytest.mark.parametrize("statement", [f"import {PACKAGE}", f"from {PACKAGE} import Atlas"])
def test_importing_the_package_loads_numpy_at_most(statement):
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert ("numpy" in loaded) == ("Atlas" in statement)
    assert not loaded & {
        "napari",
        "qtpy",
        "PyQt6",
        "tifffile",
        "nrrd",
        "pandas",
        "PIL",
        "psutil",
        "zlib_ng",
        "magicgui",
        "superqt",
        "dask",
        "zarr",
        "scipy",
        "platformdirs",
    }


def test_open_atlas_is_found_on_the_package_when_it_is_asked_for():
    line = f"import sys; from {PACKAGE} import open_atlas"
    code = f"{line}; print({{'napari', 'qtpy'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = napari_atlas_explorer.no_such_name
